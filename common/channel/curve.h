// CURVE keys (RFC 26 of ZeroMQ), for a channel over tcp://. Each end has a pair; each knows the other's public key and
// listens to nobody else.
//
// A key file is one line of 40 Z85 characters. A secret key's file must be readable by its owner alone.
#pragma once

#include <string>

#include "common/base/result.h"

namespace demarc::channel {

// Paths. Both are needed for tcp://, neither may be there for ipc://.
struct CurveFiles {
  std::string secret_key;       // our own
  std::string peer_public_key;  // the other end's
  bool empty() const { return secret_key.empty() && peer_public_key.empty(); }
};

struct CurveKeys {
  std::string secret_key;  // 40 characters, Z85
  std::string public_key;  // of secret_key
  std::string peer_public_key;
};

// Errors: a file that is missing, readable by others (the secret one) or not a key.
Result<CurveKeys> read_curve_keys(const CurveFiles& files);

// Writes demarcd.secret, demarcd.public, demarc-dp.secret and demarc-dp.public into `directory` (made, 0700, when it is
// missing). Errors: one of the files is there already, and then none is written.
Status make_curve_keys(const std::string& directory);

}  // namespace demarc::channel
