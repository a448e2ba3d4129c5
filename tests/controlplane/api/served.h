// The API as it is in demarcd: a real core and store, real sockets, and a data plane that the test plays.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "controlplane/api/api.h"
#include "controlplane/api/json_text.h"
#include "controlplane/core/core.h"
#include "tests/controlplane/api/fake_link.h"
#include "tests/controlplane/api/http_client.h"
#include "tests/controlplane/store/temp_dir.h"

namespace demarc::cp::test {

inline bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Goes with the machine's until a test stops it.
class StoppableClock final : public Clock {
 public:
  uint64_t monotonic_ns() const override {
    const uint64_t stopped = stopped_ns_;
    return stopped != 0 ? stopped : real_.monotonic_ns();
  }
  uint64_t wall_ns() const override { return real_.wall_ns(); }
  void stop_at(uint64_t ns) { stopped_ns_ = ns; }

 private:
  SystemClock real_;
  std::atomic<uint64_t> stopped_ns_{0};
};

class Served : public ::testing::Test {
 protected:
  // `config` without sockets: they are set here.
  explicit Served(ApiConfig config = {});
  ~Served() override;

  // Over the unix socket, each on a connection of its own. An answer that went well is checked against its route's
  // schema.
  Answer ask(const std::string& method, const std::string& target, const std::string& body = "");
  // The same, with the status that must come; the parsed body.
  json expect(int status, const std::string& method, const std::string& target, const std::string& body = "");
  // The message of an error that must come with this status.
  std::string refused(int status, const std::string& method, const std::string& target, const std::string& body = "");
  // Over TCP, with a token.
  Answer ask_tcp(const std::string& token, const std::string& method, const std::string& target,
                 const std::string& body = "");
  // Makes a key; of an operator when the tenant is empty.
  std::string token_of(const std::string& name, const std::string& tenant);
  // A tenant with VRFs n3 (access) and internet (core), attachments, an endpoint, a pool.
  void build_tenant(const std::string& name, int vlan);
  void restart_api(ApiConfig config);

  std::string socket_path() const { return directory_ / "api.sock"; }
  HttpClient client() const { return HttpClient::to_unix(socket_path()); }
  HttpClient tcp_client() const { return HttpClient::to_tcp(tcp_port_); }
  FakeLink& link() { return *link_; }
  StoppableClock& clock() { return clock_; }
  Core& core() { return *core_; }

  static const char* session_body();

 private:
  struct Io;
  TempDir directory_;
  StoppableClock clock_;
  std::unique_ptr<Io> io_;
  std::unique_ptr<Core> core_;
  FakeLink* link_ = nullptr;
  std::unique_ptr<Api> api_;
  uint16_t tcp_port_ = 0;
};

}  // namespace demarc::cp::test
