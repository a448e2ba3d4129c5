#include "controlplane/core/id_source.h"

#include <sys/random.h>

namespace demarc::cp {

Seid random_seid() {
  // getrandom(2) of up to 256 bytes neither fails nor is cut short once the kernel is seeded; 0 is refused by Edit,
  // which draws again.
  uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != sizeof bits) return Seid{};
  return Seid{bits & (kSeidEnd.value - 1)};
}

Teid random_teid() {
  uint32_t bits = 0;  // no TEID, so that Edit draws again
  if (::getrandom(&bits, sizeof bits, 0) != sizeof bits) return Teid{};
  return Teid{bits};
}

}  // namespace demarc::cp
