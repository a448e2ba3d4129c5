// Every route that reads or changes objects: once well, and in each way that it is refused.
#include "tests/controlplane/api/served.h"

namespace demarc::cp::test {
namespace {

class Objects : public Served {};

TEST_F(Objects, TenantsComeAndGo) {
  EXPECT_EQ(expect(200, "GET", "/v1/tenants")["items"].size(), 0u);
  const json added = expect(201, "POST", "/v1/tenants", R"({"name": "acme"})");
  EXPECT_EQ(added["name"], "acme");
  EXPECT_EQ(added["state"], "active");
  EXPECT_EQ(added["data_plane"], "applied");
  EXPECT_TRUE(mentions(refused(409, "POST", "/v1/tenants", R"({"name": "acme"})"), "acme"));
  EXPECT_EQ(expect(200, "POST", "/v1/tenants/acme/suspend")["state"], "suspended");
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme")["state"], "suspended");
  EXPECT_EQ(expect(200, "POST", "/v1/tenants/acme/resume")["state"], "active");
  EXPECT_EQ(expect(200, "GET", "/v1/tenants")["items"][0]["name"], "acme");
  EXPECT_EQ(expect(200, "DELETE", "/v1/tenants/acme"), json({{"data_plane", "applied"}}));
  EXPECT_TRUE(mentions(refused(404, "GET", "/v1/tenants/acme"), "acme"));
  EXPECT_TRUE(mentions(refused(404, "DELETE", "/v1/tenants/acme"), "acme"));
}

TEST_F(Objects, ATenantWithObjectsGoesOnlyByForce) {
  build_tenant("acme", 101);
  EXPECT_TRUE(mentions(refused(409, "DELETE", "/v1/tenants/acme"), "2 VRFs"));
  EXPECT_TRUE(mentions(refused(400, "DELETE", "/v1/tenants/acme?force=maybe"), "maybe"));
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme")["attachments"], 2);
  expect(200, "DELETE", "/v1/tenants/acme?force=true");
  EXPECT_EQ(expect(200, "GET", "/v1/tenants")["items"].size(), 0u);
}

TEST_F(Objects, RatesAreChangedOneByOne) {
  build_tenant("acme", 101);
  const json set = expect(200, "PATCH", "/v1/tenants/acme", R"({"uplink_bps": 100000000, "downlink_pps": 5000})");
  EXPECT_EQ(set["uplink_bps"], 100'000'000);
  EXPECT_EQ(set["downlink_pps"], 5'000);
  EXPECT_FALSE(set.contains("downlink_bps"));
  const json more = expect(200, "PATCH", "/v1/tenants/acme", R"({"downlink_bps": 64000, "downlink_pps": 0})");
  EXPECT_EQ(more["uplink_bps"], 100'000'000) << "what is left out stays";
  EXPECT_EQ(more["downlink_bps"], 64'000);
  EXPECT_FALSE(more.contains("downlink_pps"));
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme")["downlink_bps"], 64'000);
  EXPECT_TRUE(mentions(refused(400, "PATCH", "/v1/tenants/acme", R"({"uplink_bps": 63999})"), "64000"));
  EXPECT_TRUE(mentions(refused(400, "PATCH", "/v1/tenants/acme", R"({"uplink": 64000})"), "uplink"));
  EXPECT_EQ(expect(200, "PATCH", "/v1/tenants/acme/vrfs/internet", R"({"uplink_bps": 64000})")["uplink_bps"], 64'000);
}

TEST_F(Objects, ATierIsChangedMemberByMember) {
  build_tenant("acme", 101);
  build_tenant("bravo", 102);
  const std::string acme = "/v1/tenants/acme";
  EXPECT_EQ(expect(200, "GET", acme)["tier"], json::parse(R"({"name": "shared", "weight": 10})"));
  EXPECT_EQ(expect(200, "PATCH", acme, R"({"tier": {"guaranteed_pps": 500000}})")["tier"],
            json::parse(R"({"name": "reserved", "weight": 10, "guaranteed_pps": 500000})"));
  const json set = expect(200, "PATCH", acme, R"({"uplink_bps": 64000, "tier": {"weight": 20, "workers": [2, 1]}})");
  EXPECT_EQ(set["tier"],
            json::parse(R"({"name": "dedicated", "weight": 20, "guaranteed_pps": 500000, "workers": [1, 2]})"));
  EXPECT_EQ(set["uplink_bps"], 64'000) << "rates and tier in one";
  EXPECT_EQ(expect(200, "GET", "/v1/tenants")["items"][0]["tier"], set["tier"]);
  EXPECT_TRUE(mentions(refused(409, "PATCH", "/v1/tenants/bravo", R"({"tier": {"workers": [1]}})"), "acme's alone"));
  EXPECT_EQ(expect(200, "PATCH", acme, R"({"tier": {"workers": [], "guaranteed_pps": 0}})")["tier"],
            json::parse(R"({"name": "shared", "weight": 20})"));

  // One worker is assumed, of which 80 % are for sale.
  const char* more = R"({"downlink_bps": 64000, "tier": {"guaranteed_pps": 800001}})";
  EXPECT_TRUE(mentions(refused(507, "PATCH", acme, more), "of 800000 for sale"));
  EXPECT_FALSE(expect(200, "GET", acme).contains("downlink_bps")) << "all or nothing";
  expect(200, "PATCH", acme, R"({"tier": {"guaranteed_pps": 800001, "overbook": true}})");
  EXPECT_FALSE(expect(200, "GET", acme)["tier"].contains("overbook"));
  EXPECT_TRUE(mentions(refused(400, "PATCH", acme, R"({"tier": {"weight": 101}})"), "tier.weight"));
  EXPECT_TRUE(mentions(refused(400, "PATCH", acme, R"({"tier": {"workers": [64]}})"), "tier.workers[0]"));
  EXPECT_TRUE(mentions(refused(400, "PATCH", acme, R"({"tier": {"wait": 1}})"), "wait"));
  EXPECT_TRUE(mentions(refused(400, "PATCH", acme, R"({"tier": {"guaranteed_bps": 5}})"), "64000"));

  const std::string token = token_of("of-acme", "acme");
  EXPECT_EQ(ask_tcp(token, "PATCH", acme, R"({"tier": {"weight": 100}})").status, 403) << "the operator's to say";
  EXPECT_EQ(ask_tcp(token, "GET", "/v1/capacity").status, 403);
  EXPECT_EQ(ask_tcp(token, "GET", "/v1/latency").status, 403);
  EXPECT_EQ(ask_tcp(token, "GET", "/v1/tenants/bravo/latency").status, 403);
  EXPECT_EQ(ask_tcp(token, "GET", acme + "/latency").status, 200);
}

TEST_F(Objects, QuotasAreToldToTheirTenant) {
  build_tenant("acme", 101);
  const json list = expect(200, "GET", "/v1/tenants/acme/quota")["items"];
  const auto vrfs = std::find_if(list.begin(), list.end(), [](const json& q) { return q["what"] == "vrfs"; });
  ASSERT_NE(vrfs, list.end());
  EXPECT_EQ((*vrfs)["used"], 2);
  EXPECT_GT((*vrfs)["limit"].get<int>(), 2);
  EXPECT_TRUE(mentions(refused(404, "GET", "/v1/tenants/bravo/quota"), "bravo"));
}

TEST_F(Objects, AllKindsAreListedAsTheyWereAdded) {
  build_tenant("acme", 101);
  build_tenant("bravo", 102);  // the same names and addresses
  const std::string base = "/v1/tenants/bravo";
  EXPECT_EQ(expect(200, "GET", base + "/vrfs")["items"],
            json::parse(R"([{"name": "internet", "role": "core"}, {"name": "n3", "role": "access"}])"));
  EXPECT_EQ(expect(200, "GET", base + "/attachments")["items"][1],
            json::parse(R"({"name": "ran", "port": "p0", "vlan": 102, "vrf": "n3", "address": "10.1.0.1/24"})"));
  EXPECT_EQ(expect(200, "GET", base + "/gtpu-endpoints")["items"],
            json::parse(R"([{"name": "n3", "vrf": "n3", "address": "10.1.0.1"}])"));
  EXPECT_EQ(expect(200, "GET", base + "/ue-pools")["items"],
            json::parse(R"([{"name": "ues", "vrf": "internet", "prefix": "10.45.0.0/16"}])"));
  const json route =
      expect(201, "POST", base + "/routes", R"({"vrf": "internet", "prefix": "0.0.0.0/0", "gateway": "10.2.0.254"})");
  EXPECT_EQ(expect(200, "GET", base + "/routes")["items"][0]["id"], route["id"]);
  expect(200, "DELETE", base + "/routes/internet/0.0.0.0/0");
  expect(200, "DELETE", base + "/ue-pools/ues");
  expect(200, "DELETE", base + "/gtpu-endpoints/n3");
  expect(200, "DELETE", base + "/attachments/ran");
  expect(200, "DELETE", base + "/vrfs/n3");
  for (const char* kind : {"/routes", "/ue-pools", "/gtpu-endpoints"})
    EXPECT_EQ(expect(200, "GET", base + kind)["items"].size(), 0u) << kind;
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme/gtpu-endpoints")["items"].size(), 1u);
}

TEST_F(Objects, ASessionInTheShortFormIsTheSameAsItsRules) {
  build_tenant("acme", 101);
  const std::string sessions = "/v1/tenants/acme/sessions";
  json made = expect(201, "POST", sessions, session_body());
  EXPECT_EQ(made["data_plane"], "applied");
  made.erase("data_plane");
  const std::string one = sessions + "/" + std::to_string(made["up_seid"].get<uint64_t>());
  EXPECT_EQ(expect(200, "GET", one), made);
  EXPECT_EQ(expect(200, "GET", sessions)["items"], json::array({made}));
  json rules = json::parse(R"({"pdrs": [
   {"pdr_id": 1, "precedence": 100, "far_id": 1, "qer_ids": [1], "outer_header_removal": true,
    "pdi": {"source_interface": "access", "network_instance": "n3", "local_f_teid": {"endpoint": "n3", "teid": 256},
            "ue_ip_address": "10.45.0.7"}},
   {"pdr_id": 2, "precedence": 100, "far_id": 2, "qer_ids": [1],
    "pdi": {"source_interface": "core", "network_instance": "internet", "ue_ip_address": "10.45.0.7"}}],
   "fars": [
   {"far_id": 1, "apply_action": "FORW",
    "forwarding_parameters": {"destination_interface": "core", "network_instance": "internet"}},
   {"far_id": 2, "apply_action": "FORW",
    "forwarding_parameters": {"destination_interface": "access", "network_instance": "n3",
       "outer_header_creation": {"endpoint": "n3", "teid": 512, "peer_address": "10.1.0.2"}}}],
   "qers": [{"qer_id": 1, "gate_status": {"ul": "OPEN", "dl": "OPEN"}, "qfi": 9}]})");
  json same = made;
  same.erase("up_seid");
  EXPECT_EQ(same, rules);
  rules["qers"][0]["gate_status"]["dl"] = "CLOSED";
  rules["pdrs"][0]["pdi"]["qfi"] = 9;
  rules["fars"].push_back({{"far_id", 3}, {"apply_action", "DROP"}});
  json replaced = expect(200, "PUT", one, rules.dump());
  replaced.erase("data_plane");
  rules["up_seid"] = made["up_seid"];
  EXPECT_EQ(replaced, rules);
  rules["up_seid"] = 5;
  EXPECT_TRUE(mentions(refused(400, "PUT", one, rules.dump()), "up_seid: 0x5"));
  expect(200, "DELETE", one);
  refused(404, "GET", one);
  refused(404, "PUT", one, session_body());
  refused(404, "DELETE", one);
}

// SDF filters as texts and as objects, and sets of QFIs, come back as TS 29.244 writes them.
TEST_F(Objects, SessionsWithSdfFilters) {
  build_tenant("acme", 101);
  const std::string sessions = "/v1/tenants/acme/sessions";
  const json made = expect(201, "POST", sessions, session_body());
  const std::string one = sessions + "/" + std::to_string(made["up_seid"].get<uint64_t>());
  json rules = made;
  for (const char* name : {"data_plane", "up_seid"}) rules.erase(name);
  const json fields = {{"sdf_filter_id", 7},
                       {"flow_description", "permit out 50 from 2001:db8::/32 to assigned"},
                       {"tos_traffic_class", {{"value", 184}, {"mask", 252}}},
                       {"security_parameter_index", 4096},
                       {"flow_label", 5}};
  rules["pdrs"][0]["pdi"]["qfis"] = {1, 2};
  rules["pdrs"][0]["pdi"]["sdf_filters"] = {"permit out udp from 10.0.0.0/8 53 to any", fields};
  json wanted = rules;
  wanted["pdrs"][0]["pdi"]["sdf_filters"][0] = "permit out 17 from 10.0.0.0/8 53 to assigned";
  json replaced = expect(200, "PUT", one, rules.dump());
  for (const char* name : {"data_plane", "up_seid"}) replaced.erase(name);
  EXPECT_EQ(replaced, wanted);

  const auto refused_for = [&](const json& filter, const std::string& named) {
    json wrong = rules;
    wrong["pdrs"][0]["pdi"]["sdf_filters"] = json::array({"permit out ip from any to assigned", filter});
    EXPECT_TRUE(mentions(refused(400, "PUT", one, wrong.dump()), named)) << named;
  };
  refused_for("permit out quic from any to any", "PDR 1: sdf_filters[1]: flow description: protocol \"quic\"");
  refused_for(5, "sdf_filters[1]: 5 is not an object");
  refused_for({{"flow", "x"}}, "unknown member \"flow\"");
  refused_for({{"flow_label", 1 << 20}}, "1048576");
  refused_for({{"tos_traffic_class", {{"value", 1}, {"mask", 2}}}}, "ToS 1 has bits outside");
  json many = rules;
  for (int i = 0; i < 17; ++i) many["pdrs"][1]["pdi"]["sdf_filters"].push_back("permit out ip from any to any");
  EXPECT_TRUE(mentions(refused(400, "PUT", one, many.dump()), "has 17 items"));
}

TEST_F(Objects, SessionsWithFramedRoutes) {
  build_tenant("acme", 101);
  const std::string path = "/v1/tenants/acme/sessions";
  const auto body = [](const char* routes) {
    return std::string(R"({"ue_address": "10.45.0.7", "core_vrf": "internet", "endpoint": "n3", "teid": 256,
                           "peer_address": "10.1.0.2", "peer_teid": 512, "framed_routes": )") +
           routes + "}";
  };
  const json session = expect(201, "POST", path, body(R"(["192.168.7.0/24", "192.168.0.0/16"])"));
  const std::string own = path + "/" + std::to_string(session["up_seid"].get<uint64_t>());
  json rules = expect(200, "GET", own);
  for (const json& pdr : rules["pdrs"])
    EXPECT_EQ(pdr["pdi"]["framed_routes"], json({"192.168.7.0/24", "192.168.0.0/16"}));
  rules["pdrs"][0]["pdi"].erase("framed_routes");
  expect(200, "PUT", own, rules.dump());
  EXPECT_EQ(expect(200, "GET", own), rules);
  EXPECT_TRUE(mentions(refused(400, "POST", path, body(R"(["192.168.7.1/24"])")), "192.168.7.0/24"));
  EXPECT_TRUE(mentions(refused(400, "POST", path, body(R"("192.168.7.0/24")")), "framed_routes"));
  EXPECT_TRUE(mentions(refused(400, "POST", path, body(R"([7])")), "framed_routes[0]"));
  EXPECT_TRUE(mentions(refused(409, "POST", "/v1/tenants/acme/ue-pools",
                               R"({"name": "more", "vrf": "internet", "prefix": "192.168.7.0/25"})"),
                       "framed route 192.168.7.0/24"));
}

TEST_F(Objects, EthernetSessions) {
  build_tenant("acme", 101);
  const std::string sessions = "/v1/tenants/acme/sessions";
  json body = json::parse(session_body());
  body.erase("ue_address");
  EXPECT_TRUE(mentions(refused(400, "POST", sessions, body.dump()), "neither a ue_address nor a ue_ipv6"));
  body["pdn_type"] = "tokenring";
  EXPECT_TRUE(mentions(refused(400, "POST", sessions, body.dump()), "none of ip, ethernet, unstructured"));
  body["pdn_type"] = "ethernet";
  const json made = expect(201, "POST", sessions, body.dump());
  EXPECT_EQ(made["pdn_type"], "ethernet");
  const std::string one = sessions + "/" + std::to_string(made["up_seid"].get<uint64_t>());
  json rules = made;
  for (const char* name : {"data_plane", "up_seid"}) rules.erase(name);
  rules["pdrs"][0]["pdi"]["ethernet_filters"] = {json::object(),
                                                 {{"ethernet_filter_id", 7},
                                                  {"destination", "02:00:5e:00:53:01"},
                                                  {"source", "02:00:5e:00:53:02"},
                                                  {"ethertype", 0x800},
                                                  {"c_vlan", 0}}};
  json replaced = expect(200, "PUT", one, rules.dump());
  for (const char* name : {"data_plane", "up_seid"}) replaced.erase(name);
  EXPECT_EQ(replaced, rules);

  const auto refused_for = [&](const json& filter, const std::string& named) {
    json wrong = rules;
    wrong["pdrs"][0]["pdi"]["ethernet_filters"] = json::array({filter});
    EXPECT_TRUE(mentions(refused(400, "PUT", one, wrong.dump()), named)) << named;
  };
  refused_for({{"source", "02:00:5e"}}, "is not a MAC address");
  refused_for({{"source", "01:00:5e:00:00:01"}}, "is a group's");
  refused_for({{"ethertype", 1535}}, "1535");
  refused_for({{"c_vlan", 4095}}, "4095");
  rules["pdrs"][0]["pdi"]["ue_ip_address"] = "10.45.0.7";
  EXPECT_TRUE(mentions(refused(400, "PUT", one, rules.dump()), "PDR 1: has a UE IP address"));
}

TEST_F(Objects, ASessionWithoutATeidHasOneDrawn) {
  build_tenant("acme", 101);
  json body = json::parse(session_body());
  body.erase("teid");
  const json made = expect(201, "POST", "/v1/tenants/acme/sessions", body.dump());
  const auto teid = made["pdrs"][0]["pdi"]["local_f_teid"]["teid"].get<uint32_t>();
  EXPECT_NE(teid, 0u);
  json same = made;
  same.erase("data_plane");
  same["pdrs"][0]["pdi"]["local_f_teid"].erase("teid");
  const std::string one = "/v1/tenants/acme/sessions/" + std::to_string(made["up_seid"].get<uint64_t>());
  const json again = expect(200, "PUT", one, same.dump());
  EXPECT_EQ(again["pdrs"][0]["pdi"]["local_f_teid"]["teid"], teid) << "it keeps its own";
}

TEST_F(Objects, SessionsAreListedInPieces) {
  build_tenant("acme", 101);
  const std::string sessions = "/v1/tenants/acme/sessions";
  for (int i = 1; i <= 5; ++i) {
    json body = json::parse(session_body());
    body["up_seid"] = i * 10;
    body["teid"] = i;
    body["ue_address"] = "10.45.0." + std::to_string(i);
    expect(201, "POST", sessions, body.dump());
  }
  const json all = expect(200, "GET", sessions);
  EXPECT_EQ(all["items"].size(), 5u);
  EXPECT_FALSE(all.contains("next")) << "the only page";
  const json piece = expect(200, "GET", sessions + "?after=20&limit=2");
  ASSERT_EQ(piece["items"].size(), 2u);
  EXPECT_EQ(piece["items"][0]["up_seid"], 30);
  EXPECT_EQ(piece["items"][1]["up_seid"], 40);
  EXPECT_EQ(piece["next"], "40");
  EXPECT_TRUE(mentions(refused(400, "GET", sessions + "?after=-1"), "after"));
  EXPECT_TRUE(mentions(refused(400, "GET", sessions + "/0"), "up_seid"));
  EXPECT_TRUE(mentions(refused(400, "GET", sessions + "/18446744073709551616"), "up_seid"));
  EXPECT_TRUE(mentions(refused(404, "GET", sessions + "/11"), "0xb"));
}

// Every list, a row at a time by its cursor, is the list at once; pages end where the tenant's objects do.
TEST_F(Objects, PagesAddUpToTheList) {
  build_tenant("acme", 101);
  build_tenant("bravo", 102);
  expect(201, "POST", "/v1/tenants/acme/ue-pools", R"({"name": "more", "vrf": "internet", "prefix": "10.46.0.0/16"})");
  expect(201, "POST", "/v1/tenants/acme/gtpu-endpoints", R"({"name": "s1u", "vrf": "n3", "address": "10.1.0.9"})");
  for (const char* vrf : {"n3", "internet"})
    for (const char* prefix : {"0.0.0.0/0", "10.77.0.0/16", "10.77.0.0/24"})
      expect(201, "POST", "/v1/tenants/acme/routes",
             json{{"vrf", vrf}, {"prefix", prefix}, {"gateway", *vrf == 'n' ? "10.1.0.2" : "10.2.0.2"}}.dump());
  json body = json::parse(session_body());
  for (int i = 1; i <= 3; ++i) {
    body["teid"] = i;
    body["ue_address"] = "10.45.0." + std::to_string(i);
    expect(201, "POST", "/v1/tenants/acme/sessions", body.dump());
  }
  token_of("op", "");
  token_of("of-acme", "acme");
  for (const std::string path : {"/v1/tenants", "/v1/keys", "/v1/tenants/acme/vrfs", "/v1/tenants/acme/attachments",
                                 "/v1/tenants/acme/gtpu-endpoints", "/v1/tenants/acme/ue-pools",
                                 "/v1/tenants/acme/routes", "/v1/tenants/acme/sessions"}) {
    SCOPED_TRACE(path);
    const json all = expect(200, "GET", path)["items"];
    ASSERT_GE(all.size(), 2u);
    json pieces = json::array();
    std::string after;
    for (size_t n = 0; n < all.size(); ++n) {
      const json page = expect(200, "GET", path + "?limit=1" + (after.empty() ? "" : "&after=" + after));
      ASSERT_EQ(page["items"].size(), 1u);
      pieces.push_back(page["items"][0]);
      after = page.value("next", "");
      EXPECT_EQ(after.empty(), n + 1 == all.size());
    }
    EXPECT_EQ(pieces, all);
    for (const char* limit : {"0", "1001", "x", "-1"})
      EXPECT_TRUE(mentions(refused(400, "GET", path + "?limit=" + limit), "from 1 to 1000"));
  }
  EXPECT_TRUE(mentions(refused(400, "GET", "/v1/tenants/acme/routes?after=x"), "\"next\" of a page"));
  EXPECT_TRUE(mentions(refused(400, "GET", "/v1/tenants?after=x"), "after"));
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme/routes?after=nowhere,10.0.0.0,8")["items"].size(), 0u);
}

TEST_F(Objects, APageIsAThousandRowsAtTheMost) {
  build_tenant("acme", 101);
  HttpClient c = client();
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(c.request("POST", "/v1/tenants/acme/ue-pools",
                        json{{"name", "p" + std::to_string(i)},
                             {"vrf", "internet"},
                             {"prefix", "10.50." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "/32"}}
                            .dump())
                  .status,
              201);
  const json page = expect(200, "GET", "/v1/tenants/acme/ue-pools");
  EXPECT_EQ(page["items"].size(), 1000u);
  EXPECT_EQ(page["next"], "p999");
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme/ue-pools?after=p999")["items"].size(), 1u) << "\"ues\"";
}

TEST_F(Objects, KeysAreShownOnceAndRevoked) {
  build_tenant("acme", 101);
  const json key = expect(201, "POST", "/v1/keys", R"({"name": "robot", "tenant": "acme"})");
  const std::string token = key["token"].get<std::string>();
  EXPECT_EQ(token.size(), 43u);
  EXPECT_EQ(expect(200, "GET", "/v1/keys")["items"],
            json::parse(R"([{"name": "robot", "role": "tenant", "tenant": "acme"}])"));
  EXPECT_EQ(ask_tcp(token, "GET", "/v1/tenants/acme").status, 200);
  EXPECT_TRUE(mentions(refused(409, "POST", "/v1/keys", R"({"name": "robot"})"), "robot"));
  EXPECT_TRUE(mentions(refused(404, "POST", "/v1/keys", R"({"name": "x", "tenant": "nobody"})"), "nobody"));
  expect(200, "DELETE", "/v1/keys/robot");
  EXPECT_EQ(ask_tcp(token, "GET", "/v1/tenants/acme").status, 401);
  refused(404, "DELETE", "/v1/keys/robot");
}

struct Bad {
  const char* path;  // below /v1/tenants/acme
  const char* body;
  int status;
  const char* says;
};

// What gtest calls the case.
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.path << " " << bad.body; }

TEST_F(Objects, Ipv6IsShownAsItWasAdded) {
  build_tenant("acme", 101);
  const std::string base = "/v1/tenants/acme";
  auto added = [&](const std::string& kind, const char* body) {
    json answer = expect(201, "POST", base + kind, body);
    answer.erase("data_plane");
    return answer;
  };
  for (const auto& [kind, body] : {
           std::pair{"/attachments", R"({"name": "dn6", "port": "p1", "outer_vlan": 500, "vlan": 6, "vrf": "internet",
                                         "ipv6": "2001:db8:2::1/64", "mtu": 9000, "fragment_ipv4": false})"},
           std::pair{"/gtpu-endpoints", R"({"name": "six", "vrf": "n3", "address": "10.1.0.6", "ipv6": "2001:db8:1::1",
                                            "peer_policy": "learn", "outer_dont_fragment": true})"},
           std::pair{"/ue-pools", R"({"name": "ues6", "vrf": "internet", "prefix": "2001:db8:100::/48"})"},
           std::pair{"/vrfs", R"({"name": "ims", "role": "core", "mtu": 1400, "tcp_mss": 1360, "ue_to_ue": true,
                                  "ipv4_options": "pass", "routing_headers": "pass"})"},
       })
    EXPECT_EQ(added(kind, body), json::parse(body)) << kind;
  json route = added("/routes", R"({"vrf": "internet", "prefix": "::/0", "gateway": "2001:db8:2::2",
                                    "more_next_hops": [{"gateway": "fe80::1", "attachment": "dn6"}]})");
  route.erase("id");
  EXPECT_EQ(route, json::parse(R"({"vrf": "internet", "prefix": "::/0", "gateway": "2001:db8:2::2", "attachment": "dn6",
                                   "more_next_hops": [{"gateway": "fe80::1", "attachment": "dn6"}]})"));
  EXPECT_EQ(expect(200, "GET", base + "/routes?limit=1")["items"][0]["prefix"], "::/0");
  expect(200, "DELETE", base + "/routes/internet/%3A%3A/0");

  const json session = expect(201, "POST", base + "/sessions",
                              R"({"ue_ipv6": "2001:db8:100:7::", "core_vrf": "internet", "endpoint": "six",
                                  "teid": 256, "peer_address": "2001:db8:1::2", "peer_teid": 512})");
  EXPECT_EQ(session["pdrs"][1]["pdi"]["ue_ipv6"], "2001:db8:100:7::/64");
  EXPECT_FALSE(session["pdrs"][1]["pdi"].contains("ue_ip_address"));
  EXPECT_EQ(session["fars"][1]["forwarding_parameters"]["outer_header_creation"]["peer_address"], "2001:db8:1::2");
  // The rules come back as they were answered, with markings.
  json rules = session;
  rules.erase("data_plane");
  rules["fars"][1]["forwarding_parameters"]["transport_level_marking"] = {{"tos", 184}, {"mask", 252}};
  rules["fars"][1]["forwarding_parameters"]["copy_dscp"] = true;
  rules["qers"] = json::parse(R"([{"qer_id": 1, "gate_status": {"ul": "OPEN", "dl": "OPEN"}, "qfi": 9, "rqi": true,
                                   "paging_policy_indicator": 3}])");
  const std::string path = base + "/sessions/" + std::to_string(rules["up_seid"].get<uint64_t>());
  expect(200, "PUT", path, rules.dump());
  EXPECT_EQ(expect(200, "GET", path), rules);
}

