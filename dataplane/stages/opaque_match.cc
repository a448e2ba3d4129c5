#include "dataplane/stages/opaque_match.h"

#include "common/wire/ethernet.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

// False: there is no whole header.
bool read_frame_key(rte_mbuf* mbuf, size_t offset, FrameKey& key) {
  const uint8_t* const frame = bytes_at(mbuf, offset);
  const wire::EthernetParse parsed = wire::parse_ethernet(frame, readable_bytes(mbuf, offset), false);
  if (!parsed.whole) return false;
  // Of two C-tags the outer one is the frame's.
  const bool two_c_tags = parsed.outer_vlan_id != 0 && parsed.header_bytes == 22 && frame[12] == 0x81;
  key = {mac_value(frame), mac_value(frame + 6), parsed.ethertype, two_c_tags ? parsed.outer_vlan_id : parsed.vlan_id};
  return true;
}

bool key_matches(const Pdr& pdr, const PacketMeta& meta) {
  if (pdr.vrf != meta.vrf || pdr.teid != meta.teid) return false;
  return meta.teid.value == 0 || pdr.endpoint == meta.endpoint;
}

bool qfi_matches(const Pdr& pdr, const OpaqueRule& rule, uint8_t qfi) {
  if (rule.qfis != 0) return qfi < 64 && (rule.qfis >> qfi & 1) != 0;
  return pdr.qfi_match == kQfiAny || pdr.qfi_match == qfi;
}

bool filters_match(const OpaqueRules& rules, const OpaqueRule& rule, const FrameKey& frame) {
  for (unsigned n = 0; n < rule.filters; ++n)
    if (rules.filters[rule.first_filter + n].matches(frame)) return true;
  return rule.filters == 0;
}

}  // namespace

const Pdr* find_opaque_pdr(PacketMeta& meta, rte_mbuf* mbuf, uint8_t& reason) {
  const Session& session = *meta.session;
  const OpaqueRules& rules = *session.opaque;
  const size_t offset = meta.teid.value != 0 ? meta.payload_offset : meta.l3_offset;
  meta.opaque = true;
  meta.ipv6 = false;
  FrameKey frame{};
  const bool right = rules.ethernet ? read_frame_key(mbuf, offset, frame) : packet_bytes(mbuf, offset) != 0;
  if (!right) {
    reason = code(DropReason::inner_frame_malformed);
    return nullptr;
  }
  reason = code(DropReason::pdr_no_match);
  for (unsigned n = 0; n < session.pdr_count; ++n) {
    const Pdr& pdr = session.pdrs()[n];
    if (key_matches(pdr, meta) && qfi_matches(pdr, rules.rules[n], meta.qfi) &&
        filters_match(rules, rules.rules[n], frame))
      return &pdr;
  }
  return nullptr;
}

}  // namespace demarc::dp
