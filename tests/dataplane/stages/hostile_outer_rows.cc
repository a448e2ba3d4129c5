// HOSTILE list: the link, and the IP and UDP headers around GTP-U.
#include "tests/dataplane/stages/hostile.h"

namespace demarc::dp::test {
namespace {

using D = DropReason;
constexpr HostileRow::Charged kHouseRow = HostileRow::Charged::house;

ByteString good(const Way& w) { return w.datagram(gpdu(kUplinkTeid, ue_packet())); }
uint16_t type_of(const Way& w) { return w.outer_ipv6 ? wire::kEtherTypeIpv6 : wire::kEtherTypeIpv4; }
ByteString tag(uint16_t type, uint16_t tci) { return with_word(with_word(zeros(4), 0, type), 2, tci); }

// A good frame with these tags instead of its own.
ByteString tagged(const Way& w, const ByteString& tags) {
  ByteString frame(kOurMac[0].begin(), kOurMac[0].end());
  frame.insert(frame.end(), kGnbMac.begin(), kGnbMac.end());
  return frame + tags + with_word(zeros(2), 0, type_of(w)) + w.packet(good(w));
}

HostileRow link(const char* what, std::function<ByteString(const Way&)> tags, DropReason reason) {
  return {what, [tags](const Way& w) { return tagged(w, tags(w)); }, reason, Answer::nothing, kHouseRow};
}

void add_link(std::vector<HostileRow>& rows) {
  constexpr uint16_t kC = 0x8100;
  constexpr uint16_t kS = 0x88a8;
  rows.push_back(
      {"13 bytes", [](const Way&) { return ByteString(13, 0xff); }, D::ethernet_truncated, Answer::nothing, kHouseRow});
  rows.push_back({"half a tag",
                  [](const Way& w) {
                    ByteString frame = tagged(w, tag(kC, 100));
                    frame.resize(16);
                    return frame;
                  },
                  D::ethernet_truncated, Answer::nothing, kHouseRow});
  rows.push_back({"a frame for somebody else", [](const Way& w) { return with_byte(w.carry(good(w)), 5, 0x77); },
                  D::ethernet_not_ours, Answer::nothing, kHouseRow});
  rows.push_back(link(
      "VLAN 4095", [](const Way&) { return tag(kC, 4095); }, D::vlan_reserved));
  rows.push_back(link(
      "VLAN 4095 with priority", [](const Way&) { return tag(kC, 0xffff); }, D::vlan_reserved));
  rows.push_back(link(
      "VLAN of nobody", [](const Way&) { return tag(kC, 777); }, D::vlan_unknown));
  rows.push_back(link(
      "tag in a tag", [](const Way& w) { return tag(kC, 777) + tag(kC, w.tenant.access_vlan); }, D::vlan_unknown));
  rows.push_back(link(
      "the tenant's tag around another's",
      [](const Way& w) { return tag(kC, w.tenant.access_vlan == 0 ? 200 : w.tenant.access_vlan) + tag(kC, 200); },
      D::vlan_unknown));
  rows.push_back(link(
      "the tenant's tag around a priority tag", [](const Way&) { return tag(kC, 100) + tag(kC, 0); }, D::vlan_unknown));
  rows.push_back(link(
      "service tag around the tenant's", [](const Way& w) { return tag(kS, 100) + tag(kC, w.tenant.access_vlan); },
      D::vlan_unknown));
  rows.push_back(link(
      "service tag alone", [](const Way&) { return tag(kS, 100); }, D::vlan_unknown));
  rows.push_back(link(
      "VLAN 4095 around the tenant's", [](const Way& w) { return tag(kC, 4095) + tag(kC, w.tenant.access_vlan); },
      D::vlan_reserved));
  rows.push_back(link(
      "service VLAN 4095", [](const Way&) { return tag(kS, 4095); }, D::vlan_reserved));
  rows.push_back(link(
      "three tags", [](const Way&) { return tag(kC, 100) + tag(kC, 100) + tag(kC, 100); }, D::vlan_unknown));
}

// An IP packet to the endpoint, changed by `change` in its IP header.
HostileRow ip(const char* what, ByteString (*change4)(ByteString), ByteString (*change6)(ByteString),
              PerFamily<DropReason> reason, PerFamily<Answer> answer = Answer::nothing) {
  return {what,
          [=](const Way& w) {
            const ByteString packet = w.packet(good(w));
            return w.frame(w.outer_ipv6 ? change6(packet) : change4(packet));
          },
          reason, answer};
}

using B = ByteString;
ByteString with_source(ByteString p, const char* source) {
  const uint32_t raw = address(source).raw();
  std::memcpy(p.data() + 12, &raw, 4);
  return with_ip_checksum(p);
}
ByteString with_source6(ByteString p, const char* source) {
  const ByteString bytes = bytes_of(address6(source));
  std::copy(bytes.begin(), bytes.end(), p.begin() + 8);
  return p;
}
// An extension header, or several, before the UDP header.
ByteString extended(const ByteString& p, uint8_t first, const char* headers) {
  const ByteString more = hex(headers);
  ByteString out(p.begin(), p.begin() + 40);
  out = out + more + tail(p, 40);
  return with_word(with_byte(out, 6, first), 4, static_cast<uint16_t>(out.size() - 40));
}

void add_ip(std::vector<HostileRow>& rows) {
  rows.push_back(ip(
      "IP version 5", [](B p) { return with_byte(p, 0, 0x55); }, [](B p) { return with_byte(p, 0, 0x50); },
      {D::ipv4_bad_version, D::ipv6_bad_version}));
  rows.push_back(ip(
      "IP length past the frame", [](B p) { return with_ip_checksum(with_word(p, 2, 0xffff)); },
      [](B p) { return with_word(p, 4, 0xffff); }, {D::ipv4_truncated, D::ipv6_truncated}));
  rows.push_back(ip(
      "header of 4 words, or half a header", [](B p) { return with_byte(p, 0, 0x44); },
      [](B p) {
        p.resize(39);
        return p;
      },
      {D::ipv4_bad_header_length, D::ipv6_truncated}));
  rows.push_back(ip(
      "wrong header checksum, or options past the end", [](B p) { return with_word(p, 10, 0xdead); },
      [](B p) { return extended(p, 60, "11ff010400000000"); }, {D::ipv4_bad_checksum, D::ipv6_ext_malformed}));
  rows.push_back(ip(
      "a loopback source", [](B p) { return with_source(p, "127.0.0.1"); }, [](B p) { return with_source6(p, "::1"); },
      {D::ipv4_martian, D::ipv6_martian}));
  rows.push_back(ip(
      "a group as source", [](B p) { return with_source(p, "224.0.0.1"); },
      [](B p) { return with_source6(p, "ff02::1"); }, {D::ipv4_martian, D::ipv6_martian}));
  rows.push_back(ip(
      "our own address as source", [](B p) { return with_source(p, "10.1.0.1"); },
      [](B p) { return with_source6(p, "2001:db8:1::1"); }, {D::ipv4_martian, D::ipv6_martian}));
  rows.push_back(ip(
      "the link's broadcast address as source, or no address", [](B p) { return with_source(p, "10.1.0.255"); },
      [](B p) { return with_source6(p, "::"); }, {D::ipv4_martian, D::ipv6_martian}));
  rows.push_back(ip(
      "TCP, or a routing header with segments left", [](B p) { return with_ip_checksum(with_byte(p, 9, 6)); },
      [](B p) { return extended(p, 43, "1100040100000000"); }, {D::ipv4_protocol_unsupported, D::ipv6_routing_header},
      {Answer::icmp_error, Answer::nothing}));
  rows.push_back(ip(
      "an unknown protocol, or a routing header of type 0", [](B p) { return with_ip_checksum(with_byte(p, 9, 253)); },
      [](B p) { return extended(p, 43, "1100000100000000"); }, {D::ipv4_protocol_unsupported, D::ipv6_routing_header},
      {Answer::icmp_error, Answer::nothing}));
  rows.push_back({"to one address in a broadcast frame",
                  [](const Way& w) {
                    ByteString frame = w.frame(w.packet(good(w)));
                    std::fill(frame.begin(), frame.begin() + 6, 0xff);
                    return frame;
                  },
                  {D::ipv4_link_broadcast, D::ipv6_group_frame}});
  rows.push_back({"an EtherType of nobody",
                  [](const Way& w) { return ethernet(kOurMac[0], kGnbMac, w.tenant.access_vlan, 0x88cc, zeros(46)); },
                  D::ethertype_unsupported});
}

void add_udp(std::vector<HostileRow>& rows) {
  const auto changed = [](const char* what, ByteString (*change)(ByteString), PerFamily<DropReason> reason,
                          PerFamily<Answer> answer = Answer::nothing) {
    return HostileRow(
        what, [change](const Way& w) { return w.frame(w.packet(change(good(w)))); }, reason, answer);
  };
  rows.push_back(changed(
      "no UDP header", [](B) { return B{}; }, D::udp_malformed));
  rows.push_back(changed(
      "seven bytes of UDP",
      [](B d) {
        d.resize(7);
        return d;
      },
      D::udp_malformed));
  rows.push_back(changed(
      "UDP length 0", [](B d) { return with_word(d, 4, 0); }, D::udp_malformed));
  rows.push_back(changed(
      "UDP length 7", [](B d) { return with_word(d, 4, 7); }, D::udp_malformed));
  rows.push_back(changed(
      "UDP length past the packet", [](B d) { return with_word(d, 4, static_cast<uint16_t>(d.size() + 1)); },
      D::udp_malformed));
  rows.push_back(changed(
      "UDP length 8 before a G-PDU", [](B d) { return with_word(with_word(d, 4, 8), 6, 0); }, D::gtpu_truncated));
  rows.push_back(changed(
      "wrong UDP checksum", [](B d) { return with_word(d, 6, 0xdead); }, D::udp_bad_checksum));
  rows.push_back(
      {"PFCP to our endpoint",
       [](const Way& w) { return w.frame(w.packet(w.datagram(hex("2005000c0000010000600004e0000000"), 8805))); },
       D::udp_port_closed, Answer::icmp_error});
  rows.push_back({"no UDP checksum, to a closed port",
                  [](const Way& w) { return w.frame(w.packet(with_word(w.datagram(zeros(8), 8805), 6, 0))); },
                  {D::udp_port_closed, D::udp_checksum_missing},
                  {Answer::icmp_error, Answer::nothing}});
}

}  // namespace

std::vector<HostileRow> hostile_outer_rows() {
  std::vector<HostileRow> rows;
  add_link(rows);
  add_ip(rows);
  add_udp(rows);
  return rows;
}

}  // namespace demarc::dp::test
