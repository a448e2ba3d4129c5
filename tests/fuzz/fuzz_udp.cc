#include "common/wire/udp.h"
#include "tests/fuzz/target.h"

// The first byte says how much of the datagram is in later segments.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  if (bytes == 0) return 0;
  demarc::wire::parse_udp(data + 1, bytes - 1, bytes - 1 + data[0]);
  return 0;
}
