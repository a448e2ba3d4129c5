// Who may do what: every route of routes.def with every kind of caller. A new route is tested by being in the list.
#include "controlplane/api/route.h"
#include "tests/controlplane/api/served.h"

namespace demarc::cp::test {
namespace {

class Permissions : public Served {
 protected:
  void SetUp() override {
    build_tenant("acme", 101);
    build_tenant("bravo", 102);
    operator_ = token_of("op", "");
    acme_ = token_of("of-acme", "acme");
    bravo_ = token_of("of-bravo", "bravo");
  }

  // A path of the route, for acme. What else it names does not exist, so that trying it changes nothing.
  static std::string path_of(const ApiRoute& route, const std::string& tenant) {
    std::string path;
    for (const auto word : words(route.path, '/')) {
      path += "/";
      if (word == "{t}")
        path += tenant;
      else if (word == "{up_seid}")
        path += "77";
      else if (word == "{length}")
        path += "8";
      else if (word == "{address}")
        path += "10.0.0.0";
      else if (word.front() == '{')
        path += "none-such";
      else
        path += std::string(word);
    }
    return path;
  }

  // A body that is refused after the permission was checked, so that a change is tried and nothing changes.
  static std::string body_of(const ApiRoute& route) { return route.request.empty() ? "" : R"({"wrong": 1})"; }

  Answer try_route(const ApiRoute& route, const std::string& token, const std::string& tenant) {
    return ask_tcp(token, std::string(route.method), path_of(route, tenant), body_of(route));
  }

  static bool admitted(const Answer& answer) {
    return answer.status != 0 && answer.status != 401 && answer.status != 403;
  }

  std::string operator_, acme_, bravo_;
};

TEST_F(Permissions, OfEveryRoute) {
  for (const ApiRoute& route : routes()) {
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.path));
    if (route.path.ends_with("/suspend") || route.path.ends_with("/resume") || route.path == "/v1/tenants/{t}") {
      // The operator's turn of these comes below: it would be well done.
    } else {
      EXPECT_TRUE(admitted(try_route(route, operator_, "acme")));
    }
    const bool own = route.permission != Permission::operators;
    EXPECT_EQ(admitted(try_route(route, acme_, "acme")), own);
    EXPECT_EQ(admitted(try_route(route, bravo_, "acme")), route.permission == Permission::everyone);
    const Answer none = try_route(route, "", "acme");
    EXPECT_EQ(none.status, 401);
    EXPECT_NE(none.body.find("Authorization: Bearer"), std::string::npos);
    EXPECT_TRUE(none.headers.at("www-authenticate").starts_with("Bearer"));
  }
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme")["state"], "active");
  for (const char* way : {"/suspend", "/resume"})
    EXPECT_EQ(ask_tcp(operator_, "POST", std::string("/v1/tenants/acme") + way).status, 200);
  EXPECT_EQ(ask_tcp(operator_, "GET", "/v1/tenants/acme").status, 200);
  EXPECT_EQ(ask_tcp(operator_, "DELETE", "/v1/tenants/acme").status, 409);
}

TEST_F(Permissions, OnTheUnixSocketAreAnOperators) {
  for (const ApiRoute& route : routes()) {
    if (route.path.ends_with("/suspend") || route.path.ends_with("/resume") || route.path == "/v1/tenants/{t}")
      continue;
    const Answer answer = ask(std::string(route.method), path_of(route, "acme"), body_of(route));
    EXPECT_TRUE(admitted(answer)) << route.path << answer.body;
  }
}

