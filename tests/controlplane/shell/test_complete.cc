#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "controlplane/shell/complete.h"
#include "controlplane/shell/help.h"
#include "controlplane/shell/history_file.h"
#include "controlplane/shell/manual.h"
#include "controlplane/shell/words.h"
#include "tests/controlplane/shell/fake_server.h"

namespace demarc::shell {
namespace {

std::vector<std::string> stand_in(Source source, const std::map<std::string, std::string>& values) {
  const auto tenant = values.find("tenant");
  if (source == Source::tenants) return {"acme", "alpha", "bravo"};
  if (source == Source::ports) return {"access", "core"};
  if (tenant == values.end()) return {};
  if (source == Source::core_vrfs) return {tenant->second + "-internet"};
  return {tenant->second + "-one", tenant->second + "-two"};
}

// What is offered at the end of the line, with blanks between.
std::string offered(const std::string& line, Where where = Where::line) {
  SplitLine split = split_partial_line(line);
  std::string partial;
  if (split.last_is_open) {
    partial = split.words.back();
    split.words.pop_back();
  }
  std::string out;
  for (const Candidate& c : complete(split.words, partial, where, stand_in).candidates)
    out += (out.empty() ? "" : " ") + c.text;
  return out;
}

TEST(Complete, WordsOptionsAndValues) {
  const std::pair<const char*, const char*> cases[] = {
      {"",
       "tenant show vrf attachment endpoint pool route session quota trace capture key help manual complete quit exit"},
      {"t", "tenant trace"},
      {"show se", "sessions session"},
      {"tenant ", "add set remove suspend resume"},
      {"tenant remove ", "acme alpha bravo"},
      {"tenant remove a", "acme alpha"},
      {"tenant remove acme ", "--force"},
      {"tenant remove --force ", "acme alpha bravo"},
      {"tenant add ", ""},
      {"nonsense ", ""},
      {"show vrfs ", "--tenant"},
      {"show vrfs --tenant ", "acme alpha bravo"},
      {"show vrfs --tenant b", "bravo"},
      {"show vrfs --tenant=b", "--tenant=bravo"},
      {"show vrfs --tenant acme ", ""},
      {"show vrfs --tenant acme --", "--json --watch --help"},
      {"tenant add x --", "--json --help"},
      {"vrf remove --tenant acme ", "acme-one acme-two"},
      {"vrf remove ", "--tenant"},
      {"quota ", "set unset"},
      {"quota set s", "sessions"},
      {"quota unset a", "attachments api_keys api_calls"},
      {"quota set sessions --tenant acme --", "--limit --reserved --json --help"},
      {"quota unset sessions ", "--tenant"},
      {"show session ", "--tenant"},
      {"show session 0x", ""},
      {"show session --tenant acme ", "acme-one acme-two"},
      {"manual --", "--format --help"},
      {"quit --", "--help"},
      {"vrf add x --role ", "access core"},
      {"attachment add x --port ", "access core"},
      {"session add --tenant acme --core-vrf ", "acme-internet"},
      {"session add --tenant acme --teid ", ""},
      {"session add --tenant acme --t", "--type --teid"},
      {"session add --tenant acme --file x.json --", "--json --help"},
      {"help ",
       "tenant show vrf attachment endpoint pool route session quota trace capture key help manual complete quit exit"},
      {"help tenant s", "set suspend"},
      {"manual --format m", "man markdown"},
      {"'ten", "tenant"},
  };
  for (const auto& [line, expect] : cases) EXPECT_EQ(offered(line), expect) << line;
  EXPECT_EQ(offered("--so", Where::program), "--socket");
  EXPECT_EQ(offered("--so", Where::line), "");
  EXPECT_EQ(offered("--", Where::program), "--json --help --socket --url --token-file --keep-going --version");
  EXPECT_EQ(offered("show tenants --", Where::program), "--json --watch --help") << "the program's come before";
}

TEST(Complete, SaysWhatIsExpected) {
  EXPECT_EQ(complete({"session", "add", "--teid"}, "", Where::line, stand_in).expected,
            "N  our TEID: the gNB sends to it; one is drawn when it is left out");
}

TEST(Complete, Files) {
  const std::string folder = testing::TempDir() + "demarc-complete";
  std::filesystem::create_directories(folder + "/rules.d");
  std::ofstream(folder + "/rules.json") << "{}";
  EXPECT_EQ(offered("session add --file " + folder + "/rul"), folder + "/rules.d/ " + folder + "/rules.json");
  std::filesystem::remove_all(folder);
}

TEST(Complete, CommonPrefix) {
  EXPECT_EQ(common_prefix({{"acme", ""}, {"alpha", ""}}), "a");
  EXPECT_EQ(common_prefix({{"acme", ""}}), "acme");
  EXPECT_EQ(common_prefix({}), "");
}

// Names come from the API; whatever it answers, completion only has no names to offer.
TEST(Names, FromTheApi) {
  const auto names_for = [](const std::string& body, Source source, const std::map<std::string, std::string>& values) {
    FakeServer server("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    Target t;
    t.socket_path = server.path();
    return names_from(t)(source, values);
  };
  using Names = std::vector<std::string>;
  const std::string vrfs = R"({"items":[{"name":"n3","role":"access"},{"name":"net","role":"core"}, 5, {}]})";
  EXPECT_EQ(names_for(vrfs, Source::vrfs, {{"tenant", "a"}}), (Names{"n3", "net"}));
  EXPECT_EQ(names_for(vrfs, Source::core_vrfs, {{"tenant", "a"}}), (Names{"net"}));
  EXPECT_EQ(names_for(vrfs, Source::vrfs, {}), Names{});
  EXPECT_EQ(names_for(R"({"items":[{"up_seid":16}]})", Source::sessions, {{"tenant", "a"}}), (Names{"0x10"}));
  for (const char* body : {"", "[]", "{", "{\"items\":5}", "null"})
    EXPECT_EQ(names_for(body, Source::tenants, {}), Names{}) << body;
  EXPECT_EQ(names_from(Target{.socket_path = "/nowhere", .host = {}, .port = {}, .token = {}})(Source::tenants, {}),
            Names{});
}

TEST(Help, EveryCommandIsExplained) {
  const std::string all = help_topic(""), man = manual_man(), markdown = manual_markdown();
  for (const Command& c : commands()) {
    const std::string words(c.words), help = help_command(c);
    EXPECT_NE(all.find("  " + words + " "), std::string::npos) << words;
    EXPECT_NE(man.find(".SS " + words + "\n"), std::string::npos) << words;
    EXPECT_NE(markdown.find("### " + words + "\n"), std::string::npos) << words;
    for (const Parameter& p : c.options) EXPECT_NE(help.find("--" + std::string(p.name)), std::string::npos) << words;
  }
  EXPECT_EQ(help_topic("nonsense"), "");
  EXPECT_EQ(help_topic("tenan"), "");
  EXPECT_EQ(usage(*find_command("tenant remove")), "tenant remove NAME [--force]");
  EXPECT_EQ(usage(*find_command("trace")), "trace TENANT [--packets N] [--wait SECONDS]");
}

TEST(History, IsPrivateAndBounded) {
  const std::string path = testing::TempDir() + "demarc-history";
  std::filesystem::remove(path);
  const HistoryFile file(path);
  EXPECT_TRUE(file.load().empty());
  std::ofstream(path) << "old\n";
  std::filesystem::permissions(path, std::filesystem::perms::all);
  file.append("show tenants");
  EXPECT_EQ(file.load(), (std::vector<std::string>{"old", "show tenants"}));
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
  for (size_t i = 0; i < 2 * kHistoryLines; ++i) file.append(std::to_string(i));
  EXPECT_EQ(file.load().size(), kHistoryLines);
  EXPECT_EQ(file.load().back(), std::to_string(2 * kHistoryLines - 1));
  EXPECT_LT(std::filesystem::file_size(path), 5 * kHistoryLines + 1);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace demarc::shell
