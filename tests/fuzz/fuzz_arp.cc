#include "common/wire/arp.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  const auto parsed = demarc::wire::parse_arp(data, bytes);
  FUZZ_CHECK(!parsed.well_formed || bytes >= sizeof(demarc::wire::ArpPacket));
  return 0;
}
