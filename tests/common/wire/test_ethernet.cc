#include <gtest/gtest.h>

#include "common/wire/arp.h"
#include "common/wire/ethernet.h"
#include "tests/common/wire/fixture.h"

namespace demarc::wire {
namespace {

using test::ByteString;
using test::for_each_cut;
using test::hex;

struct Case {
  const char* description;
  ByteString input;
  bool tag_is_stripped;
  bool expect_whole;
  uint16_t expect_vlan = 0;
  uint16_t expect_ethertype = 0;
  uint16_t expect_header_bytes = 0;
  uint16_t expect_outer = 0;
};

std::vector<Case> cases() {
  return {
      {"untagged", hex("020000000001 020000000002 0800"), false, true, 0, 0x0800, 14},
      {"tagged, VLAN 100, priority 7", hex("020000000001 020000000002 8100 e064 0800"), false, true, 100, 0x0800, 18},
      {"priority tag", hex("020000000001 020000000002 8100 a000 0806"), false, true, 0, 0x0806, 18},
      {"VLAN 4095", hex("020000000001 020000000002 8100 0fff 0800"), false, true, 4095, 0x0800, 18},
      {"two C-tags", hex("020000000001 020000000002 8100 0064 8100 00c8 0800"), false, true, 200, 0x0800, 22, 100},
      {"C-tag in S-tag", hex("020000000001 020000000002 88a8 e064 8100 e0c8 86dd"), false, true, 200, 0x86dd, 22, 100},
      {"S-tag alone", hex("020000000001 020000000002 88a8 0064 0800"), false, true, 0, 0x0800, 18, 100},
      {"priority S-tag around a C-tag", hex("020000000001 020000000002 88a8 e000 8100 00c8 0800"), false, true, 200,
       0x0800, 22, 0},
      {"S-tag in C-tag is an EtherType", hex("020000000001 020000000002 8100 0064 88a8 00c8 0800"), false, true, 100,
       0x88a8, 18},
      {"three tags: the third is the EtherType", hex("020000000001 020000000002 88a8 0064 8100 00c8 8100 0001 0800"),
       false, true, 200, 0x8100, 22, 100},
      {"a tag behind one that the NIC took off", hex("020000000001 020000000002 8100 00c8 0800"), true, true, 200,
       0x0800, 18},
      {"two tags behind one that the NIC took off", hex("020000000001 020000000002 8100 00c8 8100 0001 0800"), true,
       true, 200, 0x8100, 18},
      {"S-tag behind one that the NIC took off", hex("020000000001 020000000002 88a8 00c8 0800"), true, true, 0, 0x88a8,
       14},
      {"second tag without its EtherType", hex("020000000001 020000000002 88a8 0064 8100 00c8 08"), false, false},
      {"empty", {}, false, false},
      {"tag without its EtherType", hex("020000000001 020000000002 8100 0064"), false, false},
  };
}

TEST(Ethernet, Parses) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.description);
    const EthernetParse got = parse_ethernet(c.input.data(), c.input.size(), c.tag_is_stripped);
    ASSERT_EQ(got.whole, c.expect_whole);
    if (!got.whole) continue;
    EXPECT_EQ(got.vlan_id, c.expect_vlan);
    EXPECT_EQ(got.outer_vlan_id, c.expect_outer);
    EXPECT_EQ(got.ethertype, c.expect_ethertype);
    EXPECT_EQ(got.header_bytes, c.expect_header_bytes);
  }
}

TEST(Ethernet, CutAtEveryByte) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.description);
    for_each_cut(c.input, [&c](const uint8_t* data, size_t bytes) {
      EXPECT_EQ(parse_ethernet(data, bytes, c.tag_is_stripped).whole, c.expect_whole && bytes >= c.expect_header_bytes);
    });
  }
}

