#include "dataplane/stages/ipv6_input.h"

#include <cstring>

#include "common/wire/ipv6.h"
#include "dataplane/stages/ipv6_checks.h"
#include "dataplane/stages/local_address_cache.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

class Ipv6Input {
 public:
  Ipv6Input(StageContext& context, Lane& icmpv6, Lane& udp, Lane& downlink, Lane& fragments)
      : topology_(context.topology()),
        destinations_(topology_),
        sources_(topology_),
        icmpv6_(icmpv6),
        udp_(udp),
        downlink_(downlink),
        fragments_(fragments) {}

  void handle(Burst& burst, uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const uint8_t reason = read(mbuf, meta, i);
    if (reason != kNotDropped) drop(burst, i, static_cast<DropReason>(reason));
  }

 private:
  uint8_t read(rte_mbuf* mbuf, PacketMeta& meta, uint8_t i) {
    const AttachmentRow& attachment = topology_.attachment(meta.attachment);
    if (!attachment.has_ipv6()) return code(DropReason::ipv6_not_enabled);
    const size_t offset = meta.l3_offset;
    const wire::Ipv6Parse parsed =
        wire::parse_ipv6_header(bytes_at(mbuf, offset), readable_bytes(mbuf, offset), packet_bytes(mbuf, offset));
    if (parsed.error == wire::Ipv6Error::bad_version) return code(DropReason::ipv6_bad_version);
    if (parsed.error != wire::Ipv6Error::none) return code(DropReason::ipv6_truncated);
    cut_to(mbuf, static_cast<uint32_t>(offset + parsed.total_bytes));
    wire::Ipv6Header header;
    std::memcpy(static_cast<void*>(&header), bytes_at(mbuf, offset), sizeof header);
    const wire::Ipv6Extensions extensions =
        wire::walk_ipv6_extensions(bytes_at(mbuf, offset), readable_bytes(mbuf, offset), parsed.total_bytes);
    if (const uint8_t reason = drop_of(extensions.error); reason != kNotDropped) return reason;
    meta.payload_offset = static_cast<uint16_t>(offset + extensions.header_bytes);
    return accept(mbuf, attachment, header, extensions, meta, i);
  }

  // Checks of the addresses, then the lane.
  uint8_t accept(rte_mbuf* mbuf, const AttachmentRow& attachment, const wire::Ipv6Header& header,
                 const wire::Ipv6Extensions& extensions, PacketMeta& meta, uint8_t i) {
    if (wire::ipv6_is_martian_destination(header.destination)) return code(DropReason::ipv6_martian);
    if (is_multicast(header.destination)) return accept_group(header, extensions, meta, i);
    // The unspecified source, which probes for duplicates use, is only right towards a group (RFC 4861 section 7.1.1).
    if (wire::ipv6_is_martian_source(header.source)) return code(DropReason::ipv6_martian);
    // Our own address as somebody else's source: a loop, or a lie.
    if (is_ours(attachment, sources_.find(meta.vrf, header.source), header.source))
      return code(DropReason::ipv6_martian);
    // What went to many is not for one, and would come back as many answers.
    if ((*bytes_at(mbuf, 0) & 1) != 0) return code(DropReason::ipv6_group_frame);
    const LocalAddress& local = destinations_.find(meta.vrf, header.destination);
    if (is_ours(attachment, local, header.destination)) return accept_local(extensions, local, meta, i);
    // RFC 4291 section 2.5.6: "Routers must not forward any packets with Link-Local source or destination addresses".
    if (is_link_local(header.source) || is_link_local(header.destination)) return code(DropReason::ipv6_link_local);
    if (!attachment.core) return code(DropReason::ipv6_not_for_us);
    downlink_.push(i);
    return kNotDropped;
  }

  static bool is_ours(const AttachmentRow& attachment, const LocalAddress& local, const Ipv6Address& address) {
    return local.ours || address == attachment.ipv6_link_local;
  }

  // Nothing is forwarded to a group; to ours only ICMPv6 is listened to, which neighbor discovery is part of.
  uint8_t accept_group(const wire::Ipv6Header& header, const wire::Ipv6Extensions& extensions, PacketMeta& meta,
                       uint8_t i) {
    if (wire::ipv6_is_martian_source(header.source) && !is_unspecified(header.source))
      return code(DropReason::ipv6_martian);
    if (!destinations_.find(meta.vrf, header.destination).group || extensions.protocol != wire::kProtocolIcmpv6)
      return code(DropReason::ipv6_multicast);
    if (extensions.fragment) return code(DropReason::ipv6_fragment);
    icmpv6_.push(i);
    return kNotDropped;
  }

  uint8_t accept_local(const wire::Ipv6Extensions& extensions, const LocalAddress& local, PacketMeta& meta, uint8_t i) {
    // It asks us to send it on to somebody else.
    if (extensions.route_left) return code(DropReason::ipv6_routing_header);
    if (extensions.fragment) [[unlikely]] {
      // Only a tunnel's packets are worth the memory.
      const bool may_be_udp = extensions.protocol == wire::kProtocolUdp || wire::is_ipv6_extension(extensions.protocol);
      if (!may_be_udp || !local.has_gtpu_endpoint) return code(DropReason::ipv6_fragment);
      meta.endpoint = local.endpoint;
      fragments_.push(i);
    } else if (extensions.protocol == wire::kProtocolUdp) {
      meta.endpoint = local.has_gtpu_endpoint ? local.endpoint : kNoEndpoint;
      udp_.push(i);
    } else if (extensions.protocol == wire::kProtocolIcmpv6) {
      icmpv6_.push(i);
    } else {
      return code(DropReason::ipv6_next_header_unsupported);
    }
    return kNotDropped;
  }

  const Topology& topology_;
  LocalAddressCache<Ipv6Address> destinations_;
  LocalAddressCache<Ipv6Address> sources_;
  Lane& icmpv6_;
  Lane& udp_;
  Lane& downlink_;
  Lane& fragments_;
};

}  // namespace

void ipv6_input(StageContext& context, Burst& burst, Lane& lane, Lane& icmpv6, Lane& udp, Lane& downlink,
                Lane& fragments) {
  Ipv6Input input(context, icmpv6, udp, downlink, fragments);
  for (uint8_t i : lane) input.handle(burst, i);
  lane.clear();
}

}  // namespace demarc::dp
