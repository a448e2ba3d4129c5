// The channel's ZeroMQ sockets: made the same way at both ends. The directory of an ipc:// socket is ours alone (0700),
// tcp:// is CURVE on both sides or nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"

namespace demarc::channel {

// Paths of key files: one line of 40 Z85 characters (RFC 32 of ZeroMQ). Both empty for ipc://.
struct CurveFiles {
  std::string secret_key;       // our own; must not be readable by others
  std::string peer_public_key;  // of the other end: nobody else is listened to
  bool empty() const { return secret_key.empty() && peer_public_key.empty(); }
};

}  // namespace demarc::channel
