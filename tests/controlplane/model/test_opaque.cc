// Sessions of type ethernet and unstructured, and the core VRFs that are Ethernet networks.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "controlplane/model/validate_session.h"
#include "tests/controlplane/model/world.h"

namespace demarc::cp::test {
namespace {

using ::testing::HasSubstr;

// acme's core VRF `ims`, with the one attachment that a network needs.
struct EthernetWorld : World {
  Attachment lan;
  EthernetWorld() {
    Edit edit = begin();
    lan = edit.add_attachment({{}, acme.tenant.id, "lan", "p1", VlanId{150}, acme.ims.id, interface("10.8.0.1/24")})
              .value();
  }
  Session ethernet(uint32_t teid = 300) const {
    Session s = make_session(acme, teid, {});
    s.pdn_type = PdnType::ethernet;
    for (Pdr& pdr : s.pdrs) pdr.ue_ip_address.reset();
    s.pdrs[1].network_instance = s.fars[0].network_instance = acme.ims.id;
    return s;
  }
  // From tunnel to tunnel.
  Session n9(PdnType type, uint32_t teid = 300) const {
    Session s = ethernet(teid);
    s.pdn_type = type;
    s.pdrs[1].network_instance = s.fars[0].network_instance = acme.access.id;
    s.pdrs[1].local_f_teid = FTeid{acme.endpoint.id, Teid{teid + 1}};
    s.pdrs[1].outer_header_removal = true;
    s.fars[0].outer_header_creation = OuterHeaderCreation{acme.endpoint.id, Teid{teid + 2}, any_ip("10.1.0.3")};
    return s;
  }
};

TEST(Opaque, EthernetSessionsAndN9OfBothTypesAreTaken) {
  EthernetWorld w;
  Edit edit = w.begin();
  for (const Session& s :
       {w.ethernet(300), w.ethernet(400), w.n9(PdnType::ethernet, 500), w.n9(PdnType::unstructured, 600)}) {
    const auto added = edit.add_session(s);
    ASSERT_TRUE(added) << added.error().message;
  }
  EXPECT_EQ(w.model.index.ethernet_sessions.size(), 2u);
  EXPECT_TRUE(rebuilt_index(w.model) == w.model.index);
  for (const auto& [vrf, key] : std::set(w.model.index.ethernet_sessions))
    ASSERT_TRUE(edit.remove_session(key.first, key.second));
  EXPECT_TRUE(w.model.index.ethernet_sessions.empty());
}

// The network's one attachment stays as long as sessions need it; one that the store has without it is still read.
TEST(Opaque, TheAttachmentOfANetworkIsNotTakenAway) {
  EthernetWorld w;
  Edit edit = w.begin();
  const auto added = edit.add_session(w.ethernet(300));
  ASSERT_TRUE(added) << added.error().message;
  const VrfId network = w.model.index.ethernet_sessions.begin()->first;
  const auto at = std::ranges::find_if(w.model.attachments, [&](const auto& a) { return a.second.vrf == network; });
  ASSERT_NE(at, w.model.attachments.end());
  const Attachment attachment = at->second;
  const Status refused = edit.remove_attachment(attachment.id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr(fmt::format("session {:#x}", added->up_seid.value)));
  Model without = w.model;
  without.remove(attachment);
  EXPECT_TRUE(validate_session(without, *added)) << "as it is when the store is read";
  ASSERT_TRUE(edit.remove_session(added->tenant, added->up_seid));
  EXPECT_TRUE(edit.remove_attachment(attachment.id));
}

TEST(Opaque, RefusedInWords) {
  struct Case {
    const char* named;
    std::function<void(EthernetWorld&, Session&)> change;
  };
  const Case cases[] = {
      {"PDR 1: has a UE IP address", [](EthernetWorld&, Session& s) { s.pdrs[0].ue_ip_address = ip("10.45.0.8"); }},
      {"PDR 2: has a UE IP address",
       [](EthernetWorld&, Session& s) {
         s.pdrs[1].ue_ipv6 = Ipv6Prefix{ip6("2001:db8::"), 64};
       }},
      {"PDR 2: has SDF filters", [](EthernetWorld&, Session& s) { s.pdrs[1].sdf_filters.resize(1); }},
      {"FAR 2: copies the DSCP", [](EthernetWorld&, Session& s) { s.fars[1].copy_dscp = true; }},
      {"FAR 1: transport level marking without",
       [](EthernetWorld&, Session& s) {
         s.fars[0].marking = TransportLevelMarking{0, 255};
       }},
      {"VRF internet has session",
       [](EthernetWorld& w, Session& s) {
         s.pdrs[1].network_instance = s.fars[0].network_instance = w.acme.internet.id;
       }},
      {"core VRF internet besides ims",
       [](EthernetWorld& w, Session& s) { s.fars[0].network_instance = w.acme.internet.id; }},
      {"PDR 2: what comes from the core side", [](EthernetWorld&, Session& s) { s.pdrs[1].far_id = 1; }},
      {"PDR 1: has 17 Ethernet filters", [](EthernetWorld&, Session& s) { s.pdrs[0].ethernet_filters.resize(17); }},
      {"source 01:00:00:00:00:00 is a group's",
       [](EthernetWorld&, Session& s) {
         s.pdrs[0].ethernet_filters = {{0, {}, Mac{uint64_t{1} << 40}, {}, {}}};
       }},
      {"EtherType 0x5ff",
       [](EthernetWorld&, Session& s) {
         s.pdrs[0].ethernet_filters = {{0, {}, {}, 0x5ff, {}}};
       }},
      {"C-VLAN 4095",
       [](EthernetWorld&, Session& s) {
         s.pdrs[0].ethernet_filters = {{0, {}, {}, {}, 4095}};
       }},
      {"PDR 1: its FAR leads to a core VRF",
       [](EthernetWorld& w, Session& s) {
         s = w.n9(PdnType::unstructured);
         s.fars[0].network_instance = w.acme.ims.id;
         s.fars[0].outer_header_creation.reset();
       }},
      {"PDR 2: comes from a core VRF",
       [](EthernetWorld& w, Session& s) {
         s = w.n9(PdnType::unstructured);
         s.pdrs[1].network_instance = w.acme.ims.id;
         s.pdrs[1].local_f_teid.reset();
         s.pdrs[1].outer_header_removal = false;
       }},
      {"PDR 1: has Ethernet filters; the session's type is unstructured",
       [](EthernetWorld& w, Session& s) {
         s = w.n9(PdnType::unstructured);
         s.pdrs[0].ethernet_filters.resize(1);
       }},
      {"PDR 1: has Ethernet filters; the session's type is ip",
       [](EthernetWorld& w, Session& s) {
         s = make_session(w.acme, 300, ip("10.45.0.8"));
         s.pdrs[0].ethernet_filters.resize(1);
       }},
  };
  for (const Case& c : cases) {
    EthernetWorld w;
    Session s = w.ethernet();
    c.change(w, s);
    const auto added = w.begin().add_session(s);
    ASSERT_FALSE(added) << c.named;
    EXPECT_THAT(added.error().message, HasSubstr(c.named));
  }
}

TEST(Opaque, ASessionHasSoManyFilters) {
  EthernetWorld w;
  Session s = w.ethernet();
  const Pdr one = s.pdrs[1];
  for (uint16_t n = 3; n <= 6; ++n) {
    s.pdrs.push_back(one);
    s.pdrs.back().pdr_id = n;
    s.pdrs.back().ethernet_filters.resize(16);
  }
  ASSERT_TRUE(w.begin().add_session(s));
  s.pdrs[0].ethernet_filters.resize(1);
  s.pdrs[0].local_f_teid->teid = Teid{301};
  const auto refused = w.begin().add_session(s);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("65 Ethernet filters"));
}

TEST(Opaque, ANetworkHasOneAttachmentAndNoSessionsOfType) {
  EthernetWorld w;
  Edit edit = w.begin();
  const auto session = edit.add_session(w.ethernet());
  ASSERT_TRUE(session);
  const auto second =
      edit.add_attachment({{}, w.acme.tenant.id, "lan2", "p1", VlanId{151}, w.acme.ims.id, interface("10.7.0.1/24")});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("it can have no other"));
  ASSERT_TRUE(edit.add_pool({{}, w.acme.tenant.id, "ims-pool", w.acme.ims.id, prefix("10.46.0.0/16")}));
  Session phone = make_session(w.acme, 400, ip("10.46.0.8"));
  phone.pdrs[1].network_instance = phone.fars[0].network_instance = w.acme.ims.id;
  const auto refused = edit.add_session(phone);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("has session"));
  EXPECT_THAT(refused.error().message, HasSubstr("of type ethernet"));
  ASSERT_TRUE(edit.remove_session(session->tenant, session->up_seid));
  ASSERT_TRUE(edit.remove_attachment(w.lan.id));
  const auto without = edit.add_session(w.ethernet(500));
  ASSERT_FALSE(without);
  EXPECT_THAT(without.error().message, HasSubstr("VRF ims has 0 attachments"));
}

TEST(Opaque, ASessionMayChangeItsType) {
  EthernetWorld w;
  Edit edit = w.begin();
  Session s = edit.add_session(w.n9(PdnType::ethernet)).value();
  Session ethernet = w.ethernet();
  ethernet.up_seid = s.up_seid;
  ASSERT_TRUE(edit.replace_session(ethernet));
  EXPECT_EQ(w.model.index.ethernet_sessions.size(), 1u);
  ASSERT_TRUE(edit.replace_session(ethernet)) << "its own place is no other's";
  EXPECT_TRUE(rebuilt_index(w.model) == w.model.index);
}

TEST(Opaque, ANetworkHasSoManySessions) {
  EthernetWorld w;
  Edit edit = w.begin();
  for (uint32_t n = 0; n < kEthernetSessionsMax; ++n) ASSERT_TRUE(edit.add_session(w.ethernet(1000 + n)));
  const auto refused = edit.add_session(w.ethernet(5000));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::exhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("64 Ethernet sessions"));
}

}  // namespace
}  // namespace demarc::cp::test
