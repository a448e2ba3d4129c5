#include "dataplane/stages/icmpv6_input.h"

#include <cstring>

#include "common/wire/icmpv6.h"
#include "common/wire/ipv6.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/packet_checksum.h"

namespace demarc::dp {
namespace {

// The header of the reply lies right before the message, whatever extension headers the request had.
void write_reply(rte_mbuf* mbuf, PacketMeta& meta, const wire::Ipv6Header& request, size_t message_bytes) {
  meta.l3_offset = static_cast<uint16_t>(meta.payload_offset - sizeof request);
  // The sum of the pseudo header stays: it does not depend on the order of the addresses.
  wire::icmpv6_request_to_reply(bytes_at(mbuf, meta.payload_offset));
  wire::write_ipv6(bytes_at(mbuf, meta.l3_offset), static_cast<uint16_t>(message_bytes), wire::kProtocolIcmpv6,
                   kOurHopLimit, request.destination, request.source);
}

}  // namespace

void icmpv6_input(StageContext& context, Burst& burst, Lane& lane, Lane& nd, Lane& route) {
  for (uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const size_t offset = meta.payload_offset;
    const size_t bytes = packet_bytes(mbuf, offset);
    wire::Ipv6Header ip;
    std::memcpy(static_cast<void*>(&ip), bytes_at(mbuf, meta.l3_offset), sizeof ip);
    const wire::IcmpParse parsed = wire::parse_icmpv6(bytes_at(mbuf, offset), readable_bytes(mbuf, offset));
    const wire::ChecksumSum sum =
        wire::ipv6_pseudo_header_sum(ip.source, ip.destination, static_cast<uint32_t>(bytes), wire::kProtocolIcmpv6);
    if (!parsed.whole || !checksum_is_right(mbuf, offset, bytes, sum)) {
      drop(burst, i, DropReason::icmpv6_malformed);
    } else if (wire::is_neighbor_discovery(parsed.type)) {
      nd.push(i);
    } else if (parsed.type != wire::kIcmpv6EchoRequest || parsed.code != 0 || is_multicast(ip.destination)) {
      drop(burst, i, DropReason::icmpv6_unsupported);
    } else {
      write_reply(mbuf, meta, ip, bytes);
      context.counters(meta.tenant).add(Counter::icmpv6_echo_replies_sent, 1);
      route.push(i);
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
