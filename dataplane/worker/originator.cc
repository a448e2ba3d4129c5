#include "dataplane/worker/originator.h"

#include <rte_mbuf.h>

#include <utility>

namespace demarc::dp {

Originator::Originator(rte_mempool* pool, TenantCounters* tenants, AnswerLimiter limiter)
    : pool_(pool), tenants_(tenants), limiter_(std::move(limiter)), burst_(std::make_unique<Burst>()) {
  reset_burst(*burst_);
}

Originator::~Originator() {
  for (unsigned i = 0; i < burst_->size; ++i) rte_pktmbuf_free(burst_->mbuf[i]);
}

Originator::Packet Originator::originate(const PacketMeta& like, size_t bytes, bool ipv6, Way way) {
  Burst& burst = *burst_;
  if (burst.size == kBurstMax || bytes > UINT16_MAX) return {};
  rte_mbuf* const mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf == nullptr) return {};
  auto* const ip = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(bytes)));
  if (ip == nullptr) {  // larger than a buffer of the pool
    rte_pktmbuf_free(mbuf);
    return {};
  }
  const uint8_t i = burst.size++;
  burst.mbuf[i] = mbuf;
  PacketMeta& meta = burst.meta[i];
  meta = kFreshMeta;
  meta.tenant = like.tenant;
  meta.attachment = like.attachment;
  meta.vrf = like.vrf;
  meta.ipv6 = ipv6;
  meta.made_here = true;
  (way == Way::route ? route_ : session_).push(i);
  tenants_[meta.tenant.value].add(Counter::originated_packets, 1);
  return {ip, &meta};
}

Originator::Packet Originator::answer(const PacketMeta& cause, AnswerClass c, const IpAddress& peer, size_t bytes,
                                      bool ipv6, Way way, uint64_t now_tsc) {
  if (cause.made_here) return {};
  Packet packet;
  if (limiter_.take(cause.tenant, c, peer, now_tsc)) packet = originate(cause, bytes, ipv6, way);
  if (!packet) tenants_[cause.tenant.value].add(Counter::answers_suppressed, 1);
  return packet;
}

void Originator::clear() {
  burst_->size = 0;
  reset_burst(*burst_);
  route_.clear();
  session_.clear();
}

}  // namespace demarc::dp
