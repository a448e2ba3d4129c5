#include "dataplane/worker/neighbor_request.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "common/wire/arp.h"
#include "common/wire/ethernet.h"
#include "common/wire/nd.h"

namespace demarc::dp {
namespace {

// A frame with its Ethernet header and `payload` zeros at least; `at` becomes where they begin. Null: no buffer.
rte_mbuf* make_frame(const AttachmentRow& attachment, const MacAddress& to, uint16_t ethertype, size_t payload,
                     rte_mempool* pool, uint8_t*& at) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool);
  if (mbuf == nullptr) return nullptr;
  const size_t header = wire::ethernet_header_bytes(attachment.tags());
  const size_t bytes = std::max(header + payload, wire::kFrameBytesMin);
  auto* frame = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(bytes)));
  if (frame == nullptr) {  // a pool of buffers too small for any packet
    rte_pktmbuf_free(mbuf);
    return nullptr;
  }
  std::memset(frame, 0, bytes);
  wire::write_ethernet(frame, to, attachment.mac, attachment.tags(), ethertype);
  at = frame + header;
  return mbuf;
}

rte_mbuf* make_arp_request(const AttachmentRow& attachment, Be32 ipv4, const MacAddress& to, rte_mempool* pool) {
  uint8_t* at = nullptr;
  rte_mbuf* mbuf = make_frame(attachment, to, wire::kEtherTypeArp, sizeof(wire::ArpPacket), pool, at);
  if (mbuf == nullptr) return nullptr;
  // RFC 826: the target hardware address of a request is not known, and left 0.
  wire::write_arp(at, wire::ArpOperation::request, attachment.mac, attachment.ipv4, MacAddress{}, ipv4);
  return mbuf;
}

rte_mbuf* make_solicitation(const AttachmentRow& attachment, const Ipv6Address& target, const MacAddress& to,
                            rte_mempool* pool) {
  const bool probe = !wire::mac_is_group(to);
  const Ipv6Address destination = probe ? target : wire::solicited_node(target);
  uint8_t* at = nullptr;
  rte_mbuf* mbuf = make_frame(attachment, probe ? to : wire::multicast_mac(destination), wire::kEtherTypeIpv6,
                              wire::kNdNeighborPacketBytes, pool, at);
  if (mbuf == nullptr) return nullptr;
  // Link-local neighbors hear from our link-local address: of the same scope (RFC 6724 section 5, rule 2).
  const Ipv6Address& source = is_link_local(target) ? attachment.ipv6_link_local : attachment.ipv6;
  wire::write_nd_neighbor(at, wire::kIcmpv6NeighborSolicitation, 0, source, destination, target, attachment.mac);
  return mbuf;
}

}  // namespace

rte_mbuf* make_neighbor_request(const AttachmentRow& attachment, const IpAddress& address, const MacAddress& to,
                                rte_mempool* pool) {
  if (address.is_ipv4())
    return attachment.has_ipv4() ? make_arp_request(attachment, address.ipv4(), to, pool) : nullptr;
  return attachment.has_ipv6() ? make_solicitation(attachment, address.ipv6(), to, pool) : nullptr;
}

rte_mbuf* make_announcement(const AttachmentRow& attachment, const IpAddress& address, rte_mempool* pool) {
  uint8_t* at = nullptr;
  rte_mbuf* mbuf = nullptr;
  if (address.is_ipv4()) {
    mbuf = make_frame(attachment, wire::kMacBroadcast, wire::kEtherTypeArp, sizeof(wire::ArpPacket), pool, at);
    if (mbuf != nullptr)
      wire::write_arp(at, wire::ArpOperation::request, attachment.mac, address.ipv4(), MacAddress{}, address.ipv4());
    return mbuf;
  }
  mbuf = make_frame(attachment, wire::multicast_mac(wire::kAllNodes), wire::kEtherTypeIpv6,
                    wire::kNdNeighborPacketBytes, pool, at);
  if (mbuf != nullptr)
    wire::write_nd_neighbor(at, wire::kIcmpv6NeighborAdvertisement, wire::kNaRouter | wire::kNaOverride, address.ipv6(),
                            wire::kAllNodes, address.ipv6(), attachment.mac);
  return mbuf;
}

}  // namespace demarc::dp
