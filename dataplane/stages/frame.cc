#include "dataplane/stages/frame.h"

#include <cstring>

#include "common/wire/ethernet.h"

namespace demarc::dp {

bool write_frame_header(rte_mbuf* mbuf, uint16_t l3_offset, const AttachmentRow& egress, const MacAddress& destination,
                        uint16_t ethertype) {
  const wire::VlanTags tags = egress.tags();
  const size_t header = wire::ethernet_header_bytes(tags);
  if (l3_offset >= header) {
    // Cannot fail: the headers up to l3_offset were read in the first segment.
    if (rte_pktmbuf_adj(mbuf, static_cast<uint16_t>(l3_offset - header)) == nullptr) return false;
  } else if (rte_pktmbuf_prepend(mbuf, static_cast<uint16_t>(header - l3_offset)) == nullptr) {
    return false;
  }
  wire::write_ethernet(rte_pktmbuf_mtod(mbuf, uint8_t*), destination, egress.mac, tags, ethertype);
  // Only what says where the data lies may stay: the rest speaks of the frame as it was received.
  mbuf->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
  return true;
}

void pad_frame(rte_mbuf* mbuf) {
  if (mbuf->pkt_len >= wire::kFrameBytesMin) return;
  const auto missing = static_cast<uint16_t>(wire::kFrameBytesMin - mbuf->pkt_len);
  // Without room it goes as it is: most drivers pad too.
  if (char* const padding = rte_pktmbuf_append(mbuf, missing); padding != nullptr) std::memset(padding, 0, missing);
}

}  // namespace demarc::dp
