// A GTP-U message of ours in its UDP datagram and IP packet. Shared by what sends signalling; no stage itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/ip_address.h"
#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {

// From the IP header to the message.
constexpr size_t gtpu_datagram_offset(bool ipv6) {
  return (ipv6 ? sizeof(wire::Ipv6Header) : sizeof(wire::Ipv4Header)) + sizeof(wire::UdpHeader);
}
constexpr size_t gtpu_datagram_bytes(bool ipv6, size_t message_bytes) {
  return gtpu_datagram_offset(ipv6) + message_bytes;
}

// Around the message that is already at out + gtpu_datagram_offset(). Both addresses are of one family. Signalling has
// a UDP checksum over either (RFC 6936 section 4: only the tunnel's own packets may go without).
inline void write_gtpu_datagram(uint8_t* out, const IpAddress& from, const IpAddress& to, uint16_t destination_port,
                                size_t message_bytes) {
  const bool ipv6 = !to.is_ipv4();
  const auto datagram = static_cast<uint16_t>(sizeof(wire::UdpHeader) + message_bytes);
  uint8_t* const udp = out + gtpu_datagram_offset(ipv6) - sizeof(wire::UdpHeader);
  wire::write_udp(udp, wire::kGtpuPort, destination_port, datagram);
  wire::ChecksumSum sum = 0;
  if (ipv6) {
    wire::write_ipv6(out, datagram, wire::kProtocolUdp, kOurHopLimit, from.ipv6(), to.ipv6());
    sum = wire::udp_pseudo_header_sum(from.ipv6(), to.ipv6(), datagram);
  } else {
    wire::write_ipv4(out, static_cast<uint16_t>(sizeof(wire::Ipv4Header) + datagram), kOurHopLimit, wire::kProtocolUdp,
                     from.ipv4(), to.ipv4());
    sum = wire::udp_pseudo_header_sum(from.ipv4(), to.ipv4(), datagram);
  }
  const Be16 checksum = wire::udp_checksum_finish(wire::checksum_add(sum, udp, datagram));
  std::memcpy(udp + offsetof(wire::UdpHeader, checksum), &checksum, sizeof checksum);
}

// The addresses of the packet that carries a message to us, whose header was checked before.
struct OuterAddresses {
  IpAddress source;
  IpAddress destination;
};
inline OuterAddresses outer_addresses(rte_mbuf* mbuf, const PacketMeta& meta) {
  if (meta.ipv6) {
    wire::Ipv6Header ip;
    std::memcpy(static_cast<void*>(&ip), bytes_at(mbuf, meta.l3_offset), sizeof ip);
    return {ip.source, ip.destination};
  }
  wire::Ipv4Header ip;
  std::memcpy(static_cast<void*>(&ip), bytes_at(mbuf, meta.l3_offset), sizeof ip);
  return {ip.source, ip.destination};
}

}  // namespace demarc::dp
