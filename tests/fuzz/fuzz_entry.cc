// The entries of the tables as the agent gets them: FlatBuffers that verify may still mean nonsense. The first byte is
// the kind of entry.
#include <string>

#include "dataplane/agent/decode.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  using namespace demarc;
  if (bytes == 0) return 0;
  dp::OperationView operation;
  operation.key = {TenantId(7), static_cast<schema::EntryKind>(data[0] % 8), data[0] % 8 == 1 ? 7u : 1u};
  operation.value = {reinterpret_cast<const char*>(data + 1), bytes - 1};
  static const dp::PortNames ports{{"access", PortIndex(0)}, {"core", PortIndex(1)}};
  const auto decoded = dp::decode(operation, ports);
  FUZZ_CHECK(decoded || !decoded.error().message.empty());
  return 0;
}
