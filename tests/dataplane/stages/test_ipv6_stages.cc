// IPv6 towards demarc itself: header checks, echo, neighbor discovery, GTP-U's Echo, and what is refused by name.
#include <gtest/gtest.h>

#include "common/wire/nd.h"
#include "dataplane/stages/packet_checksum.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Ipv6Address kGnb6 = address6("2001:db8:1::2");
const Ipv6Address kOurs6 = address6("2001:db8:1::1");
const Ipv6Address kOurLinkLocal = wire::link_local_of(kOurMac[0]);
const Ipv6Address kGnbLinkLocal = wire::link_local_of(kGnbMac);

class Ipv6Stages : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  // To acme's access attachment, in a frame to `mac`.
  Verdict receive(const ByteString& packet, const MacAddress& mac = kOurMac[0]) {
    return world.receive(kAccessPort, ethernet(mac, kGnbMac, 100, wire::kEtherTypeIpv6, packet));
  }
  std::string drop_of(const ByteString& packet, const MacAddress& mac = kOurMac[0]) {
    const Verdict v = receive(packet, mac);
    EXPECT_TRUE(v.sent.empty() || v.drops.empty());
    return to_string(v.drops);
  }
  World world;
};

ByteString echo(const Ipv6Address& from, const Ipv6Address& to) {
  return ipv6(from, to, wire::kProtocolIcmpv6, icmpv6(from, to, hex("80000000 12340007 6162636465")));
}

TEST_F(Ipv6Stages, EchoIsAnswered) {
  struct Case {
    const char* description;
    Ipv6Address from, to;
  };
  for (const Case& c : {Case{"global", kGnb6, kOurs6}, Case{"link-local to global", kGnbLinkLocal, kOurs6},
                        Case{"link-local", kGnbLinkLocal, kOurLinkLocal}}) {
    SCOPED_TRACE(c.description);
    const Verdict v = receive(echo(c.from, c.to));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    ByteString reply =
        ipv6(c.to, c.from, wire::kProtocolIcmpv6, icmpv6(c.to, c.from, hex("81000000 12340007 6162636465")));
    EXPECT_EQ(v.sent[0].frame, ethernet(kGnbMac, kOurMac[0], 100, wire::kEtherTypeIpv6, reply));
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::icmpv6_echo_replies_sent), 3u);
}

TEST_F(Ipv6Stages, EchoWithExtensionHeadersIsAnsweredWithoutThem) {
  const ByteString message = icmpv6(kGnb6, kOurs6, hex("80000000 12340007 6162636465"));
  const Verdict v = receive(ipv6(kGnb6, kOurs6, 0, hex("3a00 010400000000") + message));
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(tail(v.sent[0].frame, 18),
            ipv6(kOurs6, kGnb6, wire::kProtocolIcmpv6, icmpv6(kOurs6, kGnb6, hex("81000000 12340007 6162636465"))));
}

