// Frames as byte strings, put together from inside to outside: ethernet(…, ipv4(…, udp(…, gpdu(…)))).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/ids.h"
#include "common/wire/arp.h"
#include "common/wire/ethernet.h"
#include "common/wire/gtpu.h"
#include "common/wire/icmp.h"
#include "common/wire/ipv4.h"
#include "common/wire/udp.h"
#include "tests/common/wire/fixture.h"

namespace demarc::dp::test {

using wire::MacAddress;
using wire::test::ByteString;
using wire::test::hex;

// "10.0.0.1"; malformed text fails the test program at once.
Be32 address(std::string_view text);

ByteString operator+(ByteString a, const ByteString& b);
ByteString zeros(size_t bytes);

ByteString ethernet(const MacAddress& to, const MacAddress& from, uint16_t vlan, uint16_t type,
                    const ByteString& payload);
ByteString ipv4(Be32 from, Be32 to, uint8_t protocol, const ByteString& payload, uint8_t ttl = 64);
// With a right checksum, or with none.
ByteString udp(Be32 from, Be32 to, uint16_t source_port, uint16_t destination_port, const ByteString& payload,
               bool with_checksum = false);
ByteString icmp_echo(uint8_t type, uint16_t sequence, const ByteString& data);
ByteString arp(wire::ArpOperation operation, const MacAddress& sender_mac, Be32 sender, const MacAddress& target_mac,
               Be32 target);
// An uplink G-PDU; with a UL PDU SESSION INFORMATION when there is a QFI.
ByteString gpdu(uint32_t teid, const ByteString& inner, std::optional<uint8_t> qfi = std::nullopt,
                wire::PscPduType type = wire::PscPduType::uplink);

// The bytes from `offset` on.
ByteString tail(const ByteString& b, size_t offset);
// With the 16-bit word at `offset` replaced and, for an IPv4 header at `ip_offset`, its checksum mended.
ByteString with_word(ByteString b, size_t offset, uint16_t value);
ByteString with_byte(ByteString b, size_t offset, uint8_t value);
ByteString with_ip_checksum(ByteString b, size_t ip_offset = 0);

}  // namespace demarc::dp::test
