// What comes over the channel: the verifier and the checks of meaning, as far as no table is needed.
#include <vector>

#include "common/channel/envelope.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  using namespace demarc;
  const std::vector<uint8_t> message(data, data + bytes);  // aligned, as a received one is
  const auto opened = channel::open_envelope(message);
  if (!opened) {
    FUZZ_CHECK(!opened.error().message.empty());
    return 0;
  }
  FUZZ_CHECK((*opened)->boot_id() != 0);
  if (const auto* transaction = (*opened)->message_as_Transaction()) (void)channel::unpack_operations(*transaction);
  return 0;
}
