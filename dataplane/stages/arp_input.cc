#include "dataplane/stages/arp_input.h"

#include "common/base/ipv4.h"
#include "common/wire/arp.h"
#include "dataplane/stages/consume.h"
#include "dataplane/stages/frame.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

bool in_prefix(const AttachmentRow& attachment, Be32 address) {
  return attachment.has_ipv4() &&
         ((attachment.ipv4.host() ^ address.host()) & ipv4_mask(attachment.prefix_length)) == 0;
}

// 0.0.0.0 is nobody's, also where an attachment has no address of its own.
bool is_ours(const Topology& topology, const AttachmentRow& attachment, Be32 address) {
  if (address.raw() == 0) return false;
  if (address == attachment.ipv4) return true;
  return in_prefix(attachment, address) && topology.local_address(attachment.vrf, address).has_gtpu_endpoint;
}

// A sender that may become a neighbor: on the link, and not 0.0.0.0, which RFC 5227 probes with.
bool may_learn(const AttachmentRow& attachment, Be32 sender) {
  return sender.raw() != 0 && in_prefix(attachment, sender);
}

bool tell_agent(StageContext& context, const PacketMeta& meta, const wire::ArpPacket& arp) {
  return context.agent->send(
      {ToAgent::Kind::neighbor_seen, meta.attachment, arp.sender_ipv4, arp.sender_mac, meta.tenant});
}

NeighborAnswer known_as(StageContext& context, const PacketMeta& meta, Be32 address) {
  const uint64_t key = NeighborTable::key(meta.attachment, address);
  NeighborAnswer known;
  context.tables.neighbors->lookup(&key, 1, &known);
  return known;
}

void take_reply(StageContext& context, Burst& burst, uint8_t i, const AttachmentRow& attachment,
                const wire::ArpPacket& arp) {
  if (may_learn(attachment, arp.sender_ipv4) && !tell_agent(context, burst.meta[i], arp))
    return drop(burst, i, DropReason::agent_queue_full);
  consume(context, burst, i);
}

// RFC 5227 section 3: a station says where its address is. News of one that we know, nothing to us of another.
void take_announcement(StageContext& context, Burst& burst, uint8_t i, const AttachmentRow& attachment,
                       const wire::ArpPacket& arp) {
  const NeighborAnswer known = known_as(context, burst.meta[i], arp.sender_ipv4);
  if (known.state == NeighborState::unknown || !may_learn(attachment, arp.sender_ipv4))
    return drop(burst, i, DropReason::arp_not_for_us);
  const bool news = known.state != NeighborState::reachable || known.mac != arp.sender_mac;
  if (news && !tell_agent(context, burst.meta[i], arp)) return drop(burst, i, DropReason::agent_queue_full);
  consume(context, burst, i);
}

void answer_request(StageContext& context, Burst& burst, uint8_t i, const AttachmentRow& attachment,
                    const wire::ArpPacket& arp, Lane& output) {
  PacketMeta& meta = burst.meta[i];
  rte_mbuf* const mbuf = burst.mbuf[i];
  if (!is_ours(context.topology(), attachment, arp.target_ipv4)) return drop(burst, i, DropReason::arp_not_for_us);
  if (may_learn(attachment, arp.sender_ipv4)) {
    const NeighborAnswer known = known_as(context, meta, arp.sender_ipv4);
    // Lost when the queue is full; the neighbor is asked when it is needed.
    if (known.state != NeighborState::reachable || known.mac != arp.sender_mac) tell_agent(context, meta, arp);
  }
  cut_to(mbuf, meta.l3_offset + sizeof(wire::ArpPacket));
  wire::write_arp(bytes_at(mbuf, meta.l3_offset), wire::ArpOperation::reply, attachment.mac, arp.target_ipv4,
                  arp.sender_mac, arp.sender_ipv4);
  if (!write_frame_header(mbuf, meta.l3_offset, attachment, arp.sender_mac, wire::kEtherTypeArp))
    return drop(burst, i, DropReason::encap_no_headroom);
  pad_frame(mbuf);
  meta.egress = meta.attachment;
  context.counters(meta.tenant).add(Counter::arp_replies_sent, 1);
  output.push(i);
}

}  // namespace

void arp_input(StageContext& context, Burst& burst, Lane& lane, Lane& output) {
  for (uint8_t i : lane) {
    const PacketMeta& meta = burst.meta[i];
    const AttachmentRow& attachment = context.topology().attachment(meta.attachment);
    const wire::ArpParse parsed =
        wire::parse_arp(bytes_at(burst.mbuf[i], meta.l3_offset), readable_bytes(burst.mbuf[i], meta.l3_offset));
    if (!parsed.well_formed) {
      drop(burst, i, DropReason::arp_malformed);
    } else if (is_ours(context.topology(), attachment, parsed.packet.sender_ipv4)) {
      drop(burst, i, DropReason::arp_address_conflict);
    } else if (parsed.operation == wire::ArpOperation::reply) {
      take_reply(context, burst, i, attachment, parsed.packet);
    } else if (parsed.packet.sender_ipv4 == parsed.packet.target_ipv4) {
      take_announcement(context, burst, i, attachment, parsed.packet);
    } else {
      answer_request(context, burst, i, attachment, parsed.packet, output);
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
