#include "dataplane/stages/ipv4_input.h"

#include <cstring>

#include "common/base/ipv4.h"
#include "common/wire/ethernet.h"
#include "common/wire/ipv4.h"
#include "dataplane/stages/local_address_cache.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

constexpr uint8_t kGoesOn = kNotDropped;
uint8_t drop_of(wire::Ipv4Error error) {
  switch (error) {
    case wire::Ipv4Error::none: return kGoesOn;
    case wire::Ipv4Error::truncated: return code(DropReason::ipv4_truncated);
    case wire::Ipv4Error::bad_version: return code(DropReason::ipv4_bad_version);
    case wire::Ipv4Error::bad_header_length: return code(DropReason::ipv4_bad_header_length);
    case wire::Ipv4Error::bad_checksum: return code(DropReason::ipv4_bad_checksum);
  }
  return code(DropReason::ipv4_truncated);
}

// The broadcast address of the attachment's prefix. A /31 has none (RFC 3021).
bool is_directed_broadcast(const AttachmentRow& attachment, uint32_t address) {
  const uint32_t host_bits = ~ipv4_mask(attachment.prefix_length);
  return attachment.prefix_length < 31 && address == (attachment.ipv4.host() | host_bits);
}

class Ipv4Input {
 public:
  Ipv4Input(StageContext& context, Lane& icmp, Lane& udp, Lane& downlink, Lane& fragments)
      : topology_(context.topology()),
        destinations_(topology_),
        sources_(topology_),
        icmp_(icmp),
        udp_(udp),
        downlink_(downlink),
        fragments_(fragments) {}

  void handle(Burst& burst, uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const size_t offset = meta.l3_offset;
    const bool nic_checked = (mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD;
    const wire::Ipv4Parse parsed = wire::parse_ipv4_header(bytes_at(mbuf, offset), readable_bytes(mbuf, offset),
                                                           packet_bytes(mbuf, offset), !nic_checked);
    uint8_t reason = drop_of(parsed.error);
    if (reason == kGoesOn) {
      cut_to(mbuf, static_cast<uint32_t>(offset + parsed.total_bytes));
      meta.payload_offset = static_cast<uint16_t>(offset + parsed.header_bytes);
      wire::Ipv4Header header;
      std::memcpy(&header, bytes_at(mbuf, offset), sizeof header);
      reason = accept(mbuf, header, meta, i);
    }
    if (reason != kGoesOn) drop(burst, i, static_cast<DropReason>(reason));
  }

 private:
  // Checks of the addresses, then the lane.
  uint8_t accept(rte_mbuf* mbuf, const wire::Ipv4Header& header, PacketMeta& meta, uint8_t i) {
    const AttachmentRow& attachment = topology_.attachment(meta.attachment);
    const uint32_t source = header.source.host();
    // RFC 1812 section 5.3.7: "SHOULD NOT forward … a packet that contains an invalid source address or a martian …".
    if (wire::ipv4_is_martian_source(source) || wire::ipv4_is_martian_destination(header.destination.host()) ||
        is_directed_broadcast(attachment, source))
      return code(DropReason::ipv4_martian);
    // RFC 1812 section 5.3.4: "A router MUST NOT forward any packet that the router received as a Link Layer
    // broadcast".
    if ((*bytes_at(mbuf, 0) & 1) != 0) return code(DropReason::ipv4_link_broadcast);
    // Our own address as somebody else's source: a loop, or a lie.
    if (sources_.find(meta.vrf, header.source).ours) return code(DropReason::ipv4_martian);
    const LocalAddress& local = destinations_.find(meta.vrf, header.destination);
    if (local.ours) return accept_local(header, local, meta, i);
    if (!attachment.core) return code(DropReason::ipv4_not_for_us);
    downlink_.push(i);
    return kGoesOn;
  }

  uint8_t accept_local(const wire::Ipv4Header& header, const LocalAddress& local, PacketMeta& meta, uint8_t i) {
    if (header.is_fragment()) [[unlikely]] {
      // Only a tunnel's packets are worth the memory.
      if (header.protocol != wire::kProtocolUdp || !local.has_gtpu_endpoint) return code(DropReason::ipv4_fragment);
      meta.endpoint = local.endpoint;
      fragments_.push(i);
    } else if (header.protocol == wire::kProtocolUdp) {
      meta.endpoint = local.has_gtpu_endpoint ? local.endpoint : kNoEndpoint;
      udp_.push(i);
    } else if (header.protocol == wire::kProtocolIcmp) {
      icmp_.push(i);
    } else {
      return code(DropReason::ipv4_protocol_unsupported);
    }
    return kGoesOn;
  }

  const Topology& topology_;
  LocalAddressCache<Be32> destinations_;
  LocalAddressCache<Be32> sources_;
  Lane& icmp_;
  Lane& udp_;
  Lane& downlink_;
  Lane& fragments_;
};

}  // namespace

void ipv4_input(StageContext& context, Burst& burst, Lane& lane, Lane& icmp, Lane& udp, Lane& downlink,
                Lane& fragments) {
  Ipv4Input input(context, icmp, udp, downlink, fragments);
  for (uint8_t i : lane) input.handle(burst, i);
  lane.clear();
}

}  // namespace demarc::dp
