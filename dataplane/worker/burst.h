// Burst: up to 64 packets on their way through the stages, with typed metadata beside them.
//
// A Lane is a list of indices into a burst: the packets that go the same way. A stage takes a lane, looks at each of
// its packets, and leaves in the lane those that go on; others it moves to another lane or drops. No packet is in two
// lanes. Everything is fixed in size and lives with the worker; nothing is allocated on the way.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/ip_address.h"
#include "common/base/teid_owner.h"
#include "common/defs/counter.h"
#include "common/defs/drop_reason.h"

namespace demarc::dp {

inline constexpr unsigned kBurstMax = 64;

// In a packet's metadata: its destination is not the address of a GTP-U endpoint.
inline constexpr GtpuEndpointSlot kNoEndpoint{~uint32_t{0}};

struct Session;  // tables/session_table.h
struct Pdr;
struct Far;

// What became of a packet. Each ends as exactly one of dropped, sent, held and consumed.
// Handed over: that is for its owner to say. Cut: its fragments, which are packets of another burst, have each their
// own.
enum class PacketFate : uint8_t { on_the_way, dropped, sent, held, consumed, handed_over, cut };

// Written and read by the owning worker only. One cache line a packet.
struct alignas(64) PacketMeta {
  // ethernet_input, vlan_demux
  AttachmentSlot attachment;
  VrfSlot vrf;  // where the packet is now: of the attachment, then of the FAR
  TenantSlot tenant = kHouse;
  VlanId vlan;                 // of the frame as received
  uint16_t l3_offset = 0;      // bytes from the start of the mbuf's data to the IP or ARP header
  uint8_t drop = kNotDropped;  // DropReason
  uint8_t qfi = 255;           // gtpu_input: from the PDU Session Container, 0..63; pdr_match: to mark; 255: none
  Teid teid;                   // gtpu_input: of a G-PDU, never 0; 0: it did not come through a tunnel
  GtpuEndpointSlot endpoint = kNoEndpoint;  // ipv4_input, ipv6_input: of the destination
  // session lookups, pdr_match
  const Session* session = nullptr;
  uint16_t pdr_offset = 0;  // bytes from the session to the rule, which lies in its block; 0: none
  uint16_t far_offset = 0;
  // ipv4_route, ipv6_route
  AttachmentSlot egress;
  IpAddress next_hop;  // to resolve on the egress attachment; of the packet's family
  // ethernet_input
  uint16_t ethertype = 0;  // host byte order; of what follows the first tag, if there is one
  // udp_input: to the UDP payload; gtpu_input: to the T-PDU. Bytes from the start of the mbuf's data.
  // gtpu_encap: to the packet in the tunnel that it made. bridge_uplink, bridge_downlink, bridge_flood: of a frame for
  // an Ethernet session, the session's place in its network.
  uint16_t payload_offset = 0;
  PacketFate fate : 4 = PacketFate::on_the_way;  // drop(), arp_input, nd_input, neighbor_output, port_output
  // pdr_match, bridge_downlink, bridge_flood: at l3_offset, or in the tunnel, is no IP packet but an Ethernet frame or
  // unstructured data.
  bool opaque : 1 = false;
  bool ipv6 : 1 = false;            // vlan_demux, gtpu_encap: what is at l3_offset; pdr_match: what is in the tunnel
  bool made_here : 1 = false;       // router_advertise, Originator: not forwarded, so its hop limit stays
  bool fragment_inner : 1 = false;  // gtpu_decap, gtpu_encap, judge_oversize: cut the packet, not the tunnel around it
  bool end_marker : 1 = false;      // gtpu_input: no G-PDU, and behind those that came before it
  bool guaranteed : 1 = false;      // vlan_demux, of a worker that sheds: within its tenant's guarantee
  uint8_t psc_marks : 5 = 0;  // gtpu_input, pdr_match: beside qfi, kMark… of session_table.h; 0: UL, or plain DL
  VlanId outer_vlan;          // ethernet_input: of the frame as received, of two tags or of an S-tag alone

  bool has_pdr() const { return pdr_offset != 0; }
  bool has_far() const { return far_offset != 0; }
  // Only of a packet that has one; behind pdr_match all have both.
  const Pdr& pdr() const { return *rule<Pdr>(pdr_offset); }
  const Far& far() const { return *rule<Far>(far_offset); }
  // Of the session, which is set.
  void set_pdr(const Pdr& p) { pdr_offset = offset_of(&p); }
  void set_far(const Far& f) { far_offset = offset_of(&f); }
  void forget_session() {
    session = nullptr;
    pdr_offset = far_offset = 0;
  }

