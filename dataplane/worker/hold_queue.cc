#include "dataplane/worker/hold_queue.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <vector>

namespace demarc::dp {
namespace {

constexpr uint16_t kNil = UINT16_MAX;
constexpr unsigned kBuckets = 1024;  // a power of two, twice as many as there can be next hops
static_assert(kBuckets >= 2 * HoldQueue::kPerWorkerMax);
static_assert(HoldQueue::kPerNeighborMax <= kBurstMax);
static_assert(HoldQueue::kPerTenantMax <= UINT8_MAX);

struct Packet {
  rte_mbuf* mbuf = nullptr;
  PacketMeta meta;
  uint64_t since_tsc = 0;
  uint64_t received_tsc = 0;
  uint16_t next = kNil;  // of the same next hop, or of the free ones
};

// A next hop for which packets wait. With the tenant's id in the key, a slot that another tenant was given meanwhile is
// another next hop.
struct NextHopQueue {
  AttachmentSlot egress;
  IpAddress address;
  TenantId tenant;
  uint16_t first = kNil;
  uint16_t last = kNil;
  uint8_t size = 0;
  uint16_t bucket = 0;
  uint16_t bucket_next = kNil;  // or of the free ones
  uint16_t ring_prev = kNil;    // all next hops, in a circle: poll() goes around it
  uint16_t ring_next = kNil;
};

uint16_t bucket_of(AttachmentSlot egress, const IpAddress& address, TenantId tenant) {
  constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15ull;  // Fibonacci hashing: the upper bits depend on all of the key
  uint64_t words[2];
  std::memcpy(words, &address, sizeof words);
  uint64_t h = (words[0] ^ uint64_t{egress.value} << 32 ^ uint64_t{tenant.value}) * kMultiplier;
  h = (h ^ words[1]) * kMultiplier;
  return static_cast<uint16_t>(h >> 54) & (kBuckets - 1);
}

}  // namespace

struct HoldQueue::Impl {
  uint64_t hold_ticks_max = 0;
  unsigned size = 0;
  uint16_t free_packet = 0;
  uint16_t free_hop = 0;
  uint16_t cursor = kNil;  // the next hop at which poll() goes on
  std::array<Packet, kPerWorkerMax> packets;
  std::array<NextHopQueue, kPerWorkerMax> hops;
  std::array<uint16_t, kBuckets> buckets;
  std::vector<uint8_t> per_tenant = std::vector<uint8_t>(UINT16_MAX + 1);  // [tenant slot]

  Impl() {
    buckets.fill(kNil);
    for (uint16_t i = 0; i < kPerWorkerMax; ++i) {
      const uint16_t next = i + 1u < kPerWorkerMax ? static_cast<uint16_t>(i + 1) : kNil;
      packets[i].next = next;
      hops[i].bucket_next = next;
    }
  }

  uint16_t find(AttachmentSlot egress, const IpAddress& address, TenantId tenant, uint16_t bucket) const {
    uint16_t h = buckets[bucket];
    while (h != kNil && !(hops[h].egress == egress && hops[h].address == address && hops[h].tenant == tenant)) {
      h = hops[h].bucket_next;
    }
    return h;
  }

  // There is a free one whenever there is a free packet: each next hop has at least one packet.
  uint16_t add_hop(AttachmentSlot egress, const IpAddress& address, TenantId tenant, uint16_t bucket) {
    const uint16_t h = free_hop;
    free_hop = hops[h].bucket_next;
    hops[h] = NextHopQueue{};
    hops[h].egress = egress;
    hops[h].address = address;
    hops[h].tenant = tenant;
    hops[h].bucket = bucket;
    hops[h].bucket_next = buckets[bucket];
    buckets[bucket] = h;
    if (cursor == kNil) {
      cursor = hops[h].ring_prev = hops[h].ring_next = h;
    } else {  // before the cursor: the last to be looked at
      hops[h].ring_next = cursor;
      hops[h].ring_prev = hops[cursor].ring_prev;
      hops[hops[h].ring_prev].ring_next = h;
      hops[cursor].ring_prev = h;
    }
    return h;
  }

  void remove_hop(uint16_t h) {
    NextHopQueue& hop = hops[h];
    uint16_t* link = &buckets[hop.bucket];
    while (*link != h) link = &hops[*link].bucket_next;
    *link = hop.bucket_next;
    if (cursor == h) cursor = hop.ring_next == h ? kNil : hop.ring_next;
    hops[hop.ring_prev].ring_next = hop.ring_next;
    hops[hop.ring_next].ring_prev = hop.ring_prev;
    hop.bucket_next = free_hop;
    free_hop = h;
  }

  // The states of n next hops, at most kBurstMax.
  void look_up(const NeighborTable& neighbors, const uint16_t* which, unsigned n, NeighborState* states) const {
    look_up_family<true>(neighbors, which, n, states);
    look_up_family<false>(neighbors, which, n, states);
  }

