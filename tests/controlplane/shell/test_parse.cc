#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "controlplane/shell/parse.h"
#include "controlplane/shell/request.h"
#include "controlplane/shell/suggest.h"
#include "controlplane/shell/values.h"
#include "controlplane/shell/words.h"

namespace demarc::shell {
namespace {

Result<Invocation> parse_line(const std::string& line, Where where = Where::line) {
  const auto words = split_line(line);
  if (!words) return tl::unexpected<Error>(words.error());
  return parse(*words, where);
}

struct Good {
  const char* line;
  const char* method;
  const char* target;
  const char* body;
};

const Good kGood[] = {
    {"tenant add acme", "POST", "/v1/tenants", R"({"name":"acme"})"},
    {"tenant add Ac_me!", "POST", "/v1/tenants", R"({"name":"Ac_me!"})"},
    {"tenant remove acme", "DELETE", "/v1/tenants/acme", ""},
    {"tenant remove --force acme", "DELETE", "/v1/tenants/acme?force=true", ""},
    {"tenant remove ../x?y", "DELETE", "/v1/tenants/..%2Fx%3Fy", ""},
    {"tenant suspend acme", "POST", "/v1/tenants/acme/suspend", ""},
    {"tenant resume acme", "POST", "/v1/tenants/acme/resume", ""},
    {"show tenants", "GET", "/v1/tenants", ""},
    {"vrf add x --tenant a --role core", "POST", "/v1/tenants/a/vrfs", R"({"name":"x","role":"core"})"},
    {"vrf --role=core add x --tenant a", nullptr, "", ""},
    {"vrf remove x --tenant=a", "DELETE", "/v1/tenants/a/vrfs/x", ""},
    {"attachment add n --tenant a --port p --vlan 0x65 --vrf v --address 10.1.0.1/24", "POST",
     "/v1/tenants/a/attachments", R"({"name":"n","port":"p","vlan":101,"vrf":"v","address":"10.1.0.1/24"})"},
    {"endpoint add e --tenant a --vrf v --address 10.1.0.1", "POST", "/v1/tenants/a/gtpu-endpoints",
     R"({"name":"e","vrf":"v","address":"10.1.0.1"})"},
    {"pool add p --tenant a --vrf v --prefix 10.45.0.0/16", "POST", "/v1/tenants/a/ue-pools",
     R"({"name":"p","vrf":"v","prefix":"10.45.0.0/16"})"},
    {"route add 0.0.0.0/0 --tenant a --vrf v --via 10.2.0.2", "POST", "/v1/tenants/a/routes",
     R"({"prefix":"0.0.0.0/0","vrf":"v","gateway":"10.2.0.2"})"},
    {"route add ::/0 --tenant a --vrf v --via 2001:DB8::2,fe80::1%n6", "POST", "/v1/tenants/a/routes",
     R"({"prefix":"::/0","vrf":"v","gateway":"2001:db8::2","more_next_hops":[{"gateway":"fe80::1","attachment":"n6"}]})"},
    {"route add ::/0 --tenant a --vrf v --via fe80::1%n6", "POST", "/v1/tenants/a/routes",
     R"({"prefix":"::/0","vrf":"v","gateway":"fe80::1","attachment":"n6"})"},
    {"route remove ::/0 --tenant a --vrf v", "DELETE", "/v1/tenants/a/routes/v/%3A%3A/0", ""},
    {"attachment add n --tenant a --port p --vlan 1 --outer-vlan 5 --vrf v --ipv6 2001:db8::1/64 --fragment-ipv4 no",
     "POST", "/v1/tenants/a/attachments",
     R"({"name":"n","port":"p","vlan":1,"outer_vlan":5,"vrf":"v","ipv6":"2001:db8::1/64","fragment_ipv4":false})"},
    {"vrf set v --tenant a --ue-to-ue yes --tcp-mss 1300", "PATCH", "/v1/tenants/a/vrfs/v",
     R"({"tcp_mss":1300,"ue_to_ue":true})"},
    {"vrf set v --tenant a", "PATCH", "/v1/tenants/a/vrfs/v", "{}"},
    {"tenant set a --uplink 64k --downlink 2.5G --uplink-packets 1000 --burst-ms 10", "PATCH", "/v1/tenants/a",
     R"({"uplink_bps":64000,"downlink_bps":2500000000,"uplink_pps":1000,"burst_ms":10})"},
    {"tenant set a --weight 20 --guaranteed-packets 10k --guaranteed 2.5M --workers 1,0x2 --overbook", "PATCH",
     "/v1/tenants/a",
     R"({"tier":{"weight":20,"guaranteed_pps":10000,"guaranteed_bps":2500000,"workers":[1,2],"overbook":true}})"},
    {"tenant set a --uplink 64k --workers none", "PATCH", "/v1/tenants/a",
     R"({"uplink_bps":64000,"tier":{"workers":[]}})"},
    {"show capacity", "GET", "/v1/capacity", ""},
    {"show latency", "GET", "/v1/latency", ""},
    {"show latency --tenant a", "GET", "/v1/tenants/a/latency", ""},
    {"tenant set a --uplink 1.125M --downlink 0", "PATCH", "/v1/tenants/a",
     R"({"uplink_bps":1125000,"downlink_bps":0})"},
    {"vrf set v --tenant a --downlink 400G", "PATCH", "/v1/tenants/a/vrfs/v", R"({"downlink_bps":400000000000})"},
    {"endpoint set e --tenant a --peer-policy learn", "PATCH", "/v1/tenants/a/gtpu-endpoints/e",
     R"({"peer_policy":"learn"})"},
    {"session add --tenant a --ue-ipv6 2001:db8:0:7:: --core-vrf i --endpoint n3 --teid 1 --peer 2001:db8:1::2 "
     "--peer-teid 2",
     "POST", "/v1/tenants/a/sessions",
     R"({"ue_ipv6":"2001:db8:0:7::/64","core_vrf":"i","endpoint":"n3","teid":1,"peer_address":"2001:db8:1::2","peer_teid":2})"},
    {"session add --tenant a --ue 10.45.0.7 --framed-route 10.9.0.0/24,2001:db8:9:0::/48 --core-vrf i --endpoint n3 "
     "--peer 10.1.0.2 --peer-teid 2",
     "POST", "/v1/tenants/a/sessions",
     R"({"ue_address":"10.45.0.7","framed_routes":["10.9.0.0/24","2001:db8:9::/48"],"core_vrf":"i","endpoint":"n3","peer_address":"10.1.0.2","peer_teid":2})"},
    {"route remove 10.0.0.0/8 --tenant a --vrf v", "DELETE", "/v1/tenants/a/routes/v/10.0.0.0/8", ""},
    {"session add --tenant a --ue 10.45.0.7 --core-vrf i --endpoint n3 --teid 256 --peer 10.1.0.2 --peer-teid "
     "0xFFFFFFFF",
     "POST", "/v1/tenants/a/sessions",
     R"({"ue_address":"10.45.0.7","core_vrf":"i","endpoint":"n3","teid":256,"peer_address":"10.1.0.2","peer_teid":4294967295})"},
    {"session remove 0x10 --tenant a", "DELETE", "/v1/tenants/a/sessions/16", ""},
    {"show session 16 --tenant a", "GET", "/v1/tenants/a/sessions/16", ""},
    {"show sessions --tenant a --limit 5 --after 0x10", "GET", "/v1/tenants/a/sessions?after=16", ""},
    {"show counters", "GET", "/v1/counters", ""},
    {"show counters --tenant a", "GET", "/v1/tenants/a/counters", ""},
    {"show drops --all", "GET", "/v1/drops?all=true", ""},
    {"show drops --all --tenant a", "GET", "/v1/tenants/a/drops?all=true", ""},
    {"trace a", "POST", "/v1/tenants/a/trace", R"({"packets":10,"wait_s":30})"},
    {"trace a --packets 1000 --wait 300", "POST", "/v1/tenants/a/trace", R"({"packets":1000,"wait_s":300})"},
    {"quota set sessions --tenant a --limit 5000 --reserved 1000", "PUT", "/v1/tenants/a/quota/sessions",
     R"({"limit":5000,"reserved":1000})"},
    {"quota set api_calls --tenant a --limit 10", "PUT", "/v1/tenants/a/quota/api_calls", R"({"limit":10})"},
    {"quota set sessions --tenant a", "PUT", "/v1/tenants/a/quota/sessions", "{}"},
    {"quota set bananas --tenant a --limit 1", nullptr, "", ""},
    {"quota set sessions --tenant a --limit 1.5", nullptr, "", ""},
    {"quota set sessions --limit 1", nullptr, "", ""},
    {"quota unset rule_kib --tenant a", "DELETE", "/v1/tenants/a/quota/rule_kib", ""},
    {"key add k", "POST", "/v1/keys", R"({"name":"k"})"},
    {"key add k --tenant a", "POST", "/v1/keys", R"({"name":"k","tenant":"a"})"},
    {"key add -- -k", "POST", "/v1/keys", R"({"name":"-k"})"},
};

TEST(Parse, GoodLinesBecomeRequests) {
  for (const Good& g : kGood) {
    const auto in = parse_line(g.line);
    if (g.method == nullptr) {
      EXPECT_FALSE(in) << g.line;
      continue;
    }
    ASSERT_TRUE(in) << g.line << ": " << in.error().message;
    const auto request = make_request(*in);
    ASSERT_TRUE(request) << g.line << ": " << request.error().message;
    EXPECT_EQ(request->method, g.method) << g.line;
    EXPECT_EQ(request->target, g.target) << g.line;
    EXPECT_EQ(request->body, g.body) << g.line;
  }
}

TEST(Parse, BadLinesAreRefusedInWords) {
  const std::pair<const char*, const char*> cases[] = {
      {"nonsense", "there is no command \"nonsense\"; \"help\" lists them"},
      {"tenat add x", "did you mean \"tenant add\"?"},
      {"show tenant", "did you mean \"show tenants\"?"},
      {"show bogus", "there is no command \"show bogus\"; after \"show\" comes tenants, vrfs"},
      {"show sesions", "did you mean \"show sessions\"?"},
      {"manual --json", "--json is for commands that ask demarcd; \"manual\" is not one"},
      {"quit --json", "\"quit\" is not one"},
      {"help --json", "\"help\" is not one"},
      {"show qqqqqqqqqqqq", "after \"show\" comes tenants, vrfs"},
      {"tenant", "after \"tenant\" comes add, set, remove, suspend, resume"},
      {"tenant add", "\"tenant add\" needs NAME"},
      {"tenant add a b", "\"tenant add\" has no place for \"b\""},
      {"tenant add ''", "NAME: the value is empty"},
      {"tenant add \xc3\xa4", "NAME: a name is of a-z"},
      {"show tenants x", "it takes options alone"},
      {"show vrfs", "needs --tenant TENANT"},
      {"show vrfs --tenant", "--tenant needs a value: --tenant TENANT"},
      {"show vrfs --tenant --json", "--tenant needs a value"},
      {"show vrfs --tenant a --tenant b", "--tenant is given twice"},
      {"show vrfs --tennant a", "there is no option --tennant of \"show vrfs\"; did you mean --tenant?"},
      {"show vrfs --zzzzzzzzz", "\"help show vrfs\" lists them"},
      {"show tenants --json=yes", "--json takes no value"},
      {"show tenants -j", "there is no option -j"},
      {"show tenants --socket /x", "there is no option --socket"},
      {"tenant add x --watch", "--watch repeats commands that show something"},
      {"show tenants --watch 0", "--watch: 0 is out of range; it is from 1 to 86400"},
      {"vrf add x --tenant a --role edge", "--role: \"edge\" is not known; it is access or core"},
      {"attachment add n --tenant a --port p --vlan 4095 --vrf v --address 10.1.0.1/24",
       "--vlan: 4095 is out of range; it is from 0 to 4094"},
      {"attachment add n --tenant a --port p --vlan -1 --vrf v --address 10.1.0.1/24",
       "--vlan: \"-1\" is not a number"},
      {"attachment add n --tenant a --port p --vlan 1 --vrf v --address 10.1.0.1/33", "10.1.0.1/33"},
      {"pool add p --tenant a --vrf v --prefix 10.46.0.1/16", "it would be 10.46.0.0/16"},
      {"endpoint add p --tenant a --vrf v --address 10.46.0.256", "--address: \"10.46.0.256\" is not an IPv4 address"},
      {"session add --tenant a --teid lots", "--teid: \"lots\" is not a number"},
      {"session add --tenant a --teid 0", "--teid: 0 is out of range"},
      {"session add --tenant a --teid 0x100000000", "out of range; it is from 1 to 4294967295"},
      {"session add --tenant a --teid 99999999999999999999", "too large"},
      {"session add --tenant a --qfi 64", "--qfi: 64 is out of range; it is from 0 to 63"},
      {"session add --tenant a --file x.json --teid 5", "--teid and --file do not go together"},
      {"session add --tenant a --file -", "standard input is where the commands come from"},
      {"route add ::/0 --tenant a --vrf v --via ", "--via needs a value"},
      {"route add ::/0 --tenant a --vrf v --via fe80::1,", "is not an IPv4 address"},
      {"route add ::/0 --tenant a --vrf v --via fe80:::1", "fe80:::1"},
      {"vrf set v --tenant a --ue-to-ue maybe", "it is yes or no"},
      {"tenant set a --weight 0", "--weight: 0 is out of range; it is from 1 to 100"},
      {"tenant set a --workers 1,,2", "--workers: \"\" is not a number"},
      {"tenant set a --workers 1,none", "--workers: \"none\" is not a number"},
      {"tenant set a --workers 64", "--workers: 64 is out of range; it is from 0 to 63"},
      {"tenant set a --guaranteed 401G", "--guaranteed: 401000000000 is out of range"},
      {"tenant set a --uplink lots", "--uplink: \"lots\" is not a rate; it looks like 64k, 100M, 2.5G or 64000"},
      {"tenant set a --uplink 10m", "\"10m\" is not a rate"},
      {"tenant set a --uplink 1.5", "\"1.5\" is not a rate"},
      {"tenant set a --uplink 1.2345M", "\"1.2345M\" is not a rate"},
      {"tenant set a --uplink .5M", "\".5M\" is not a rate"},
      {"tenant set a --uplink -1M", "\"-1M\" is not a rate"},
      {"tenant set a --uplink k", "\"k\" is not a rate"},
      {"tenant set a --uplink 9999999999999G", "is not a rate"},
      {"tenant set a --uplink 401G", "--uplink: 401000000000 is out of range; it is from 0 to 400000000000"},
      {"session add --tenant a --ue-ipv6 2001:db8::1", "2001:db8::/64"},
      {"session add --tenant a --framed-route 10.9.0.1/24", "it would be 10.9.0.0/24"},
      {"session add --tenant a --framed-route 10.9.0.0/24,", "is not"},
      {"session add --tenant a", "needs --core-vrf"},
      {"session replace x --tenant a --file y", "SEID: \"x\" is not a number"},
      {"session remove 0 --tenant a", "SEID: 0 is too small"},
      {"trace a --packets 1001", "--packets: 1001 is out of range"},
      {"trace a --packets 0x", "\"0x\" is not a number"},
      {"manual --format pdf", "it is man or markdown"},
      {"tenant add \"x", "the quote \" is not closed"},
      {"tenant add x\x01y", "control character 1"},
  };
  for (const auto& [line, sentence] : cases) {
    const auto in = parse_line(line);
    ASSERT_FALSE(in) << line;
    EXPECT_EQ(in.error().code, ErrorCode::invalid);
    EXPECT_NE(in.error().message.find(sentence), std::string::npos) << line << ": " << in.error().message;
  }
}

TEST(Parse, OptionsOfTheProgramMayStandAnywhere) {
  for (const char* line :
       {"--socket /x show tenants --json", "show --socket=/x tenants --json", "--json show tenants --socket /x"}) {
    const auto in = parse_line(line, Where::program);
    ASSERT_TRUE(in) << line << ": " << in.error().message;
    EXPECT_EQ(in->command->words, "show tenants");
    EXPECT_EQ(in->get("socket"), "/x");
    EXPECT_TRUE(in->has("json"));
  }
}

TEST(Parse, HelpNeedsNothingElse) {
  for (const char* line : {"session add --help", "session add ?", "session add -h --tenant a"}) {
    const auto in = parse_line(line);
    ASSERT_TRUE(in) << line << ": " << in.error().message;
    EXPECT_EQ(in->topic, "session add");
    EXPECT_TRUE(in->has("help"));
  }
  EXPECT_EQ(parse_line("help session add")->rest, (std::vector<std::string>{"session", "add"}));
}

TEST(Parse, WatchTakesSecondsOrNot) {
  EXPECT_EQ(parse_line("show tenants --watch")->get("watch"), "2");
  EXPECT_EQ(parse_line("show tenants --watch 7")->get("watch"), "7");
  EXPECT_EQ(parse_line("show vrfs --watch --tenant a")->get("watch"), "2");
  EXPECT_EQ(parse_line("show tenants --watch=7")->get("watch"), "7");
}

// A session's rules come from a file, whole.
TEST(Request, BodyFromAFile) {
  const std::string path = testing::TempDir() + "demarc-rules.json";
  const auto request_with = [&](const std::string& text) {
    std::ofstream(path) << text;
    return make_request(*parse_line("session add --tenant a --file " + path));
  };
  const auto good = request_with("{\"pdrs\": []}\n");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->body, "{\"pdrs\": []}\n");
  for (const auto& [text, sentence] : {std::pair<std::string, std::string>{"{\"pdrs\": [", "not JSON"},
                                       {"[]", "not an object"},
                                       {"", "not JSON"},
                                       {std::string(100'000, '['), "not JSON"},
                                       {std::string(kBodyMax + 1, ' '), "more than 1048576 bytes"}}) {
    const auto bad = request_with(text);
    ASSERT_FALSE(bad);
    EXPECT_NE(bad.error().message.find(sentence), std::string::npos) << bad.error().message;
  }
  std::remove(path.c_str());
  EXPECT_FALSE(make_request(*parse_line("session add --tenant a --file " + path)));
}

TEST(Words, Quotes) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"", {}},
      {"  a\tb  ", {"a", "b"}},
      {"a 'b c' \"d e\"", {"a", "b c", "d e"}},
      {"a''b \"\"", {"ab", ""}},
      {"'a\\b' \"a\\\"b\" a\\ b", {"a\\b", "a\"b", "a b"}},
      {"a # b", {"a"}},
      {"a#b '#'", {"a#b", "#"}},
      {"\"it's\"", {"it's"}},
  };
  for (const auto& [line, words] : cases) EXPECT_EQ(*split_line(line), words) << line;
  EXPECT_FALSE(split_line("'a"));
  EXPECT_FALSE(split_line(std::string(kLineMax + 1, 'a')));
  EXPECT_TRUE(split_partial_line("a 'b").last_is_open);
  EXPECT_FALSE(split_partial_line("a b ").last_is_open);
}

// Whatever is typed is parsed or refused; nothing else happens.
TEST(Parse, EveryCutOfEveryLine) {
  for (const Good& g : kGood) {
    const std::string line = g.line;
    for (size_t size = 0; size <= line.size(); ++size) {
      const auto in = parse_line(line.substr(0, size));
      EXPECT_TRUE(!in || in->command == nullptr || make_request(*in)) << line.substr(0, size);
    }
  }
}

TEST(Suggest, Distance) {
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("shwo", "show"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(nearest("sohw", {"show", "trace"}), "show");
  EXPECT_EQ(nearest("xyz", {"show", "trace"}), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), {"show"}), "");
}

