// IPv4 (RFC 791), with the checks that a router owes each header (RFC 1812 section 5.2.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/wire/checksum.h"

namespace demarc::wire {

inline constexpr uint8_t kProtocolIcmp = 1;
inline constexpr uint8_t kProtocolTcp = 6;
inline constexpr uint8_t kProtocolUdp = 17;

struct Ipv4Header {
  uint8_t version_ihl;
  uint8_t type_of_service;
  Be16 total_length;
  Be16 identification;
  Be16 fragment;  // flags (3 bits: reserved, DF, MF) and offset in 8 bytes (13)
  uint8_t ttl;
  uint8_t protocol;
  Be16 checksum;
  Be32 source;
  Be32 destination;

  size_t header_bytes() const { return size_t{version_ihl & 0x0fu} * 4; }
  bool more_fragments() const { return (fragment.host() & 0x2000) != 0; }
  uint16_t fragment_offset() const { return fragment.host() & 0x1fff; }
  bool dont_fragment() const { return (fragment.host() & 0x4000) != 0; }
  bool is_fragment() const { return (fragment.host() & 0x3fff) != 0; }
};
static_assert(sizeof(Ipv4Header) == 20 && alignof(Ipv4Header) == 1);

// The sum of a whole header of 20 bytes or more. Most have no options: those 20 are summed without a loop.
inline ChecksumSum ipv4_header_sum(const uint8_t* data, size_t header_bytes) {
  uint32_t words[sizeof(Ipv4Header) / 4];
  std::memcpy(words, data, sizeof words);
  const ChecksumSum sum = ChecksumSum{words[0]} + words[1] + words[2] + words[3] + words[4];
  if (header_bytes == sizeof words) [[likely]]
    return sum;
  return checksum_add(sum, data + sizeof words, header_bytes - sizeof words);
}

enum class Ipv4Error : uint8_t { none, truncated, bad_version, bad_header_length, bad_checksum };

struct Ipv4Parse {
  Ipv4Error error = Ipv4Error::truncated;
  uint16_t header_bytes = 0;  // 20..60
  uint16_t total_bytes = 0;   // header_bytes .. packet_bytes
};

// The five tests of RFC 1812 section 5.2.2. Reads at most `readable` bytes, of a packet that is `packet_bytes` long in
// all (more, when the rest lies in another segment). `verify_checksum` is false when the NIC did it.
inline Ipv4Parse parse_ipv4_header(const uint8_t* data, size_t readable, size_t packet_bytes, bool verify_checksum) {
  Ipv4Parse out;
  auto failed = [&out](Ipv4Error error) {
    out.error = error;
    return out;
  };
  // "(1) The packet length reported by the Link Layer must be large enough to hold the minimum length legal IP
  // datagram"
  if (readable < sizeof(Ipv4Header) || packet_bytes < readable) return failed(Ipv4Error::truncated);
  Ipv4Header h;
  std::memcpy(&h, data, sizeof h);
  // "(3) The IP version number must be 4."
  if (h.version_ihl >> 4 != 4) return failed(Ipv4Error::bad_version);
  // "(4) The IP header length field must be large enough to hold the minimum length legal IP datagram (20 bytes = 5
  // words)."
  const size_t header_bytes = h.header_bytes();
  if (header_bytes < sizeof h) return failed(Ipv4Error::bad_header_length);
  // "(5) The IP total length field must be large enough to hold the IP datagram header, whose length is specified in
  // the IP header length field."
  const size_t total_bytes = h.total_length.host();
  if (total_bytes < header_bytes) return failed(Ipv4Error::bad_header_length);
  if (total_bytes > packet_bytes || header_bytes > readable) return failed(Ipv4Error::truncated);
  // "(2) The IP checksum must be correct."
  if (verify_checksum && !checksum_is_right(ipv4_header_sum(data, header_bytes)))
    return failed(Ipv4Error::bad_checksum);
  out.header_bytes = static_cast<uint16_t>(header_bytes);
  out.total_bytes = static_cast<uint16_t>(total_bytes);
  out.error = Ipv4Error::none;
  return out;
}

// Addresses that must not be seen on a wire (RFC 1812 section 5.3.7, RFC 1122 section 3.2.1.3). Host byte order.
constexpr bool ipv4_is_multicast(uint32_t a) { return a >> 28 == 0xe; }
constexpr bool ipv4_is_martian_source(uint32_t a) {
  // 0/8 "this network", 127/8 loopback, 224/4 multicast, 240/4 reserved with the limited broadcast in it.
  return a >> 24 == 0 || a >> 24 == 127 || a >> 28 >= 0xe;
}
constexpr bool ipv4_is_martian_destination(uint32_t a) { return ipv4_is_martian_source(a); }

// Takes one off the time to live and mends the checksum (RFC 1812 section 5.3.1, RFC 1624). The TTL is at least 1.
inline void ipv4_decrement_ttl(Ipv4Header& h) {
  uint16_t old_word;
  uint16_t new_word;
  std::memcpy(&old_word, &h.ttl, 2);
  --h.ttl;
  std::memcpy(&new_word, &h.ttl, 2);
  h.checksum = checksum_update(h.checksum, old_word, new_word);
}

// Computes the checksum anew, over header_bytes() bytes that all must be there.
inline void ipv4_set_checksum(Ipv4Header& h) {
  h.checksum = Be16{};
  h.checksum = checksum_finish(checksum_add(0, reinterpret_cast<const uint8_t*>(&h), h.header_bytes()));
}

// A header of ours without options, not a fragment, with DF or without. Whoever may be fragmented further on needs an
// identification that does not repeat soon (RFC 6864 section 4.1).
inline void write_ipv4(uint8_t* out, uint16_t total_bytes, uint8_t ttl, uint8_t protocol, Be32 source, Be32 destination,
                       uint8_t type_of_service = 0, uint16_t identification = 0, bool dont_fragment = false) {
  Ipv4Header h{0x45,
               type_of_service,
               Be16::from_host(total_bytes),
               Be16::from_host(identification),
               Be16::from_host(dont_fragment ? 0x4000 : 0),
               ttl,
               protocol,
               Be16{},
               source,
               destination};
  h.checksum = checksum_finish(ipv4_header_sum(reinterpret_cast<const uint8_t*>(&h), sizeof h));
  std::memcpy(out, &h, sizeof h);
}

}  // namespace demarc::wire