  template <bool kIpv4>
  void look_up_family(const NeighborTable& neighbors, const uint16_t* which, unsigned n, NeighborState* states) const {
    std::array<std::conditional_t<kIpv4, uint64_t, WideKey>, kBurstMax> keys;
    std::array<NeighborAnswer, kBurstMax> answers;
    std::array<uint8_t, kBurstMax> asked;
    unsigned m = 0;
    for (unsigned i = 0; i < n; ++i) {
      const NextHopQueue& hop = hops[which[i]];
      if (hop.address.is_ipv4() != kIpv4) continue;
      if constexpr (kIpv4) {
        keys[m] = NeighborTable::key(hop.egress, hop.address.ipv4());
      } else {
        keys[m] = NeighborTable::key(hop.egress, hop.address.ipv6());
      }
      asked[m++] = static_cast<uint8_t>(i);
    }
    if (m == 0) return;
    neighbors.lookup(keys.data(), m, answers.data());
    for (unsigned k = 0; k < m; ++k) states[asked[k]] = answers[k].state;
  }

  // The oldest packet of the next hop, into `out`; returns its index there.
  uint8_t give_back(NextHopQueue& hop, Burst& out) {
    const uint16_t p = hop.first;
    Packet& packet = packets[p];
    const uint8_t i = out.size++;
    out.mbuf[i] = packet.mbuf;
    out.meta[i] = packet.meta;
    out.received_tsc[i] = packet.received_tsc;
    out.waited |= uint64_t{1} << i;
    hop.first = packet.next;
    --hop.size;
    --per_tenant[packet.meta.tenant.value];
    packet.mbuf = nullptr;
    packet.next = free_packet;
    free_packet = p;
    --size;
    return i;
  }

  void give_back_all(NextHopQueue& hop, DropReason reason, Burst& out) {
    while (hop.size != 0) drop(out, give_back(hop, out), reason);
  }

  void poll_hop(uint16_t h, NeighborState state, uint64_t now_tsc, const Topology& topology, Burst& out, Lane& ready) {
    NextHopQueue& hop = hops[h];
    const AttachmentRow* row = topology.attachment_or_null(hop.egress);
    if (row == nullptr || topology.spec().tenants[row->tenant.value].id != hop.tenant) {
      give_back_all(hop, DropReason::table_changed, out);
    } else if (row->suspended) {
      give_back_all(hop, DropReason::tenant_suspended, out);
    } else if (state == NeighborState::reachable) {
      while (hop.size != 0) ready.push(give_back(hop, out));
    } else if (state == NeighborState::failed) {
      give_back_all(hop, DropReason::neighbor_unresolved, out);
    } else {
      while (hop.size != 0 && now_tsc - packets[hop.first].since_tsc >= hold_ticks_max) {
        drop(out, give_back(hop, out), DropReason::neighbor_unresolved);
      }
    }
    if (hop.size == 0) remove_hop(h);
  }
};

HoldQueue::HoldQueue(uint64_t hold_ticks_max) : impl_(std::make_unique<Impl>()) {
  impl_->hold_ticks_max = hold_ticks_max;
}

HoldQueue::~HoldQueue() {
  for (Packet& packet : impl_->packets) rte_pktmbuf_free(packet.mbuf);
}

HoldQueue::Outcome HoldQueue::try_hold(rte_mbuf* mbuf, const PacketMeta& meta, TenantId tenant, uint64_t now_tsc,
                                       uint64_t received_tsc) {
  Impl& q = *impl_;
  if (q.per_tenant[meta.tenant.value] >= std::min(kPerTenantMax, kPerWorkerMax - q.size)) return Outcome::full;
  const uint16_t bucket = bucket_of(meta.egress, meta.next_hop, tenant);
  uint16_t h = q.find(meta.egress, meta.next_hop, tenant, bucket);
  if (h != kNil && q.hops[h].size == kPerNeighborMax) return Outcome::full;
  if (h == kNil) h = q.add_hop(meta.egress, meta.next_hop, tenant, bucket);

  const uint16_t p = q.free_packet;
  Packet& packet = q.packets[p];
  q.free_packet = packet.next;
  packet.mbuf = mbuf;
  packet.meta = meta;
  packet.meta.forget_session();
  packet.since_tsc = now_tsc;
  packet.received_tsc = received_tsc;
  packet.next = kNil;
  ++q.size;
  ++q.per_tenant[meta.tenant.value];

  NextHopQueue& hop = q.hops[h];
  if (hop.size == 0) {
    hop.first = p;
  } else {
    q.packets[hop.last].next = p;
  }
  hop.last = p;
  ++hop.size;
  return Outcome::held;
}

void HoldQueue::poll(uint64_t now_tsc, const TablesView& tables, Burst& out, Lane& ready) {
  Impl& q = *impl_;
  if (q.size == 0) return;
  out.now_tsc = now_tsc;
  std::array<NeighborState, kBurstMax> states;
  std::array<uint16_t, kBurstMax> looked_at;
  unsigned n = 0;
  for (uint16_t h = q.cursor; n < kBurstMax; h = q.hops[h].ring_next) {
    if (n != 0 && h == q.cursor) break;
    looked_at[n++] = h;
  }
  q.look_up(*tables.neighbors, looked_at.data(), n, states.data());
  for (unsigned i = 0; i < n; ++i) {
    q.cursor = looked_at[i];
    if (out.size + q.hops[looked_at[i]].size > kBurstMax) return;  // goes on here at the next call
    const uint16_t next = q.hops[looked_at[i]].ring_next;
    q.poll_hop(looked_at[i], states[i], now_tsc, *tables.topology, out, ready);
    if (q.cursor != kNil && q.cursor == looked_at[i]) q.cursor = next;
  }
}

unsigned HoldQueue::size() const { return impl_->size; }

}  // namespace demarc::dp
