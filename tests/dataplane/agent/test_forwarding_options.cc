// Entries' options of IP forwarding: MTUs, MSS, policies, marking, double tags, several next hops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;

schema::VrfEntryT core_vrf() {
  schema::VrfEntryT e;
  e.name = "internet";
  e.role = schema::VrfRole::core;
  return e;
}
schema::AttachmentEntryT core_link(uint32_t id = 2) {
  schema::AttachmentEntryT e;
  e.port = "uplink";
  e.vlan = static_cast<uint16_t>(100 + id);
  e.vrf = 2;
  e.ipv4 = ip(10, static_cast<uint8_t>(id), 0, 1);
  e.ipv4_prefix_length = 24;
  return e;
}
std::unique_ptr<schema::RouteNextHopT> hop(uint32_t attachment, uint32_t gateway) {
  auto h = std::make_unique<schema::RouteNextHopT>();
  h->attachment = attachment;
  h->gateway = gateway;
  return h;
}
schema::RouteEntryT default_route() {
  schema::RouteEntryT e;
  e.vrf = 2;
  e.attachment = 2;
  e.gateway = ip(10, 2, 0, 254);
  return e;
}
TableUpdate put(EntryKind kind, uint32_t id, const auto& entry) { return channel::put(key(7, kind, id), entry); }

class ForwardingOptions : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world.apply(base(7, 100))); }
  void expect_refused(const TableUpdate& update, const char* text) {
    const std::string before = world.snapshot();
    const auto result = world.apply({update});
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().error.message, HasSubstr(text));
    EXPECT_EQ(world.snapshot(), before);
  }
  World world;
};

TEST_F(ForwardingOptions, OfAVrf) {
  schema::VrfEntryT e = core_vrf();
  e.mtu = 1400;
  e.tcp_mss = 1360;
  e.ipv4_options = schema::HeaderPolicy::pass;
  e.routing_headers = schema::HeaderPolicy::pass;
  e.ue_to_ue = true;
  ASSERT_TRUE(world.apply({put(EntryKind::vrf, 2, e)}));
  const VrfRow& row = *world.topology().vrf(world.vrf(7, 2));
  EXPECT_EQ(row.mtu, 1400);
  EXPECT_EQ(row.tcp_mss, 1360);
  EXPECT_TRUE(row.pass_options);
  EXPECT_TRUE(row.pass_routing);
  EXPECT_TRUE(row.ue_to_ue);
  EXPECT_EQ(row.ipv4, Be32::from_host(ip(10, 2, 0, 1))) << "what ICMP errors come from";
  ASSERT_TRUE(world.apply({put(EntryKind::vrf, 2, core_vrf())}));
  EXPECT_EQ(world.topology().vrf(world.vrf(7, 2))->mtu, 0);
  e.mtu = 1279;
  expect_refused(put(EntryKind::vrf, 2, e), "MTU 1279: must be from 1280 to 9000");
  e.mtu = 9001;
  expect_refused(put(EntryKind::vrf, 2, e), "MTU 9001");
  e.mtu = 0;
  e.tcp_mss = 535;
  expect_refused(put(EntryKind::vrf, 2, e), "TCP MSS 535: must be from 536 to 8960");
  e.tcp_mss = 0;
  e.ipv4_options = static_cast<schema::HeaderPolicy>(2);
  expect_refused(put(EntryKind::vrf, 2, e), "IPv4 options: policy 2");
  e.ipv4_options = schema::HeaderPolicy::drop;
  e.routing_headers = static_cast<schema::HeaderPolicy>(9);
  expect_refused(put(EntryKind::vrf, 2, e), "routing headers: policy 9");
}

TEST_F(ForwardingOptions, N9FromTunnelToTunnel) {
  schema::SessionEntryT s = session_entry(1, 2, 1, 0x1001, ip(10, 99, 0, 2));
  lead_into_tunnels(s, ip(10, 1, 0, 9));
  ASSERT_TRUE(world.apply({put_session(7, 5, s)}));
  const Session& session = *world.session(7, 5);
  EXPECT_TRUE(session.has_n9);
  EXPECT_TRUE(session.fars()[0].to_core);
  EXPECT_FALSE(session.fars()[1].to_core);
  s.pdrs[1]->vrf = 2;
  expect_refused(put_session(7, 5, s), "PDR 2: it has a tunnel, which ends in an access VRF, but vrf 2");
  s.pdrs[1]->vrf = 1;
  s.fars[0]->vrf = 2;
  expect_refused(put_session(7, 5, s), "FAR 1: it has a tunnel, which ends in an access VRF, but vrf 2");
  s.fars[0]->vrf = 1;
  s.pdrs[0]->teid = 0x1003;
  expect_refused(put_session(7, 6, s), "TEID 0x1002 at gtpu_endpoint 1 is already used by session 5");
}

