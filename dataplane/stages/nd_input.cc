#include "dataplane/stages/nd_input.h"

#include <cstring>

#include "common/wire/ethernet.h"
#include "common/wire/nd.h"
#include "dataplane/stages/consume.h"
#include "dataplane/stages/frame.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

bool is_ours(const Topology& topology, const AttachmentRow& attachment, const Ipv6Address& address) {
  if (address == attachment.ipv6 || address == attachment.ipv6_link_local) return true;
  return attachment.in_ipv6_prefix(address) && topology.local_address(attachment.vrf, address).has_gtpu_endpoint;
}

bool may_learn(const AttachmentRow& attachment, const Ipv6Address& address) {
  return is_link_local(address) || (!is_unspecified(address) && attachment.in_ipv6_prefix(address));
}

NeighborAnswer known_as(StageContext& context, const PacketMeta& meta, const Ipv6Address& address) {
  const WideKey key = NeighborTable::key(meta.attachment, address);
  NeighborAnswer known;
  context.tables.neighbors->lookup(&key, 1, &known);
  return known;
}

bool tell_agent(StageContext& context, const PacketMeta& meta, const Ipv6Address& address, const MacAddress& mac) {
  return context.agent->send({ToAgent::Kind::neighbor_seen, meta.attachment, address, mac, meta.tenant});
}

void take_advertisement(StageContext& context, Burst& burst, uint8_t i, const AttachmentRow& attachment,
                        const wire::NdParse& nd) {
  const PacketMeta& meta = burst.meta[i];
  const NeighborAnswer known = known_as(context, meta, nd.target);
  // Section 7.2.5: without an entry there is no need to make one; without an address there is nothing to learn but, of
  // one that is known, that it is there.
  if (known.state == NeighborState::unknown || !may_learn(attachment, nd.target)) return consume(context, burst, i);
  const bool reachable = known.state == NeighborState::reachable;
  if (!nd.has_link_address && !reachable) return consume(context, burst, i);
  const MacAddress mac = nd.has_link_address ? nd.link_address : known.mac;
  if (reachable && mac != known.mac && (nd.flags & wire::kNaOverride) == 0) return consume(context, burst, i);
  // Unasked for, what is known already is no sign that the way there works (section 7.3.1).
  if (reachable && mac == known.mac && (nd.flags & wire::kNaSolicited) == 0) return consume(context, burst, i);
  if (!tell_agent(context, meta, nd.target, mac)) return drop(burst, i, DropReason::agent_queue_full);
  consume(context, burst, i);
}

// Section 7.2.4.
void answer_solicitation(StageContext& context, Burst& burst, uint8_t i, const AttachmentRow& attachment,
                         const wire::Ipv6Header& ip, const wire::NdParse& nd, Lane& output) {
  PacketMeta& meta = burst.meta[i];
  rte_mbuf* const mbuf = burst.mbuf[i];
  if (!is_ours(context.topology(), attachment, nd.target)) return drop(burst, i, DropReason::nd_not_for_us);
  MacAddress to = nd.link_address;
  if (!nd.has_link_address) std::memcpy(to.data(), bytes_at(mbuf, offsetof(wire::EthernetHeader, source)), to.size());
  // A probe for duplicates has no source; everybody shall hear that the address is taken.
  const bool probe = is_unspecified(ip.source);
  if (probe) to = wire::multicast_mac(wire::kAllNodes);
  if (!probe && nd.has_link_address && may_learn(attachment, ip.source)) {
    const NeighborAnswer known = known_as(context, meta, ip.source);
    // Lost when the queue is full; the neighbor is asked when it is needed.
    if (known.state != NeighborState::reachable || known.mac != to) tell_agent(context, meta, ip.source, to);
  }
  cut_to(mbuf, meta.l3_offset);
  auto* const out = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(mbuf, wire::kNdNeighborPacketBytes));
  if (out == nullptr) return drop(burst, i, DropReason::encap_no_headroom);
  const uint8_t flags = wire::kNaRouter | wire::kNaOverride | (probe ? 0 : wire::kNaSolicited);
  wire::write_nd_neighbor(out, wire::kIcmpv6NeighborAdvertisement, flags, nd.target,
                          probe ? wire::kAllNodes : ip.source, nd.target, attachment.mac);
  if (!write_frame_header(mbuf, meta.l3_offset, attachment, to, wire::kEtherTypeIpv6))
    return drop(burst, i, DropReason::encap_no_headroom);
  meta.egress = meta.attachment;
  context.counters(meta.tenant).add(Counter::nd_advertisements_sent, 1);
  output.push(i);
}

}  // namespace

void nd_input(StageContext& context, Burst& burst, Lane& lane, Lane& output) {
  for (uint8_t i : lane) {
    const PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const AttachmentRow& attachment = context.topology().attachment(meta.attachment);
    wire::Ipv6Header ip;
    std::memcpy(static_cast<void*>(&ip), bytes_at(mbuf, meta.l3_offset), sizeof ip);
    wire::NdParse nd;
    // All of it is read, so all of it must lie in the first segment.
    if (mbuf->nb_segs == 1)
      nd = wire::parse_nd(bytes_at(mbuf, meta.payload_offset), readable_bytes(mbuf, meta.payload_offset));
    if (!wire::nd_is_valid(ip, nd)) {
      drop(burst, i, DropReason::nd_malformed);
    } else if (nd.type == wire::kIcmpv6NeighborSolicitation) {
      answer_solicitation(context, burst, i, attachment, ip, nd, output);
    } else if (nd.type != wire::kIcmpv6NeighborAdvertisement) {
      drop(burst, i, DropReason::nd_unsupported);
    } else if (is_ours(context.topology(), attachment, nd.target)) {
      drop(burst, i, DropReason::nd_address_conflict);
    } else {
      take_advertisement(context, burst, i, attachment, nd);
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
