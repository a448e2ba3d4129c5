#include "controlplane/api/usage_json.h"

#include "common/defs/drop_reason.h"

namespace demarc::cp {
namespace {

// What the data plane sends behind the list of reasons is of further ones together.
json drops_json(const std::vector<uint64_t>& drops) {
  json list = json::array();
  for (size_t i = 0; i < drops.size() && i <= kDropReasonCount; ++i) {
    if (drops[i] == 0) continue;
    const bool named = i < kDropReasonCount;
    list.push_back({{"reason", named ? std::string(kDropReasons[i].name) : "other"},
                    {"packets", drops[i]},
                    {"sentence", named ? std::string(kDropReasons[i].sentence)
                                       : "for reasons beyond the ten that are counted by name for one session"}});
  }
  return list;
}

}  // namespace

json usage_json(Seid session, const schema::SessionUsageT& usage) {
  json drops = drops_json(usage.drops);
  uint64_t dropped = 0;
  for (const json& drop : drops) dropped += drop["packets"].get<uint64_t>();
  return {{"up_seid", session.value},
          {"uplink_packets", usage.uplink_packets},
          {"uplink_bytes", usage.uplink_bytes},
          {"downlink_packets", usage.downlink_packets},
          {"downlink_bytes", usage.downlink_bytes},
          {"dropped_packets", dropped},
          {"drops", std::move(drops)}};
}

}  // namespace demarc::cp
