#include "dataplane/stages/icmp_input.h"

#include <utility>

#include "common/wire/icmp.h"
#include "common/wire/ipv4.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/packet_checksum.h"

namespace demarc::dp {
namespace {

// Swapping the addresses leaves the checksum as it is: the sum does not depend on the order.
void turn_around(wire::Ipv4Header& ip) {
  std::swap(ip.source, ip.destination);
  uint16_t old_word;
  uint16_t new_word;
  std::memcpy(&old_word, &ip.ttl, 2);
  ip.ttl = kOurHopLimit;
  std::memcpy(&new_word, &ip.ttl, 2);
  ip.checksum = wire::checksum_update(ip.checksum, old_word, new_word);
}

}  // namespace

void icmp_input(StageContext& context, Burst& burst, Lane& lane, Lane& route) {
  for (uint8_t i : lane) {
    const PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const size_t offset = meta.payload_offset;
    const wire::IcmpParse parsed = wire::parse_icmp(bytes_at(mbuf, offset), readable_bytes(mbuf, offset));
    if (!parsed.whole || !checksum_is_right(mbuf, offset, packet_bytes(mbuf, offset), 0)) {
      drop(burst, i, DropReason::icmp_malformed);
      continue;
    }
    if (parsed.type != wire::kIcmpEchoRequest || parsed.code != 0) {
      drop(burst, i, DropReason::icmp_unsupported);
      continue;
    }
    wire::icmp_request_to_reply(*reinterpret_cast<wire::IcmpHeader*>(bytes_at(mbuf, offset)));
    turn_around(*reinterpret_cast<wire::Ipv4Header*>(bytes_at(mbuf, meta.l3_offset)));
    context.counters(meta.tenant).add(Counter::icmp_echo_replies_sent, 1);
    route.push(i);
  }
  lane.clear();
}

}  // namespace demarc::dp
