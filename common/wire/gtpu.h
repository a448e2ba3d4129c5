// GTP-U, TS 29.281 clause 5, and the PDU Session Container, TS 38.415 clause 5.5.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/base/ids.h"

namespace demarc::wire {

inline constexpr uint16_t kGtpuPort = 2152;  // clause 4.4.2.3

// Clause 6.1.
inline constexpr uint8_t kGtpuEchoRequest = 1;
inline constexpr uint8_t kGtpuEchoResponse = 2;
inline constexpr uint8_t kGtpuErrorIndication = 26;
inline constexpr uint8_t kGtpuSupportedExtensionHeaders = 31;
inline constexpr uint8_t kGtpuEndMarker = 254;
inline constexpr uint8_t kGtpuGPdu = 255;

// The first octet, clause 5.1.
inline constexpr uint8_t kGtpuVersionMask = 0xe0;
inline constexpr uint8_t kGtpuVersion1 = 0x20;
inline constexpr uint8_t kGtpuProtocolType = 0x10;  // GTP, not GTP'
inline constexpr uint8_t kGtpuFlagExtension = 0x04;
inline constexpr uint8_t kGtpuFlagSequence = 0x02;
inline constexpr uint8_t kGtpuFlagNPdu = 0x01;

inline constexpr uint8_t kGtpuExtensionNone = 0x00;
inline constexpr uint8_t kGtpuExtensionUdpPort = 0x40;
inline constexpr uint8_t kGtpuExtensionPduSessionContainer = 0x85;
// Clause 5.2.1: the two upper bits of a type say who must understand it. 00: nobody; 01: nobody, and a node between two
// tunnels does not hand it on; 10: the endpoint; 11: the endpoint and a node between. With the highest one the endpoint
// of a tunnel must, and all tunnels end here.
inline constexpr uint8_t kGtpuExtensionMustUnderstand = 0x80;
// Our bound, far above what any interface uses.
inline constexpr unsigned kGtpuExtensionsMax = 8;

inline constexpr uint8_t kGtpuIeRecovery = 14;  // clause 8.2

struct GtpuHeader {
  uint8_t flags;
  uint8_t message_type;
  Be16 length;  // of what follows these 8 bytes
  Be32 teid;
};
static_assert(sizeof(GtpuHeader) == 8 && alignof(GtpuHeader) == 1);

// There when any of E, S and PN is set.
struct GtpuOptional {
  Be16 sequence;
  uint8_t n_pdu;
  uint8_t next_extension;
};
static_assert(sizeof(GtpuOptional) == 4 && alignof(GtpuOptional) == 1);

enum class PscPduType : uint8_t { downlink = 0, uplink = 1 };  // TS 38.415 clause 5.5.3.1
inline constexpr uint8_t kPscQfiMask = 0x3f;

struct PduSessionContainer {
  bool present = false;
  PscPduType pdu_type = PscPduType::downlink;
  uint8_t qfi = 0;  // 0..63
  // Of the downlink type.
  bool rqi = false;
  bool has_paging_policy = false;
  uint8_t paging_policy = 0;  // PPI, 0..7
};

enum class GtpuError : uint8_t {
  none,
  truncated,    // the header, or its optional part, is past the end
  bad_version,  // version not 1, or GTP'
  bad_length,   // the length field says more than there is
  extension_length_zero,
  extension_truncated,
  extension_too_many,
  extension_unknown,  // one that must be understood
  psc_malformed,
};

struct GtpuParse {
  GtpuError error = GtpuError::truncated;
  uint8_t message_type = 0;
  bool has_sequence = false;
  uint16_t sequence = 0;
  Teid teid;
  PduSessionContainer psc;
  uint16_t header_bytes = 0;   // with the optional part and all extension headers
  uint32_t message_bytes = 0;  // header_bytes .. datagram_bytes
};

// The content of a PDU Session Container: an extension header without its length and next-type octets. False when it is
// too short for the parts that its flags announce, or of an unknown PDU type.
inline bool parse_psc(const uint8_t* content, size_t bytes, PduSessionContainer& out) {
  if (bytes < 2) return false;
  const uint8_t type = content[0] >> 4;
  const uint8_t flags = content[0] & 0x0f;
  size_t needed = 2;
  if (type == static_cast<uint8_t>(PscPduType::downlink)) {       // clause 5.5.2.1
    if (content[1] & 0x80) needed += 1;                           // PPP: paging policy indicator
    if (flags & 0x08) needed += 8;                                // QMP: DL sending time stamp
    if (flags & 0x04) needed += 3;                                // SNP: DL QFI sequence number
    if (flags & 0x02) needed += 4;                                // MSNP: DL MBS QFI sequence number
  } else if (type == static_cast<uint8_t>(PscPduType::uplink)) {  // clause 5.5.2.2
    if (flags & 0x08) needed += 24;                               // QMP: three time stamps
    if (flags & 0x04) needed += 4;                                // DL delay result
    if (flags & 0x02) needed += 4;                                // UL delay result
    if (flags & 0x01) needed += 3;                                // SNP: UL QFI sequence number
    if (content[1] & 0x80) needed += 4;                           // N3/N9 delay result
    if (content[1] & 0x40) needed += 1;                           // new IE flags
  } else {
    return false;
  }
  if (needed > bytes) return false;
  out.present = true;
  out.pdu_type = static_cast<PscPduType>(type);
  out.qfi = content[1] & kPscQfiMask;
  if (out.pdu_type == PscPduType::downlink) {
    out.rqi = (content[1] & 0x40) != 0;
    out.has_paging_policy = (content[1] & 0x80) != 0;
    if (out.has_paging_policy) out.paging_policy = static_cast<uint8_t>(content[2] >> 5);
  }
  return true;
}

// Walks the extension headers (clause 5.2.1) from `offset` to at most `end`; `next` is the type of the first one.
// Bounded by the bytes left, for each header is at least 4 long, and by kGtpuExtensionsMax.
inline GtpuError walk_gtpu_extensions(const uint8_t* data, size_t end, uint8_t next, size_t& offset,
                                      PduSessionContainer& psc) {
  for (unsigned n = 0; next != kGtpuExtensionNone; ++n) {
    if (n == kGtpuExtensionsMax) return GtpuError::extension_too_many;
    if (offset >= end) return GtpuError::extension_truncated;
    // "The length … in units of 4 octets"; it counts itself, the content and the next type.
    const size_t bytes = size_t{data[offset]} * 4;
    if (bytes == 0) return GtpuError::extension_length_zero;
    if (bytes > end - offset) return GtpuError::extension_truncated;
    if (next == kGtpuExtensionPduSessionContainer) {
      // Twice would leave open which QFI counts.
      if (psc.present || !parse_psc(data + offset + 1, bytes - 2, psc)) return GtpuError::psc_malformed;
    } else if (next & kGtpuExtensionMustUnderstand) {
      return GtpuError::extension_unknown;
    }
    next = data[offset + bytes - 1];
    offset += bytes;
  }
  return GtpuError::none;
}

// Reads at most `readable` bytes, of a datagram that is `datagram_bytes` long in all.
inline GtpuParse parse_gtpu(const uint8_t* data, size_t readable, size_t datagram_bytes) {
  GtpuParse out;
  auto failed = [&out](GtpuError error) {
    out.error = error;
    return out;
  };
  if (readable < sizeof(GtpuHeader) || datagram_bytes < readable) return failed(GtpuError::truncated);
  GtpuHeader h;
  std::memcpy(&h, data, sizeof h);
  if ((h.flags & (kGtpuVersionMask | kGtpuProtocolType)) != (kGtpuVersion1 | kGtpuProtocolType))
    return failed(GtpuError::bad_version);
  out.message_type = h.message_type;
  out.teid = Teid{h.teid.host()};
  const size_t message_bytes = sizeof h + h.length.host();
  if (message_bytes > datagram_bytes) return failed(GtpuError::bad_length);
  out.message_bytes = static_cast<uint32_t>(message_bytes);
  size_t offset = sizeof h;
  if (h.flags & (kGtpuFlagExtension | kGtpuFlagSequence | kGtpuFlagNPdu)) {
    // "the length … any optional fields … shall be included": they lie inside the message.
    const size_t end = message_bytes < readable ? message_bytes : readable;
    if (end < offset + sizeof(GtpuOptional)) return failed(GtpuError::truncated);
    GtpuOptional optional;
    std::memcpy(&optional, data + offset, sizeof optional);
    offset += sizeof optional;
    // Each field counts only when its own flag is set.
    out.has_sequence = (h.flags & kGtpuFlagSequence) != 0;
    if (out.has_sequence) out.sequence = optional.sequence.host();
    if (h.flags & kGtpuFlagExtension) {
      const GtpuError error = walk_gtpu_extensions(data, end, optional.next_extension, offset, out.psc);
      if (error != GtpuError::none) return failed(error);
    }
  }
  out.header_bytes = static_cast<uint16_t>(offset);
  out.error = GtpuError::none;
  return out;
}

// What is marked into a G-PDU of ours: with a QFI it carries a PDU Session Container (TS 38.415 clause 5.5.2).
inline constexpr uint8_t kGtpuNoQfi = 255;
inline constexpr uint8_t kGtpuNoPagingPolicy = 255;
struct PscMark {
  constexpr PscMark(uint8_t flow, bool reflective = false, uint8_t policy = kGtpuNoPagingPolicy)
      : qfi(flow), rqi(reflective), paging_policy(policy) {}
  uint8_t qfi;            // 0..63, or kGtpuNoQfi: no container
  bool rqi;               // Reflective QoS Indicator, downlink
  uint8_t paging_policy;  // PPI 0..7, downlink, or kGtpuNoPagingPolicy
  constexpr bool has_policy() const { return paging_policy != kGtpuNoPagingPolicy; }
};
inline constexpr size_t kGtpuPscHeaderBytes = sizeof(GtpuHeader) + sizeof(GtpuOptional) + 4;
// 8, 16, or with a PPI 20: an extension header is as long as a multiple of 4 octets.
constexpr size_t gtpu_gpdu_header_bytes(const PscMark& mark) {
  if (mark.qfi == kGtpuNoQfi) return sizeof(GtpuHeader);
  return kGtpuPscHeaderBytes + (mark.has_policy() ? 4 : 0);
}

// `t_pdu_bytes` at most 65,535 - 12. `out` has room for gtpu_gpdu_header_bytes(mark). `pdu_type`: downlink towards the
// access network; uplink towards the core, as a gNB writes it.
inline void write_gtpu_gpdu(uint8_t* out, Teid teid, uint16_t t_pdu_bytes, const PscMark& mark,
                            PscPduType pdu_type = PscPduType::downlink) {
  const bool with_psc = mark.qfi != kGtpuNoQfi;
  const size_t extra = gtpu_gpdu_header_bytes(mark) - sizeof(GtpuHeader);
  const GtpuHeader h{static_cast<uint8_t>(kGtpuVersion1 | kGtpuProtocolType | (with_psc ? kGtpuFlagExtension : 0)),
                     kGtpuGPdu, Be16::from_host(static_cast<uint16_t>(t_pdu_bytes + extra)),
                     Be32::from_host(teid.value)};
  std::memcpy(out, &h, sizeof h);
  if (!with_psc) return;
  // Sequence number and N-PDU number, which are not there; then the extension header: its length in units of 4 octets,
  // PDU type and flags, PPP, RQI and QFI, the PPI in the upper bits, padding, and no extension header behind it.
  const bool with_policy = mark.has_policy();
  uint8_t rest[12] = {0, 0, 0, kGtpuExtensionPduSessionContainer};
  rest[4] = with_policy ? 2 : 1;
  rest[5] = static_cast<uint8_t>(static_cast<uint8_t>(pdu_type) << 4);
  rest[6] = static_cast<uint8_t>((with_policy ? 0x80 : 0) | (mark.rqi ? 0x40 : 0) | (mark.qfi & kPscQfiMask));
  if (with_policy) rest[7] = static_cast<uint8_t>(mark.paging_policy << 5);
  std::memcpy(out + sizeof h, rest, extra);
}

// Clause 7.2.2: an Echo Response has TEID 0, the request's sequence number and the Recovery IE, whose restart counter
// is 0 and ignored by the receiver.
inline constexpr size_t kGtpuEchoResponseBytes = sizeof(GtpuHeader) + sizeof(GtpuOptional) + 2;
inline void write_gtpu_echo_response(uint8_t* out, uint16_t sequence) {
  const GtpuHeader h{kGtpuVersion1 | kGtpuProtocolType | kGtpuFlagSequence, kGtpuEchoResponse,
                     Be16::from_host(kGtpuEchoResponseBytes - sizeof(GtpuHeader)), Be32{}};
  std::memcpy(out, &h, sizeof h);
  const GtpuOptional optional{Be16::from_host(sequence), 0, kGtpuExtensionNone};
  std::memcpy(out + sizeof h, &optional, sizeof optional);
  out[sizeof h + sizeof optional] = kGtpuIeRecovery;
  out[sizeof h + sizeof optional + 1] = 0;
}

}  // namespace demarc::wire
