// kill -9 at twenty random moments: every acknowledged row is there after reopening, and nothing half of one.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <sstream>

#include "tests/controlplane/core/core_fixture.h"

namespace demarc::cp::test {
namespace {

constexpr int kKills = 20;

std::string child_program() { return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "kill_child"; }

// Runs the child for `life`, kills it, and returns what it said.
std::string run_and_kill(const std::string& store, const std::string& prefix, std::chrono::microseconds life) {
  int out[2];
  if (::pipe(out) != 0) throw std::runtime_error("pipe");
  const std::string program = child_program();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::close(out[0]);
    ::close(out[1]);
    ::execl(program.c_str(), program.c_str(), store.c_str(), prefix.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(out[1]);
  std::string said;
  char buffer[65536];
  // Its first word says that it runs; from there its life is counted.
  ssize_t n = ::read(out[0], buffer, sizeof buffer);
  if (n > 0) said.append(buffer, static_cast<size_t>(n));
  std::thread killer([child, life] {
    std::this_thread::sleep_for(life);
    ::kill(child, SIGKILL);
  });
  while ((n = ::read(out[0], buffer, sizeof buffer)) > 0) said.append(buffer, static_cast<size_t>(n));
  killer.join();
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it ended by itself: " << status;
  ::close(out[0]);
  return said;
}

TEST(Kill, EveryAcknowledgedRowIsThere) {
  TempDir dir;
  std::mt19937 random(std::random_device{}());
  std::vector<std::string> acknowledged;
  for (int i = 0; i < kKills; ++i) {
    const std::chrono::microseconds life(std::uniform_int_distribution<int>(0, 60'000)(random));
    SCOPED_TRACE("kill " + std::to_string(i) + " after " + std::to_string(life.count()) + " us");
    std::istringstream said(run_and_kill(dir / "db", "k" + std::to_string(i) + "-", life));
    size_t before = acknowledged.size();
    for (std::string line; std::getline(said, line) && !said.eof();) {
      ASSERT_NE(line[0], '!') << line;
      acknowledged.push_back(line);
    }
    EXPECT_GT(acknowledged.size(), before) << "nothing was acknowledged: nothing was tested";
    const Model model = must_open(dir / "db")->load().value();
    for (const std::string& name : acknowledged) ASSERT_NE(model.tenant(name), nullptr) << name;
    for (const auto& [id, tenant] : model.tenants)
      ASSERT_NE(model.vrf(id, "internet"), nullptr) << "half of the job of " << tenant.name;
    SQLite::Database db(dir / "db", SQLite::OPEN_READWRITE);
    EXPECT_EQ(db.execAndGet("PRAGMA integrity_check").getString(), "ok");
  }
}

}  // namespace
}  // namespace demarc::cp::test
