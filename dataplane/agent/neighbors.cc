#include "dataplane/agent/neighbors.h"

#include <algorithm>

#include "common/base/ip_address.h"
#include "dataplane/agent/decode.h"

namespace demarc::dp {
namespace {

constexpr MacAddress kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr uint64_t kRingFullRetryNs = 20'000'000;

bool is_station(const MacAddress& mac) { return (mac[0] & 1) == 0 && mac != MacAddress{}; }

bool same_link(const AttachmentRow& a, const AttachmentRow& b) {
  return a.valid == b.valid && a.tenant == b.tenant && a.port == b.port && a.vlan == b.vlan && a.vrf == b.vrf;
}

}  // namespace

const char* neighbor_state_name(NeighborState state) {
  switch (state) {
    case NeighborState::unknown: return "unknown";
    case NeighborState::incomplete: return "incomplete";
    case NeighborState::reachable: return "reachable";
    case NeighborState::failed: return "failed";
  }
  return "unknown";
}

Neighbors::Neighbors(NeighborTable& table, uint32_t capacity, Ask ask, Lost lost)
    : table_(table),
      capacity_(capacity),
      share_(std::min(capacity, std::max(kTenantShareMin, capacity / 16))),
      ask_(std::move(ask)),
      lost_(std::move(lost)) {}

const AttachmentRow* Neighbors::row(AttachmentSlot slot) const {
  if (slot.value >= rows_.size()) return nullptr;
  const AttachmentRow& row = rows_[slot.value];
  return row.valid && !row.suspended ? &row : nullptr;
}

namespace {

bool on_ipv4_link(const AttachmentRow& row, Be32 ipv4) {
  if (!row.has_ipv4()) return false;
  const Ipv4Interface link{{row.ipv4.host()}, row.prefix_length};
  const Ipv4Address address{ipv4.host()};
  if (!link.prefix().contains(address) || address == link.address || !is_host_address(address)) return false;
  const uint32_t host = address.value & ~ipv4_mask(link.prefix_length);
  return link.prefix_length >= 31 || (host != 0 && host != ~ipv4_mask(link.prefix_length));
}

bool on_ipv6_link(const AttachmentRow& row, const Ipv6Address& address) {
  if (!row.has_ipv6() || address == row.ipv6 || address == row.ipv6_link_local) return false;
  return is_link_local(address) || (is_host_address(address) && row.in_ipv6_prefix(address));
}

}  // namespace

bool Neighbors::on_link(const AttachmentRow& row, const IpAddress& address) {
  return address.is_ipv4() ? on_ipv4_link(row, address.ipv4()) : on_ipv6_link(row, address.ipv6());
}

Status Neighbors::put(const Key& key, const NeighborAnswer& answer) {
  const IpAddress& a = key.address;
  return a.is_ipv4() ? table_.put(NeighborTable::key(key.attachment, a.ipv4()), answer)
                     : table_.put(NeighborTable::key(key.attachment, a.ipv6()), answer);
}

void Neighbors::set_topology(const Topology& topology) {
  const std::vector<AttachmentRow> before = std::exchange(rows_, topology.spec().attachments);
  for (auto it = entries_.begin(); it != entries_.end();) {
    const AttachmentSlot slot = it->first.attachment;
    const AttachmentRow* now = row(slot);
    const bool stays = now != nullptr && slot.value < before.size() && same_link(before[slot.value], *now) &&
                       on_link(*now, it->first.address);
    it = stays ? std::next(it) : erase(it);
  }
}

void Neighbors::wanted(AttachmentSlot attachment, const IpAddress& address, uint64_t now_ns) {
  const AttachmentRow* link = row(attachment);
  if (link == nullptr || !on_link(*link, address)) {
    ++counts_.not_on_link;
    return;
  }
  const Key key{attachment, address};
  if (entries_.contains(key)) return;  // more than one worker may want it
  const auto it = add(key, link->tenant, /*answered=*/false);
  if (it == entries_.end() || !set_state(it, NeighborState::incomplete, now_ns)) return;
  request(it, now_ns);
}

void Neighbors::seen(AttachmentSlot attachment, const IpAddress& address, const MacAddress& mac, uint64_t now_ns) {
  const AttachmentRow* link = row(attachment);
  if (link == nullptr || !on_link(*link, address) || !is_station(mac)) {
    ++counts_.not_on_link;
    return;
  }
  const Key key{attachment, address};
  auto it = entries_.find(key);
  if (it == entries_.end()) it = add(key, link->tenant, /*answered=*/true);
  if (it == entries_.end()) return;
  Entry& entry = it->second;
  entry.requests = 0;
  if (entry.state != NeighborState::reachable || entry.mac != mac) {
    entry.mac = mac;
    if (!set_state(it, NeighborState::reachable, now_ns)) return;
  }
  entry.since_ns = now_ns;
  set_deadline(it, now_ns + kReachableNs);
}

Neighbors::Entries::iterator Neighbors::add(const Key& key, TenantSlot tenant, bool answered) {
  Share& share = shares_[tenant];
  const bool full =
      entries_.size() >= capacity_ || share.all >= share_ || (!answered && share.unanswered >= share_ / 2);
  if (full) {
    ++counts_.refused;
    if (share.all == 0) shares_.erase(tenant);
    return entries_.end();
  }
  ++share.all;
  ++share.unanswered;  // until set_state() says otherwise
  Entry entry;
  entry.tenant = tenant;
  return entries_.emplace(key, entry).first;
}

Neighbors::Entries::iterator Neighbors::erase(Entries::iterator it) {
  (void)put(it->first, {});  // unknown: to put that is to remove
  deadlines_.erase({it->second.deadline_ns, it->first});
  const auto share = shares_.find(it->second.tenant);
  --share->second.all;
  if (it->second.state != NeighborState::reachable) --share->second.unanswered;
  if (share->second.all == 0) shares_.erase(share);
  return entries_.erase(it);
}

bool Neighbors::set_state(Entries::iterator it, NeighborState state, uint64_t now_ns) {
  Entry& entry = it->second;
  const bool was_answered = entry.state == NeighborState::reachable;
  const bool is_answered = state == NeighborState::reachable;
  Share& share = shares_[entry.tenant];
  share.unanswered += was_answered && !is_answered;
  share.unanswered -= !was_answered && is_answered;
  entry.state = state;
  entry.since_ns = now_ns;
  if (put(it->first, {state, entry.mac})) return true;
  ++counts_.refused;
  erase(it);
  return false;
}

void Neighbors::set_deadline(Entries::iterator it, uint64_t deadline_ns) {
  deadlines_.erase({it->second.deadline_ns, it->first});
  it->second.deadline_ns = deadline_ns;
  deadlines_.emplace(deadline_ns, it->first);
}

void Neighbors::request(Entries::iterator it, uint64_t now_ns) {
  Entry& entry = it->second;
  const MacAddress& to = entry.state == NeighborState::reachable ? entry.mac : kBroadcast;
  const ToWorker message{ToWorker::Kind::ask_neighbor, it->first.attachment, it->first.address, to, 0, {}};
  if (!ask_(message)) return set_deadline(it, now_ns + kRingFullRetryNs);
  ++entry.requests;
  set_deadline(it, now_ns + kRequestIntervalNs);
}

void Neighbors::expire(Entries::iterator it, uint64_t now_ns) {
  if (it->second.state == NeighborState::failed) {
    erase(it);
  } else if (it->second.requests < kRequestsMax) {
    request(it, now_ns);
  } else if (it->second.state == NeighborState::incomplete) {
    if (set_state(it, NeighborState::failed, now_ns)) set_deadline(it, now_ns + kFailedNs);
  } else {
    if (lost_) lost_(it->first.attachment, it->first.address, it->second);
    erase(it);
  }
}

void Neighbors::tick(uint64_t now_ns) {
  // Each turn puts one deadline beyond now or removes it.
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_ns)
    expire(entries_.find(deadlines_.begin()->second), now_ns);
}

}  // namespace demarc::dp
