#include <initializer_list>

#include "common/wire/ipv4.h"
#include "tests/fuzz/target.h"

// The first byte says how much of the packet is in later segments.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  if (bytes == 0) return 0;
  const size_t readable = bytes - 1;
  const size_t packet_bytes = readable + data[0];
  for (const bool verify : {false, true}) {
    const auto parsed = demarc::wire::parse_ipv4_header(data + 1, readable, packet_bytes, verify);
    if (parsed.error != demarc::wire::Ipv4Error::none) continue;
    FUZZ_CHECK(parsed.header_bytes >= 20 && parsed.header_bytes <= readable);
    FUZZ_CHECK(parsed.total_bytes >= parsed.header_bytes && parsed.total_bytes <= packet_bytes);
  }
  return 0;
}
