#include "controlplane/config.h"

#include <gtest/gtest.h>

namespace demarc::cp {
namespace {

TEST(Config, WhatIsLeftOutHasItsDefault) {
  auto c = parse_config("", "f.toml");
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_EQ(c->store_path, "/var/lib/demarc/demarc.db");
  EXPECT_EQ(c->channel_endpoint, "ipc:///run/demarc/channel/dp.sock");
  EXPECT_EQ(c->api_socket, "/run/demarc/api.sock");
  EXPECT_FALSE(c->api_tcp);
  EXPECT_EQ(c->log_level, "info");
}

TEST(Config, EveryKeyIsTaken) {
  auto c = parse_config(R"([store]
path = "/x/y.db"
[channel]
endpoint = "tcp://10.0.0.1:5555"
curve_secret_key_file = "/k/demarcd.secret"
curve_client_public_key_file = "/k/demarc-dp.public"
[api]
socket = "/x/api.sock"
[api.tcp]
listen = "[::1]:8080"
[tenant_share]
at_most_percent = 25
reserved_percent = 0
vrfs = 1
attachments = 2
gtpu_endpoints = 3
ue_pools = 4
routes = 5
sessions = 6
api_keys = 7
api_calls_per_second = 8
captures = 0
[capacity]
worker_packets_per_second = 3000000
worker_bits_per_second = 100000000000
for_sale_percent = 100
[log]
level = "debug"
)",
                        "f.toml");
  ASSERT_TRUE(c) << c.error().message;
  EXPECT_EQ(c->store_path, "/x/y.db");
  EXPECT_EQ(c->channel_endpoint, "tcp://10.0.0.1:5555");
  EXPECT_EQ(c->curve.secret_key, "/k/demarcd.secret");
  EXPECT_EQ(c->curve.peer_public_key, "/k/demarc-dp.public");
  EXPECT_EQ(c->api_socket, "/x/api.sock");
  ASSERT_TRUE(c->api_tcp);
  EXPECT_EQ(c->api_tcp->address, "::1");
  EXPECT_EQ(c->api_tcp->port, 8080);
  EXPECT_EQ(c->log_level, "debug");
  EXPECT_EQ(c->tenant_share.worker, (WorkerCapacity{3'000'000, 100'000'000'000, 100}));
  const TenantShare& s = c->tenant_share;
  EXPECT_EQ(s.at_most_percent, 25u);
  EXPECT_EQ(s.reserved_percent, 0u);
  const std::vector<uint32_t> most{s.vrfs,     s.attachments, s.gtpu_endpoints,       s.ue_pools, s.routes,
                                   s.sessions, s.api_keys,    s.api_calls_per_second, s.captures};
  EXPECT_EQ(most, (std::vector<uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 0}));
}

TEST(Config, TheShippedFileIsRight) {
  auto c = load_config(DEMARC_SOURCE_ROOT "/config/demarcd.toml");
  ASSERT_TRUE(c) << c.error().message;
  const DaemonConfig defaults;
  EXPECT_EQ(c->store_path, defaults.store_path);
  EXPECT_EQ(c->channel_endpoint, defaults.channel_endpoint);
  EXPECT_EQ(c->api_socket, defaults.api_socket);
  EXPECT_EQ(c->tenant_share, defaults.tenant_share);
}

TEST(Config, CheckLooksAtTheStoresDirectory) {
  DaemonConfig c;
  c.store_path = "/nonexistent/place/demarc.db";
  const Status status = check_host(c);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("mkdir -p /nonexistent/place"), std::string::npos) << status.error().message;
  c.store_path = "/tmp/demarc.db";
  EXPECT_TRUE(check_host(c));
  c.curve = {"/nonexistent/secret", "/nonexistent/public"};
  EXPECT_FALSE(check_host(c));
}

TEST(Config, WhatIsWrongIsNamedWithItsLine) {
  const struct {
    const char* text;
    const char* sentence;
  } cases[] = {
      {"[store]\npaht = \"x\"\n", "f.toml:2: unknown key [store] paht; known are: path"},
      {"[nothing]\nx = 1\n",
       "f.toml:1: unknown key nothing; known are: store, channel, api, tenant_share, capacity, log"},
      {"\n\nx = 1\n", "f.toml:3: unknown key x; known are: store, channel, api, tenant_share, capacity, log"},
      {"store = 5\n", "f.toml:1: store must be a table"},
      {"[store]\npath = 5\n", "f.toml:2: [store] path must be a text"},
      {"[store]\npath = \"\"\n", "f.toml:2: [store] path must be a text"},
      {"[channel]\nendpoint = \"udp://x\"\n",
       "f.toml:2: [channel] endpoint cannot be used: channel endpoint \"udp://x\""},
      {"[channel]\nendpoint = \"tcp://h:1\"\n", "f.toml:2: [channel] endpoint over tcp:// needs curve_secret_key_file"},
      {"[channel]\ncurve_secret_key_file = \"/k\"\n", "f.toml:2: [channel] curve_secret_key_file is for a tcp://"},
      {"[api]\nsocket = \"relative\"\n", "f.toml:2: [api] socket \"relative\" must be an absolute path"},
      {"[api.tcp]\n", "f.toml: [api.tcp] listen \"\" must be ADDRESS:PORT"},
      {"[api.tcp]\nlisten = \"localhost:80\"\n", "f.toml:2: [api.tcp] listen \"localhost:80\" must be ADDRESS:PORT"},
      {"[api.tcp]\nlisten = \"127.0.0.1:65536\"\n", "must be ADDRESS:PORT"},
      {"[api.tcp]\nlisten = \"127.0.0.1\"\n", "must be ADDRESS:PORT"},
      {"[api.tcp]\nlisten = \"127.0.0.1:1\"\nport = 2\n", "f.toml:3: unknown key [api.tcp] port; known are: listen"},
      {"[tenant_share]\nat_most_percent = 101\n",
       "f.toml:2: [tenant_share] at_most_percent must be a whole number from 1"},
      {"[tenant_share]\nsessions = \"all\"\n", "f.toml:2: [tenant_share] sessions must be a whole number from 1 to"},
      {"[log]\nlevel = \"loud\"\n", "f.toml:2: [log] level \"loud\" must be one of: error, warning, info, debug"},
      {"[store\n", "f.toml:1: "},
      {"[store]\npath = \"a\"\npath = \"b\"\n", "f.toml:3: "},
  };
  for (const auto& c : cases) {
    auto config = parse_config(c.text, "f.toml");
    ASSERT_FALSE(config) << c.text;
    EXPECT_EQ(config.error().code, ErrorCode::invalid);
    EXPECT_NE(config.error().message.find(c.sentence), std::string::npos) << config.error().message;
    EXPECT_EQ(config.error().message.find('\n'), std::string::npos) << "one line";
  }
}

TEST(Config, AFileThatIsNotThereIsNamed) {
  auto c = load_config("/nonexistent/demarcd.toml");
  ASSERT_FALSE(c);
  EXPECT_NE(c.error().message.find("/nonexistent/demarcd.toml"), std::string::npos);
}

}  // namespace
}  // namespace demarc::cp
