#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include "controlplane/shell/http_client.h"
#include "tests/controlplane/shell/fake_server.h"

namespace demarc::shell {
namespace {

using namespace std::chrono_literals;

Target at(const std::string& path) {
  Target t;
  t.socket_path = path;
  return t;
}

constexpr ClientLimits kShort{.connect = 1000ms, .silence = 300ms, .answer_max = 1000, .line_max = 100};
const Request kGet{.method = "GET", .target = "/v1/tenants", .body = {}};

std::string whole(const std::string& body, const std::string& type = "application/json") {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

TEST(HttpClient, SendsARequestAndTakesTheAnswer) {
  FakeServer server(whole("{\"a\":1}"));
  const auto r = HttpClient(at(server.path()), kShort).perform({.method = "POST", .target = "/v1/x?y=1", .body = "{}"});
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->status, 200u);
  EXPECT_EQ(r->body, "{\"a\":1}");
  EXPECT_EQ(server.request().substr(0, 24), "POST /v1/x?y=1 HTTP/1.1\r");
  EXPECT_NE(server.request().find("Content-Length: 2\r\n"), std::string::npos);
}

TEST(HttpClient, AnErrorStatusIsAnAnswer) {
  FakeServer server("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}");
  const auto r = HttpClient(at(server.path()), kShort).perform(kGet);
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(r->status, 409u);
}

TEST(HttpClient, AServerThatIsNotThere) {
  const auto r = HttpClient(at("/nowhere/api.sock"), kShort).perform(kGet);
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().message.find("cannot reach demarcd at /nowhere/api.sock"), std::string::npos);
}

// An answer cut at every byte is never taken for a whole one, and never hangs.
TEST(HttpClient, AnAnswerCutAtEveryByte) {
  const std::string answer = whole("{\"items\":[]}");
  for (size_t size = 0; size < answer.size(); ++size) {
    FakeServer server(answer.substr(0, size));
    const auto r = HttpClient(at(server.path()), kShort).perform(kGet);
    ASSERT_FALSE(r) << "cut at " << size;
    EXPECT_NE(r.error().message.find(size < answer.size() - 12 ? "before it answered" : "in the middle of its answer"),
              std::string::npos)
        << size << ": " << r.error().message;
  }
}

TEST(HttpClient, AChunkedAnswerCutAtEveryByte) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n";
  for (size_t size = 0; size <= answer.size(); ++size) {
    FakeServer server(answer.substr(0, size));
    const auto r = HttpClient(at(server.path()), kShort).perform(kGet);
    ASSERT_EQ(r.has_value(), size == answer.size()) << "cut at " << size;
    EXPECT_EQ(r ? r->body : "{\"a\":1}", "{\"a\":1}");
  }
}

TEST(HttpClient, SilenceEnds) {
  for (const std::string& begun : {std::string(), whole("{\"items\":[]}").substr(0, 70)}) {
    FakeServer server(begun, /*hold=*/true);
    const auto start = std::chrono::steady_clock::now();
    const auto r = HttpClient(at(server.path()), kShort).perform(kGet);
    ASSERT_FALSE(r);
    EXPECT_NE(r.error().message.find("was silent"), std::string::npos) << r.error().message;
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  }
}

TEST(HttpClient, HugeAnswersAreBounded) {
  const std::string body(5000, 'x');
  for (const std::string& answer :
       {whole(body), "HTTP/1.1 200 OK\r\n\r\n" + body, "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'h')}) {
    FakeServer server(answer);
    const auto r = HttpClient(at(server.path()), kShort).perform(kGet);
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().kind, ClientError::Kind::unreachable);
  }
}

