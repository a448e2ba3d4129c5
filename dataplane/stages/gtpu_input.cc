#include "dataplane/stages/gtpu_input.h"

#include <cstring>

#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "dataplane/stages/gtpu_answer.h"
#include "dataplane/stages/gtpu_signalling.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

uint8_t drop_of(wire::GtpuError error) {
  switch (error) {
    case wire::GtpuError::none: return kNotDropped;
    case wire::GtpuError::truncated: return code(DropReason::gtpu_truncated);
    case wire::GtpuError::bad_version: return code(DropReason::gtpu_bad_version);
    case wire::GtpuError::bad_length: return code(DropReason::gtpu_bad_length);
    case wire::GtpuError::extension_length_zero: return code(DropReason::gtpu_ext_len_zero);
    case wire::GtpuError::extension_truncated: return code(DropReason::gtpu_ext_truncated);
    case wire::GtpuError::extension_too_many: return code(DropReason::gtpu_ext_too_many);
    case wire::GtpuError::extension_unknown: return code(DropReason::gtpu_ext_unknown);
    case wire::GtpuError::psc_malformed: return code(DropReason::gtpu_psc_malformed);
  }
  return code(DropReason::gtpu_truncated);
}

// Whether the container is of the right type, is known with the rule: pdr_match says so.
uint8_t marks_of(const wire::PduSessionContainer& psc) {
  if (psc.pdu_type == wire::PscPduType::uplink) return 0;
  const unsigned policy = psc.has_paging_policy ? unsigned{kMarkPpp} | psc.paging_policy : unsigned{kMarkDownlink};
  return static_cast<uint8_t>(policy | (psc.rqi ? unsigned{kMarkRqi} : 0u));
}

// Clause 5.1: "TEID … used by the receiving entity to find the PDP context"; 0 is for messages of no tunnel.
// kNotDropped when the G-PDU may go on.
uint8_t accept_gpdu(const wire::GtpuParse& gtpu, rte_mbuf* mbuf, PacketMeta& meta) {
  if (gtpu.teid.value == 0) return code(DropReason::gtpu_teid_zero);
  meta.teid = gtpu.teid;
  if (gtpu.psc.present) {
    meta.qfi = gtpu.psc.qfi;
    meta.psc_marks = marks_of(gtpu.psc);
  }
  cut_to(mbuf, meta.payload_offset + gtpu.message_bytes);
  meta.payload_offset = static_cast<uint16_t>(meta.payload_offset + gtpu.header_bytes);
  return kNotDropped;
}

constexpr uint16_t kEchoUdpBytes = sizeof(wire::UdpHeader) + wire::kGtpuEchoResponseBytes;

void write_ip(uint8_t* out, const wire::Ipv4Header& request) {
  wire::write_ipv4(out, sizeof request + kEchoUdpBytes, kOurHopLimit, wire::kProtocolUdp, request.destination,
                   request.source);
}

// RFC 6936 section 4: only the tunnel's own packets go without a checksum, its control messages have one.
void write_ip(uint8_t* out, const wire::Ipv6Header& request) {
  wire::write_ipv6(out, kEchoUdpBytes, wire::kProtocolUdp, kOurHopLimit, request.destination, request.source);
  uint8_t* const udp = out + sizeof request;
  const wire::ChecksumSum sum = wire::udp_pseudo_header_sum(request.source, request.destination, kEchoUdpBytes);
  const Be16 checksum = wire::udp_checksum_finish(wire::checksum_add(sum, udp, kEchoUdpBytes));
  std::memcpy(udp + offsetof(wire::UdpHeader, checksum), &checksum, sizeof checksum);
}

