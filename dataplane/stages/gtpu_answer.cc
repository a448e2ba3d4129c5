#include "dataplane/stages/gtpu_answer.h"

#include "common/wire/gtpu_messages.h"
#include "dataplane/stages/gtpu_datagram.h"

namespace demarc::dp {
namespace {

// What no packet may be sent to (RFC 1122 section 3.2.1.3, RFC 4291 section 2.7). Martians were dropped before.
bool is_answerable(const IpAddress& source) {
  if (source.is_ipv4()) return !wire::ipv4_is_martian_source(source.ipv4().host());
  return !wire::ipv6_is_martian_source(source.ipv6()) && !is_link_local(source.ipv6());
}

// The UDP source port, for which the IP headers are walked once more: this is not the plain path.
uint16_t source_port_of(rte_mbuf* mbuf, const PacketMeta& meta) {
  const uint8_t* const ip = bytes_at(mbuf, meta.l3_offset);
  const size_t readable = readable_bytes(mbuf, meta.l3_offset);
  const size_t header = meta.ipv6
                            ? wire::walk_ipv6_extensions(ip, readable, packet_bytes(mbuf, meta.l3_offset)).header_bytes
                            : (ip[0] & 0x0f) * size_t{4};
  if (header + sizeof(wire::UdpHeader) > readable) return 0;
  wire::UdpHeader udp;
  std::memcpy(&udp, ip + header, sizeof udp);
  return udp.source_port.host();
}

// A packet to the sender of `i`, with `message_bytes` to be written by write(message).
template <class Write>
bool answer(StageContext& context, Burst& burst, uint8_t i, AnswerClass c, size_t message_bytes, Write write) {
  const PacketMeta& meta = burst.meta[i];
  const OuterAddresses outer = outer_addresses(burst.mbuf[i], meta);
  if (!is_answerable(outer.source)) return false;
  const Originator::Packet packet =
      context.originator->answer(meta, c, outer.source, gtpu_datagram_bytes(meta.ipv6, message_bytes), meta.ipv6,
                                 Originator::Way::route, burst.now_tsc);
  if (!packet) return false;
  write(packet.ip + gtpu_datagram_offset(meta.ipv6), outer);
  // Clauses 4.4.2.4 and 4.4.2.5: to the registered port, from the address that the peer used.
  write_gtpu_datagram(packet.ip, outer.destination, outer.source, wire::kGtpuPort, message_bytes);
  return true;
}

}  // namespace

void answer_error_indication(StageContext& context, Burst& burst, uint8_t i) {
  const PacketMeta& meta = burst.meta[i];
  const uint16_t port = source_port_of(burst.mbuf[i], meta);
  const bool sent =
      answer(context, burst, i, AnswerClass::gtpu_error_indication, wire::gtpu_error_indication_bytes(meta.ipv6, port),
             [&](uint8_t* out, const OuterAddresses& outer) {
               wire::write_gtpu_error_indication(out, meta.teid, outer.destination, port);
             });
  if (sent) context.counters(meta.tenant).add(Counter::gtpu_error_indications_sent, 1);
}

void answer_extension_headers(StageContext& context, Burst& burst, uint8_t i) {
  const bool sent =
      answer(context, burst, i, AnswerClass::gtpu_extension_headers, wire::kGtpuSupportedExtensionHeadersBytes,
             [](uint8_t* out, const OuterAddresses&) { wire::write_gtpu_supported_extension_headers(out); });
  if (sent) context.counters(burst.meta[i].tenant).add(Counter::gtpu_extension_notifications_sent, 1);
}

}  // namespace demarc::dp
