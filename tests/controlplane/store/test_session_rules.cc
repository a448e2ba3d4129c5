#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controlplane/store/session_rules.h"
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
             .outer_header_creation = OuterHeaderCreation{GtpuEndpointId{1}, Teid{2}, Ipv4Address{3}}},
            {.network_instance = {}, .outer_header_creation = {}}};
  s.qers = {{.qer_id = 1, .ul_gate = Gate::closed, .dl_gate = Gate::open, .qfi = 0},
            {.qer_id = 2, .ul_gate = Gate::open, .dl_gate = Gate::closed, .qfi = {}}};
  return s;
}

TEST(SessionRules, ComeBackAsTheyWent) {
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

TEST(SessionRules, CutAnywhereTheyAreRefused) {
  const std::string text = rules_to_json(ends());
  for (size_t n = 0; n < text.size(); ++n) {
    Session s;
    EXPECT_FALSE(rules_from_json(text.substr(0, n), s).has_value()) << n;
  }
}

// Each value in turn replaced by what is not right there: an error or another session, never a crash.
TEST(SessionRules, WrongValuesAreRefused) {
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
