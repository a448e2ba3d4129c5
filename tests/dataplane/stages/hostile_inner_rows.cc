// HOSTILE list: what is inside of tunnels, IPv4 and IPv6.
#include "tests/dataplane/stages/hostile.h"

#include "common/wire/icmpv6.h"

namespace demarc::dp::test {
namespace {

using D = DropReason;
constexpr uint8_t kTcp = wire::kProtocolTcp;
constexpr uint8_t kUdp = wire::kProtocolUdp;
constexpr uint8_t kIcmp = wire::kProtocolIcmp;
constexpr uint8_t kIcmp6 = wire::kProtocolIcmpv6;

const Be32 kServer = address("198.51.100.1");
const Ipv6Address kServer6 = address6("2001:db8:ffff::1");

ByteString tunnel(const ByteString& inner) { return gpdu(kUplinkTeid, inner, kMarkedQfi); }
ByteString tunnel6(const ByteString& inner) { return gpdu(kUplinkTeid6, inner, kMarkedQfi); }

// From the UE.
ByteString packet(uint8_t protocol, const ByteString& payload, Be32 to = kServer) {
  return ipv4(ue_address(), to, protocol, payload);
}
ByteString packet6(uint8_t next, const ByteString& payload, const Ipv6Address& to = kServer6) {
  return ipv6(ue_ipv6(), to, next, payload);
}
ByteString to(const char* destination) {
  return tunnel(packet(kUdp, udp({}, {}, 4000, 5000, {}), address(destination)));
}
ByteString to6(const char* destination) {
  const Ipv6Address there = address6(destination);
  return tunnel6(packet6(kUdp, udp6(ue_ipv6(), there, 4000, 5000, {}), there));
}
ByteString from(const char* source) {
  return tunnel(ipv4(address(source), kServer, kUdp, udp({}, {}, 4000, 5000, {})));
}
ByteString from6(const char* source) {
  return tunnel6(ipv6(address6(source), kServer6, kUdp, udp6(address6(source), kServer6, 4000, 5000, {})));
}
// With its first word's header length, and options of as many bytes as that says.
ByteString with_options(const ByteString& options) {
  ByteString p = packet(kUdp, options + udp({}, {}, 4000, 5000, {}));
  return with_ip_checksum(with_byte(p, 0, static_cast<uint8_t>(0x45 + options.size() / 4)));
}
ByteString as_first_fragment(const ByteString& p) { return with_ip_checksum(with_word(p, 6, 0x2000)); }

ByteString gtpu_datagram(const ByteString& message) { return udp({}, {}, 2152, 2152, message); }

void add_ipv4(std::vector<HostileRow>& rows) {
  const ByteString whole = ue_packet();
  const std::vector<HostileRow> more = {
      {"one byte", tunnel(hex("45")), D::inner_malformed},
      {"19 bytes", tunnel(ByteString(whole.begin(), whole.begin() + 19)), D::inner_malformed},
      {"IP version 0", tunnel(with_byte(whole, 0, 0x05)), D::inner_malformed},
      {"IP version 5", tunnel(with_byte(whole, 0, 0x55)), D::inner_malformed},
      {"IP version 15", tunnel(with_byte(whole, 0, 0xff)), D::inner_malformed},
      {"IHL 0", tunnel(with_byte(whole, 0, 0x40)), D::inner_malformed},
      {"IHL 4", tunnel(with_byte(whole, 0, 0x44)), D::inner_malformed},
      {"IHL past the end", tunnel(with_byte(whole, 0, 0x4f)), D::inner_malformed},
      {"IHL past the total length", tunnel(with_byte(with_word(whole, 2, 20), 0, 0x46)), D::inner_malformed},
      {"total length past the end", tunnel(with_ip_checksum(with_word(whole, 2, 0xffff))), D::inner_malformed},
      {"total length one past the end",
       tunnel(with_ip_checksum(with_word(whole, 2, static_cast<uint16_t>(whole.size() + 1)))), D::inner_malformed},
      {"total length 0", tunnel(with_ip_checksum(with_word(whole, 2, 0))), D::inner_malformed},
      {"total length below the header", tunnel(with_ip_checksum(with_word(whole, 2, 19))), D::inner_malformed},
      {"wrong checksum", tunnel(with_word(whole, 10, 0xdead)), D::inner_malformed},
      {"options: source route", tunnel(with_options(hex("8307040a02000100"))), D::inner_ipv4_options},
      {"options: forty bytes of no operation", tunnel(with_options(ByteString(40, 1))), D::inner_ipv4_options},
      {"options: length 0", tunnel(with_options(hex("07000000"))), D::inner_ipv4_options},
      {"TCP of no bytes", tunnel(packet(kTcp, {})), D::inner_malformed},
      {"TCP of 19 bytes", tunnel(packet(kTcp, zeros(19))), D::inner_malformed},
      {"UDP of no bytes", tunnel(packet(kUdp, {})), D::inner_malformed},
      {"UDP of 7 bytes", tunnel(packet(kUdp, zeros(7))), D::inner_malformed},
      {"another UE's source", tunnel(ue_packet(1)), D::inner_source_spoofed},
      {"the server's source", from("198.51.100.1"), D::inner_source_spoofed},
      {"our source", from("10.2.0.1"), D::inner_source_spoofed},
      {"source 0.0.0.0", from("0.0.0.0"), D::inner_source_spoofed},
      {"source 255.255.255.255", from("255.255.255.255"), D::inner_source_spoofed},
      {"to 0.0.0.0", to("0.0.0.0"), D::ipv4_martian},
      {"to 127.0.0.1", to("127.0.0.1"), D::ipv4_martian},
      {"to a group", to("224.0.0.1"), D::ipv4_martian},
      {"to everybody", to("255.255.255.255"), D::ipv4_martian},
      {"to the core link's broadcast address", to("10.2.0.255"), D::route_broadcast},
      {"TTL 0", tunnel(ipv4(ue_address(), kServer, kUdp, udp({}, {}, 1, 1, {}), 0)), D::ipv4_ttl_exceeded,
       Answer::icmp_error},
      {"TTL 1", tunnel(ipv4(ue_address(), kServer, kUdp, udp({}, {}, 1, 1, {}), 1)), D::ipv4_ttl_exceeded,
       Answer::icmp_error},
      {"IPv6 in a session of IPv4", gpdu(kUplinkTeid, ue_packet6()), D::pdr_no_match},
  };
  rows.insert(rows.end(), more.begin(), more.end());
}

void add_ours(std::vector<HostileRow>& rows) {
  const ByteString message = gpdu(kUplinkTeid, ue_packet());
  const Be32 core = address("10.2.0.1");
  const Ipv6Address core6 = address6("2001:db8:2::1");
  // Of the access VRF, which the UE's VRF knows nothing of.
  const Be32 access = address("10.1.0.1");
  const Be32 endpoint = address("10.1.0.5");
  const Ipv6Address access6 = address6("2001:db8:1::1");
  const Ipv6Address endpoint6 = address6("2001:db8:1::5");
  const ByteString pfcp = hex("20 05 000c 000001 00 0060 0004 e0000000");
  const std::vector<HostileRow> more = {
      {"Echo Request to our address", tunnel(packet(kIcmp, icmp_echo(8, 1, {}), core)), D::route_to_ourselves},
      {"TCP to our address", tunnel(packet(kTcp, zeros(20), core)), D::route_to_ourselves},
      {"PFCP to our address", tunnel(packet(kUdp, udp(ue_address(), core, 8805, 8805, pfcp), core)),
       D::route_to_ourselves},
      {"GTP-U to our address", tunnel(packet(kUdp, gtpu_datagram(message), core)), D::gtpu_in_gtpu},
      {"Echo Request to our access address", tunnel(packet(kIcmp, icmp_echo(8, 1, {}), access)), D::route_to_ourselves},
      {"TCP to our access address", tunnel(packet(kTcp, zeros(20), access)), D::route_to_ourselves},
      {"PFCP to our access address", tunnel(packet(kUdp, udp(ue_address(), access, 8805, 8805, pfcp), access)),
       D::route_to_ourselves},
      {"Echo Request to our other endpoint", tunnel(packet(kIcmp, icmp_echo(8, 1, {}), endpoint)),
       D::route_to_ourselves},
      {"a later fragment to our endpoint",
       tunnel(with_ip_checksum(with_word(packet(kUdp, zeros(64), endpoint), 6, 0x0010))), D::route_to_ourselves},
      {"GTP-U to our endpoint", tunnel(packet(kUdp, gtpu_datagram(message), address("10.1.0.1"))), D::gtpu_in_gtpu},
      {"nested GTP-U", tunnel(packet(kUdp, gtpu_datagram(message))), D::gtpu_in_gtpu},
      {"nested GTP-U of length 0", tunnel(packet(kUdp, gtpu_datagram(hex("30 ff 0000 00000064")))), D::gtpu_in_gtpu},
      {"nested GTP-U in a first fragment", tunnel(as_first_fragment(packet(kUdp, gtpu_datagram(message)))),
       D::gtpu_in_gtpu},
      {"GTP-U of three storeys", tunnel(packet(kUdp, gtpu_datagram(tunnel(packet(kUdp, gtpu_datagram(message)))))),
       D::gtpu_in_gtpu},
      {"Echo Request to our IPv6 address",
       tunnel6(packet6(kIcmp6, icmpv6(ue_ipv6(), core6, hex("80 00 0000 0001 0001")), core6)), D::route_to_ourselves},
      {"PFCP to our IPv6 address", tunnel6(packet6(kUdp, udp6(ue_ipv6(), core6, 8805, 8805, pfcp), core6)),
       D::route_to_ourselves},
      {"Echo Request to our IPv6 access address",
       tunnel6(packet6(kIcmp6, icmpv6(ue_ipv6(), access6, hex("80 00 0000 0001 0001")), access6)),
       D::route_to_ourselves},
      {"PFCP to our IPv6 access address", tunnel6(packet6(kUdp, udp6(ue_ipv6(), access6, 8805, 8805, pfcp), access6)),
       D::route_to_ourselves},
      {"PFCP to our other IPv6 endpoint",
       tunnel6(packet6(kUdp, udp6(ue_ipv6(), endpoint6, 8805, 8805, pfcp), endpoint6)), D::route_to_ourselves},
      {"GTP-U to our IPv6 endpoint", tunnel6(packet6(kUdp, gtpu_datagram(message), endpoint6)), D::gtpu_in_gtpu},
      {"nested GTP-U in IPv6", tunnel6(packet6(kUdp, gtpu_datagram(message))), D::gtpu_in_gtpu},
      {"nested GTP-U of length 0 in IPv6", tunnel6(packet6(kUdp, gtpu_datagram(hex("30 ff 0000 00000064")))),
       D::gtpu_in_gtpu},
      {"nested GTP-U behind options", tunnel6(packet6(60, hex("1100010400000000") + gtpu_datagram(message))),
       D::gtpu_in_gtpu},
      {"nested GTP-U in a first fragment of IPv6",
       tunnel6(packet6(44, hex("1100000100000007") + gtpu_datagram(message))), D::gtpu_in_gtpu},
  };
  rows.insert(rows.end(), more.begin(), more.end());
}

void add_ipv6(std::vector<HostileRow>& rows) {
  const ByteString whole = ue_packet6();
  ByteString chain;
  for (int n = 0; n < 160; ++n) chain = chain + hex("3c00010400000000");
  const ByteString udp_bytes = udp6(ue_ipv6(), kServer6, 4000, 5000, {});
  const std::vector<HostileRow> more = {
      {"39 bytes of IPv6", tunnel6(ByteString(whole.begin(), whole.begin() + 39)), D::inner_malformed},
      {"payload length 0 before UDP", tunnel6(with_word(whole, 4, 0)), D::inner_malformed},
      {"payload length 0 before options", tunnel6(with_word(packet6(0, hex("1100010400000000") + udp_bytes), 4, 0)),
       D::ipv6_ext_malformed},
      {"a jumbogram", tunnel6(with_word(packet6(0, hex("1100c20400010000") + udp_bytes), 4, 0)), D::ipv6_ext_malformed},
      {"payload length past the end", tunnel6(with_word(whole, 4, 0xffff)), D::inner_malformed},
      {"payload length one past the end", tunnel6(with_word(whole, 4, static_cast<uint16_t>(whole.size() - 39))),
       D::inner_malformed},
      {"options past the end", tunnel6(packet6(60, hex("11ff010400000000"))), D::ipv6_ext_malformed},
      {"options cut in their first eight bytes", tunnel6(packet6(60, hex("11000104"))), D::ipv6_ext_malformed},
      {"options without end", tunnel6(packet6(60, chain)), D::ipv6_ext_malformed},
      {"options of 1,288 bytes", tunnel6(packet6(60, hex("11a0") + zeros(1286) + udp_bytes)), D::ipv6_ext_malformed},
      {"hop-by-hop options that are not the first", tunnel6(packet6(60, hex("0000010400000000 1100010400000000"))),
       D::ipv6_ext_malformed},
      {"a Fragment header cut", tunnel6(packet6(44, hex("11000001"))), D::ipv6_ext_malformed},
      {"routing header of type 0", tunnel6(packet6(43, hex("1102000100000000") + bytes_of(kServer6) + udp_bytes)),
       D::ipv6_routing_header},
      {"segment routing header", tunnel6(packet6(43, hex("1102040100000000") + bytes_of(kServer6) + udp_bytes)),
       D::inner_routing_header},
      {"TCP of 19 bytes in IPv6", tunnel6(packet6(kTcp, zeros(19))), D::inner_malformed},
      {"UDP of 7 bytes in IPv6", tunnel6(packet6(kUdp, zeros(7))), D::inner_malformed},
      {"UDP cut behind options", tunnel6(packet6(60, hex("1100010400000000") + zeros(7))), D::inner_malformed},
      {"ICMPv6 of no bytes", tunnel6(packet6(kIcmp6, {})), D::inner_malformed},
      {"another UE's prefix", tunnel6(ue_packet6(1)), D::inner_source_spoofed},
      {"our source in IPv6", from6("2001:db8:2::1"), D::inner_source_spoofed},
      {"source :: in IPv6", from6("::"), D::inner_source_spoofed},
      {"a link-local source that solicits nothing", from6("fe80::7"), D::ipv6_link_local},
      {"a group as source", from6("ff02::1"), D::inner_source_spoofed},
      {"to ::", to6("::"), D::ipv6_martian},
      {"to ::1", to6("::1"), D::ipv6_martian},
      {"to ::ffff:10.2.0.1", to6("::ffff:a02:1"), D::ipv6_martian},
      {"to fe80::1", to6("fe80::1"), D::ipv6_link_local},
      {"to ff02::1", to6("ff02::1"), D::ipv6_multicast},
      {"hop limit 0", tunnel6(ipv6(ue_ipv6(), kServer6, kUdp, udp_bytes, 0)), D::ipv6_hop_limit_exceeded,
       Answer::icmp_error},
      {"hop limit 1", tunnel6(ipv6(ue_ipv6(), kServer6, kUdp, udp_bytes, 1)), D::ipv6_hop_limit_exceeded,
       Answer::icmp_error},
      {"IPv4 in a session of IPv6", gpdu(kUplinkTeid6, ue_packet()), D::pdr_no_match},
  };
  rows.insert(rows.end(), more.begin(), more.end());
}

// Of neighbor discovery a UE may send Router Solicitations, and those only as they should be.
void add_neighbor_discovery(std::vector<HostileRow>& rows) {
  const Ipv6Address ue = address6("fe80::7");
  const Ipv6Address routers = address6("ff02::2");
  const auto nd = [&](const char* message, uint8_t hop_limit) {
    return tunnel6(ipv6(ue, routers, kIcmp6, icmpv6(ue, routers, hex(message)), hop_limit));
  };
  const std::vector<HostileRow> more = {
      {"Neighbor Solicitation out of a tunnel", nd("87 00 0000 00000000 20010db8000200000000000000000001", 255),
       D::inner_nd},
      {"Router Advertisement out of a tunnel", nd("86 00 0000 4000ffff 00000000 00000000", 255), D::inner_nd},
      {"Redirect out of a tunnel", nd("89 00 0000 00000000", 255), D::inner_nd},
      {"Router Solicitation with hop limit 64", nd("85 00 0000 00000000", 64), D::nd_malformed},
      {"Router Solicitation with a wrong checksum", tunnel6(ipv6(ue, routers, kIcmp6, hex("85 00 beef 00000000"), 255)),
       D::nd_malformed},
      {"Router Solicitation, option of length 0", nd("85 00 0000 00000000 0100000000000000", 255), D::nd_malformed},
      {"Router Solicitation, option past the end", nd("85 00 0000 00000000 0105000000000000", 255), D::nd_malformed},
      {"Router Solicitation of 4 bytes", nd("85 00 0000", 255), D::nd_malformed},
  };
  rows.insert(rows.end(), more.begin(), more.end());
}

}  // namespace

std::vector<HostileRow> hostile_inner_rows() {
  std::vector<HostileRow> rows;
  add_ipv4(rows);
  add_ours(rows);
  add_ipv6(rows);
  add_neighbor_discovery(rows);
  return rows;
}

}  // namespace demarc::dp::test