TEST_F(Ipv6Stages, RefusesByName) {
  const ByteString right = echo(kGnb6, kOurs6);
  const ByteString message = tail(right, 40);
  const auto icmp_to = [&](const char* from, const char* to) { return echo(address6(from), address6(to)); };
  const auto udp_to = [](uint16_t port, bool checksum) {
    return ipv6(kGnb6, kOurs6, 17, udp6(kGnb6, kOurs6, 4000, port, hex("00"), checksum));
  };
  struct Case {
    const char* description;
    ByteString packet;
    DropReason expect_drop;
  };
  const std::vector<Case> cases = {
      {"cut", ByteString(right.begin(), right.begin() + 39), DropReason::ipv6_truncated},
      {"payload length past the end", with_word(right, 4, 100), DropReason::ipv6_truncated},
      {"version 4", with_byte(right, 0, 0x45), DropReason::ipv6_bad_version},
      {"from ::1", icmp_to("::1", "2001:db8:1::1"), DropReason::ipv6_martian},
      {"from ::", icmp_to("::", "2001:db8:1::1"), DropReason::ipv6_martian},
      {"from a group", icmp_to("ff02::1", "2001:db8:1::1"), DropReason::ipv6_martian},
      {"from a mapped IPv4 address", icmp_to("::ffff:10.1.0.2", "2001:db8:1::1"), DropReason::ipv6_martian},
      {"from our own address", icmp_to("2001:db8:1::1", "2001:db8:1::1"), DropReason::ipv6_martian},
      {"from our link-local address", echo(kOurLinkLocal, kOurs6), DropReason::ipv6_martian},
      {"to ::", icmp_to("2001:db8:1::2", "::"), DropReason::ipv6_martian},
      {"to ::1", icmp_to("2001:db8:1::2", "::1"), DropReason::ipv6_martian},
      {"to another link-local address", icmp_to("2001:db8:1::2", "fe80::77"), DropReason::ipv6_link_local},
      {"to another address", icmp_to("2001:db8:1::2", "2001:db8:1::77"), DropReason::ipv6_not_for_us},
      {"to a group that is not ours", icmp_to("2001:db8:1::2", "ff02::2"), DropReason::ipv6_multicast},
      {"to a far group", icmp_to("2001:db8:1::2", "ff0e::1"), DropReason::ipv6_multicast},
      {"echo to all nodes", icmp_to("2001:db8:1::2", "ff02::1"), DropReason::icmpv6_unsupported},
      {"TCP", ipv6(kGnb6, kOurs6, 6, zeros(20)), DropReason::ipv6_next_header_unsupported},
      {"nothing behind", ipv6(kGnb6, kOurs6, 59, {}), DropReason::ipv6_next_header_unsupported},
      {"ESP", ipv6(kGnb6, kOurs6, 50, zeros(20)), DropReason::ipv6_next_header_unsupported},
      {"first fragment", ipv6(kGnb6, kOurs6, 44, hex("3a00 0001 00000001") + message), DropReason::ipv6_fragment},
      {"routing header of type 0", ipv6(kGnb6, kOurs6, 43, hex("3a00 0000 00000000") + message),
       DropReason::ipv6_routing_header},
      {"routing header with segments left", ipv6(kGnb6, kOurs6, 43, hex("3a00 0401 00000000") + message),
       DropReason::ipv6_routing_header},
      {"options past the end", ipv6(kGnb6, kOurs6, 60, hex("3aff 010400000000") + message),
       DropReason::ipv6_ext_malformed},
      {"wrong ICMPv6 checksum", with_byte(right, 50, 0x77), DropReason::icmpv6_malformed},
      {"three bytes of ICMPv6", ipv6(kGnb6, kOurs6, 58, hex("800000")), DropReason::icmpv6_malformed},
      {"echo reply", ipv6(kGnb6, kOurs6, 58, icmpv6(kGnb6, kOurs6, hex("81000000 00000000"))),
       DropReason::icmpv6_unsupported},
      {"echo request of code 1", ipv6(kGnb6, kOurs6, 58, icmpv6(kGnb6, kOurs6, hex("80010000 00000000"))),
       DropReason::icmpv6_unsupported},
      {"UDP to a closed port", udp_to(53, true), DropReason::udp_port_closed},
      {"UDP without a checksum to it", udp_to(53, false), DropReason::udp_checksum_missing},
      {"UDP of 7 bytes", ipv6(kGnb6, kOurs6, 17, zeros(7)), DropReason::udp_malformed},
      {"wrong UDP checksum", with_byte(udp_to(2152, true), 48, 0x55), DropReason::udp_bad_checksum},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    EXPECT_EQ(drop_of(c.packet), to_string({{kAcme.slot, c.expect_drop}}));
  }
}