TEST(HttpClient, WhatIsNotHttp) {
  for (const char* answer : {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 999999 ?\r\n\r\n", "\r\n\r\n\r\n"}) {
    FakeServer server(answer);
    EXPECT_FALSE(HttpClient(at(server.path()), kShort).perform(kGet)) << answer;
  }
}

TEST(HttpClient, LinesComeOneByOne) {
  FakeServer server(
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\n{}\n{\"\r\n6\r\na\":1}\n\r\n2\r\n\n3\r\n0\r\n\r\n");
  std::vector<std::string> lines;
  const auto r = HttpClient(at(server.path()), kShort).perform(kGet, [&](std::string_view l) {
    lines.emplace_back(l);
    return true;
  });
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(lines, (std::vector<std::string>{"{}", "{\"a\":1}", "3"}));
}

TEST(HttpClient, ALineIsBoundedAndTheSinkCanEnd) {
  const std::string type = "application/x-ndjson";
  FakeServer endless(whole(std::string(500, 'x'), type));
  EXPECT_FALSE(HttpClient(at(endless.path()), kShort).perform(kGet, [](std::string_view) { return true; }));
  FakeServer server(whole("1\n2\n3\n", type), /*hold=*/true);
  int lines = 0;
  EXPECT_TRUE(HttpClient(at(server.path()), kShort).perform(kGet, [&](std::string_view) { return ++lines < 2; }));
  EXPECT_EQ(lines, 2);
}

TEST(HttpClient, CanBeInterrupted) {
  FakeServer server("", /*hold=*/true);
  const int keyboard = ::eventfd(0, EFD_CLOEXEC);
  std::thread presses([&] {
    std::this_thread::sleep_for(50ms);
    const uint64_t one = 1;
    ASSERT_EQ(::write(keyboard, &one, sizeof one), 8);
  });
  const auto r = HttpClient(at(server.path()), {}, keyboard).perform(kGet);
  presses.join();
  ::close(keyboard);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, ClientError::Kind::interrupted);
}

TEST(Target, FromOptionsAndEnvironment) {
  struct Case {
    std::vector<std::string> words;
    const char* socket;
    const char* token;
    const char* expect;  // Target::text(), or what the error says
  };
  const Case cases[] = {
      {{}, nullptr, nullptr, "/run/demarc/api.sock"},
      {{}, "", nullptr, "/run/demarc/api.sock"},
      {{}, "/tmp/e.sock", nullptr, "/tmp/e.sock"},
      {{"--socket", "/tmp/o.sock"}, "/tmp/e.sock", nullptr, "/tmp/o.sock"},
      {{"--url", "http://10.0.0.1:8080"}, "/tmp/e.sock", nullptr, "http://10.0.0.1:8080"},
      {{"--url", "http://[::1]:80/"}, nullptr, "abc", "http://[::1]:80"},
      {{"--url", "https://a:1"}, nullptr, nullptr, "without TLS"},
      {{"--url", "http://a"}, nullptr, nullptr, "has no port"},
      {{"--url", "http://a:0"}, nullptr, nullptr, "1 to 65535"},
      {{"--url", "http://a:80/v1"}, nullptr, nullptr, "1 to 65535"},
      {{"--url", "http://:80"}, nullptr, nullptr, "not a URL"},
      {{"--url", "http://a:80", "--socket", "/x"}, nullptr, nullptr, "do not go together"},
      {{"--url", "http://a:80"}, nullptr, "a b\r\nX: y", "token is not one"},
      {{"--url", "http://a:80", "--token-file", "/nowhere"}, nullptr, nullptr, "/nowhere cannot be read"},
      {{"--token-file", "/nowhere"}, nullptr, nullptr, "goes with --url"},
  };
  for (const Case& c : cases) {
    const auto in = parse(c.words, Where::program);
    ASSERT_TRUE(in) << in.error().message;
    const auto t =
        choose_target(*in, [&](const char* name) { return std::string(name) == "DEMARC_SOCKET" ? c.socket : c.token; });
    const std::string got = t ? t->text() : t.error().message;
    EXPECT_NE(got.find(c.expect), std::string::npos) << got;
  }
}

}  // namespace
}  // namespace demarc::shell