 private:
  template <class Rule>
  const Rule* rule(uint16_t offset) const {
    return reinterpret_cast<const Rule*>(reinterpret_cast<const std::byte*>(session) + offset);
  }
  uint16_t offset_of(const void* p) const {
    return static_cast<uint16_t>(static_cast<const std::byte*>(p) - reinterpret_cast<const std::byte*>(session));
  }
};
static_assert(sizeof(PacketMeta) == 64);

struct Lane {
  uint8_t size = 0;
  std::array<uint8_t, kBurstMax> index;

  void clear() { size = 0; }
  void push(uint8_t i) { index[size++] = i; }
  bool empty() const { return size == 0; }
  const uint8_t* begin() const { return index.data(); }
  const uint8_t* end() const { return index.data() + size; }
};

// What a packet that is traced is called; also where and when it came in.
struct TraceTag {
  uint32_t generation = 0;    // of the request; never 0
  uint32_t packet = 0;        // 0, 1, 2 … of the worker below in this request
  uint64_t received_tsc = 0;  // by that worker
  WorkerIndex worker;
  PortIndex port;  // of that worker's queue
};

struct Burst {
  uint8_t size = 0;
  bool traced = false;       // at least one packet of it is being traced
  PortIndex port;            // on which it was received
  uint64_t now_tsc = 0;      // read once, when it was received
  uint64_t sorted_tsc = 0;   // when vlan_demux had done; now_tsc of a burst that it does not see
  uint64_t traced_mask = 0;  // bit i: packet i is traced
  uint64_t taken_over = 0;   // bit i: packet i comes from another worker, and its session was not found here yet
  uint64_t waited = 0;       // bit i: packet i comes from another worker, or was held: received_tsc has its time
  // What is counted of packet i when it leaves or is held (stages/usage.h): bit i of at most one of the first two.
  uint64_t uplink = 0;     // gtpu_decap, ue_to_ue: from its session's UE
  uint64_t downlink = 0;   // gtpu_encap: to its session's UE
  uint64_t uncounted = 0;  // no part of its session's usage, dropped or not: our own, or a further fragment
  std::array<uint32_t, kBurstMax> inner_bytes;  // of those in uplink or downlink: the packet inside the tunnel
  std::array<rte_mbuf*, kBurstMax> mbuf;
  std::array<PacketMeta, kBurstMax> meta;
  std::array<TraceTag, kBurstMax> trace;         // of the traced ones
  std::array<uint64_t, kBurstMax> received_tsc;  // of those in `waited`: from a port, by whichever worker

  uint64_t received_tsc_of(uint8_t i) const { return (waited >> i & 1) != 0 ? received_tsc[i] : now_tsc; }

  Lane dropped;  // freed and counted at the end of the pipeline, in one place
};

// Copied as a whole: built in its place, field by field, it would cost 30 cycles a packet.
inline constexpr PacketMeta kFreshMeta{};

// Makes the burst ready for the pipeline: fresh metadata, nothing dropped, traced or counted. `size` and `mbuf` stay.
inline void reset_burst(Burst& burst) {
  for (unsigned i = 0; i < burst.size; ++i) burst.meta[i] = kFreshMeta;
  burst.dropped.clear();
  burst.traced = false;
  burst.traced_mask = 0;
  burst.taken_over = burst.waited = 0;
  burst.uplink = burst.downlink = burst.uncounted = 0;
}

inline Lane all_of(const Burst& burst) {
  Lane lane;
  for (unsigned i = 0; i < burst.size; ++i) lane.push(static_cast<uint8_t>(i));
  return lane;
}

// Moves what is in `from` behind what is in `to`; each packet is in one lane only, so there is room.
inline void append(Lane& to, Lane& from) {
  for (uint8_t i : from) to.push(i);
  from.clear();
}

// Leaves in the lane, in their order, the packets for which `stays(i)` is true.
template <class Predicate>
void keep_if(Lane& lane, Predicate&& stays) {
  uint8_t kept = 0;
  for (uint8_t n = 0; n < lane.size; ++n) {
    const uint8_t i = lane.index[n];
    if (stays(i)) lane.index[kept++] = i;
  }
  lane.size = kept;
}

// As it stands in PacketMeta::drop, where kNotDropped is a value too.
constexpr uint8_t code(DropReason reason) { return static_cast<uint8_t>(reason); }

// Ends a packet in a stage: the reason stays with it, the end of the pipeline counts it to its tenant and frees it.
inline void drop(Burst& burst, uint8_t i, DropReason reason) {
  burst.meta[i].drop = static_cast<uint8_t>(reason);
  burst.meta[i].fate = PacketFate::dropped;
  burst.dropped.push(i);
}

}  // namespace demarc::dp
