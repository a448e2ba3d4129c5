// IPv6 beside IPv4 in the model: attachments, endpoints, pools, routes, sessions; and what keeps them apart.
#include "tests/controlplane/model/refusal.h"

namespace demarc::cp::test {
namespace {

using enum ErrorCode;
using W = World;

// Gives a tenant of the world IPv6 on everything; both tenants get the same addresses.
struct Ipv6Objects {
  Attachment ran, wan;
  GtpuEndpoint endpoint;
  UePool pool;
};
Ipv6Objects add_ipv6(Edit& e, const TenantObjects& t, uint16_t vlan) {
  const TenantId id = t.tenant.id;
  Ipv6Objects o;
  o.ran =
      e.add_attachment({{}, id, "ran6", "p0", VlanId{vlan}, t.access.id, {}, interface6("2001:db8:1::1/64")}).value();
  o.wan =
      e.add_attachment({{}, id, "wan6", "p1", VlanId{vlan}, t.internet.id, {}, interface6("2001:db8:9::1/64")}).value();
  o.endpoint = e.add_endpoint({{}, id, "n3-6", t.access.id, {}, ip6("2001:db8:1::1")}).value();
  o.pool = e.add_pool({{}, id, "phones6", t.internet.id, prefix("2001:db8:100::/48")}).value();
  return o;
}

Session ipv6_session(const TenantObjects& t, const Ipv6Objects& o, uint32_t teid, const char* ue) {
  Session s = make_session(t, teid, {});
  for (Pdr& pdr : s.pdrs) {
    pdr.ue_ip_address.reset();
    pdr.ue_ipv6 = prefix6(ue);
  }
  s.pdrs[0].local_f_teid->endpoint = o.endpoint.id;
  s.fars[1].outer_header_creation = {o.endpoint.id, Teid{teid + 1}, any_ip("2001:db8:1::2")};
  return s;
}

struct Ipv6World : World {
  Ipv6Objects acme6, bravo6;
  Ipv6World() {
    Edit e = begin();
    acme6 = add_ipv6(e, acme, 300);
    bravo6 = add_ipv6(e, bravo, 400);
  }
};

// More than the data plane's table takes: a session of a ninth length would be stored and never be there.
TEST(Ipv6, AVrfHasEightLengthsOfUePrefixes) {
  Ipv6World w;
  Edit e = w.begin();
  const auto of_length = [&](unsigned n) {
    return ipv6_session(w.acme, w.acme6, 300 + 2 * n,
                        ("2001:db8:100:" + std::to_string(n) + "00::/" + std::to_string(56 + n)).c_str());
  };
  for (unsigned n = 0; n < 8; ++n) ASSERT_TRUE(e.add_session(of_length(n)).has_value()) << n;
  const auto ninth = e.add_session(of_length(8));
  ASSERT_FALSE(ninth.has_value());
  EXPECT_EQ(ninth.error().code, exhausted);
  EXPECT_NE(ninth.error().message.find("8 different lengths"), std::string::npos) << ninth.error().message;
  EXPECT_TRUE(e.add_session(ipv6_session(w.acme, w.acme6, 400, "2001:db8:100:900::/60")).has_value());
  EXPECT_TRUE(e.add_session(ipv6_session(w.bravo, w.bravo6, 400, "2001:db8:100:900::/64")).has_value())
      << "another tenant's VRF";
}

TEST(Ipv6, TwoTenantsMayHaveTheSameOfEverything) {
  Ipv6World w;
  Edit e = w.begin();
  const auto acme = e.add_session(ipv6_session(w.acme, w.acme6, 300, "2001:db8:100:7::/64"));
  ASSERT_TRUE(acme.has_value()) << acme.error().message;
  const auto bravo = e.add_session(ipv6_session(w.bravo, w.bravo6, 300, "2001:db8:100:7::/64"));
  ASSERT_TRUE(bravo.has_value()) << bravo.error().message;
  const IpAddress inside = any_ip("2001:db8:100:7::dead:beef");
  EXPECT_EQ(w.model.session_at(w.acme.internet.id, inside)->up_seid, acme->up_seid);
  EXPECT_EQ(w.model.session_at(w.bravo.internet.id, inside)->up_seid, bravo->up_seid);
  EXPECT_EQ(w.model.session_at(w.acme.internet.id, any_ip("2001:db8:100:8::1")), nullptr);
  EXPECT_EQ(w.model.attachment_holding(w.acme.access.id, any_ip("2001:db8:1::99"))->id, w.acme6.ran.id);
  EXPECT_EQ(w.model.attachment_holding(w.acme.access.id, any_ip("10.1.0.99"))->id, w.acme.ran.id);
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
  const auto changes = e.changes().size();
  e.undo();
  EXPECT_EQ(changes, 2u);
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
}

TEST(Ipv6, BothFamiliesInOneObject) {
  World w;
  Edit e = w.begin();
  const TenantId id = w.acme.tenant.id;
  const auto a = e.add_attachment({{},
                                   id,
                                   "both",
                                   "p0",
                                   VlanId{7},
                                   w.acme.access.id,
                                   interface("10.3.0.1/24"),
                                   interface6("2001:db8:3::1/64"),
                                   VlanId{500}});
  ASSERT_TRUE(a.has_value()) << a.error().message;
  EXPECT_EQ(w.model.attachment_at("p0", VlanId{500}, VlanId{7})->id, a->id);
  EXPECT_EQ(w.model.attachment_at("p0", kUntagged, VlanId{7}), nullptr);
  const auto endpoint = e.add_endpoint({{}, id, "both", w.acme.access.id, ip("10.3.0.1"), ip6("2001:db8:3::1")});
  ASSERT_TRUE(endpoint.has_value());
  e.add_pool({{}, id, "p6", w.acme.internet.id, prefix("2001:db8:100::/48")}).value();
  Session s = make_session(w.acme, 400, ip("10.45.0.9"));
  for (Pdr& pdr : s.pdrs) pdr.ue_ipv6 = prefix6("2001:db8:100:9::/64");
  const auto added = e.add_session(s);
  ASSERT_TRUE(added.has_value()) << added.error().message;
  EXPECT_EQ(w.model.session_at(w.acme.internet.id, any_ip("10.45.0.9"))->up_seid, added->up_seid);
  EXPECT_EQ(w.model.session_at(w.acme.internet.id, any_ip("2001:db8:100:9::1"))->up_seid, added->up_seid);
  // It may give up one family and take it again.
  Session without = *added;
  for (Pdr& pdr : without.pdrs) pdr.ue_ipv6.reset();
  ASSERT_TRUE(e.replace_session(without).has_value());
  EXPECT_EQ(w.model.session_at(w.acme.internet.id, any_ip("2001:db8:100:9::1")), nullptr);
  ASSERT_TRUE(e.replace_session(*added).has_value());
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
}

TEST(Ipv6, ASessionMayChangeTheLengthOfItsPrefix) {
  Ipv6World w;
  Edit e = w.begin();
  Session s = e.add_session(ipv6_session(w.acme, w.acme6, 300, "2001:db8:100:700::/64")).value();
  for (const char* ue : {"2001:db8:100:700::/56", "2001:db8:100:7ff::/64", "2001:db8:100:700::/56"}) {
    for (Pdr& pdr : s.pdrs) pdr.ue_ipv6 = prefix6(ue);
    const auto replaced = e.replace_session(s);
    ASSERT_TRUE(replaced.has_value()) << ue << ": " << replaced.error().message;
  }
}

TEST(Ipv6, RoutesOfSeveralNextHops) {
  Ipv6World w;
  Edit e = w.begin();
  const auto route = e.add_route({{},
                                  w.acme.tenant.id,
                                  w.acme.internet.id,
                                  prefix("::/0"),
                                  {{any_ip("2001:db8:9::2"), {}}, {any_ip("fe80::1"), w.acme6.wan.id}}});
  ASSERT_TRUE(route.has_value()) << route.error().message;
  EXPECT_EQ(route->next_hops[0].attachment, w.acme6.wan.id) << "found by its prefix";
  EXPECT_NE(w.model.route(w.acme.internet.id, prefix("0.0.0.0/0")), w.model.route(w.acme.internet.id, prefix("::/0")));
  const Status removed = e.remove_attachment(w.acme6.wan.id);
  ASSERT_FALSE(removed.has_value());
  EXPECT_NE(removed.error().message.find("route ::/0 via 2001:db8:9::2"), std::string::npos) << removed.error().message;
  ASSERT_TRUE(e.remove_route(route->id).has_value());
  EXPECT_TRUE(e.remove_attachment(w.acme6.wan.id).has_value());
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
}

// What is tried on a world with IPv6, in an Edit of its own.
Refusal on_ipv6(const char* description, std::function<Status(Edit&, Ipv6World&)> attempt, ErrorCode code,
                std::vector<std::string> words) {
  return {description,
          [attempt](Edit&, World&) {
            Ipv6World w;
            Edit e = w.begin();
            Edit before = w.begin();
            before.add_session(ipv6_session(w.acme, w.acme6, 300, "2001:db8:100:700::/56")).value();
            return attempt(e, w);
          },
          code, std::move(words)};
}

Refusal session(const char* description, std::function<void(Session&, Ipv6World&)> spoil, ErrorCode code,
                std::vector<std::string> words) {
  return on_ipv6(
      description,
      [spoil](Edit& e, Ipv6World& w) {
        Session s = ipv6_session(w.acme, w.acme6, 500, "2001:db8:100:8::/64");
        spoil(s, w);
        return status_of(e.add_session(s));
      },
      code, std::move(words));
}

void set_ue(Session& s, const char* ue) {
  for (Pdr& pdr : s.pdrs) pdr.ue_ipv6 = prefix6(ue);
}

TEST(Ipv6, RefusalsOfSessions) {
  const Refusal cases[] = {
      session("inside of another's prefix", [](Session& s, W&) { set_ue(s, "2001:db8:100:7ff::/64"); }, conflict,
              {"2001:db8:100:700::/56", "internet", "belongs to session"}),
      session("around another's prefix", [](Session& s, W&) { set_ue(s, "2001:db8:100::/50"); }, conflict,
              {"2001:db8:100:700::/56", "belongs to session"}),
      session("in no pool", [](Session& s, W&) { set_ue(s, "2001:db8:200::/64"); }, invalid,
              {"UE prefix 2001:db8:200::/64", "2001:db8:100::/48"}),
      session("larger than its pool", [](Session& s, W&) { set_ue(s, "2001:db8::/32"); }, invalid, {"in no UE pool"}),
      session("two that overlap in one session",
              [](Session& s, W&) { s.pdrs[1].ue_ipv6 = prefix6("2001:db8:100:8::/72"); }, invalid,
              {"2001:db8:100:8::/64", "2001:db8:100:8::/72", "same session"}),
      session("IPv4-mapped",
              [](Session& s, W&) {
                s.pdrs[0].ue_ipv6 = Ipv6Prefix{ip6("::ffff:10.45.0.9"), 128};
              },
              invalid, {"PDR 1", "IPv4-mapped"}),
      session("host bits",
              [](Session& s, W&) {
                s.pdrs[0].ue_ipv6 = Ipv6Prefix{ip6("2001:db8:100:8::1"), 64};
              },
              invalid, {"PDR 1", "2001:db8:100:8::/64"}),
      session("a peer of a family that the endpoint has not",
              [](Session& s, W&) { s.fars[1].outer_header_creation->peer = any_ip("10.1.0.2"); }, invalid,
              {"FAR 2", "n3-6 has no IPv4 address", "10.1.0.2"}),
      session("an IPv6 peer of an IPv4 endpoint",
              [](Session& s, W& w) { s.fars[1].outer_header_creation->endpoint = w.acme.endpoint.id; }, invalid,
              {"FAR 2", "n3 has no IPv6 address", "2001:db8:1::2"}),
      session("a peer that is ourselves",
              [](Session& s, W&) { s.fars[1].outer_header_creation->peer = any_ip("2001:db8:1::1"); }, invalid,
              {"FAR 2", "our own"}),
      session("a link-local peer", [](Session& s, W&) { s.fars[1].outer_header_creation->peer = any_ip("fe80::2"); },
              invalid, {"fe80::2", "link-local", "2000::/3"}),
      session("ToS bits outside of the mask",
              [](Session& s, W&) {
                s.fars[1].marking = {0xb9, 0xfc};
              },
              invalid, {"FAR 2", "0xb9", "0xfc"}),
      session("a mask of 0",
              [](Session& s, W&) {
                s.fars[1].marking = {0, 0};
              },
              invalid, {"mask 0"}),
      session("a DSCP copied into no header", [](Session& s, W&) { s.fars[0].copy_dscp = true; }, invalid,
              {"FAR 1", "outer header"}),
      session("RQI without QFI",
              [](Session& s, W&) {
                s.qers[0].qfi.reset();
                s.qers[0].rqi = true;
              },
              invalid, {"QER 1", "RQI", "QFI"}),
      session("a PPI of 8", [](Session& s, W&) { s.qers[0].paging_policy = 8; }, invalid, {"QER 1", "8", "0 to 7"}),
  };
  for (const Refusal& c : cases) expect_refused(c);
}

Refusal attachment(const char* description, std::function<void(Attachment&, Ipv6World&)> spoil, ErrorCode code,
                   std::vector<std::string> words) {
  return on_ipv6(
      description,
      [spoil](Edit& e, Ipv6World& w) {
        Attachment a{{},        w.acme.tenant.id,   "x", "p0",
                     VlanId{7}, w.acme.internet.id, {},  interface6("2001:db8:5::1/64")};
        spoil(a, w);
        return status_of(e.add_attachment(a));
      },
      code, std::move(words));
}

TEST(Ipv6, RefusalsOfAttachments) {
  const Refusal cases[] = {
      attachment("no address at all", [](Attachment& a, W&) { a.ipv6.reset(); }, invalid, {"no address"}),
      attachment("the anycast address", [](Attachment& a, W&) { a.ipv6 = interface6("2001:db8:5::/64"); }, invalid,
                 {"subnet-router anycast", "2001:db8:5::/64"}),
      attachment("link-local", [](Attachment& a, W&) { a.ipv6 = interface6("fe80::1/64"); }, invalid, {"link-local"}),
      attachment("multicast", [](Attachment& a, W&) { a.ipv6 = interface6("ff02::1/64"); }, invalid, {"multicast"}),
      attachment("IPv4-mapped", [](Attachment& a, W&) { a.ipv6 = interface6("::ffff:10.0.0.1/126"); }, invalid,
                 {"IPv4-mapped"}),
      attachment("a link of 128 bits", [](Attachment& a, W&) { a.ipv6 = interface6("2001:db8:5::1/128"); }, invalid,
                 {"32 to 127"}),
      attachment("over another", [](Attachment& a, W&) { a.ipv6 = interface6("2001:db8:9:0:1::1/80"); }, conflict,
                 {"2001:db8:9::/64", "attachment wan6"}),
      attachment("over a pool", [](Attachment& a, W&) { a.ipv6 = interface6("2001:db8:100:5::1/64"); }, conflict,
                 {"UE pool phones6"}),
      attachment("MTU 1279", [](Attachment& a, W&) { a.options.mtu = 1279; }, invalid, {"MTU 1279", "1280 to 9000"}),
      attachment("MTU 9001", [](Attachment& a, W&) { a.options.mtu = 9001; }, invalid, {"MTU 9001"}),
      attachment("outer VLAN 4095", [](Attachment& a, W&) { a.outer_vlan = VlanId{4095}; }, invalid, {"4095"}),
      attachment("an outer VLAN around nothing",
                 [](Attachment& a, W&) {
                   a.outer_vlan = VlanId{5};
                   a.vlan = kUntagged;
                 },
                 invalid, {"outer VLAN 5 needs"}),
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(Ipv6, RefusalsOfPoolsEndpointsAndRoutes) {
  auto pool = [](const char* p) {
    return [p](Edit& e, Ipv6World& w) {
      return status_of(e.add_pool({{}, w.acme.tenant.id, "x", w.acme.internet.id, prefix(p)}));
    };
  };
  auto route = [](const char* p, std::vector<NextHop> hops) {
    return [p, hops](Edit& e, Ipv6World& w) {
      return status_of(e.add_route({{}, w.acme.tenant.id, w.acme.internet.id, prefix(p), hops}));
    };
  };
  auto endpoint = [](std::optional<Ipv6Address> address) {
    return [address](Edit& e, Ipv6World& w) {
      return status_of(e.add_endpoint({{}, w.acme.tenant.id, "x", w.acme.access.id, {}, address}));
    };
  };
  const Refusal cases[] = {
      on_ipv6("a pool in another", pool("2001:db8:100:5000::/52"), conflict, {"UE pool phones6"}),
      on_ipv6("a pool over a link", pool("2001:db8::/44"), conflict, {"attachment wan6"}),
      on_ipv6("a pool of everything", pool("::/0"), invalid, {"::/0"}),
      on_ipv6("a pool of link-locals", pool("fe80::/10"), invalid, {"link-local"}),
      on_ipv6("remove a pool with a session", [](Edit& e, Ipv6World& w) { return e.remove_pool(w.acme6.pool.id); },
              conflict, {"UE pool phones6", "2001:db8:100:700::/56"}),
      on_ipv6("an endpoint without address", endpoint(std::nullopt), invalid, {"no address"}),
      on_ipv6("an endpoint taken", endpoint(ip6("2001:db8:1::1")), conflict, {"n3-6 already"}),
      on_ipv6("an IPv4-mapped endpoint", endpoint(ip6("::ffff:10.1.0.9")), invalid, {"IPv4-mapped"}),
      on_ipv6("an endpoint at the anycast address", endpoint(ip6("2001:db8:1::")), invalid, {"anycast"}),
      on_ipv6("a gateway of the other family", route("::/0", via("10.9.0.2")), invalid, {"10.9.0.2", "an IPv6 one"}),
      on_ipv6("a gateway on no link", route("::/0", via("2001:db8:77::1")), invalid, {"no attachment"}),
      on_ipv6("a gateway that is ours", route("::/0", via("2001:db8:9::1")), invalid, {"our own address", "wan6"}),
      on_ipv6("a link-local gateway on no attachment", route("::/0", via("fe80::1")), invalid,
              {"fe80::1 is link-local", "attachment"}),
      on_ipv6("a link-local gateway on one that is not there", route("::/0", {{any_ip("fe80::1"), AttachmentId{99}}}),
              not_found, {"99"}),
      on_ipv6("no gateway", route("::/0", {}), invalid, {"0 gateways", "1 to 16"}),
      on_ipv6("17 gateways", route("::/0", std::vector<NextHop>(17, NextHop{any_ip("2001:db8:9::2"), {}})), invalid,
              {"17 gateways"}),
      on_ipv6("a gateway twice", route("::/0", via("2001:db8:9::2", "2001:db8:9::2")), invalid,
              {"2001:db8:9::2 is there twice"}),
      on_ipv6("a route to a link", route("2001:db8:9::/64", via("2001:db8:9::2")), conflict, {"attachment wan6"}),
      on_ipv6("a route to multicast", route("ff00::/12", via("2001:db8:9::2")), invalid, {"multicast"}),
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(Options, AreSetAndUndone) {
  World w;
  const Model before = w.model;
  Edit e = w.begin();
  const VrfOptions core{1400, 1360, true, HeaderPolicy::pass, HeaderPolicy::pass};
  EXPECT_EQ(e.set_vrf(w.acme.internet.id, core)->options, core);
  EXPECT_EQ(e.set_attachment(w.acme.wan.id, {9000, false})->options.mtu, 9000);
  EXPECT_EQ(e.set_endpoint(w.acme.endpoint.id, {PeerPolicy::learn, true})->options.peer_policy, PeerPolicy::learn);
  EXPECT_EQ(e.changes().size(), 3u);
  EXPECT_TRUE(e.set_vrf(w.acme.internet.id, core).has_value());
  EXPECT_EQ(e.changes().size(), 3u) << "nothing new";
  EXPECT_EQ(w.model.vrfs.at(w.acme.internet.id).options, core);
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
  e.undo();
  EXPECT_TRUE(w.model == before);
}

TEST(Options, Refusals) {
  auto vrf = [](VrfOptions o, bool access = false) {
    return [o, access](Edit& e, World& w) {
      return status_of(e.set_vrf(access ? w.acme.access.id : w.acme.internet.id, o));
    };
  };
  const Refusal cases[] = {
      {"of an access VRF", vrf({.tcp_mss = 1300}, true), invalid, {"n3-vrf", "access VRF"}},
      {"MTU", vrf({.mtu = 100}), invalid, {"internet", "MTU 100", "1280 to 9000"}},
      {"MSS", vrf({.tcp_mss = 535}), invalid, {"TCP MSS 535", "536 to 8960"}},
      {"no such VRF", [](Edit& e, World&) { return status_of(e.set_vrf(VrfId{99}, {})); }, not_found, {"99"}},
      {"no such attachment",
       [](Edit& e, World&) { return status_of(e.set_attachment(AttachmentId{99}, {})); },
       not_found,
       {"99"}},
      {"an attachment's MTU",
       [](Edit& e, World& w) {
         return status_of(e.set_attachment(w.acme.wan.id, {9001, true}));
       },
       invalid,
       {"wan", "9001"}},
      {"no such endpoint",
       [](Edit& e, World&) { return status_of(e.set_endpoint(GtpuEndpointId{99}, {})); },
       not_found,
       {"99"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

// As for IPv4 in test_edits.cc: no scan.
TEST(Ipv6, ManySessions) {
  Ipv6World w;
  Edit e = w.begin();
  for (uint32_t i = 0; i < 20'000; ++i) {
    Session s = ipv6_session(w.acme, w.acme6, 1000 + 2 * i, "2001:db8:100::/64");
    for (Pdr& pdr : s.pdrs) {
      pdr.ue_ipv6->address.bytes[6] = static_cast<uint8_t>(i >> 8);
      pdr.ue_ipv6->address.bytes[7] = static_cast<uint8_t>(i);
    }
    const auto added = e.add_session(s);
    ASSERT_TRUE(added.has_value()) << added.error().message;
  }
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
}

}  // namespace
}  // namespace demarc::cp::test
