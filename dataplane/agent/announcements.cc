#include "dataplane/agent/announcements.h"

#include "common/base/ip_address.h"
#include "common/base/ipv4.h"

namespace demarc::dp {
namespace {

constexpr uint64_t kRingFullRetryNs = 20'000'000;

bool on_link(const AttachmentRow& row, Be32 address) {
  return row.has_ipv4() && ((row.ipv4.host() ^ address.host()) & ipv4_mask(row.prefix_length)) == 0;
}

}  // namespace

Announcements::Addresses Announcements::addresses_of(const TopologySpec& spec) {
  Addresses out;
  std::multimap<uint32_t, AttachmentSlot> by_vrf;
  const auto link_of = [](const AttachmentRow& r) { return Link{r.tenant, r.port, r.vlan, r.outer_vlan, r.vrf}; };
  for (uint32_t i = 0; i < spec.attachments.size(); ++i) {
    const AttachmentRow& row = spec.attachments[i];
    if (!row.valid || row.suspended) continue;
    const AttachmentSlot slot{static_cast<uint16_t>(i)};
    by_vrf.emplace(row.vrf.value, slot);
    if (row.has_ipv4()) out.emplace(Key{slot, row.ipv4}, link_of(row));
    if (row.has_ipv6()) out.emplace(Key{slot, row.ipv6}, link_of(row));
  }
  for (const GtpuEndpointRow& endpoint : spec.endpoints) {
    if (!endpoint.valid) continue;
    const auto [first, last] = by_vrf.equal_range(endpoint.vrf.value);
    for (auto at = first; at != last; ++at) {
      const AttachmentRow& row = spec.attachments[at->second.value];
      if (endpoint.ipv4.raw() != 0 && on_link(row, endpoint.ipv4))
        out.emplace(Key{at->second, endpoint.ipv4}, link_of(row));
      if (!is_unspecified(endpoint.ipv6) && row.in_ipv6_prefix(endpoint.ipv6))
        out.emplace(Key{at->second, endpoint.ipv6}, link_of(row));
    }
  }
  return out;
}

void Announcements::schedule(const Key& key, uint64_t at_ns, unsigned times) {
  if (const auto before = pending_.find(key); before != pending_.end()) due_.erase({before->second.first, key});
  if (times == 0) {
    pending_.erase(key);
    return;
  }
  pending_[key] = {at_ns, times};
  due_.emplace(at_ns, key);
}

void Announcements::set_topology(const Topology& topology, uint64_t now_ns) {
  Addresses now = addresses_of(topology.spec());
  for (const auto& [key, link] : now) {
    const auto before = ours_.find(key);
    if (before == ours_.end() || before->second != link) schedule(key, now_ns, kTimes);
  }
  for (const auto& [key, link] : ours_)
    if (!now.contains(key)) schedule(key, 0, 0);
  ours_ = std::move(now);
}

void Announcements::port_up(PortIndex port, uint64_t now_ns) {
  for (const auto& [key, link] : ours_)
    if (link.port == port) schedule(key, now_ns, kTimes);
}

void Announcements::tick(uint64_t now_ns) {
  for (unsigned n = 0; n < kPerTickMax && !due_.empty() && due_.begin()->first <= now_ns; ++n) {
    const Key key = due_.begin()->second;
    const unsigned times = pending_.at(key).second;
    ToWorker message{};
    message.kind = ToWorker::Kind::announce;
    message.attachment = key.attachment;
    message.address = key.address;
    if (!ask_(message)) return schedule(key, now_ns + kRingFullRetryNs, times);
    schedule(key, now_ns + kIntervalNs, times - 1);
  }
}

}  // namespace demarc::dp
