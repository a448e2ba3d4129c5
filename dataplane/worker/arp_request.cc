#include "dataplane/worker/arp_request.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "common/wire/arp.h"
#include "common/wire/ethernet.h"

namespace demarc::dp {

rte_mbuf* make_arp_request(const AttachmentRow& attachment, Be32 ipv4, const MacAddress& to, rte_mempool* pool) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool);
  if (mbuf == nullptr) return nullptr;
  constexpr size_t kFrameBytesMin = 60;  // IEEE 802.3 clause 3.2.8, without FCS
  const size_t header = wire::ethernet_header_bytes(attachment.vlan.value);
  const size_t bytes = std::max(header + sizeof(wire::ArpPacket), kFrameBytesMin);
  auto* frame = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(bytes)));
  if (frame == nullptr) {  // a pool of buffers too small for any packet
    rte_pktmbuf_free(mbuf);
    return nullptr;
  }
  std::memset(frame, 0, bytes);
  wire::write_ethernet(frame, to, attachment.mac, attachment.vlan.value, wire::kEtherTypeArp);
  // RFC 826: the target hardware address of a request is not known, and left 0.
  wire::write_arp(frame + header, wire::ArpOperation::request, attachment.mac, attachment.ipv4, MacAddress{}, ipv4);
  return mbuf;
}

}  // namespace demarc::dp
