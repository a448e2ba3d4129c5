// Reading and cutting packets in their mbufs, and summing counters over a lane. Shared by the stages; no stage itself.
#pragma once

#include <rte_mbuf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "dataplane/stages/stage_context.h"
#include "dataplane/tables/session_table.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// The bytes at `offset` from the start of the mbuf's data. Only those counted by readable_bytes() may be touched.
inline uint8_t* bytes_at(rte_mbuf* mbuf, size_t offset) { return rte_pktmbuf_mtod_offset(mbuf, uint8_t*, offset); }

// How many bytes from `offset` on lie in the first segment; headers are read only there.
inline size_t readable_bytes(const rte_mbuf* mbuf, size_t offset) {
  return offset < mbuf->data_len ? mbuf->data_len - offset : 0;
}

// How many bytes of the packet there are from `offset` on, in all segments.
inline size_t packet_bytes(const rte_mbuf* mbuf, size_t offset) {
  return offset < mbuf->pkt_len ? mbuf->pkt_len - offset : 0;
}

// The destination of the IPv4 packet at meta.l3_offset, whose header was checked before.
inline Be32 ipv4_destination(rte_mbuf* mbuf, const PacketMeta& meta) {
  uint32_t raw;
  std::memcpy(&raw, bytes_at(mbuf, meta.l3_offset + offsetof(wire::Ipv4Header, destination)), sizeof raw);
  return Be32::from_raw(raw);
}

// The same of IPv6.
inline Ipv6Address ipv6_destination(rte_mbuf* mbuf, const PacketMeta& meta) {
  Ipv6Address a;
  std::memcpy(a.bytes.data(), bytes_at(mbuf, meta.l3_offset + offsetof(wire::Ipv6Header, destination)), 16);
  return a;
}

// Starts with this when demarc answers a packet itself (RFC 1700's default, and RFC 8200 leaves it open).
inline constexpr uint8_t kOurHopLimit = 64;

// True of a packet around which gtpu_encap has put a tunnel's headers: meta.payload_offset is the packet's inside.
inline bool in_own_tunnel(const PacketMeta& meta) { return meta.has_far() && meta.far().outer_header_creation; }

// True of an IPv4 packet without DF; its header was checked before.
inline bool may_be_fragmented(rte_mbuf* mbuf, size_t offset) {
  const uint8_t* const packet = bytes_at(mbuf, offset);
  return readable_bytes(mbuf, offset) >= sizeof(wire::Ipv4Header) && packet[0] >> 4 == 4 &&
         !reinterpret_cast<const wire::Ipv4Header*>(packet)->dont_fragment();
}

// The bytes of a frame as it was on the wire, without FCS: a tag that the NIC took off counts.
inline uint32_t received_frame_bytes(const rte_mbuf* mbuf) {
  return mbuf->pkt_len + ((mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 ? uint32_t{4} : 0);
}

// For packets of more than one segment. `bytes` is less than the packet has.
inline void cut_segments_to(rte_mbuf* mbuf, uint32_t bytes) {
  uint32_t left = bytes;
  rte_mbuf* segment = mbuf;
  uint16_t segments = 1;
  while (left > segment->data_len && segment->next != nullptr) {
    left -= segment->data_len;
    segment = segment->next;
    ++segments;
  }
  segment->data_len = static_cast<uint16_t>(left);
  if (segment->next != nullptr) rte_pktmbuf_free(segment->next);
  segment->next = nullptr;
  mbuf->nb_segs = segments;
  mbuf->pkt_len = bytes;
}

// Cuts what is behind the first `bytes` of the packet: Ethernet padding, or what a length field leaves over.
inline void cut_to(rte_mbuf* mbuf, uint32_t bytes) {
  if (mbuf->pkt_len <= bytes) return;
  if (mbuf->nb_segs > 1) return cut_segments_to(mbuf, bytes);
  mbuf->pkt_len = bytes;
  mbuf->data_len = static_cast<uint16_t>(bytes);
}

// Sums packets and bytes over a run of packets of the same tenant and stores once a run.
class TenantSum {
 public:
  TenantSum(StageContext& context, Counter packets, Counter bytes)
      : context_(context), packets_counter_(packets), bytes_counter_(bytes) {}
  ~TenantSum() { store(); }
  TenantSum(const TenantSum&) = delete;
  TenantSum& operator=(const TenantSum&) = delete;

  void add(TenantSlot tenant, uint64_t bytes) {
    if (tenant != tenant_) {
      store();
      tenant_ = tenant;
    }
    ++packets_;
    bytes_ += bytes;
  }

 private:
  void store() {
    if (packets_ == 0) return;
    TenantCounters& counters = context_.counters(tenant_);
    counters.add(packets_counter_, packets_);
    counters.add(bytes_counter_, bytes_);
    packets_ = bytes_ = 0;
  }

  StageContext& context_;
  Counter packets_counter_;
  Counter bytes_counter_;
  TenantSlot tenant_ = kHouse;
  uint64_t packets_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace demarc::dp