TEST(Ethernet, WritesWhatItParses) {
  const MacAddress to{2, 0, 0, 0, 0, 1};
  const MacAddress from{2, 0, 0, 0, 0, 2};
  ByteString untagged(ethernet_header_bytes(0));
  write_ethernet(untagged.data(), to, from, 0, kEtherTypeIpv4);
  EXPECT_EQ(untagged, hex("020000000001 020000000002 0800"));
  ByteString tagged(ethernet_header_bytes(100));
  write_ethernet(tagged.data(), to, from, 100, kEtherTypeArp);
  EXPECT_EQ(tagged, hex("020000000001 020000000002 8100 0064 0806"));
  ByteString both(ethernet_header_bytes(VlanTags{300, 100}));
  write_ethernet(both.data(), to, from, VlanTags{300, 100}, kEtherTypeIpv6);
  EXPECT_EQ(both, hex("020000000001 020000000002 88a8 012c 8100 0064 86dd"));
  ByteString service(ethernet_header_bytes(VlanTags{300, 0}));
  write_ethernet(service.data(), to, from, VlanTags{300, 0}, kEtherTypeIpv4);
  EXPECT_EQ(service, hex("020000000001 020000000002 88a8 012c 0800"));
}

struct ArpCase {
  const char* description;
  ByteString input;
  bool expect_well_formed;
};

TEST(Arp, ParsesAndIsCutAtEveryByte) {
  const ArpCase cases[] = {
      {"request", hex("0001 0800 06 04 0001 020000000002 0a000002 000000000000 0a000001"), true},
      {"reply", hex("0001 0800 06 04 0002 020000000002 0a000002 020000000001 0a000001"), true},
      {"padded", hex("0001 0800 06 04 0001 020000000002 0a000002 000000000000 0a000001 0000"), true},
      {"hardware type 6", hex("0006 0800 06 04 0001 020000000002 0a000002 000000000000 0a000001"), false},
      {"protocol IPv6", hex("0001 86dd 06 04 0001 020000000002 0a000002 000000000000 0a000001"), false},
      {"hardware length 8", hex("0001 0800 08 04 0001 020000000002 0a000002 000000000000 0a000001"), false},
      {"protocol length 16", hex("0001 0800 06 10 0001 020000000002 0a000002 000000000000 0a000001"), false},
      {"operation 0", hex("0001 0800 06 04 0000 020000000002 0a000002 000000000000 0a000001"), false},
      {"operation 3 (reverse)", hex("0001 0800 06 04 0003 020000000002 0a000002 000000000000 0a000001"), false},
      {"sender is broadcast", hex("0001 0800 06 04 0001 ffffffffffff 0a000002 000000000000 0a000001"), false},
      {"sender is nobody", hex("0001 0800 06 04 0001 000000000000 0a000002 000000000000 0a000001"), false},
  };
  for (const ArpCase& c : cases) {
    SCOPED_TRACE(c.description);
    for_each_cut(c.input, [&c](const uint8_t* data, size_t bytes) {
      EXPECT_EQ(parse_arp(data, bytes).well_formed, c.expect_well_formed && bytes >= sizeof(ArpPacket));
    });
  }
  const ArpParse reply = parse_arp(cases[1].input.data(), cases[1].input.size());
  EXPECT_EQ(reply.operation, ArpOperation::reply);
  EXPECT_EQ(reply.packet.sender_ipv4.host(), 0x0a000002u);
  EXPECT_EQ(reply.packet.target_ipv4.host(), 0x0a000001u);
}

TEST(Arp, Writes) {
  ByteString out(sizeof(ArpPacket));
  write_arp(out.data(), ArpOperation::reply, {2, 0, 0, 0, 0, 1}, Be32::from_host(0x0a000001), {2, 0, 0, 0, 0, 2},
            Be32::from_host(0x0a000002));
  EXPECT_EQ(out, hex("0001 0800 06 04 0002 020000000001 0a000001 020000000002 0a000002"));
}

}  // namespace
}  // namespace demarc::wire
