// HTTP that is wrong, slow, too big or too much. Each is answered or closed, and the next client is served.
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "controlplane/api/http_server.h"
#include "tests/controlplane/api/served.h"

namespace demarc::cp::test {
namespace {

using namespace std::chrono_literals;

ApiConfig impatient() {
  ApiConfig config;
  config.request_timeout_ns = 1'500'000'000;
  config.idle_timeout_ns = 2'500'000'000;
  config.connections_max = 8;
  return config;
}

class Hostile : public Served {
 protected:
  Hostile() : Served(impatient()) {}
  // Still there, and soon with room for the next client.
  void TearDown() override {
    int status = 0;
    for (int i = 0; i < 500 && status != 200; ++i) {
      status = client().request("GET", "/v1/version").status;
      if (status != 200) std::this_thread::sleep_for(10ms);
    }
    EXPECT_EQ(status, 200);
  }
};

struct Raw {
  const char* name;
  std::string bytes;
  int status;  // 0: closed without a word
};

std::vector<Raw> raw_requests() {
  const std::string start = "POST /v1/tenants HTTP/1.1\r\nHost: x\r\n";
  const std::string deep = std::string(100'000, '[');
  const std::string nul(1, '\0');
  std::string deep_object;
  for (int i = 0; i < 50'000; ++i) deep_object += "{\"a\":";
  return {
      {"garbage", "\x16\x03\x01\x02 this is TLS\r\n\r\n", 400},
      {"no version", "GET /v1/version\r\n\r\n", 400},
      {"bad version", "GET /v1/version HTTP/9.9\r\n\r\n", 400},
      {"NUL in the header", "GET /v1/version HTTP/1.1\r\nA: x" + nul + "y\r\n\r\n", 400},
      {"NUL in the path", "GET /v1/" + nul + "version HTTP/1.1\r\n\r\n", 400},
      {"encoded NUL", request_text("GET", "/v1/tenants/%00"), 400},
      {"encoded slash", request_text("GET", "/v1/tenants%2facme"), 400},
      {"half an escape", request_text("GET", "/v1/tenants/%4"), 400},
      {"no escape", request_text("GET", "/v1/tenants/%zz"), 400},
      {"encoded garbage", request_text("GET", "/v1/tenants/%ff%fe"), 404},
      {"long path", request_text("GET", "/v1/tenants/" + std::string(8000, 'a')), 404},
      {"many parts", request_text("GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r"), 400},
      {"whole URL", request_text("GET", "http://demarc/v1/version"), 400},
      {"asterisk", request_text("OPTIONS", "*"), 400},
      {"unknown query", request_text("GET", "/v1/tenants?foo=1"), 400},
      {"query twice", request_text("GET", "/v1/drops?all=true&all=false"), 400},
      {"bad query", request_text("GET", "/v1/drops?all=%"), 400},
      {"method", request_text("PATCH", "/v1/tenants"), 405},
      {"made-up method", request_text("FROB", "/v1/tenants"), 405},
      {"no such path", request_text("GET", "/v2/tenants"), 404},
      {"trailing slash", request_text("GET", "/v1/tenants/"), 404},
      {"header too large", "GET /v1/version HTTP/1.1\r\nA: " + std::string(kHeaderBytesMax, 'a') + "\r\n\r\n", 431},
      {"body too large", start + "Content-Length: 1048577\r\n\r\n", 413},
      {"body enormous", start + "Content-Length: 18446744073709551615\r\n\r\n", 413},
      {"body length negative", start + "Content-Length: -1\r\n\r\n", 400},
      {"two lengths", start + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400},
      {"length and chunks", start + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"bad chunk", start + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400},
      {"body where none is", request_text("POST", "/v1/tenants/acme/suspend", "[1]"), 400},
      {"deep lists", request_text("POST", "/v1/tenants", deep), 400},
      {"deep objects", request_text("POST", "/v1/tenants", deep_object), 400},
      {"not UTF-8", request_text("POST", "/v1/tenants", "{\"name\": \"\xff\xfe\"}"), 400},
      {"half JSON", request_text("POST", "/v1/tenants", "{\"name\": \"ac"), 400},
      {"two JSON", request_text("POST", "/v1/tenants", "{\"name\": \"a\"}{\"name\": \"b\"}"), 400},
      {"large number", request_text("POST", "/v1/tenants", "{\"name\": 1e999}"), 400},
      {"no host, HTTP/1.0", "GET /v1/version HTTP/1.0\r\n\r\n", 200},
  };
}

TEST_F(Hostile, RequestsGetAnAnswerInJson) {
  for (const Raw& raw : raw_requests()) {
    SCOPED_TRACE(raw.name);
    HttpClient c = client();
    c.send(raw.bytes);
    const Answer answer = c.read();
    EXPECT_EQ(answer.status, raw.status) << answer.body;
    const json body = json::parse(answer.body, nullptr, false);
    EXPECT_FALSE(body.is_discarded()) << answer.body;
    EXPECT_EQ(body.contains("error"), answer.status != 200) << answer.body;
  }
  EXPECT_EQ(expect(200, "GET", "/v1/tenants")["items"].size(), 0u);
}

TEST_F(Hostile, EveryPrefixOfARequestIsSurvived) {
  const std::string whole = request_text("POST", "/v1/tenants", R"({"name": "acme"})");
  for (size_t cut = 0; cut < whole.size(); ++cut) {
    HttpClient c = client();
    c.send(whole.substr(0, cut));
    shutdown(c.fd(), SHUT_WR);
    EXPECT_EQ(c.read().status, 0) << cut;
  }
  EXPECT_EQ(expect(200, "GET", "/v1/tenants")["items"].size(), 0u);
}

TEST_F(Hostile, ABodyOfOneMebibyteIsTaken) {
  std::string body = R"({"name": "acme"})";
  body.resize(kBodyBytesMax, ' ');
  EXPECT_EQ(ask("POST", "/v1/tenants", body).status, 201);
  body.push_back(' ');
  HttpClient c = client();
  c.send(request_text("POST", "/v1/tenants", body));  // the whole of it, and the answer is still read
  EXPECT_EQ(c.read().status, 413);
}

TEST_F(Hostile, SlowClientsAreClosed) {
  HttpClient silent = client();
  HttpClient slow = client();
  slow.send("GET /v1/ver");
  for (int i = 0; i < 10 && slow.send("s"); ++i) std::this_thread::sleep_for(50ms);  // a byte now and then
  EXPECT_TRUE(slow.closed_by_peer());
  HttpClient body = client();
  body.send("POST /v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_TRUE(body.closed_by_peer());
  EXPECT_TRUE(silent.closed_by_peer());
}

TEST_F(Hostile, TooManyConnectionsAreRefusedInWords) {
  std::vector<HttpClient> held;
  for (int i = 0; i < 8; ++i) {
    held.push_back(client());
    EXPECT_EQ(held.back().request("GET", "/v1/version").status, 200);  // taken for sure
  }
  const Answer refused = client().read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(refused.body.find("the limit is 8"), std::string::npos);
  // The other socket has a limit of its own.
  EXPECT_EQ(tcp_client().request("GET", "/v1/version").status, 401);
}

TEST_F(Hostile, PipelinedRequestsAreAnsweredInOrder) {
  HttpClient c = client();
  std::string all;
  for (int i = 0; i < 20; ++i) all += request_text("POST", "/v1/tenants", R"({"name": "t)" + std::to_string(i) + "\"}");
  all += request_text("GET", "/nothing") + request_text("GET", "/v1/version");
  c.send(all);
  for (int i = 0; i < 20; ++i) {
    const Answer answer = c.read();
    ASSERT_EQ(answer.status, 201);
    EXPECT_EQ(json::parse(answer.body)["name"], "t" + std::to_string(i));
  }
  EXPECT_EQ(c.read().status, 404);
  EXPECT_EQ(c.read().status, 200);
}

TEST_F(Hostile, ConnectionsAreKeptOrNotAsAsked) {
  HttpClient kept = client();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(kept.request("GET", "/v1/version").status, 200);
  HttpClient once = client();
  EXPECT_EQ(once.request("GET", "/v1/version", "", "Connection: close\r\n").status, 200);
  EXPECT_TRUE(once.closed_by_peer());
}

TEST_F(Hostile, ExpectIsAnswered) {
  HttpClient c = client();
  const std::string body = R"({"name": "acme"})";
  c.send("POST /v1/tenants HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(c.read_head().status, 100);
  c.send(body);
  EXPECT_EQ(c.read().status, 201);
}

TEST_F(Hostile, HeadHasNoBody) {
  HttpClient c = client();
  c.send(request_text("HEAD", "/v1/version"));
  const Answer head = c.read_head();
  EXPECT_EQ(head.status, 405);
  EXPECT_EQ(head.headers.at("allow"), "GET");
  EXPECT_EQ(c.request("GET", "/v1/version").status, 200);
}

TEST_F(Hostile, MethodsThatAreNotAllowedNameThoseThatAre) {
  const Answer answer = ask("PUT", "/v1/tenants");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.at("allow"), "GET, POST");
}

TEST_F(Hostile, ClientsThatLeaveBeforeTheAnswer) {
  for (int i = 0; i < 50; ++i) {
    HttpClient c = client();
    c.send(request_text("POST", "/v1/tenants", R"({"name": "x)" + std::to_string(i) + "\"}"));
    c.close();
    if (i % 5 == 4) std::this_thread::sleep_for(20ms);  // within the limit of connections
  }
}

// Over TCP: who has shown no credential costs those who have nothing.
ApiConfig narrow() {
  ApiConfig config;
  config.stranger_timeout_ns = 1'000'000'000;
  config.connections_max = 8;
  config.strangers_per_address_max = 6;
  config.connections_per_owner_max = 3;
  return config;
}

class Strangers : public Served {
 protected:
  Strangers() : Served(narrow()) {}
  void SetUp() override {
    build_tenant("acme", 101);
    build_tenant("bravo", 102);
    acme_ = token_of("of-acme", "acme");
    bravo_ = token_of("of-bravo", "bravo");
  }
  static std::string with(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }
  std::string acme_, bravo_;
};

TEST_F(Strangers, LockNobodyOut) {
  std::vector<HttpClient> idle;
  for (int i = 0; i < 40; ++i) {
    idle.push_back(tcp_client());
    if (i % 2 == 0) idle.back().send("GET /v1/ver");
  }
  EXPECT_EQ(ask_tcp(bravo_, "GET", "/v1/tenants/bravo").status, 200);
  EXPECT_TRUE(idle.front().closed_by_peer()) << "the oldest made place";
}

TEST_F(Strangers, HaveLittleTime) {
  HttpClient known = tcp_client();
  EXPECT_EQ(known.request("GET", "/v1/version", "", with(acme_)).status, 200);
  HttpClient silent = tcp_client(), slow = tcp_client(), wrong = tcp_client();
  slow.send("GET /v1/ver");
  EXPECT_EQ(wrong.request("GET", "/v1/version", "", with("nonsense")).status, 401);
  EXPECT_TRUE(silent.closed_by_peer());
  EXPECT_TRUE(slow.closed_by_peer());
  EXPECT_TRUE(wrong.closed_by_peer());
  EXPECT_EQ(known.request("GET", "/v1/version", "", with(acme_)).status, 200) << "which is longer than theirs";
}

TEST_F(Strangers, AreRefusedBeforeTheirBodyIsRead) {
  HttpClient c = tcp_client();
  c.send("POST /v1/tenants HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n" + with("nonsense") + "\r\n{");
  const Answer answer = c.read();
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  HttpClient waits = tcp_client();
  waits.send("POST /v1/tenants HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  EXPECT_EQ(waits.read().status, 401);
}

// The keys of one tenant count together.
TEST_F(Strangers, OneTenantLeavesRoomForTheOthers) {
  const std::string second = token_of("of-acme-too", "acme");
  std::vector<HttpClient> held;
  for (int i = 0; i < 20; ++i) {
    held.push_back(tcp_client());
    EXPECT_EQ(held.back().request("GET", "/v1/tenants/acme", "", with(i % 2 == 0 ? acme_ : second)).status, 200);
  }
  EXPECT_TRUE(held.front().closed_by_peer());
  EXPECT_EQ(held.back().request("GET", "/v1/tenants/acme", "", with(acme_)).status, 200);
  EXPECT_EQ(ask_tcp(bravo_, "GET", "/v1/tenants/bravo").status, 200);
}

}  // namespace
}  // namespace demarc::cp::test