TEST_F(Objects, OptionsAreChangedOneByOne) {
  build_tenant("acme", 101);
  const std::string base = "/v1/tenants/acme";
  EXPECT_EQ(expect(200, "PATCH", base + "/vrfs/internet", R"({"tcp_mss": 1300})")["tcp_mss"], 1300);
  const json vrf = expect(200, "PATCH", base + "/vrfs/internet", R"({"ue_to_ue": true})");
  EXPECT_EQ(vrf["tcp_mss"], 1300) << "stays as it was";
  EXPECT_EQ(vrf["ue_to_ue"], true);
  EXPECT_FALSE(expect(200, "PATCH", base + "/vrfs/internet", R"({"tcp_mss": 0})").contains("tcp_mss"));
  EXPECT_EQ(expect(200, "PATCH", base + "/attachments/ran", R"({"mtu": 1400, "fragment_ipv4": false})")["mtu"], 1400);
  EXPECT_EQ(expect(200, "PATCH", base + "/gtpu-endpoints/n3", R"({"peer_policy": "any"})")["peer_policy"], "any");
  EXPECT_EQ(expect(200, "GET", base + "/gtpu-endpoints")["items"][0]["peer_policy"], "any");
  EXPECT_TRUE(mentions(refused(400, "PATCH", base + "/vrfs/n3", R"({"tcp_mss": 1300})"), "access VRF"));
  EXPECT_TRUE(mentions(refused(400, "PATCH", base + "/attachments/ran", R"({"mtu": 100})"), "1280"));
  EXPECT_TRUE(mentions(refused(400, "PATCH", base + "/attachments/ran", R"({"vlan": 5})"), "unknown member"));
  EXPECT_TRUE(mentions(refused(404, "PATCH", base + "/gtpu-endpoints/n9", "{}"), "n9"));
}

