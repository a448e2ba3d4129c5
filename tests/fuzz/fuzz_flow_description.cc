// Flow descriptions (RFC 6733 section 4.3.1), which tenants write and SMFs send. Input: the text.
#include <string_view>

#include "common/base/flow_description.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  using namespace demarc;
  const auto filter = parse_flow_description({reinterpret_cast<const char*>(data), bytes});
  if (!filter) {
    FUZZ_CHECK(!filter.error().message.empty());
    return 0;
  }
  FUZZ_CHECK(filter->remote_ports.size() <= SdfFilter::kPortRangesMax);
  FUZZ_CHECK(filter->local_ports.size() <= SdfFilter::kPortRangesMax);
  // What is taken is written as it is read.
  const auto again = parse_flow_description(flow_description(*filter));
  FUZZ_CHECK(again && *again == *filter);
  return 0;
}