TEST_F(Ipv6Stages, AUnicastPacketInAGroupsFrameIsNotTaken) {
  EXPECT_EQ(drop_of(echo(kGnb6, kOurs6), wire::kMacBroadcast), "ipv6_group_frame of tenant 1");
  EXPECT_EQ(drop_of(echo(kGnb6, kOurs6), wire::multicast_mac(wire::kAllNodes)), "ipv6_group_frame of tenant 1");
}

TEST_F(Ipv6Stages, OnAnAttachmentWithoutAnAddressThereIsNoIpv6) {
  TopologySpec spec = world.spec();
  spec.attachments[kAcme.access().value].ipv6 = {};
  spec.attachments[kAcme.access().value].ipv6_link_local = {};
  world.set_topology(spec);
  EXPECT_EQ(drop_of(echo(kGnb6, kOurs6)), "ipv6_not_enabled of tenant 1");
  EXPECT_EQ(drop_of(echo(kGnbLinkLocal, {})), "ipv6_not_enabled of tenant 1");
}

// Only groups that our addresses on this very attachment oblige us to.
TEST_F(Ipv6Stages, EthernetTakesTheGroupsOfOurAddresses) {
  const ByteString packet = echo(kGnb6, wire::kAllNodes);
  const auto group = [](const Ipv6Address& a) { return wire::multicast_mac(wire::solicited_node(a)); };
  for (const MacAddress& mac : {wire::multicast_mac(wire::kAllNodes), group(kOurs6), group(kOurLinkLocal)})
    EXPECT_EQ(drop_of(packet, mac), "icmpv6_unsupported of tenant 1");
  for (const MacAddress& mac : {group(address6("2001:db8:1::77")), MacAddress{0x33, 0x33, 0, 0, 0, 2},
                                MacAddress{0x33, 0x33, 0, 0, 0, 0xfb}, MacAddress{1, 0, 0x5e, 0, 0, 1}})
    EXPECT_EQ(drop_of(packet, mac), "ethernet_not_ours of tenant 0");
  EXPECT_EQ(to_string(world.receive(kAccessPort, ethernet(group(kOurs6), kGnbMac, 777, 0x86dd, packet)).drops),
            "ethernet_not_ours of tenant 0")
      << "nobody is there";
}

ByteString solicitation(const Ipv6Address& from, const Ipv6Address& to, const Ipv6Address& target,
                        const ByteString& options) {
  return ipv6(from, to, wire::kProtocolIcmpv6, icmpv6(from, to, hex("87000000 00000000") + bytes_of(target) + options),
              255);
}
const ByteString kGnbOption = hex("0101 029b00000001");

// The advertisement that is expected, as the whole frame.
ByteString advertisement(const MacAddress& mac, const Ipv6Address& to, const Ipv6Address& target, uint8_t flags) {
  ByteString packet(wire::kNdNeighborPacketBytes);
  wire::write_nd_neighbor(packet.data(), 136, flags, target, to, target, kOurMac[0]);
  return ethernet(mac, kOurMac[0], 100, wire::kEtherTypeIpv6, packet);
}