template <class Header>
uint8_t write_echo_response(const wire::GtpuParse& gtpu, rte_mbuf* mbuf, const PacketMeta& meta) {
  Header ip;
  wire::UdpHeader udp;
  std::memcpy(static_cast<void*>(&ip), bytes_at(mbuf, meta.l3_offset), sizeof ip);
  std::memcpy(&udp, bytes_at(mbuf, meta.payload_offset - sizeof udp), sizeof udp);
  cut_to(mbuf, meta.l3_offset);
  auto* const out = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(mbuf, sizeof ip + kEchoUdpBytes));
  if (out == nullptr) return code(DropReason::encap_no_headroom);
  wire::write_gtpu_echo_response(out + sizeof ip + sizeof udp, gtpu.sequence);
  wire::write_udp(out + sizeof ip, wire::kGtpuPort, udp.source_port.host(), kEchoUdpBytes);
  write_ip(out, ip);
  return kNotDropped;
}

// Clause 7.2.2. The answer is written in the request's place: to the port and address that asked, from the address that
// was asked (clause 4.4.2), never much longer than the question. kNotDropped when it is ready.
uint8_t answer_echo(const wire::GtpuParse& gtpu, rte_mbuf* mbuf, const PacketMeta& meta) {
  // Clause 5.1: an Echo Request has TEID 0.
  if (gtpu.teid.value != 0) return code(DropReason::gtpu_echo_teid_not_zero);
  return meta.ipv6 ? write_echo_response<wire::Ipv6Header>(gtpu, mbuf, meta)
                   : write_echo_response<wire::Ipv4Header>(gtpu, mbuf, meta);
}

// A header that we had to understand (clause 5.2.1). Of what a peer sends by itself it hears what we do understand;
// answers are not answered.
void refuse_extension(StageContext& context, Burst& burst, uint8_t i, uint8_t message_type) {
  if (!ends_here(message_type)) answer_extension_headers(context, burst, i);
  drop(burst, i, DropReason::gtpu_ext_unknown);
}

// All but G-PDUs: what ends here, and what is answered or goes on.
void take_message(StageContext& context, Burst& burst, uint8_t i, const wire::GtpuParse& gtpu, GtpuLanes& out) {
  PacketMeta& meta = burst.meta[i];
  if (ends_here(gtpu.message_type)) return take_signalling(context, burst, i, gtpu);
  if (gtpu.message_type == wire::kGtpuEchoRequest) {
    const uint8_t reason = answer_echo(gtpu, burst.mbuf[i], meta);
    if (reason != kNotDropped) return drop(burst, i, static_cast<DropReason>(reason));
    context.counters(meta.tenant).add(Counter::gtpu_echo_responses_sent, 1);
    (meta.ipv6 ? out.route_ipv6 : out.route).push(i);
  } else if (gtpu.message_type == wire::kGtpuEndMarker) {
    if (gtpu.teid.value == 0) return drop(burst, i, DropReason::gtpu_teid_zero);
    meta.teid = gtpu.teid;
    meta.end_marker = true;
    out.end_markers.push(i);
  } else {
    drop(burst, i, DropReason::gtpu_message_unsupported);
  }
}

}  // namespace

void gtpu_input(StageContext& context, Burst& burst, Lane& lane, GtpuLanes out) {
  for (uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const size_t offset = meta.payload_offset;
    const wire::GtpuParse gtpu =
        wire::parse_gtpu(bytes_at(mbuf, offset), readable_bytes(mbuf, offset), packet_bytes(mbuf, offset));
    if (gtpu.error == wire::GtpuError::extension_unknown) {
      refuse_extension(context, burst, i, gtpu.message_type);
      continue;
    }
    uint8_t reason = drop_of(gtpu.error);
    if (reason == kNotDropped) {
      if (gtpu.message_type != wire::kGtpuGPdu) {
        take_message(context, burst, i, gtpu, out);
        continue;
      }
      reason = accept_gpdu(gtpu, mbuf, meta);
    }
    if (reason == kNotDropped) {
      out.uplink.push(i);
    } else {
      drop(burst, i, static_cast<DropReason>(reason));
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
