// GTP-U messages other than the G-PDU: writers, and the information elements that they carry (TS 29.281 clauses 7, 8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/ip_address.h"
#include "common/wire/gtpu.h"

namespace demarc::wire {

// Table 8.1-1. Types below 128 are TV: their length is known by the type alone.
inline constexpr uint8_t kGtpuIeTeidDataI = 16;
inline constexpr uint8_t kGtpuIePeerAddress = 133;
inline constexpr uint8_t kGtpuIeExtensionHeaderTypeList = 141;
// Our bound: no message has more than three.
inline constexpr unsigned kGtpuElementsMax = 16;

struct GtpuElements {
  bool well_formed = false;  // each element lies inside the message
  bool has_recovery = false;
  bool has_teid = false;
  bool has_peer = false;
  bool has_extension_list = false;
  Teid teid;       // Tunnel Endpoint Identifier Data I, clause 8.3
  IpAddress peer;  // GTP-U Peer Address, clause 8.4
};

// The value bytes of the element at `data`, of which `bytes` are left, and where they begin. False: past the end, or of
// a type whose length nobody knows (clause 8.1 has no TV type besides these two).
inline bool gtpu_element(const uint8_t* data, size_t bytes, size_t& header, size_t& value) {
  if (bytes == 0) return false;
  if (data[0] < 128) {
    header = 1;
    value = data[0] == kGtpuIeRecovery ? 1 : 4;
    return (data[0] == kGtpuIeRecovery || data[0] == kGtpuIeTeidDataI) && header + value <= bytes;
  }
  // Clause 8.5: the Extension Header Type List alone has a length of one octet.
  header = data[0] == kGtpuIeExtensionHeaderTypeList ? 2 : 3;
  if (header > bytes) return false;
  value = header == 2 ? data[1] : size_t{data[1]} << 8 | data[2];
  return header + value <= bytes;
}

// Reads `bytes` bytes: what is behind the header of a message. An element that is there twice counts once, the first.
inline GtpuElements parse_gtpu_elements(const uint8_t* data, size_t bytes) {
  GtpuElements out;
  for (unsigned n = 0; bytes != 0; ++n) {
    size_t header = 0;
    size_t value = 0;
    if (n == kGtpuElementsMax || !gtpu_element(data, bytes, header, value)) return out;
    const uint8_t* const at = data + header;
    if (data[0] == kGtpuIeRecovery) {
      out.has_recovery = true;
    } else if (data[0] == kGtpuIeTeidDataI && !out.has_teid) {
      Be32 teid;
      std::memcpy(&teid, at, sizeof teid);
      out.teid = Teid{teid.host()};
      out.has_teid = true;
    } else if (data[0] == kGtpuIePeerAddress && !out.has_peer) {
      if (value == 4) {
        uint32_t raw;
        std::memcpy(&raw, at, sizeof raw);
        out.peer = Be32::from_raw(raw);
      } else if (value == 16) {
        Ipv6Address address;
        std::memcpy(address.bytes.data(), at, 16);
        out.peer = address;
      } else {
        return out;
      }
      out.has_peer = true;
    } else if (data[0] == kGtpuIeExtensionHeaderTypeList) {
      out.has_extension_list = true;
    }
    data += header + value;
    bytes -= header + value;
  }
  out.well_formed = true;
  return out;
}

// All of these but the End Marker have TEID 0 and the S flag (clause 5.1). `bytes`: of the whole message.
inline void write_gtpu_control_header(uint8_t* out, uint8_t type, size_t bytes, uint16_t sequence,
                                      uint8_t first_extension = kGtpuExtensionNone) {
  const uint8_t extension = first_extension == kGtpuExtensionNone ? 0 : kGtpuFlagExtension;
  const GtpuHeader h{static_cast<uint8_t>(kGtpuVersion1 | kGtpuProtocolType | kGtpuFlagSequence | extension), type,
                     Be16::from_host(static_cast<uint16_t>(bytes - sizeof(GtpuHeader))), Be32{}};
  const GtpuOptional optional{Be16::from_host(sequence), 0, first_extension};
  std::memcpy(out, &h, sizeof h);
  std::memcpy(out + sizeof h, &optional, sizeof optional);
}
inline constexpr size_t kGtpuControlHeaderBytes = sizeof(GtpuHeader) + sizeof(GtpuOptional);

// Clause 7.2.1.
inline constexpr size_t kGtpuEchoRequestBytes = kGtpuControlHeaderBytes;
inline void write_gtpu_echo_request(uint8_t* out, uint16_t sequence) {
  write_gtpu_control_header(out, kGtpuEchoRequest, kGtpuEchoRequestBytes, sequence);
}

// Clause 7.3.1: the TEID of the G-PDU that nobody knows here, the address to which it was sent, and in a UDP Port
// extension header (clause 5.2.2.1), which the clause leaves to the sender, the port from which it came. Of a G-PDU
// from the registered port that says nothing, and a peer of the years before extension headers may take no message with
// one.
constexpr bool gtpu_error_indication_has_port(uint16_t source_port) { return source_port != kGtpuPort; }
constexpr size_t gtpu_error_indication_bytes(bool ipv6, uint16_t source_port) {
  return kGtpuControlHeaderBytes + (gtpu_error_indication_has_port(source_port) ? 4 : 0) + 5 + 3 + (ipv6 ? 16 : 4);
}
inline void write_gtpu_error_indication(uint8_t* out, Teid teid, const IpAddress& sent_to, uint16_t source_port) {
  const bool ipv6 = !sent_to.is_ipv4();
  const bool has_port = gtpu_error_indication_has_port(source_port);
  write_gtpu_control_header(out, kGtpuErrorIndication, gtpu_error_indication_bytes(ipv6, source_port), 0,
                            has_port ? kGtpuExtensionUdpPort : kGtpuExtensionNone);
  uint8_t* at = out + kGtpuControlHeaderBytes;
  if (has_port) {
    const uint8_t port[4] = {1, static_cast<uint8_t>(source_port >> 8), static_cast<uint8_t>(source_port),
                             kGtpuExtensionNone};
    std::memcpy(at, port, sizeof port);
    at += sizeof port;
  }
  *at++ = kGtpuIeTeidDataI;
  const Be32 value = Be32::from_host(teid.value);
  std::memcpy(at, &value, sizeof value);
  at += sizeof value;
  *at++ = kGtpuIePeerAddress;
  *at++ = 0;
  *at++ = ipv6 ? 16 : 4;
  std::memcpy(at, sent_to.ipv6().bytes.data() + (ipv6 ? 0 : 12), ipv6 ? 16 : 4);
}

// Clause 7.2.3: the extension headers that are understood here.
inline constexpr uint8_t kGtpuSupportedTypes[] = {kGtpuExtensionUdpPort, kGtpuExtensionPduSessionContainer};
inline constexpr size_t kGtpuSupportedExtensionHeadersBytes = kGtpuControlHeaderBytes + 2 + sizeof kGtpuSupportedTypes;
inline void write_gtpu_supported_extension_headers(uint8_t* out) {
  write_gtpu_control_header(out, kGtpuSupportedExtensionHeaders, kGtpuSupportedExtensionHeadersBytes, 0);
  out[kGtpuControlHeaderBytes] = kGtpuIeExtensionHeaderTypeList;
  out[kGtpuControlHeaderBytes + 1] = sizeof kGtpuSupportedTypes;
  std::memcpy(out + kGtpuControlHeaderBytes + 2, kGtpuSupportedTypes, sizeof kGtpuSupportedTypes);
}

// Clause 7.3.2: nothing but the header, of the tunnel that ends.
inline constexpr size_t kGtpuEndMarkerBytes = sizeof(GtpuHeader);
inline void write_gtpu_end_marker(uint8_t* out, Teid teid) {
  const GtpuHeader h{kGtpuVersion1 | kGtpuProtocolType, kGtpuEndMarker, Be16{}, Be32::from_host(teid.value)};
  std::memcpy(out, &h, sizeof h);
}

}  // namespace demarc::wire
