#include "dataplane/stages/usage.h"

#include <bit>

#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

struct Direction {
  Counter packets;
  Counter bytes;
  void (SessionUsage::*count)(uint64_t packets, uint64_t bytes);
};
constexpr Direction kUplink{Counter::uplink_packets, Counter::uplink_bytes, &SessionUsage::count_uplink};
constexpr Direction kDownlink{Counter::downlink_packets, Counter::downlink_bytes, &SessionUsage::count_downlink};

bool is_forwarded(const PacketMeta& meta) { return meta.fate == PacketFate::sent || meta.fate == PacketFate::held; }

// Neighbours of one session are summed, and stored once.
template <Direction kDirection>
void count(StageContext& context, const Burst& burst, uint64_t noted) {
  TenantSum tenants(context, kDirection.packets, kDirection.bytes);
  SessionUsage* usage = nullptr;
  uint64_t packets = 0;
  uint64_t bytes = 0;
  for (; noted != 0; noted &= noted - 1) {
    const auto i = static_cast<uint8_t>(std::countr_zero(noted));
    const PacketMeta& meta = burst.meta[i];
    if (!is_forwarded(meta)) continue;
    tenants.add(meta.tenant, burst.inner_bytes[i]);
    SessionUsage* const own = meta.session->usage;
    if (own != usage) {
      if (usage != nullptr) (usage->*kDirection.count)(packets, bytes);
      usage = own;
      packets = bytes = 0;
    }
    ++packets;
    bytes += burst.inner_bytes[i];
  }
  if (usage != nullptr) (usage->*kDirection.count)(packets, bytes);
}

}  // namespace

void count_uplink(StageContext& context, const PacketMeta& meta, size_t inner_bytes) {
  TenantSum(context, Counter::uplink_packets, Counter::uplink_bytes).add(meta.tenant, inner_bytes);
  meta.session->usage->count_uplink(1, inner_bytes);
}

void count_forwarded(StageContext& context, const Burst& burst) {
  if (const uint64_t noted = burst.uplink & ~burst.uncounted; noted != 0) count<kUplink>(context, burst, noted);
  if (const uint64_t noted = burst.downlink & ~burst.uncounted; noted != 0) count<kDownlink>(context, burst, noted);
}

}  // namespace demarc::dp
