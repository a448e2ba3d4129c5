// The parts of the API by themselves: targets, JSON, schemas, tokens, listening sockets, rates.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>

#include "controlplane/api/listen_socket.h"
#include "controlplane/api/load_window.h"
#include "controlplane/api/render_thread.h"
#include "controlplane/api/schema.h"
#include "controlplane/api/target.h"
#include "controlplane/api/turns.h"
#include "controlplane/auth/token.h"
#include "tests/controlplane/api/http_client.h"
#include "tests/controlplane/store/temp_dir.h"

namespace demarc::cp::test {
namespace {

TEST(Target, IsTakenApartAndDecodedOnce) {
  const auto target = parse_target("/v1/tenants/a%63me/x%2525?all=true&b=%20&&c");
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->segments, (std::vector<std::string>{"v1", "tenants", "acme", "x%25"}));
  EXPECT_EQ(target->query, (std::map<std::string, std::string>{{"all", "true"}, {"b", " "}, {"c", ""}}));
  EXPECT_EQ(parse_target("/")->segments, std::vector<std::string>{""});
}

TEST(Target, RefusesWhatHidesSomething) {
  for (const char* text : {"", "v1", "?x", "/%", "/%4", "/%4g", "/%00", "/%0a", "/%7f", "/%2f", "/a\x01", "/x?a=%2f",
                           "/x?a=1&a=2", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"})
    EXPECT_FALSE(parse_target(text)) << text;
}

TEST(Json, IsReadStrictly) {
  EXPECT_TRUE(parse_json(R"({"a": [1, {"b": 2}], "c": {"a": 1}})"));
  for (const char* text : {"", "{", "{\"a\": 1,}", "{'a': 1}", "[1] 2", "{\"a\": 1, \"a\": 2}", "// x\n{}", "NaN",
                           "{\"x\": {\"a\": 1, \"a\": 2}}"})
    EXPECT_FALSE(parse_json(text)) << text;
  std::string nested(kJsonDepthMax, '[');
  EXPECT_TRUE(parse_json(nested + std::string(kJsonDepthMax, ']')));
  EXPECT_FALSE(parse_json("[" + nested + std::string(kJsonDepthMax + 1, ']')));
  EXPECT_EQ(json_text(json("\xff")), "\"\xef\xbf\xbd\"");
}

TEST(Schema, NamesTheMemberAndWhatIsRight) {
  const json schema = json::parse(R"({"type": "object", "required": ["n"], "properties": {
    "n": {"type": "integer", "minimum": 1, "maximum": 18446744073709551615},
    "l": {"type": "array", "maxItems": 2, "items": {"type": "boolean"}}, "a": {"$ref": "#/components/schemas/Ipv4"}}})");
  const auto says = [&schema](const char* text) {
    const auto right = check_schema(schema, json::parse(text));
    return right ? "" : right.error().message;
  };
  EXPECT_EQ(says(R"({"n": 18446744073709551615, "l": [true, false], "a": "10.0.0.1"})"), "");
  EXPECT_EQ(says(R"({"n": 0})"), "n: 0 is out of range; it must be from 1 to 18446744073709551615");
  EXPECT_EQ(says(R"({"n": -1})"), "n: -1 is out of range; it must be from 1 to 18446744073709551615");
  EXPECT_EQ(says(R"({"n": 18446744073709551616})"),
            "n: 1.8446744073709552e+19 is not a whole number from 1 to 18446744073709551615");
  EXPECT_EQ(says("{}"), "the body: the member \"n\" is missing");
  EXPECT_EQ(says(R"({"n": 1, "m": 2})"), "the body: unknown member \"m\"; the members are a, l, n");
  EXPECT_EQ(says(R"({"n": 1, "l": [true, 1]})"), "l[1]: 1 is neither true nor false");
  EXPECT_EQ(says(R"({"n": 1, "l": [true, true, true]})"), "l: has 3 items; it must have 0 to 2");
  EXPECT_EQ(says(R"({"n": 1, "a": "10.0.0"})"), "a: \"10.0.0\" is not an IPv4 address; it looks like 10.0.0.1");
}

TEST(Token, IsRandomAndKnownByItsHash) {
  const NewToken one = make_token(), two = make_token();
  EXPECT_NE(one.token, two.token);
  EXPECT_EQ(one.token.size(), 43u);
  EXPECT_EQ(one.hash.size(), kTokenHashBytes);
  EXPECT_EQ(hash_token(one.token), one.hash);
  EXPECT_TRUE(same_hash(one.hash, one.hash));
  EXPECT_FALSE(same_hash(one.hash, two.hash));
  EXPECT_FALSE(same_hash(one.hash, one.hash.substr(1)));
  for (const std::string& wrong : {std::string(), one.token + "A", one.token.substr(1), std::string(43, '!'),
                                   std::string(43, '='), std::string(43, '\0')})
    EXPECT_FALSE(hash_token(wrong)) << wrong;
}

TEST(UnixListener, ReplacesADeadSocketAndRefusesALiveOne) {
  const TempDir directory;
  const std::string path = directory / "made/api.sock";
  {
    auto first = UnixListener::open(path);
    ASSERT_TRUE(first) << first.error().message;
    struct stat found {};
    ASSERT_EQ(stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
    const auto second = UnixListener::open(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_EQ(second.error().message, "another demarcd listens at " + path);
    EXPECT_EQ(access(path.c_str(), F_OK), 0);  // the refused one left it alone
    ::close(first->release_fd());              // as a kill would: the file stays
    auto third = UnixListener::open(path);
    ASSERT_TRUE(third) << third.error().message;
    HttpClient::to_unix(path);
    EXPECT_GE(third->fd(), 0);
  }
}

TEST(UnixListener, RemovesOnlyItsOwnFile) {
  const TempDir directory;
  const std::string path = directory / "api.sock";
  {
    auto listener = UnixListener::open(path);
    ASSERT_TRUE(listener);
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  {
    auto listener = UnixListener::open(path);
    ASSERT_TRUE(listener);
    unlink(path.c_str());
    std::ofstream(path) << "another's";
  }
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
}

TEST(UnixListener, SaysWhyNot) {
  const TempDir directory;
  const std::string file = directory / "file";
  std::ofstream(file) << "x";
  const struct {
    std::string path;
    const char* says;
  } cases[] = {{file, "is no socket"},
               {file + "/api.sock", "cannot make the directory of the unix socket"},
               {directory.path() + "/" + std::string(120, 'x'), "it must have 1 to 107"},
               {"", "it must have 1 to 107"},
               {"/proc/nowhere/api.sock", "/proc/nowhere/api.sock"}};
  for (const auto& c : cases) {
    const auto refused = UnixListener::open(c.path);
    ASSERT_FALSE(refused) << c.path;
    EXPECT_NE(refused.error().message.find(c.says), std::string::npos) << refused.error().message;
  }
}

TEST(TcpListener, SaysWhyNot) {
  const auto first = listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(first) << first.error().message;
  const auto second = listen_tcp("127.0.0.1", bound_port(*first));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find("127.0.0.1 port " + std::to_string(bound_port(*first))), std::string::npos);
  EXPECT_EQ(listen_tcp("nowhere", 80).error().code, ErrorCode::invalid);
  EXPECT_EQ(listen_tcp("192.0.2.1", 0).error().code, ErrorCode::unavailable);
  close(*first);
}

TEST(LoadWindow, ComparesWithAReportThatIsOldEnough) {
  const auto make = [] { return std::make_shared<const schema::CountersReportT>(); };
  LoadWindow window;
  const auto first = make(), second = make(), third = make();
  EXPECT_EQ(window.push(first, 1), nullptr);
  EXPECT_EQ(window.push(make(), 2), nullptr);  // too soon after the first
  EXPECT_EQ(window.push(second, 1 + LoadWindow::kShortestNs), first);
  EXPECT_EQ(window.push(make(), 2 + LoadWindow::kShortestNs), first);
  EXPECT_EQ(window.push(third, 1 + 2 * LoadWindow::kShortestNs), second);
}

TEST(RenderThread, OwnersTakeTurns) {
  std::promise<void> begun, go, gone;
  std::string went;
  RenderThread thread;
  thread.submit("acme", [&] {  // while it is at this, the others come to wait together
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  for (const char c : {'a', 'b', 'c'}) thread.submit("acme", [&went, c] { went += c; });
  for (const char c : {'x', 'y'}) thread.submit("bravo", [&went, c] { went += c; });
  thread.submit("acme", [&gone] { gone.set_value(); });
  go.set_value();
  gone.get_future().wait();
  EXPECT_EQ(went, "axbyc");
  thread.stop();
  thread.submit("acme", [&went] { went += '!'; });
  EXPECT_EQ(went, "axbyc") << "dropped";
}

TEST(Turns, SoManyAtOnceAndTheOthersInOrder) {
  Turns turns(2);
  std::string went;
  for (const char c : {'a', 'b', 'c', 'd'}) turns.enter("acme", [&went, c] { went += c; });
  EXPECT_EQ(went, "ab");
  turns.enter("bravo", [&went] { went += 'x'; });
  EXPECT_EQ(went, "abx") << "its turns are its own";
  turns.leave("acme");
  EXPECT_EQ(went, "abxc");
  turns.leave("acme");
  EXPECT_EQ(went, "abxcd");
  turns.leave("acme");
  turns.leave("acme");
  turns.leave("nobody");
  turns.enter("acme", [&went] { went += 'e'; });
  EXPECT_EQ(went, "abxcde");
}

}  // namespace
}  // namespace demarc::cp::test
