#include "common/wire/icmp.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  const auto parsed = demarc::wire::parse_icmp(data, bytes);
  FUZZ_CHECK(!parsed.whole || bytes >= sizeof(demarc::wire::IcmpHeader));
  return 0;
}
