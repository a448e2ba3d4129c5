#include "tests/dataplane/stages/ipv6_frames.h"

#include <cstdio>
#include <cstdlib>

#include "common/wire/icmpv6.h"

namespace demarc::dp::test {

Ipv6Address address6(std::string_view text) {
  const Result<Ipv6Address> parsed = parse_ipv6(text);
  if (!parsed) {
    std::fprintf(stderr, "%s\n", parsed.error().message.c_str());
    std::exit(2);
  }
  return *parsed;
}

ByteString bytes_of(const Ipv6Address& a) { return {a.bytes.begin(), a.bytes.end()}; }

ByteString ipv6(const Ipv6Address& from, const Ipv6Address& to, uint8_t next_header, const ByteString& payload,
                uint8_t hop_limit) {
  ByteString header(sizeof(wire::Ipv6Header));
  wire::write_ipv6(header.data(), static_cast<uint16_t>(payload.size()), next_header, hop_limit, from, to);
  return header + payload;
}

ByteString udp6(const Ipv6Address& from, const Ipv6Address& to, uint16_t source_port, uint16_t destination_port,
                const ByteString& payload, bool with_checksum) {
  ByteString out = zeros(sizeof(wire::UdpHeader)) + payload;
  const auto bytes = static_cast<uint16_t>(out.size());
  wire::write_udp(out.data(), source_port, destination_port, bytes);
  if (!with_checksum) return out;
  const Be16 checksum = wire::udp_checksum_finish(
      wire::checksum_add(wire::udp_pseudo_header_sum(from, to, bytes), out.data(), out.size()));
  wire::write_udp(out.data(), source_port, destination_port, bytes, checksum);
  return out;
}

ByteString icmpv6(const Ipv6Address& from, const Ipv6Address& to, ByteString message) {
  if (message.size() < 4) return message;
  ByteString packet = ipv6(from, to, wire::kProtocolIcmpv6, message);
  wire::icmpv6_set_checksum(packet.data(), static_cast<uint16_t>(message.size()));
  return tail(packet, sizeof(wire::Ipv6Header));
}

Ipv6Address ue_ipv6(unsigned number, uint8_t last) {
  Ipv6Address a = address6("2001:db8:45::");
  a.bytes[6] = static_cast<uint8_t>(number >> 8);
  a.bytes[7] = static_cast<uint8_t>(number);
  a.bytes[15] = last;
  return a;
}

SessionSpec ipv6_session_of(const TestTenant& t, bool outer_ipv6, unsigned number) {
  SessionSpec spec = session_of(t, number);
  spec.up_seid = Seid{100'001 + number};
  spec.ue_prefixes = {ue_prefix({ue_ipv6(number, 0), 64})};
  for (Pdr& pdr : spec.pdrs) {
    pdr.ue_ipv4 = {};
    pdr.ue_ipv6 = 1;
  }
  spec.pdrs[0].teid = Teid{kUplinkTeid6 + number};
  Far& to_access = spec.fars[1];
  to_access.teid = Teid{kGnbTeid6 + number};
  to_access.guards_tunnels = false;
  if (!outer_ipv6) return spec;
  to_access.peer_ipv4 = to_access.local_ipv4 = {};
  to_access.outer_ipv6 = 1;
  spec.outer_ipv6 = {{address6("2001:db8:1::2"), address6("2001:db8:1::1")}};
  return spec;
}

ByteString ue_packet6(unsigned number, const ByteString& data) {
  const Ipv6Address server = address6("2001:db8:ffff::1");
  const Ipv6Address ue = ue_ipv6(number);
  return ipv6(ue, server, 17, udp6(ue, server, 4000, 5000, data));
}

ByteString packet_to_ue6(unsigned number, const ByteString& data, uint8_t hop_limit) {
  const Ipv6Address server = address6("2001:db8:ffff::1");
  const Ipv6Address ue = ue_ipv6(number);
  return ipv6(server, ue, 17, udp6(server, ue, 5000, 4000, data), hop_limit);
}

ByteString to_endpoint6(const ByteString& gtpu_message) {
  const Ipv6Address gnb = address6("2001:db8:1::2");
  const Ipv6Address endpoint = address6("2001:db8:1::1");
  return ipv6(gnb, endpoint, 17, udp6(gnb, endpoint, wire::kGtpuPort, wire::kGtpuPort, gtpu_message, false));
}

ByteString from_gnb6(const TestTenant& t, const ByteString& ip_packet) {
  return ethernet(kOurMac[0], kGnbMac, t.access_vlan, wire::kEtherTypeIpv6, ip_packet);
}

ByteString from_router6(const TestTenant& t, const ByteString& ip_packet) {
  return ethernet(kOurMac[1], kRouterMac, t.core_vlan, wire::kEtherTypeIpv6, ip_packet);
}

}  // namespace demarc::dp::test
