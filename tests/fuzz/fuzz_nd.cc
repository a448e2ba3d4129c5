#include "common/wire/nd.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  demarc::wire::parse_icmpv6(data, bytes);
  demarc::wire::parse_nd(data, bytes);
  return 0;
}