// What the rows must keep for the parser and the others to work.
TEST(Commands, RowsAreSound) {
  std::set<std::string_view> words;
  for (const Command& c : commands()) {
    EXPECT_TRUE(words.insert(c.words).second) << c.words;
    EXPECT_TRUE(c.help.ends_with(".")) << c.words;
    for (const Command& other : commands())
      EXPECT_FALSE(other.words.starts_with(std::string(c.words) + " ")) << c.words << " begins " << other.words;
    EXPECT_NE(c.local == Local::no, c.path.empty()) << c.words;
    for (std::string_view path : {c.path, c.tenant_path})
      for (size_t open = 0; (open = path.find('{', open)) != std::string_view::npos; ++open) {
        const auto name = path.substr(open + 1, path.find('}', open) - open - 1);
        EXPECT_TRUE(find_parameter(c.arguments, name) || find_parameter(c.options, name)) << c.words << " " << path;
      }
    EXPECT_TRUE(c.example.empty() || parse_line(std::string(c.example))) << c.example;
    const View v = c.output.view;
    EXPECT_EQ(v == View::change || v == View::session_change || v == View::quota_change, !c.output.sentence.empty())
        << c.words;
    EXPECT_FALSE(c.local == Local::no && c.output.view == View::table && c.output.empty.empty()) << c.words;
  }
}

}  // namespace
}  // namespace demarc::shell
