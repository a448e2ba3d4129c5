#include "dataplane/stages/gtpu_end_marker.h"

#include "common/wire/gtpu_messages.h"
#include "dataplane/stages/consume.h"
#include "dataplane/stages/gtpu_datagram.h"

namespace demarc::dp {
namespace {

const Pdr* pdr_to_next_tunnel(const PacketMeta& meta) {
  const Session& session = *meta.session;
  for (unsigned n = 0; n < session.pdr_count; ++n) {
    const Pdr& pdr = session.pdrs()[n];
    if (pdr.teid != meta.teid || pdr.endpoint != meta.endpoint) continue;
    const Far& far = session.fars()[pdr.far_index];
    if (far.forward && far.outer_header_creation) return &pdr;
  }
  return nullptr;
}

// In the place of the one that came. False: no room.
bool write_end_marker(rte_mbuf* mbuf, PacketMeta& meta, const Far& far) {
  const bool ipv6 = far.outer_ipv6 != 0;
  const IpAddress from = ipv6 ? IpAddress(meta.session->outer_ipv6(far).local) : IpAddress(far.local_ipv4);
  const IpAddress to = ipv6 ? IpAddress(meta.session->outer_ipv6(far).peer) : IpAddress(far.peer_ipv4);
  cut_to(mbuf, meta.l3_offset);
  const size_t bytes = gtpu_datagram_bytes(ipv6, wire::kGtpuEndMarkerBytes);
  auto* const out = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(bytes)));
  if (out == nullptr) return false;
  wire::write_gtpu_end_marker(out + gtpu_datagram_offset(ipv6), far.teid);
  write_gtpu_datagram(out, from, to, wire::kGtpuPort, wire::kGtpuEndMarkerBytes);
  meta.ipv6 = ipv6;
  meta.vrf = far.vrf;
  return true;
}

}  // namespace

void gtpu_end_marker(StageContext& context, Burst& burst, Lane& lane, Lane& route, Lane& route_ipv6) {
  for (const uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    TenantCounters& counters = context.counters(meta.tenant);
    const Pdr* const pdr = pdr_to_next_tunnel(meta);
    if (pdr == nullptr) {
      counters.add(Counter::gtpu_end_markers_received, 1);
      consume(context, burst, i);
      continue;
    }
    const Far& far = meta.session->fars()[pdr->far_index];
    meta.set_pdr(*pdr);
    meta.set_far(far);
    if (!write_end_marker(burst.mbuf[i], meta, far)) {
      drop(burst, i, DropReason::encap_no_headroom);
      continue;
    }
    counters.add(Counter::gtpu_end_markers_forwarded, 1);
    (meta.ipv6 ? route_ipv6 : route).push(i);
  }
  lane.clear();
}

}  // namespace demarc::dp