TEST_F(Ipv6Stages, SolicitationsForOurAddressesAreAnswered) {
  const MacAddress group = wire::multicast_mac(wire::solicited_node(kOurs6));
  const Ipv6Address endpoint = address6("2001:db8:1::5");
  struct Case {
    const char* description;
    Ipv6Address from, to, target;
    ByteString options;
    MacAddress mac;
    ByteString expect;
  };
  const MacAddress all = wire::multicast_mac(wire::kAllNodes);
  for (const Case& c : {
           Case{"to the group", kGnb6, wire::solicited_node(kOurs6), kOurs6, kGnbOption, group,
                advertisement(kGnbMac, kGnb6, kOurs6, 0xe0)},
           Case{"a probe to us alone, without an option",
                kGnb6,
                kOurs6,
                kOurs6,
                {},
                kOurMac[0],
                advertisement(kGnbMac, kGnb6, kOurs6, 0xe0)},
           Case{"from a link-local address, for ours", kGnbLinkLocal, wire::solicited_node(kOurLinkLocal),
                kOurLinkLocal, kGnbOption, wire::multicast_mac(wire::solicited_node(kOurLinkLocal)),
                advertisement(kGnbMac, kGnbLinkLocal, kOurLinkLocal, 0xe0)},
           Case{"for an endpoint's address on the link", kGnb6, wire::solicited_node(endpoint), endpoint, kGnbOption,
                wire::multicast_mac(wire::solicited_node(endpoint)), advertisement(kGnbMac, kGnb6, endpoint, 0xe0)},
           Case{"somebody wants our address: all hear that it is taken",
                {},
                wire::solicited_node(kOurs6),
                kOurs6,
                {},
                group,
                advertisement(all, wire::kAllNodes, kOurs6, 0xa0)},
       }) {
    SCOPED_TRACE(c.description);
    const Verdict v = receive(solicitation(c.from, c.to, c.target, c.options), c.mac);
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].frame, c.expect);
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::nd_advertisements_sent), 5u);
}

TEST_F(Ipv6Stages, OfASolicitationTheSenderIsLearnt) {
  const Ipv6Address other = address6("2001:db8:1::77");
  receive(solicitation(other, kOurs6, kOurs6, kGnbOption));
  receive(solicitation(kGnb6, kOurs6, kOurs6, kGnbOption));                      // is known as this
  receive(solicitation(address6("2001:db8:7::1"), kOurs6, kOurs6, kGnbOption));  // is not on the link
  receive(solicitation(address6("2001:db8:1::78"), kOurs6, kOurs6, {}));         // does not say
  const std::vector<ToAgent> told = world.messages_to_agent();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].kind, ToAgent::Kind::neighbor_seen);
  EXPECT_EQ(told[0].address, other);
  EXPECT_EQ(told[0].mac, kGnbMac);
  EXPECT_EQ(told[0].tenant, kAcme.slot);
}

TEST_F(Ipv6Stages, WrongNeighborDiscoveryEndsByName) {
  const ByteString right = solicitation(kGnb6, kOurs6, kOurs6, kGnbOption);
  const auto message = [](std::string_view bytes) {
    return ipv6(kGnbLinkLocal, kOurLinkLocal, 58, icmpv6(kGnbLinkLocal, kOurLinkLocal, hex(bytes)), 255);
  };
  struct Case {
    const char* description;
    ByteString packet;
    DropReason expect_drop;
  };
  for (const Case& c : {
           Case{"through a router", with_byte(right, 7, 254), DropReason::nd_malformed},
           Case{"for a group", solicitation(kGnb6, kOurs6, wire::kAllNodes, {}), DropReason::nd_malformed},
           Case{"option of length 0", solicitation(kGnb6, kOurs6, kOurs6, hex("0100 029b00000001")),
                DropReason::nd_malformed},
           Case{"not for us", solicitation(kGnb6, kOurs6, address6("2001:db8:1::77"), kGnbOption),
                DropReason::nd_not_for_us},
           Case{"for an address of ours on another link",
                solicitation(kGnb6, kOurs6, address6("2001:db8:2::1"), kGnbOption), DropReason::nd_not_for_us},
           Case{"Router Solicitation", message("85000000 00000000"), DropReason::nd_unsupported},
           Case{"Router Advertisement", message("86000000 400000ff 00000000 00000000"), DropReason::nd_unsupported},
           Case{"Redirect", message("89000000 00000000"), DropReason::nd_unsupported},
           Case{"our address is somebody's",
                ipv6(kGnb6, wire::kAllNodes, 58,
                     icmpv6(kGnb6, wire::kAllNodes,
                            hex("88000000 20000000") + bytes_of(kOurs6) + hex("0201 029b00000009")),
                     255),
                DropReason::nd_address_conflict},
       }) {
    SCOPED_TRACE(c.description);
    EXPECT_EQ(drop_of(c.packet), to_string({{kAcme.slot, c.expect_drop}}));
  }
  EXPECT_TRUE(world.messages_to_agent().empty());
}

