#include "dataplane/stages/reassemble.h"

#include <cstring>

#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/ipv6_fragment.h"
#include "dataplane/stages/ipv6_checks.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/segments.h"
#include "dataplane/worker/reassembly.h"

namespace demarc::dp {
namespace {

DatagramPart ipv4_part(rte_mbuf* mbuf, const PacketMeta& meta, DatagramKey& key) {
  wire::Ipv4Header ip;
  std::memcpy(&ip, bytes_at(mbuf, meta.l3_offset), sizeof ip);
  key.source = ip.source;
  key.destination = ip.destination;
  key.identification = ip.identification.host();
  key.protocol = ip.protocol;
  return {mbuf, uint32_t{ip.fragment_offset()} * 8, static_cast<uint16_t>(meta.l3_offset + ip.header_bytes()),
          meta.l3_offset, ip.more_fragments()};
}

// ipv6_input has walked the same headers: the Fragment header is there.
DatagramPart ipv6_part(rte_mbuf* mbuf, const PacketMeta& meta, DatagramKey& key) {
  const uint8_t* const packet = bytes_at(mbuf, meta.l3_offset);
  std::memcpy(static_cast<void*>(&key.source), packet + offsetof(wire::Ipv6Header, source), 16);
  std::memcpy(static_cast<void*>(&key.destination), packet + offsetof(wire::Ipv6Header, destination), 16);
  const wire::Ipv6FragmentPlace place = wire::find_ipv6_fragment(packet, readable_bytes(mbuf, meta.l3_offset));
  if (place.header == 0) return {};
  const uint8_t* const header = packet + place.header;
  key.identification = uint32_t{header[4]} << 24 | uint32_t{header[5]} << 16 | uint32_t{header[6]} << 8 | header[7];
  const unsigned field = unsigned{header[2]} << 8 | header[3];
  return {mbuf, field & 0xfff8u, static_cast<uint16_t>(meta.l3_offset + place.header + wire::kIpv6FragmentHeaderBytes),
          meta.l3_offset, (field & 1) != 0};
}

// RFC 791 section 3.2: as the header of a datagram that was never cut.
void restore_ipv4(rte_mbuf* mbuf, PacketMeta& meta) {
  auto& ip = *reinterpret_cast<wire::Ipv4Header*>(bytes_at(mbuf, meta.l3_offset));
  ip.total_length = Be16::from_host(static_cast<uint16_t>(packet_bytes(mbuf, meta.l3_offset)));
  ip.fragment = Be16{};
  wire::ipv4_set_checksum(ip);
  meta.payload_offset = static_cast<uint16_t>(meta.l3_offset + ip.header_bytes());
}

// RFC 8200 section 4.5: "The Fragment header is not present in the final, reassembled packet." kNotDropped when what it
// is then is UDP.
uint8_t restore_ipv6(rte_mbuf* mbuf, PacketMeta& meta) {
  uint8_t* const packet = bytes_at(mbuf, meta.l3_offset);
  const wire::Ipv6FragmentPlace place = wire::find_ipv6_fragment(packet, readable_bytes(mbuf, meta.l3_offset));
  packet[place.named_by] = packet[place.header];
  std::memmove(packet + wire::kIpv6FragmentHeaderBytes, packet, place.header);
  meta.l3_offset = static_cast<uint16_t>(meta.l3_offset + wire::kIpv6FragmentHeaderBytes);
  uint8_t* const whole = bytes_at(mbuf, meta.l3_offset);
  const size_t bytes = packet_bytes(mbuf, meta.l3_offset);
  const Be16 payload = Be16::from_host(static_cast<uint16_t>(bytes - sizeof(wire::Ipv6Header)));
  std::memcpy(whole + offsetof(wire::Ipv6Header, payload_length), &payload, sizeof payload);
  const wire::Ipv6Extensions extensions =
      wire::walk_ipv6_extensions(whole, readable_bytes(mbuf, meta.l3_offset), bytes);
  if (const uint8_t reason = drop_of(extensions.error); reason != kNotDropped) return reason;
  // A fragment in a fragment, or one that asks us to send it on, has no business here.
  if (extensions.fragment || extensions.route_left || extensions.protocol != wire::kProtocolUdp)
    return code(DropReason::ipv6_next_header_unsupported);
  meta.payload_offset = static_cast<uint16_t>(meta.l3_offset + extensions.header_bytes);
  return kNotDropped;
}

uint8_t take(StageContext& context, Burst& burst, uint8_t i, Lane& udp) {
  PacketMeta& meta = burst.meta[i];
  DatagramKey key;
  key.vrf = meta.vrf;
  key.tenant = meta.tenant;
  const DatagramPart part = meta.ipv6 ? ipv6_part(burst.mbuf[i], meta, key) : ipv4_part(burst.mbuf[i], meta, key);
  if (part.mbuf == nullptr) return code(DropReason::ipv6_ext_malformed);
  const Reassembly::Answer answer = context.reassembly->add(key, part, context.counters(meta.tenant), burst.now_tsc);
  if (answer.outcome == Reassembly::Outcome::dropped) return code(answer.reason);
  if (answer.outcome == Reassembly::Outcome::held) {
    meta.fate = PacketFate::held;
    return kNotDropped;
  }
  burst.mbuf[i] = answer.mbuf;
  meta.l3_offset = answer.l3_offset;
  // The first fragment need have no more than 8 bytes of data. A buffer holds what a port can send, so that only a
  // packet that is cut again, or dropped, stays in several.
  pull_up(answer.mbuf, UINT32_MAX);
  if (meta.ipv6) {
    if (const uint8_t reason = restore_ipv6(answer.mbuf, meta); reason != kNotDropped) return reason;
  } else {
    restore_ipv4(answer.mbuf, meta);
  }
  udp.push(i);
  return kNotDropped;
}

}  // namespace

void reassemble(StageContext& context, Burst& burst, Lane& lane, Lane& udp) {
  for (uint8_t i : lane) {
    const uint8_t reason = take(context, burst, i, udp);
    if (reason != kNotDropped) drop(burst, i, static_cast<DropReason>(reason));
  }
  lane.clear();
}

}  // namespace demarc::dp
