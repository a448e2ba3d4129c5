#include "tests/dataplane/stages/frames.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/base/ipv4.h"

namespace demarc::dp::test {

Be32 address(std::string_view text) {
  const Result<Ipv4Address> parsed = parse_ipv4(text);
  if (!parsed) {
    std::fprintf(stderr, "%s\n", parsed.error().message.c_str());
    std::exit(2);
  }
  return Be32::from_host(parsed->value);
}

ByteString operator+(ByteString a, const ByteString& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

ByteString zeros(size_t bytes) { return ByteString(bytes); }

ByteString ethernet(const MacAddress& to, const MacAddress& from, uint16_t vlan, uint16_t type,
                    const ByteString& payload) {
  ByteString header(wire::ethernet_header_bytes(vlan));
  wire::write_ethernet(header.data(), to, from, vlan, type);
  return header + payload;
}

ByteString ipv4(Be32 from, Be32 to, uint8_t protocol, const ByteString& payload, uint8_t ttl) {
  ByteString header(sizeof(wire::Ipv4Header));
  wire::write_ipv4(header.data(), static_cast<uint16_t>(header.size() + payload.size()), ttl, protocol, from, to);
  return header + payload;
}

ByteString udp(Be32 from, Be32 to, uint16_t source_port, uint16_t destination_port, const ByteString& payload,
               bool with_checksum) {
  ByteString out = zeros(sizeof(wire::UdpHeader)) + payload;
  const auto bytes = static_cast<uint16_t>(out.size());
  wire::write_udp(out.data(), source_port, destination_port, bytes);
  if (!with_checksum) return out;
  const Be16 checksum =
      wire::checksum_finish(wire::checksum_add(wire::udp_pseudo_header_sum(from, to, bytes), out.data(), out.size()));
  wire::write_udp(out.data(), source_port, destination_port, bytes, checksum);
  return out;
}

ByteString icmp_echo(uint8_t type, uint16_t sequence, const ByteString& data) {
  wire::IcmpHeader header{type, 0, Be16{}, Be16::from_host(0x1234), Be16::from_host(sequence)};
  ByteString out = zeros(sizeof header) + data;
  std::memcpy(out.data(), &header, sizeof header);
  header.checksum = wire::checksum_finish(wire::checksum_add(0, out.data(), out.size()));
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

ByteString arp(wire::ArpOperation operation, const MacAddress& sender_mac, Be32 sender, const MacAddress& target_mac,
               Be32 target) {
  ByteString out(sizeof(wire::ArpPacket));
  wire::write_arp(out.data(), operation, sender_mac, sender, target_mac, target);
  return out;
}

ByteString gpdu(uint32_t teid, const ByteString& inner, std::optional<uint8_t> qfi, wire::PscPduType type) {
  const uint8_t marked = qfi.value_or(wire::kGtpuNoQfi);
  ByteString header(wire::gtpu_gpdu_header_bytes(marked));
  wire::write_gtpu_gpdu(header.data(), Teid{teid}, static_cast<uint16_t>(inner.size()), marked, type);
  return header + inner;
}

ByteString tail(const ByteString& b, size_t offset) {
  return offset < b.size() ? ByteString(b.begin() + static_cast<ptrdiff_t>(offset), b.end()) : ByteString{};
}

ByteString with_word(ByteString b, size_t offset, uint16_t value) {
  b.at(offset) = static_cast<uint8_t>(value >> 8);
  b.at(offset + 1) = static_cast<uint8_t>(value);
  return b;
}

ByteString with_byte(ByteString b, size_t offset, uint8_t value) {
  b.at(offset) = value;
  return b;
}

ByteString with_ip_checksum(ByteString b, size_t ip_offset) {
  auto& header = *reinterpret_cast<wire::Ipv4Header*>(b.data() + ip_offset);
  wire::ipv4_set_checksum(header);
  return b;
}

}  // namespace demarc::dp::test