TEST_F(Ipv6Stages, AdvertisementsAreToldWhenTheyAreNews) {
  const Ipv6Address waiting = address6("2001:db8:1::77");
  ASSERT_TRUE(world.neighbors().put(NeighborTable::key(kAcme.access(), waiting), {NeighborState::incomplete, {}}));
  struct Case {
    const char* description;
    Ipv6Address target;
    const char* flags;
    const char* option;
    bool told;
  };
  for (const Case& c : {
           Case{"the one that was asked for", waiting, "60", "0201 029b00000007", true},
           Case{"asked for, and it does not say where it is", waiting, "60", "", false},
           Case{"nobody asked", address6("2001:db8:1::78"), "60", "0201 029b00000007", false},
           Case{"known, and still there", kGnb6, "40", "0201 029b00000001", true},
           Case{"known, and still there, without the option", kGnb6, "40", "", true},
           Case{"known, unasked for", kGnb6, "20", "0201 029b00000001", false},
           Case{"known, and elsewhere, without override", kGnb6, "40", "0201 029b00000009", false},
           Case{"known, and elsewhere", kGnb6, "20", "0201 029b00000009", true},
       }) {
    SCOPED_TRACE(c.description);
    const Ipv6Address& to = kOurs6;
    const ByteString message = hex("88000000") + hex(c.flags) + zeros(3) + bytes_of(c.target) + hex(c.option);
    const Verdict v = receive(ipv6(c.target, to, 58, icmpv6(c.target, to, message), 255));
    EXPECT_TRUE(v.sent.empty());
    EXPECT_EQ(to_string(v.drops), "none");
    EXPECT_EQ(world.messages_to_agent().size(), c.told ? 1u : 0u);
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::consumed_packets), 8u);
}

TEST_F(Ipv6Stages, GtpuEchoIsAnsweredWithARightChecksum) {
  for (const bool checksum : {true, false}) {
    const ByteString request = hex("32 01 0004 00000000 0007 00 00");
    const Verdict v = receive(ipv6(kGnb6, kOurs6, 17, udp6(kGnb6, kOurs6, 4444, 2152, request, checksum)));
    ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
    const ByteString response = hex("32 02 0006 00000000 0007 00 00 0e 00");
    EXPECT_EQ(tail(v.sent[0].frame, 18), ipv6(kOurs6, kGnb6, 17, udp6(kOurs6, kGnb6, 2152, 4444, response, true)));
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::gtpu_echo_responses_sent), 2u);
}

TEST_F(Ipv6Stages, AnUnknownNeighborIsAskedForAndPacketsWait) {
  const Ipv6Address silent = address6("2001:db8:1::99");
  const Verdict v = receive(echo(silent, kOurs6));
  EXPECT_TRUE(v.sent.empty());
  EXPECT_EQ(world.counter(kAcme.slot, Counter::held_packets), 1u);
  const std::vector<ToAgent> told = world.messages_to_agent();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].kind, ToAgent::Kind::neighbor_wanted);
  EXPECT_EQ(told[0].address, silent);
  EXPECT_TRUE(world.poll_held(world.now_tsc + 1).sent.empty());
  ASSERT_TRUE(world.neighbors().put(NeighborTable::key(kAcme.access(), silent), {NeighborState::reachable, kGnbMac}));
  const Verdict released = world.poll_held(world.now_tsc + 2);
  ASSERT_EQ(released.sent.size(), 1u);
  EXPECT_EQ(tail(released.sent[0].frame, 12), hex("8100 0064 86dd") + tail(released.sent[0].frame, 18));
  EXPECT_EQ(world.counter(kAcme.slot, Counter::held_packets), 0u);
}

}  // namespace
}  // namespace demarc::dp::test
