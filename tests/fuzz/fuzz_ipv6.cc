#include "common/wire/ipv6.h"
#include "tests/fuzz/target.h"

// The first byte says how much of the packet is in later segments.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  using namespace demarc::wire;
  if (bytes == 0) return 0;
  const size_t readable = bytes - 1;
  const size_t packet_bytes = readable + data[0];
  const Ipv6Parse parsed = parse_ipv6_header(data + 1, readable, packet_bytes);
  if (parsed.error != Ipv6Error::none) return 0;
  FUZZ_CHECK(parsed.total_bytes >= sizeof(Ipv6Header) && parsed.total_bytes <= packet_bytes);
  const Ipv6Extensions walked = walk_ipv6_extensions(data + 1, readable, parsed.total_bytes);
  if (walked.error != Ipv6ExtensionError::none) return 0;
  FUZZ_CHECK(walked.header_bytes >= sizeof(Ipv6Header));
  FUZZ_CHECK(walked.header_bytes <= readable && walked.header_bytes <= parsed.total_bytes);
  return 0;
}
