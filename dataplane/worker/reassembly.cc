#include "dataplane/worker/reassembly.h"

#include <rte_cycles.h>

#include <algorithm>
#include <cstring>

namespace demarc::dp {
namespace {

// Where the part belongs among the `count` that are there, by its offset.
unsigned place_of(const DatagramPart* parts, unsigned count, uint32_t offset) {
  unsigned at = 0;
  while (at < count && parts[at].offset < offset) ++at;
  return at;
}

}  // namespace

Reassembly::Reassembly(uint32_t tenant_slots, uint64_t hold_ticks)
    : hold_ticks_(hold_ticks),
      seed_(rte_rdtsc() * 0x9e3779b97f4a7c15u ^ reinterpret_cast<uintptr_t>(this)),
      datagrams_(std::make_unique<Datagram[]>(kDatagramsMax)),
      shares_(std::make_unique<Share[]>(tenant_slots)) {
  buckets_.fill(kNone);
  for (uint16_t i = 0; i < kDatagramsMax; ++i) datagrams_[i].next = i + 1u < kDatagramsMax ? uint16_t(i + 1) : kNone;
}

Reassembly::~Reassembly() {
  for (uint16_t i = oldest_; i != kNone; i = datagrams_[i].newer)
    for (unsigned n = 0; n < datagrams_[i].count; ++n) rte_pktmbuf_free(datagrams_[i].parts[n].mbuf);
}

uint16_t* Reassembly::bucket_of(const DatagramKey& key) {
  uint64_t words[5] = {};
  std::memcpy(words, &key.source, 16);
  std::memcpy(words + 2, &key.destination, 16);
  words[4] = uint64_t{key.identification} << 32 | (key.vrf.value ^ uint32_t{key.tenant.value} << 16 ^ key.protocol);
  uint64_t h = seed_;
  for (const uint64_t word : words) {
    h = (h ^ word) * 0xd6e8feb86659fd93u;
    h ^= h >> 32;
  }
  return &buckets_[h % kBuckets];
}

uint16_t Reassembly::find(const DatagramKey& key) {
  uint16_t i = *bucket_of(key);
  while (i != kNone && !(datagrams_[i].key == key)) i = datagrams_[i].next;
  return i;
}

// kNone: no room, in all or for the tenant.
uint16_t Reassembly::open(const DatagramKey& key, uint64_t now_tsc) {
  Share& share = shares_[key.tenant.value];
  if (free_ == kNone || share.datagrams >= std::min(kDatagramsPerTenant, kDatagramsMax - waiting_)) return kNone;
  const uint16_t i = free_;
  Datagram& d = datagrams_[i];
  free_ = d.next;
  uint16_t* const bucket = bucket_of(key);
  d.key = key;
  d.deadline = now_tsc + hold_ticks_;
  d.total = d.have = 0;
  d.count = 0;
  d.next = *bucket;
  *bucket = i;
  d.older = newest_;
  d.newer = kNone;
  (newest_ == kNone ? oldest_ : datagrams_[newest_].newer) = i;
  newest_ = i;
  ++share.datagrams;
  ++waiting_;
  return i;
}

// Its fragments are somebody else's now.
void Reassembly::close(uint16_t index) {
  Datagram& d = datagrams_[index];
  Share& share = shares_[d.key.tenant.value];
  --share.datagrams;
  --waiting_;
  share.parts = static_cast<uint16_t>(share.parts - d.count);
  parts_ -= d.count;
  uint16_t* link = bucket_of(d.key);
  while (*link != index) link = &datagrams_[*link].next;
  *link = d.next;
  (d.older == kNone ? oldest_ : datagrams_[d.older].newer) = d.newer;
  (d.newer == kNone ? newest_ : datagrams_[d.newer].older) = d.older;
  d.count = 0;
  d.next = free_;
  free_ = index;
}

void Reassembly::drop_all(uint16_t index, DropReason reason, TenantCounters& counters) {
  Datagram& d = datagrams_[index];
  for (unsigned n = 0; n < d.count; ++n) rte_pktmbuf_free(d.parts[n].mbuf);
  counters.subtract(Counter::held_packets, d.count);
  counters.drop(reason, d.count);
  close(index);
}

Reassembly::Answer Reassembly::add(const DatagramKey& key, const DatagramPart& part, TenantCounters& counters,
                                   uint64_t now_tsc) {
  Answer answer;
  const uint32_t bytes = part.bytes();
  const uint32_t end = part.offset + bytes;
  answer.reason = DropReason::fragment_malformed;
  if (bytes == 0 || end > kDatagramBytesMax || (part.more && bytes % 8 != 0)) return answer;
  uint16_t index = find(key);
  if (index != kNone && datagrams_[index].deadline <= now_tsc) {
    drop_all(index, DropReason::fragment_timeout, counters);
    index = kNone;
  }
  answer.reason = DropReason::fragment_table_full;
  Share& share = shares_[key.tenant.value];
  if (share.parts >= std::min(kPartsPerTenant, kPartsAllMax - parts_)) return answer;
  if (index == kNone) index = open(key, now_tsc);
  if (index == kNone) return answer;
  Datagram& d = datagrams_[index];
  DatagramPart* const parts = d.parts.data();
  const unsigned at = place_of(parts, d.count, part.offset);
  const bool twice = at < d.count && parts[at].offset == part.offset && parts[at].bytes() == bytes;
  answer.reason = DropReason::fragment_overlap;
  if (twice) return answer;
  const bool overlaps = (at < d.count && parts[at].offset < end) ||
                        (at > 0 && parts[at - 1].offset + parts[at - 1].bytes() > part.offset);
  // The datagram's end is said once, and nothing lies behind it.
  const uint32_t known_end = d.count == 0 ? 0 : parts[d.count - 1].offset + parts[d.count - 1].bytes();
  const bool past_end = part.more ? d.total != 0 && end >= d.total : d.total != 0 || known_end > end;
  if (overlaps || past_end || d.count == kPartsMax) {
    if (!overlaps) answer.reason = past_end ? DropReason::fragment_malformed : DropReason::fragment_table_full;
    drop_all(index, answer.reason, counters);
    return answer;
  }
  std::copy_backward(parts + at, parts + d.count, parts + d.count + 1);
  parts[at] = part;
  ++d.count;
  ++share.parts;
  ++parts_;
  d.have += bytes;
  if (!part.more) d.total = end;
  counters.add(Counter::held_packets, 1);
  if (d.have == d.total) return assemble(index, counters);
  answer.outcome = Outcome::held;
  return answer;
}

// Without gaps and overlaps the first part is at 0. The fragment that was added last counts as held here, and goes on.
Reassembly::Answer Reassembly::assemble(uint16_t index, TenantCounters& counters) {
  Datagram& d = datagrams_[index];
  const DatagramPart first = d.parts[0];
  for (unsigned n = 1; n < d.count; ++n) {
    rte_mbuf* const mbuf = d.parts[n].mbuf;
    rte_pktmbuf_adj(mbuf, d.parts[n].data_offset);  // the headers up to there were read in the first segment
    rte_pktmbuf_chain(first.mbuf, mbuf);            // far from as many segments as a packet may have
  }
  counters.subtract(Counter::held_packets, d.count);
  counters.add(Counter::consumed_packets, d.count - 1u);
  counters.add(Counter::datagrams_reassembled, 1);
  close(index);
  // What the NIC said of a fragment is not true of the whole.
  first.mbuf->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
  return {Outcome::complete, {}, first.mbuf, first.l3_offset, first.data_offset};
}

void Reassembly::drop_expired(TenantCounters* tenants, uint64_t now_tsc) {
  // In the order of their deadlines; bounded by kDatagramsMax.
  while (oldest_ != kNone && datagrams_[oldest_].deadline <= now_tsc)
    drop_all(oldest_, DropReason::fragment_timeout, tenants[datagrams_[oldest_].key.tenant.value]);
}

}  // namespace demarc::dp
