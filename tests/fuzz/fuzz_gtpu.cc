#include "common/wire/gtpu.h"
#include "tests/fuzz/target.h"

// The first byte says how much of the datagram is in later segments.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  using namespace demarc::wire;
  if (bytes == 0) return 0;
  const size_t readable = bytes - 1;
  const size_t datagram = readable + data[0];
  const GtpuParse parsed = parse_gtpu(data + 1, readable, datagram);
  if (parsed.error != GtpuError::none) return 0;
  FUZZ_CHECK(parsed.header_bytes >= sizeof(GtpuHeader) && parsed.header_bytes <= readable);
  FUZZ_CHECK(parsed.message_bytes >= parsed.header_bytes && parsed.message_bytes <= datagram);
  FUZZ_CHECK(!parsed.psc.present || parsed.psc.qfi <= kPscQfiMask);
  return 0;
}