// Nothing in the answer tells whether the other tenant, or the path below it, exists.
TEST_F(Permissions, OtherTenantsLookAsIfTheyWereNot) {
  const Answer want = ask_tcp(acme_, "GET", "/v1/tenants/no-such-tenant");
  EXPECT_EQ(want.status, 403);
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"})
    for (const char* path : {"/v1/tenants/bravo", "/v1/tenants/bravo/vrfs", "/v1/tenants/bravo/nonsense", "/v1/tenants",
                             "/v1/tenants/", "/v1/tenants/bravo/sessions/5", "/v1/tenants/%62ravo", "/nonsense",
                             "/v1/tenants/acme%20", "/v1/tenants/ACME", "/v1/tenants//acme", "//v1/tenants/acme",
                             "/v1/tenants/bravo/../acme", "/v1/tenants/bravo?force=true", "/v1/counters", "/v1/keys"}) {
      const Answer got = ask_tcp(acme_, method, path);
      EXPECT_EQ(got.status, want.status) << method << " " << path;
      EXPECT_EQ(got.body, want.body) << method << " " << path;
    }
  EXPECT_EQ(ask_tcp(acme_, "GET", "/v1/tenants/%61cme").status, 200);
  EXPECT_EQ(ask_tcp(acme_, "GET", "/v1/tenants/acme/nonsense").status, 404);
  EXPECT_EQ(ask_tcp(acme_, "PUT", "/v1/tenants/acme").status, 405);
  EXPECT_EQ(ask_tcp(acme_, "PATCH", "/v1/tenants/acme", R"({"rates": {"uplink_bps": 0}})").status, 403)
      << "nobody sets its own rates";
}

// The tenant comes from the credential and the path; a body cannot name another's.
TEST_F(Permissions, ABodyCannotReachAnotherTenant) {
  expect(201, "POST", "/v1/tenants/bravo/vrfs", R"({"name": "secret", "role": "core"})");
  const Answer pool = ask_tcp(acme_, "POST", "/v1/tenants/acme/ue-pools",
                              R"({"name": "x", "vrf": "secret", "prefix": "10.99.0.0/16"})");
  EXPECT_EQ(pool.status, 404);
  for (const char* body : {R"({"name": "x", "vrf": "internet", "prefix": "10.99.0.0/16", "tenant": "bravo"})",
                           R"({"name": "x", "vrf": "internet", "prefix": "10.99.0.0/16", "tenant_id": 2})"})
    EXPECT_EQ(ask_tcp(acme_, "POST", "/v1/tenants/acme/ue-pools", body).status, 400) << body;
  const json made = expect(201, "POST", "/v1/tenants/bravo/sessions", session_body());
  const std::string theirs = "/v1/tenants/acme/sessions/" + std::to_string(made["up_seid"].get<uint64_t>());
  for (const char* method : {"GET", "DELETE"}) EXPECT_EQ(ask_tcp(acme_, method, theirs).status, 404) << method;
  EXPECT_EQ(ask_tcp(acme_, "PUT", theirs, session_body()).status, 404);
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/bravo/sessions")["items"].size(), 1u);
}

TEST_F(Permissions, CredentialsThatAreNone) {
  std::string almost = operator_;
  almost[0] = almost[0] == 'A' ? 'B' : 'A';
  for (const std::string& header :
       {std::string("Basic b3A6b3A="), "Bearer " + almost, "Bearer " + operator_ + "x", std::string("Bearer "),
        std::string("Bearer"), operator_, "Bearer " + operator_ + " " + operator_, "Bearer " + operator_.substr(1),
        std::string("Bearer ") + std::string(8000, 'A')}) {
    const Answer answer = tcp_client().request("GET", "/v1/version", "", "Authorization: " + header + "\r\n");
    EXPECT_EQ(answer.status, 401) << header.substr(0, 80);
  }
  EXPECT_EQ(tcp_client().request("GET", "/v1/version", "", "authorization: bearer  " + operator_ + "\r\n").status, 200);
}

TEST_F(Permissions, EndWithTheTenant) {
  expect(200, "DELETE", "/v1/tenants/acme?force=true");
  EXPECT_EQ(ask_tcp(acme_, "GET", "/v1/tenants/acme").status, 401);
  expect(201, "POST", "/v1/tenants", R"({"name": "acme"})");
  EXPECT_EQ(ask_tcp(acme_, "GET", "/v1/tenants/acme").status, 401);
  EXPECT_EQ(ask_tcp(bravo_, "GET", "/v1/tenants/bravo").status, 200);
}

}  // namespace
}  // namespace demarc::cp::test
