// Where new row ids and UP SEIDs come from.
#pragma once

#include <array>
#include <cstdint>

#include "controlplane/model/edit.h"

namespace demarc::cp {

// A number from 1 to 2^53-1, from the kernel's generator: a SEID that can be guessed helps whoever forges PFCP.
Seid random_seid();

// 32 random bits, from there too: who can guess a TEID can send into the tunnel.
Teid random_teid();

// Counts on from the highest ids that the store ever gave. An id that was given to a change which then failed is not
// given again while the process lives; after a restart it may be: nobody has seen it.
class IdSource {
 public:
  explicit IdSource(const std::array<uint32_t, kObjectKinds>& last_ids) : last_ids_(last_ids) {}
  uint32_t next(size_t kind) { return last_ids_[kind] == UINT32_MAX ? 0 : ++last_ids_[kind]; }

 private:
  std::array<uint32_t, kObjectKinds> last_ids_;
};

}  // namespace demarc::cp