class BadBodies : public Served, public ::testing::WithParamInterface<Bad> {};

// Each case is refused in a sentence that names the value, and leaves no trace.
TEST_P(BadBodies, AreRefusedByName) {
  build_tenant("acme", 101);
  build_tenant("bravo", 102);
  expect(201, "POST", "/v1/tenants/bravo/vrfs", R"({"name": "secret", "role": "core"})");
  const std::string path = std::string("/v1/tenants/acme") + GetParam().path;
  const json before = expect(200, "GET", path);
  const std::string message = refused(GetParam().status, "POST", path, GetParam().body);
  EXPECT_TRUE(mentions(message, GetParam().says)) << message;
  EXPECT_EQ(expect(200, "GET", path), before);
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, BadBodies,
    ::testing::Values(
        Bad{"/vrfs", "", 400, "not JSON"}, Bad{"/vrfs", "[]", 400, "not an object"},
        Bad{"/vrfs", "null", 400, "not an object"}, Bad{"/vrfs", R"({"name": "x"})", 400, "\"role\" is missing"},
        Bad{"/vrfs", R"({"name": "x", "role": "core", "colour": 1})", 400, "unknown member \"colour\""},
        Bad{"/vrfs", R"({"name": "x", "role": "edge"})", 400, "role: \"edge\" is none of access, core"},
        Bad{"/vrfs", R"({"name": 7, "role": "core"})", 400, "name: 7 is not a text"},
        Bad{"/vrfs", R"({"name": "UPPER", "role": "core"})", 400, "UPPER"},
        Bad{"/vrfs", R"({"name": "x", "name": "y", "role": "core"})", 400, "\"name\" twice"},
        Bad{"/vrfs", "{\"name\": \"x\\u0000y\", \"role\": \"core\"}", 400, "x"},
        Bad{"/vrfs", R"({"name": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "role": "core"})", 400, "at most 32"},
        Bad{"/vrfs", R"({"name": "n3", "role": "core"})", 409, "n3"},
        Bad{"/vrfs", R"({"name": "x", "role": "core", "tenant": "bravo"})", 400, "unknown member \"tenant\""},
        Bad{"/attachments", R"({"name": "a", "port": "p0", "vlan": 4095, "vrf": "n3", "address": "10.9.0.1/24"})", 400,
            "vlan: 4095 is out of range; it must be from 0 to 4094"},
        Bad{"/attachments", R"({"name": "a", "port": "p0", "vlan": -1, "vrf": "n3", "address": "10.9.0.1/24"})", 400,
            "vlan: -1"},
        Bad{"/attachments", R"({"name": "a", "port": "p0", "vlan": 1.5, "vrf": "n3", "address": "10.9.0.1/24"})", 400,
            "vlan: 1.5 is not a whole number"},
        Bad{"/attachments", R"({"name": "a", "port": "p0", "vlan": "5", "vrf": "n3", "address": "10.9.0.1/24"})", 400,
            "vlan: \"5\" is not a whole number"},
        Bad{"/attachments", R"({"name": "a", "port": "p0", "vlan": 5, "vrf": "n3", "address": "10.9.0.1"})", 400,
            "address: \"10.9.0.1\""},
        Bad{"/attachments", R"({"name": "a", "port": "p0", "vlan": 5, "vrf": "secret", "address": "10.9.0.1/24"})", 404,
            "has no VRF \"secret\""},
        Bad{"/attachments", R"({"name": "a", "port": "p0", "vlan": 102, "vrf": "n3", "address": "10.9.0.1/24"})", 409,
            "102"},
        Bad{"/gtpu-endpoints", R"({"name": "e", "vrf": "n3", "address": "10.1.0.256"})", 400, "10.1.0.256"},
        Bad{"/gtpu-endpoints", R"({"name": "e", "vrf": "internet", "address": "10.2.0.1"})", 400, "internet"},
        Bad{"/ue-pools", R"({"name": "u", "vrf": "internet", "prefix": "10.45.1.1/24"})", 400, "10.45.1.0/24"},
        Bad{"/ue-pools", R"({"name": "u", "vrf": "internet", "prefix": "10.45.1.0/33"})", 400, "10.45.1.0/33"},
        Bad{"/ue-pools", R"({"name": "u", "vrf": "internet", "prefix": "10.45.1.0/24"})", 409, "10.45.0.0/16"},
        Bad{"/routes", R"({"vrf": "internet", "prefix": "0.0.0.0/0", "gateway": "10.77.0.1"})", 400, "10.77.0.1"},
        Bad{"/sessions", R"({"teid": 0})", 400, "missing"},
        Bad{"/sessions", R"({"core_vrf": "internet", "endpoint": "n3", "teid": 1, "peer_address": "10.1.0.2",
                             "peer_teid": 512})",
            400, "neither a ue_address nor a ue_ipv6"},
        Bad{"/sessions", R"({"ue_ipv6": "2001:db8::1/64", "core_vrf": "internet", "endpoint": "n3", "teid": 1,
                             "peer_address": "10.1.0.2", "peer_teid": 512})",
            400, "2001:db8::/64"},
        Bad{"/attachments", R"({"name": "a", "port": "p0", "vlan": 5, "vrf": "n3"})", 400, "no address"},
        Bad{"/gtpu-endpoints", R"({"name": "e", "vrf": "n3", "ipv6": "10.1.0.6"})", 400, "ipv6"},
        Bad{"/sessions", R"({"ue_address": "10.45.0.7", "core_vrf": "internet", "endpoint": "n3", "teid": 0,
                             "peer_address": "10.1.0.2", "peer_teid": 512})",
            400, "teid: 0"},
        Bad{"/sessions", R"({"ue_address": "10.45.0.7", "core_vrf": "internet", "endpoint": "n3", "teid": 4294967296,
                             "peer_address": "10.1.0.2", "peer_teid": 512})",
            400, "teid: 4294967296"},
        Bad{"/sessions", R"({"ue_address": "10.45.0.7", "core_vrf": "internet", "endpoint": "n3", "teid": 1,
                             "peer_address": "10.1.0.2", "peer_teid": 512, "qfi": 64})",
            400, "qfi: 64"},
        Bad{"/sessions", R"({"ue_address": "10.46.0.7", "core_vrf": "internet", "endpoint": "n3", "teid": 1,
                             "peer_address": "10.1.0.2", "peer_teid": 512})",
            400, "10.46.0.7"},
        Bad{"/sessions", R"({"ue_address": "10.45.0.7", "core_vrf": "secret", "endpoint": "n3", "teid": 1,
                             "peer_address": "10.1.0.2", "peer_teid": 512})",
            404, "has no VRF \"secret\""},
        Bad{"/sessions", R"({"ue_address": "10.45.0.7", "core_vrf": "internet", "endpoint": "nope", "teid": 1,
                             "peer_address": "10.1.0.2", "peer_teid": 512})",
            404, "has no GTP-U endpoint \"nope\""},
        Bad{"/sessions", R"({"pdrs": [], "fars": [{"far_id": 1, "apply_action": "DROP"}]})", 400,
            "pdrs: has 0 items; it must have 1 to 64"},
        Bad{"/sessions", R"({"pdrs": [{"pdr_id": 1, "precedence": 1, "far_id": 1, "pdi": {"source_interface": "core",
                             "network_instance": "internet", "qfi": 64}}],
                             "fars": [{"far_id": 1, "apply_action": "DROP"}]})",
            400, "pdrs[0].pdi.qfi: 64"},
        Bad{"/sessions", R"({"pdrs": [{"pdr_id": 1, "precedence": 1, "far_id": 1, "pdi": {"source_interface": "core",
                             "network_instance": "internet", "ue_ip_address": "10.45.0.7"}}],
                             "fars": [{"far_id": 1, "apply_action": "FORW"}]})",
            400, "forwarding_parameters"},
        Bad{"/sessions", R"({"pdrs": [{"pdr_id": 1, "precedence": 1, "far_id": 9, "pdi": {"source_interface": "core",
                             "network_instance": "internet", "ue_ip_address": "10.45.0.7"}}],
                             "fars": [{"far_id": 1, "apply_action": "DROP"}]})",
            400, "far_id 9"}));

TEST_F(Objects, TheDataPlanesAnswerIsPassedOn) {
  link().flushed = false;
  EXPECT_EQ(expect(201, "POST", "/v1/tenants", R"({"name": "a"})")["data_plane"], "pending");
  link().flushed = fail(ErrorCode::unavailable, "connection lost");
  EXPECT_EQ(expect(201, "POST", "/v1/tenants", R"({"name": "b"})")["data_plane"], "pending");
  link().flushed = fail(ErrorCode::exhausted, "the table of tenants is full");
  const json refused = expect(201, "POST", "/v1/tenants", R"({"name": "c"})");
  EXPECT_EQ(refused["data_plane"], "refused");
  EXPECT_EQ(refused["data_plane_error"], "the table of tenants is full");
  // Each asked about the tenant that was added; a key has nothing to carry.
  EXPECT_EQ(link().flushes, (std::vector<TenantId>{TenantId{1}, TenantId{2}, TenantId{3}}));
  EXPECT_EQ(expect(201, "POST", "/v1/keys", R"({"name": "k"})")["data_plane"], "applied");
}

}  // namespace
}  // namespace demarc::cp::test
