#include "dataplane/stages/pdr_match.h"

#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

bool qfi_matches(const Pdr& pdr, uint8_t qfi) { return pdr.qfi_match == kQfiAny || pdr.qfi_match == qfi; }

// A PDR with a UE address of one family is for packets of that family (TS 29.244 clause 5.2.1A.2): a session of type
// IPv4v6 may have one of each, and they may share the F-TEID.
bool family_matches(const Pdr& pdr, const PacketMeta& meta) {
  const bool ipv4 = pdr.ue_ipv4.raw() != 0;
  return ipv4 != meta.ipv6 || ipv4 == (pdr.ue_ipv6 != 0);
}

bool matches_uplink(const Pdr& pdr, const PacketMeta& meta) {
  return !pdr.source_core && pdr.teid == meta.teid && pdr.endpoint == meta.endpoint && pdr.vrf == meta.vrf &&
         qfi_matches(pdr, meta.qfi) && family_matches(pdr, meta);
}

bool matches_downlink(const Pdr& pdr, const PacketMeta& meta, Be32 destination) {
  return pdr.source_core && pdr.ue_ipv4 == destination && pdr.vrf == meta.vrf && qfi_matches(pdr, meta.qfi);
}

bool matches_downlink(const Pdr& pdr, const PacketMeta& meta, const Ipv6Address& destination) {
  const UePrefix* const prefix = meta.session->ue_prefix(pdr);
  return pdr.source_core && prefix != nullptr && prefix->contains(destination) && pdr.vrf == meta.vrf &&
         qfi_matches(pdr, meta.qfi);
}

template <class Matches>
const Pdr* first_pdr(const Session& session, Matches matches) {
  const Pdr* const pdrs = session.pdrs();
  for (unsigned n = 0; n < session.pdr_count; ++n)
    if (matches(pdrs[n])) return &pdrs[n];
  return nullptr;
}

const Pdr* find_pdr(PacketMeta& meta, rte_mbuf* mbuf) {
  const Session& session = *meta.session;
  if (meta.teid.value != 0) {
    // Of nothing at all there is no version, and gtpu_decap says so.
    const uint8_t version =
        readable_bytes(mbuf, meta.payload_offset) == 0 ? 0 : *bytes_at(mbuf, meta.payload_offset) >> 4;
    meta.ipv6 = version == 6;
    return first_pdr(session, [&meta](const Pdr& pdr) { return matches_uplink(pdr, meta); });
  }
  if (meta.ipv6) {
    const Ipv6Address destination = ipv6_destination(mbuf, meta);
    return first_pdr(session, [&](const Pdr& pdr) { return matches_downlink(pdr, meta, destination); });
  }
  const Be32 destination = ipv4_destination(mbuf, meta);
  return first_pdr(session, [&](const Pdr& pdr) { return matches_downlink(pdr, meta, destination); });
}

}  // namespace

void pdr_match(StageContext&, Burst& burst, Lane& lane) {
  keep_if(lane, [&burst](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    const Pdr* const pdr = find_pdr(meta, burst.mbuf[i]);
    if (pdr == nullptr) {
      drop(burst, i, DropReason::pdr_no_match);
      return false;
    }
    meta.set_pdr(*pdr);
    if (pdr->gate_closed) {
      drop(burst, i, DropReason::qer_gate_closed);
      return false;
    }
    const Far& far = meta.session->fars()[pdr->far_index];
    meta.set_far(far);
    if (!far.forward) {
      drop(burst, i, DropReason::far_drop);
      return false;
    }
    meta.qfi = pdr->qfi_mark;
    meta.vrf = far.vrf;
    return true;
  });
}

}  // namespace demarc::dp
