#include "dataplane/stages/pdr_match.h"

#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

bool qfi_matches(const Pdr& pdr, uint8_t qfi) { return pdr.qfi_match == kQfiAny || pdr.qfi_match == qfi; }

bool matches_uplink(const Pdr& pdr, const PacketMeta& meta) {
  return !pdr.source_core && pdr.teid == meta.teid && pdr.endpoint == meta.endpoint && pdr.vrf == meta.vrf &&
         qfi_matches(pdr, meta.qfi);
}

bool matches_downlink(const Pdr& pdr, const PacketMeta& meta, Be32 destination) {
  return pdr.source_core && pdr.ue_ipv4 == destination && pdr.vrf == meta.vrf && qfi_matches(pdr, meta.qfi);
}

const Pdr* find_pdr(const PacketMeta& meta, rte_mbuf* mbuf) {
  const Session& session = *meta.session;
  const bool uplink = meta.teid.value != 0;
  const Be32 destination = uplink ? Be32{} : ipv4_destination(mbuf, meta);
  const Pdr* const pdrs = session.pdrs();
  for (unsigned n = 0; n < session.pdr_count; ++n)
    if (uplink ? matches_uplink(pdrs[n], meta) : matches_downlink(pdrs[n], meta, destination)) return &pdrs[n];
  return nullptr;
}

}  // namespace

void pdr_match(StageContext&, Burst& burst, Lane& lane) {
  keep_if(lane, [&burst](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    meta.pdr = find_pdr(meta, burst.mbuf[i]);
    if (meta.pdr == nullptr) {
      drop(burst, i, DropReason::pdr_no_match);
      return false;
    }
    if (meta.pdr->gate_closed) {
      drop(burst, i, DropReason::qer_gate_closed);
      return false;
    }
    meta.far = &meta.session->fars()[meta.pdr->far_index];
    if (!meta.far->forward) {
      drop(burst, i, DropReason::far_drop);
      return false;
    }
    meta.qfi = meta.pdr->qfi_mark;
    meta.vrf = meta.far->vrf;
    return true;
  });
}

}  // namespace demarc::dp
