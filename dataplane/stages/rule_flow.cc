#include "dataplane/stages/rule_flow.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "dataplane/stages/ipv6_checks.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

// IANA's protocol numbers of what has a source and a destination port in its first four bytes.
constexpr uint8_t kProtocolDccp = 33;      // RFC 4340 section 5.1
constexpr uint8_t kProtocolEsp = 50;       // RFC 4303 section 2: the SPI is first
constexpr uint8_t kProtocolAh = 51;        // RFC 4302 section 2: the SPI is behind four bytes
constexpr uint8_t kProtocolSctp = 132;     // RFC 9260 section 3.1
constexpr uint8_t kProtocolUdpLite = 136;  // RFC 3828 section 3.1

bool has_ports(uint8_t protocol) {
  return protocol == wire::kProtocolTcp || protocol == wire::kProtocolUdp || protocol == kProtocolSctp ||
         protocol == kProtocolDccp || protocol == kProtocolUdpLite;
}

uint16_t port_at(const uint8_t* data) { return static_cast<uint16_t>(data[0] << 8 | data[1]); }

// `data`: what `protocol` names, of which `bytes` may be read. Source is remote here.
void read_transport(const uint8_t* data, size_t bytes, Flow& flow) {
  if (has_ports(flow.protocol)) {
    if (bytes < 4) return;
    flow.has_ports = true;
    flow.remote_port = port_at(data);
    flow.local_port = port_at(data + 2);
    return;
  }
  if (flow.protocol != kProtocolEsp && flow.protocol != kProtocolAh) return;
  const size_t offset = flow.protocol == kProtocolAh ? 4 : 0;
  if (bytes < offset + 4) return;
  Be32 spi;
  std::memcpy(&spi, data + offset, sizeof spi);
  flow.has_spi = true;
  flow.spi = spi.host();
}

uint8_t read_ipv4(const uint8_t* data, size_t readable, size_t bytes, Flow& flow) {
  const wire::Ipv4Parse parsed = wire::parse_ipv4_header(data, readable, bytes, /*verify_checksum=*/false);
  if (parsed.error != wire::Ipv4Error::none) return code(DropReason::inner_malformed);
  wire::Ipv4Header ip;
  std::memcpy(&ip, data, sizeof ip);
  flow.protocol = ip.protocol;
  flow.tos = ip.type_of_service;
  flow.remote = ip.source.host();
  flow.local = ip.destination.host();
  if (ip.fragment_offset() == 0)
    read_transport(data + parsed.header_bytes, std::min<size_t>(readable, parsed.total_bytes) - parsed.header_bytes,
                   flow);
  return kNotDropped;
}

uint8_t read_ipv6(const uint8_t* data, size_t readable, size_t bytes, Flow& flow) {
  const wire::Ipv6Parse parsed = wire::parse_ipv6_header(data, readable, bytes);
  if (parsed.error != wire::Ipv6Error::none) return code(DropReason::inner_malformed);
  const wire::Ipv6Extensions extensions = wire::walk_ipv6_extensions(data, readable, parsed.total_bytes);
  if (const uint8_t reason = drop_of(extensions.error); reason != kNotDropped) return reason;
  wire::Ipv6Header ip;
  std::memcpy(static_cast<void*>(&ip), data, sizeof ip);
  const uint32_t word = ip.version_class_flow.host();
  flow.protocol = extensions.protocol;
  flow.tos = static_cast<uint8_t>(word >> 20);
  flow.flow_label = word & 0xfffff;
  flow.remote = ipv6_value(ip.source);
  flow.local = ipv6_value(ip.destination);
  if (extensions.first_fragment)
    read_transport(data + extensions.header_bytes,
                   std::min<size_t>(readable, parsed.total_bytes) - extensions.header_bytes, flow);
  return kNotDropped;
}

}  // namespace

uint8_t read_flow(rte_mbuf* mbuf, size_t offset, bool ipv6, bool from_ue, Flow& flow) {
  const uint8_t* const data = bytes_at(mbuf, offset);
  const size_t readable = readable_bytes(mbuf, offset);
  const size_t bytes = packet_bytes(mbuf, offset);
  const uint8_t reason = ipv6 ? read_ipv6(data, readable, bytes, flow) : read_ipv4(data, readable, bytes, flow);
  if (from_ue) {
    std::swap(flow.remote, flow.local);
    std::swap(flow.remote_port, flow.local_port);
  }
  return reason;
}

}  // namespace demarc::dp
