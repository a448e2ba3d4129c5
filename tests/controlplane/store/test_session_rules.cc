#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controlplane/store/session_rules.h"
#include "controlplane/store/session_rules_json.h"
#include "tests/controlplane/model/world.h"

namespace demarc::cp::test {
namespace {

// Every member at its ends, every optional one there and absent.
Session ends() {
  Session s;
  s.pdrs = {{.pdr_id = 65535,
             .precedence = UINT32_MAX,
             .source_interface = Interface::access,
             .network_instance = VrfId{UINT32_MAX},
             .local_f_teid = FTeid{GtpuEndpointId{UINT32_MAX}, Teid{UINT32_MAX}},
             .ue_ip_address = Ipv4Address{UINT32_MAX},
             .qfi = 63,
             .outer_header_removal = true,
             .far_id = UINT32_MAX,
             .qer_ids = {0, 1, UINT32_MAX}},
            {.source_interface = Interface::core,
             .network_instance = {},
             .local_f_teid = {},
             .ue_ip_address = {},
             .qfi = {},
             .qer_ids = {}}};
  s.fars = {{.far_id = 1,
             .apply_action = ApplyAction::drop,
             .destination_interface = Interface::access,
             .network_instance = VrfId{1},
             .outer_header_creation = OuterHeaderCreation{GtpuEndpointId{1}, Teid{2}, ip_address(Ipv4Address{3})}},
            {.network_instance = {}, .outer_header_creation = {}}};
  s.qers = {{.qer_id = 1, .ul_gate = Gate::closed, .dl_gate = Gate::open, .qfi = 0},
            {.qer_id = 2, .ul_gate = Gate::open, .dl_gate = Gate::closed, .qfi = {}}};
  return s;
}

// With what schema 3 did not know.
Session newest() {
  Session s = ends();
  s.pdrs[0].ue_ipv6 = Ipv6Prefix{ip6("2001:db8:100:7::"), 64};
  s.pdrs[1].ue_ipv6 = Ipv6Prefix{ip6("2001:db8::1"), 128};
  s.fars[0].outer_header_creation->peer = any_ip("2001:db8:1::2");
  s.fars[0].marking = TransportLevelMarking{0xb8, 0xfc};
  s.fars[0].copy_dscp = true;
  s.fars[1].marking = TransportLevelMarking{0, 255};
  s.qers[0].rqi = true;
  s.qers[0].paging_policy = 7;
  s.qers[1].paging_policy = 0;
  s.qers[0].mbr = {400'000'000'000, 64'000};
  s.qers[1].gbr = {0, UINT64_MAX};
  s.ambr = {1, 2, 3, UINT64_MAX, 1'000};
  return s;
}

// What had a rate is without one, and else the same.
TEST(SessionRules, TheSchemaBeforeRatesGetsNone) {
  Session plain = newest();
  plain.ambr = {};
  plain.qers[0].mbr = plain.qers[1].gbr = {};
  EXPECT_EQ(rules_to_schema_6(rules_to_text(newest())), rules_to_text(plain));
  EXPECT_EQ(rules_to_schema_6("nonsense"), "nonsense");
}

TEST(SessionRules, WhatAnOlderSchemaCanRead) {
  World w;
  EXPECT_TRUE(rules_are_schema_3(rules_to_text(ends())));
  EXPECT_TRUE(rules_are_schema_3(rules_to_text(w.acme.session)));
  const std::function<void(Session&)> news[] = {
      [](Session& s) {
        s.pdrs[0].ue_ipv6 = Ipv6Prefix{ip6("2001:db8:100:7::"), 64};
      },
      [](Session& s) { s.fars[0].outer_header_creation->peer = any_ip("2001:db8:1::2"); },
      [](Session& s) {
        s.fars[1].marking = TransportLevelMarking{0, 255};
      },
      [](Session& s) { s.fars[0].copy_dscp = true; },
      [](Session& s) { s.qers[0].rqi = true; },
      [](Session& s) { s.qers[1].paging_policy = 0; },
      [](Session& s) { s.pdrs[1].qfis = {1}; },
      [](Session& s) { s.pdrs[1].sdf_filters.resize(1); },
      [](Session& s) { s.pdrs[1].ethernet_filters.resize(1); },
      [](Session& s) { s.pdn_type = PdnType::unstructured; },
      [](Session& s) { s.qers[0].gbr.dl = 1; },
      [](Session& s) { s.ambr.uplink_pps = 10; },
  };
  for (const auto& make_new : news) {
    Session s = ends();
    make_new(s);
    EXPECT_FALSE(rules_are_schema_3(rules_to_text(s))) << rules_to_text(s);
  }
}

// What came with schema 5.
Session filtered() {
  Session s = ends();
  s.pdrs[1].qfis = {0, 63};
  SdfFilter all = parse_flow_description("permit out 6 from !2001:db8::/32 80,443-444 to 2001:db8:45::/64 1,2").value();
  all.id = UINT32_MAX;
  all.tos = all.tos_mask = 255;
  all.flow_label = 0xfffff;
  SdfFilter esp = parse_flow_description("permit out esp from 10.0.0.0/8 to assigned").value();
  esp.spi = UINT32_MAX;
  s.pdrs[1].sdf_filters.assign(14, SdfFilter{});
  s.pdrs[1].sdf_filters.push_back(all);
  s.pdrs[1].sdf_filters.push_back(esp);
  return s;
}

// What came with schema 6.
Session framed() {
  Session s = filtered();
  s.pdrs[0].framed_routes = {prefix("192.168.7.0/24")};
  for (uint32_t n = 0; n < 15; ++n) s.pdrs[1].framed_routes.push_back(Ipv4Prefix{ip("10.0.0.0").value + 256 * n, 24});
  s.pdrs[1].framed_routes.push_back(prefix("2001:db8:9::/48"));
  return s;
}

TEST(SessionRules, FramedRoutesAreSchema6) {
  EXPECT_TRUE(rules_are_schema_5(rules_to_text(filtered())));
  EXPECT_FALSE(rules_are_schema_5(rules_to_text(framed())));
  EXPECT_FALSE(rules_are_schema_3(rules_to_text(framed())));
  for (const char* wrong :
       {"r", "r10.0.0.0/24+", "r+10.0.0.0/24", "r10.0.0.1/24", "r10.0.0.0/33", "r10.0.0.0/24,r10.0.1.0/24"}) {
    Session s;
    const std::string text = "p,1,1,c,1,1,,,10.0.0.1,,,," + std::string(wrong) + ";.";
    EXPECT_FALSE(rules_from_text(text, s).has_value()) << text;
  }
}

Session without_ip(PdnType type) {
  Session s = ends();
  s.pdn_type = type;
  if (type != PdnType::ethernet) return s;
  s.pdrs[1].ethernet_filters = {
      {},
      {.id = UINT32_MAX, .destination = Mac{0xffff'ffff'ffff}, .source = Mac{1}, .ethertype = 0xffff, .c_vlan = 4094},
      {0, {}, {}, 0x600, 0}};
  return s;
}

TEST(SessionRules, ComeBackAsTheyWent) {
  World w;
  for (const Session& session : {ends(), newest(), filtered(), framed(), without_ip(PdnType::ethernet),
                                 without_ip(PdnType::unstructured), w.acme.session, Session{}}) {
    Session back;
    back.up_seid = session.up_seid;
    back.tenant = session.tenant;
    const Status s = rules_from_text(rules_to_text(session), back);
    ASSERT_TRUE(s.has_value()) << s.error().message;
    EXPECT_TRUE(back == session);
  }
  EXPECT_EQ(rules_to_text(w.acme.session),
            "p,1,100,a,1,1,1,256,10.45.0.7,9,r,1;p,2,100,c,2,2,,,10.45.0.7,,,1;"
            "f,1,f,c,2,,,;f,2,f,a,1,1,257,10.1.0.2;q,1,o,o,9;.");
}

TEST(SessionRules, CutAnywhereTheyAreRefused) {
  const std::string text = rules_to_text(newest());
  for (size_t n = 0; n < text.size(); ++n) {
    Session s;
    EXPECT_FALSE(rules_from_text(text.substr(0, n), s).has_value()) << n;
  }
}

TEST(SessionRules, OfWhatCarriesNoIpWrongOnesAreRefused) {
  const std::string text = rules_to_text(without_ip(PdnType::ethernet));
  for (size_t n = 0; n < text.size(); ++n) {
    Session s;
    EXPECT_FALSE(rules_from_text(text.substr(0, n), s).has_value()) << n;
  }
  for (const char* wrong : {"t,x;.", "t,;.", "t;.", "t,e,;.", "t,e;t,u;.", "p,1,1,a,1,1,1,256,,,r,,e1/////;.",
                            "p,1,1,a,1,1,1,256,,,r,,e1////;f.", "p,1,1,a,1,1,1,256,,,r,,e//1//;.",
                            "p,1,1,a,1,1,1,256,,,r,,e0/1000000000000///;.", "p,1,1,a,1,1,1,256,,,r,,e0/g///;.",
                            "p,1,1,a,1,1,1,256,,,r,,e0///65536/;."}) {
    Session s;
    EXPECT_FALSE(rules_from_text(wrong, s).has_value()) << wrong;
  }
}

// Each field in turn replaced by what is right nowhere, and each byte by others: an error or another session.
TEST(SessionRules, WrongValuesAreRefused) {
  const std::string text = rules_to_text(newest());
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find_first_of(",;", start);
    if (end == std::string::npos) break;
    for (const char* wrong : {"x", "-1", "4294967296", " 1", "1 ", "1.2.3", "1+", "+1", "rr", "p,1"}) {
      Session s;
      const std::string spoilt = text.substr(0, start) + wrong + text.substr(end);
      EXPECT_FALSE(rules_from_text(spoilt, s).has_value()) << spoilt;
    }
    start = end + 1;
  }
  for (size_t n = 0; n < text.size(); ++n) {
    for (const char c : {'\0', ',', ';', '.', '0', '9', 'a', '\xff'}) {
      std::string spoilt = text;
      spoilt[n] = c;
      Session s, back;
      if (!rules_from_text(spoilt, s)) continue;
      EXPECT_TRUE(rules_from_text(rules_to_text(s), back).has_value() && back == s) << spoilt;
    }
  }
}

// What schema 2 kept.
TEST(SessionRulesJson, ComeBackAsTheyWent) {
  World w;
  for (const Session& session : {ends(), w.acme.session, Session{}}) {
    Session back;
    back.up_seid = session.up_seid;
    back.tenant = session.tenant;
    const Status s = rules_from_json(rules_to_json(session), back);
    ASSERT_TRUE(s.has_value()) << s.error().message;
    EXPECT_TRUE(back == session);
  }
}

TEST(SessionRulesJson, CutAnywhereTheyAreRefused) {
  const std::string text = rules_to_json(ends());
  for (size_t n = 0; n < text.size(); ++n) {
    Session s;
    EXPECT_FALSE(rules_from_json(text.substr(0, n), s).has_value()) << n;
  }
}

// Each value in turn replaced by what is not right there: an error or another session, never a crash.
TEST(SessionRulesJson, WrongValuesAreRefused) {
  const auto flat = nlohmann::json::parse(rules_to_json(ends())).flatten();
  const nlohmann::json wrong[] = {nullptr, -1, 4294967296.0, 1e300, "", "FORWARD", true, nlohmann::json::array()};
  size_t refused = 0, tried = 0;
  for (const auto& [path, value] : flat.items()) {
    for (const auto& bad : wrong) {
      auto spoilt = flat;
      spoilt[path] = bad.is_array() ? nlohmann::json("[]") : bad;
      if (spoilt[path] == value) continue;
      Session s;
      ++tried;
      const Status status = rules_from_json(spoilt.unflatten().dump(), s);
      if (!status) ++refused;
      // One boolean has no wrong value but the other one: absent and false are the same.
      EXPECT_TRUE(!status || path.find("outer_header_removal") != std::string::npos) << path << " = " << bad;
    }
  }
  EXPECT_GT(tried, 100u);
  EXPECT_GT(refused, 100u);
}

}  // namespace
}  // namespace demarc::cp::test
