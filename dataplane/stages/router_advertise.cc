#include "dataplane/stages/router_advertise.h"

#include <cstring>

#include "common/wire/nd.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

const Pdr* downlink_pdr(const Session& session) {
  for (unsigned n = 0; n < session.pdr_count; ++n)
    if (session.pdrs()[n].source_core && session.pdrs()[n].teid == Teid{0} && session.pdrs()[n].ue_ipv6 != 0)
      return &session.pdrs()[n];
  return nullptr;
}

// kNotDropped when the advertisement is there and may go into its tunnel.
uint8_t advertise(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta) {
  const Session& session = *meta.session;
  const Pdr* const pdr = downlink_pdr(session);
  if (pdr == nullptr) return code(DropReason::ue_prefix_none);
  if (pdr->gate_closed) return code(DropReason::qer_gate_closed);
  const Far& far = session.fars()[pdr->far_index];
  if (!far.forward || !far.outer_header_creation) return code(DropReason::far_drop);
  wire::Ipv6Header solicitation;
  std::memcpy(static_cast<void*>(&solicitation), bytes_at(mbuf, meta.l3_offset), sizeof solicitation);
  // Section 6.2.6: to the host that asked, or to all nodes when it has no address yet.
  const Ipv6Address to = is_unspecified(solicitation.source) ? wire::kAllNodes : solicitation.source;
  const UePrefix& prefix = *session.ue_prefix(*pdr);
  uint8_t packet[wire::kNdRouterAdvertisementBytesMax];
  const size_t bytes = wire::write_nd_router_advertisement(
      packet, wire::link_local_of(context.topology().attachment(meta.attachment).mac), to, prefix.network,
      prefix.length());
  cut_to(mbuf, meta.l3_offset);
  char* const out = rte_pktmbuf_append(mbuf, static_cast<uint16_t>(bytes));
  if (out == nullptr) return code(DropReason::encap_no_headroom);
  std::memcpy(out, packet, bytes);
  meta.set_pdr(*pdr);
  meta.set_far(far);
  meta.qfi = pdr->qfi_mark;
  meta.psc_marks = pdr->psc_marks;
  meta.vrf = far.vrf;
  meta.made_here = true;
  return kNotDropped;
}

}  // namespace

void router_advertise(StageContext& context, Burst& burst, Lane& lane, Lane& encap) {
  for (uint8_t i : lane) {
    const uint8_t reason = advertise(context, burst.mbuf[i], burst.meta[i]);
    if (reason != kNotDropped) {
      drop(burst, i, static_cast<DropReason>(reason));
      continue;
    }
    context.counters(burst.meta[i].tenant).add(Counter::router_advertisements_sent, 1);
    encap.push(i);
  }
  lane.clear();
}

}  // namespace demarc::dp