TEST_F(ForwardingOptions, OfAnAttachment) {
  schema::AttachmentEntryT e = core_link();
  e.vlan = 101;
  e.outer_vlan = 300;
  e.mtu = 1400;
  e.fragment_ipv4 = false;
  ASSERT_TRUE(world.apply({put(EntryKind::attachment, 2, e)}));
  AttachmentSlot slot;
  EXPECT_EQ(world.topology().attachment_at(PortIndex(0), VlanId(101), &slot), nullptr);
  const AttachmentRow* row = world.topology().attachment_at(PortIndex(0), VlanId(300), VlanId(101), &slot);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->mtu, 1400);
  EXPECT_FALSE(row->fragment_ipv4);
  EXPECT_EQ(world.topology().attachment_at(PortIndex(0), VlanId(301), VlanId(101), &slot), nullptr);
  EXPECT_EQ(world.topology().attachment_at(PortIndex(1), VlanId(300), VlanId(101), &slot), nullptr);
  e.mtu = 9000;
  ASSERT_TRUE(world.apply({put(EntryKind::attachment, 2, e)}));
  row = world.topology().attachment_at(PortIndex(0), VlanId(300), VlanId(101), &slot);
  EXPECT_EQ(row->mtu, 1500) << "not more than the port can";
  e.mtu = 1279;
  expect_refused(put(EntryKind::attachment, 2, e), "MTU 1279");
  e.mtu = 0;
  e.outer_vlan = 4095;
  expect_refused(put(EntryKind::attachment, 2, e), "outer VLAN 4095: must be from 1 to 4094");
  // The same VLAN inside of another, and inside of none, are other places.
  ASSERT_TRUE(world.apply(base(8, 200)));
  schema::AttachmentEntryT same = core_link();
  same.vlan = 101;
  same.outer_vlan = 300;
  const auto taken = world.apply({channel::put(key(8, EntryKind::attachment, 2), same)});
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().error.message, HasSubstr("VLAN 101 on port uplink inside VLAN 300 is already attached"));
  same.outer_vlan = 301;
  EXPECT_TRUE(world.apply({channel::put(key(8, EntryKind::attachment, 2), same)}));
}

TEST_F(ForwardingOptions, OfAFarAndItsEndpoint) {
  auto session = session_entry(1, 2, 1, 0x100, ip(10, 45, 0, 2));
  session.fars[0]->tos = 0x28;
  session.fars[0]->tos_mask = 0xfc;
  session.fars[1]->copy_dscp = true;
  ASSERT_TRUE(world.apply({put_session(7, 1, session)}));
  const Far* fars = world.session(7, 1)->fars();
  EXPECT_EQ(fars[0].tos, 0x28);
  EXPECT_EQ(fars[0].tos_mask, 0xfc);
  EXPECT_TRUE(fars[1].copy_dscp);
  EXPECT_FALSE(fars[1].outer_dont_fragment);
  schema::GtpuEndpointEntryT endpoint;
  endpoint.vrf = 1;
  endpoint.ipv4 = ip(10, 1, 0, 1);
  endpoint.outer_dont_fragment = true;
  ASSERT_TRUE(world.apply({put(EntryKind::gtpu_endpoint, 1, endpoint)}));
  EXPECT_TRUE(world.session(7, 1)->fars()[1].outer_dont_fragment) << "sessions that were there before hear of it";
  session.fars[0]->tos = 0x29;
  expect_refused(put_session(7, 1, session), "FAR 1: ToS 0x29 has bits outside of its mask 0xfc");
}

TEST_F(ForwardingOptions, SeveralNextHops) {
  ASSERT_TRUE(world.apply({put(EntryKind::attachment, 3, core_link(3))}));
  schema::RouteEntryT route = default_route();
  route.more_next_hops.push_back(hop(2, ip(10, 2, 0, 253)));
  route.more_next_hops.push_back(hop(3, ip(10, 3, 0, 254)));
  ASSERT_TRUE(world.apply({put(EntryKind::route, 1, route)}));
  const VrfRow& row = *world.topology().vrf(world.vrf(7, 2));
  const NextHop* leaf = row.fib->lookup(ip(8, 8, 8, 8));
  ASSERT_NE(leaf, nullptr);
  const std::vector<NextHop>* group = group_of(row.groups.get(), *leaf);
  ASSERT_NE(group, nullptr);
  ASSERT_EQ(group->size(), 3u);
  EXPECT_EQ((*group)[2].gateway, Be32::from_host(ip(10, 3, 0, 254)));
  EXPECT_EQ(group_of(row.groups.get(), *row.fib->lookup(ip(10, 2, 0, 9))), nullptr) << "the link itself has one way";

  struct Bad {
    uint32_t attachment, gateway;
    const char* text;
  };
  for (const Bad& b :
       {Bad{0, ip(10, 2, 0, 9), "a next hop names no attachment"},
        Bad{2, ip(10, 2, 0, 254), "next hop 10.2.0.254 by attachment 2 twice"},
        Bad{2, ip(127, 0, 0, 1), "gateway 127.0.0.1 is not an address"},
        Bad{2, ip(10, 9, 0, 1), "gateway 10.9.0.1 is not inside"}, Bad{2, ip(10, 2, 0, 1), "our own address"},
        Bad{1, ip(10, 1, 0, 9), "attachment 1 is in vrf 1, the route in vrf 2"},
        Bad{9, ip(10, 2, 0, 9), "attachment 9 of tenant 7 does not exist"}}) {
    SCOPED_TRACE(b.text);
    schema::RouteEntryT bad = default_route();
    bad.more_next_hops.push_back(hop(b.attachment, b.gateway));
    expect_refused(put(EntryKind::route, 1, bad), b.text);
  }
  schema::RouteEntryT many = default_route();
  for (uint8_t n = 0; n < 16; ++n) many.more_next_hops.push_back(hop(2, ip(10, 2, 0, static_cast<uint8_t>(100 + n))));
  expect_refused(put(EntryKind::route, 1, many), "16 more next hops: at most 15");
  schema::RouteEntryT family = default_route();
  family.more_next_hops.push_back(hop(2, 0));
  family.more_next_hops[0]->gateway6 = std::vector<uint8_t>(16, 0x20);
  expect_refused(put(EntryKind::route, 1, family), "a next hop of the other family");
  const auto gone = world.apply({drop(7, EntryKind::attachment, 3)});
  EXPECT_FALSE(gone) << "a route still goes by it";
}

}  // namespace
}  // namespace demarc::dp::test
