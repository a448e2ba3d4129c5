#include "tests/controlplane/api/served.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "controlplane/api/route.h"
#include "controlplane/api/schema.h"
#include "controlplane/api/target.h"

namespace demarc::cp::test {
namespace {

void check_answer(const std::string& method, const std::string& target, const Answer& answer) {
  const auto parsed = parse_target(target);
  if (!parsed || answer.status >= 300 || answer.headers.at("content-type") != "application/json") return;
  for (const ApiRoute& route : routes()) {
    Call ignored;
    if (route.method != method || route.response == "Any" || !matches(route, parsed->segments, ignored)) continue;
    EXPECT_EQ(answer.status, route.status) << method << " " << target;
    const auto right = check_schema(response_schema(route), json::parse(answer.body));
    EXPECT_TRUE(right) << method << " " << target << ": " << right.error().message << "\n" << answer.body;
  }
}

// Tests ask as fast as they can.
TenantShare patient_share() {
  TenantShare share;
  share.api_calls_per_second = 1'000'000;
  return share;
}

}  // namespace

struct Served::Io {
  boost::asio::io_context context;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread{[this] { context.run(); }};
};

Served::Served(ApiConfig config) : io_(std::make_unique<Io>()) {
  auto core = Core::open(
      directory_ / "store.db", [](std::vector<channel::TableUpdate>) {}, {}, patient_share());
  if (!core) throw std::runtime_error(core.error().message);
  core_ = std::move(*core);
  core_->start();
  restart_api(std::move(config));
}

void Served::restart_api(ApiConfig config) {
  std::promise<std::string> opened;
  boost::asio::post(io_->context, [&] {
    api_.reset();
    auto link = std::make_unique<FakeLink>();
    link_ = link.get();
    config.unix_path = socket_path();
    config.tcp = TcpListen{"127.0.0.1", 0};
    config.store_schema = 7;
    auto api = Api::open(io_->context, config, *core_, std::move(link), clock_);
    if (!api) return opened.set_value(api.error().message);
    api_ = std::move(*api);
    tcp_port_ = api_->tcp_port();
    opened.set_value("");
  });
  if (const std::string error = opened.get_future().get(); !error.empty()) throw std::runtime_error(error);
}

Served::~Served() {
  std::promise<void> closed;
  boost::asio::post(io_->context, [&] {
    api_.reset();
    closed.set_value();
  });
  closed.get_future().wait();
  core_.reset();
  io_->work.reset();
  io_->context.stop();
  io_->thread.join();
}

Answer Served::ask(const std::string& method, const std::string& target, const std::string& body) {
  const Answer answer = client().request(method, target, body);
  check_answer(method, target, answer);
  return answer;
}

json Served::expect(int status, const std::string& method, const std::string& target, const std::string& body) {
  const Answer answer = ask(method, target, body);
  EXPECT_EQ(answer.status, status) << method << " " << target << " " << body << "\n" << answer.body;
  return json::parse(answer.body, nullptr, false);
}

std::string Served::refused(int status, const std::string& method, const std::string& target, const std::string& body) {
  const json answer = expect(status, method, target, body);
  const auto right = check_schema(schema_ref("Error"), answer);
  EXPECT_TRUE(right) << right.error().message;
  return right ? answer["error"]["message"].get<std::string>() : "";
}

Answer Served::ask_tcp(const std::string& token, const std::string& method, const std::string& target,
                       const std::string& body) {
  const Answer answer =
      tcp_client().request(method, target, body, token.empty() ? "" : "Authorization: Bearer " + token + "\r\n");
  check_answer(method, target, answer);
  return answer;
}

std::string Served::token_of(const std::string& name, const std::string& tenant) {
  json body{{"name", name}};
  if (!tenant.empty()) body["tenant"] = tenant;
  return expect(201, "POST", "/v1/keys", body.dump()).at("token").get<std::string>();
}

void Served::build_tenant(const std::string& name, int vlan) {
  const std::string base = "/v1/tenants/" + name;
  expect(201, "POST", "/v1/tenants", R"({"name": ")" + name + R"("})");
  expect(201, "POST", base + "/vrfs", R"({"name": "n3", "role": "access"})");
  expect(201, "POST", base + "/vrfs", R"({"name": "internet", "role": "core"})");
  expect(
      201, "POST", base + "/attachments",
      R"({"name": "ran", "port": "p0", "vrf": "n3", "address": "10.1.0.1/24", "vlan": )" + std::to_string(vlan) + "}");
  expect(201, "POST", base + "/attachments",
         R"({"name": "dn", "port": "p1", "vrf": "internet", "address": "10.2.0.1/24", "vlan": )" +
             std::to_string(vlan) + "}");
  expect(201, "POST", base + "/gtpu-endpoints", R"({"name": "n3", "vrf": "n3", "address": "10.1.0.1"})");
  expect(201, "POST", base + "/ue-pools", R"({"name": "ues", "vrf": "internet", "prefix": "10.45.0.0/16"})");
}

const char* Served::session_body() {
  return R"({"ue_address": "10.45.0.7", "core_vrf": "internet", "endpoint": "n3", "teid": 256,
             "peer_address": "10.1.0.2", "peer_teid": 512, "qfi": 9})";
}

}  // namespace demarc::cp::test
