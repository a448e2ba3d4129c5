#include <initializer_list>

#include "common/wire/ethernet.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  for (const bool stripped : {false, true}) {
    const auto parsed = demarc::wire::parse_ethernet(data, bytes, stripped);
    if (!parsed.whole) continue;
    FUZZ_CHECK(parsed.header_bytes <= bytes);
    FUZZ_CHECK(parsed.vlan_id <= 4095);
  }
  return 0;
}
