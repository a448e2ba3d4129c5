// As frames.h, for IPv6, and what the world of world.h has of it:
//
//   gNB 2001:db8:1::2 ── port 0 ── 2001:db8:1::1/64 [access VRF, GTP-U endpoints 2001:db8:1::1 and 2001:db8:1::5]
//   router 2001:db8:2::fe ── port 1 ── 2001:db8:2::1/64 [core VRF, default route by 2001:db8:2::fe]
//
// Sessions with an IPv6 prefix are put by the tests that need them: number n has the prefix 2001:db8:45:n::/64, uplink
// TEID 0x1064 + n at the same endpoint, downlink to the gNB by IPv4 or IPv6 with TEID 0x10a0 + n, QFI 9.
#pragma once

#include "common/base/ipv6.h"
#include "common/wire/ipv6.h"
#include "tests/dataplane/stages/frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {

// "2001:db8::1"; malformed text fails the test program at once.
Ipv6Address address6(std::string_view text);
ByteString bytes_of(const Ipv6Address& a);

ByteString ipv6(const Ipv6Address& from, const Ipv6Address& to, uint8_t next_header, const ByteString& payload,
                uint8_t hop_limit = 64);
ByteString udp6(const Ipv6Address& from, const Ipv6Address& to, uint16_t source_port, uint16_t destination_port,
                const ByteString& payload, bool with_checksum = true);
// `message` with its checksum filled in.
ByteString icmpv6(const Ipv6Address& from, const Ipv6Address& to, ByteString message);

inline constexpr uint32_t kUplinkTeid6 = 0x1064;
inline constexpr uint32_t kGnbTeid6 = 0x10a0;

// An address of the UE of session `number`.
Ipv6Address ue_ipv6(unsigned number = 0, uint8_t last = 7);
// What session `number` is put as. Its packets may come over either family, so it guards no tunnel.
SessionSpec ipv6_session_of(const TestTenant& t, bool outer_ipv6, unsigned number = 0);
// UDP between the UE and 2001:db8:ffff::1.
ByteString ue_packet6(unsigned number = 0, const ByteString& data = hex("c0ffee"));
ByteString packet_to_ue6(unsigned number = 0, const ByteString& data = hex("c0ffee"), uint8_t hop_limit = 64);
// Around a GTP-U message: IPv6 and UDP (without a checksum, as tunnels do) from the gNB to the endpoint.
ByteString to_endpoint6(const ByteString& gtpu_message);
// As from_gnb() and from_router(), for IPv6 packets.
ByteString from_gnb6(const TestTenant& t, const ByteString& ip_packet);
ByteString from_router6(const TestTenant& t, const ByteString& ip_packet);

}  // namespace demarc::dp::test
