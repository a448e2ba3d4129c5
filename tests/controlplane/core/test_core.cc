#include <gtest/gtest.h>

#include <atomic>

#include "controlplane/compile/compile.h"
#include "controlplane/core/id_source.h"
#include "tests/controlplane/core/core_fixture.h"

namespace demarc::cp::test {
namespace {

using channel::TableUpdate;

Status to_status(const Result<Tenant>& t) { return t ? Status() : Status(tl::unexpected(t.error())); }

TEST(Core, KeepsWhatItAcknowledged) {
  TempDir dir;
  Model model;
  {
    auto core = must_open_core(dir / "db");
    ASSERT_TRUE(write(*core, [](Edit& e) {
                  add_tenant_objects(e, "acme", 100);
                  add_tenant_objects(e, "bravo", 200);
                  return Status();
                }).has_value());
    model = copy_model(*core);
    EXPECT_EQ(model.sessions.size(), 2u);
  }
  auto core = must_open_core(dir / "db");
  EXPECT_TRUE(copy_model(*core) == model);
}

TEST(Core, ARefusedJobLeavesNoTrace) {
  TempDir dir;
  auto core = must_open_core(dir / "db");
  ASSERT_TRUE(add_tenant(*core, "acme").has_value());
  const Model before = copy_model(*core);
  const Status s = write(*core, [](Edit& e) {
    add_tenant_objects(e, "bravo", 200);
    return to_status(e.add_tenant("acme"));
  });
  ASSERT_FALSE(s.has_value());
  EXPECT_EQ(s.error().code, ErrorCode::conflict);
  EXPECT_TRUE(copy_model(*core) == before);
  core.reset();
  EXPECT_TRUE(copy_model(*must_open_core(dir / "db")) == before);
}

TEST(Core, AnExceptionIsARefusal) {
  TempDir dir;
  auto core = must_open_core(dir / "db");
  const Status s = write(*core, [](Edit& e) -> Status {
    (void)e.add_tenant("acme");
    throw std::runtime_error("oops");
  });
  ASSERT_FALSE(s.has_value());
  EXPECT_EQ(s.error().code, ErrorCode::internal);
  EXPECT_TRUE(copy_model(*core) == Model{});
}

TEST(Core, WhatWaitsTogetherIsCommittedTogether) {
  TempDir dir;
  std::atomic<int> commits = 0;
  std::vector<std::vector<TableUpdate>> sunk;
  StoreOptions options;
  options.fault = [&commits](StoreOperation o) {
    if (o == StoreOperation::commit) ++commits;
    return 0;
  };
  auto core = must_open_core(
      dir / "db", [&sunk](std::vector<TableUpdate> u) { sunk.push_back(std::move(u)); }, options);
  std::vector<std::string> answers;
  {
    Hold hold(*core);
    for (const char* name : {"a", "b", "a", "c"})
      core->write([name](Edit& e) { return to_status(e.add_tenant(name)); },
                  [&answers, name](Status s) { answers.push_back(name + std::string(s ? "+" : "-")); });
  }
  EXPECT_EQ(copy_model(*core).tenants.size(), 3u);
  EXPECT_EQ(commits, 1);
  EXPECT_EQ(answers, (std::vector<std::string>{"a+", "b+", "a-", "c+"}));
  ASSERT_EQ(sunk.size(), 2u);
  EXPECT_TRUE(sunk[0].empty()) << "compile_all of nothing";
  EXPECT_EQ(sunk[1].size(), 3u);
}

TEST(Core, ManyMoreThanABatch) {
  TempDir dir;
  auto core = must_open_core(dir / "db");
  std::atomic<int> done = 0;
  {
    Hold hold(*core);
    for (int i = 0; i < 2000; ++i)
      core->write([i](Edit& e) { return to_status(e.add_tenant("t" + std::to_string(i))); },
                  [&done](Status s) { done += s ? 1 : 0; });
  }
  EXPECT_EQ(copy_model(*core).tenants.size(), 2000u);
  EXPECT_EQ(done, 2000);
}

TEST(Core, TheSinkLearnsEverythingFirstAndEachChangeBeforeItsAnswer) {
  TempDir dir;
  {
    auto core = must_open_core(dir / "db");
    ASSERT_TRUE(add_tenant(*core, "acme").has_value());
  }
  std::vector<std::string> log;  // written on the core thread alone
  auto core = must_open_core(dir / "db",
                             [&log](std::vector<TableUpdate> u) { log.push_back("sink " + std::to_string(u.size())); });
  std::promise<void> answered;
  core->write([](Edit& e) { return to_status(e.add_tenant("bravo")); },
              [&](Status) {
                log.push_back("done");
                answered.set_value();
              });
  answered.get_future().wait();
  EXPECT_EQ(log, (std::vector<std::string>{"sink 1", "sink 1", "done"}));
}

TEST(Core, ReadsSeeTheWritesBeforeThem) {
  TempDir dir;
  auto core = must_open_core(dir / "db");
  std::promise<size_t> seen;
  {
    Hold hold(*core);
    core->write([](Edit& e) { return to_status(e.add_tenant("acme")); }, nullptr);
    core->read([&seen](const Model& m) { seen.set_value(m.tenants.size()); });
  }
  EXPECT_EQ(seen.get_future().get(), 1u);
}

TEST(Core, LimitsCountFromTheNextWrite) {
  TempDir dir;
  auto core = must_open_core(dir / "db");
  ASSERT_TRUE(add_tenant(*core, "a").has_value());
  core->set_limits({1, 1, 1, 1, 1, 1, {"p0"}});
  const Status s = add_tenant(*core, "b");
  ASSERT_FALSE(s.has_value());
  EXPECT_EQ(s.error().code, ErrorCode::exhausted);
  core->set_limits({2, 1, 1, 1, 1, 1, {"p0"}});
  EXPECT_TRUE(add_tenant(*core, "b").has_value());
}

TEST(Core, DoesWhatWasSubmittedBeforeItEnds) {
  for (bool started : {true, false}) {
    SCOPED_TRACE(started);
    TempDir dir;
    int done = 0;
    {
      auto core = Core::open(dir / "db", nullptr).value();
      if (started) core->start();
      for (int i = 0; i < 100; ++i)
        core->write([i](Edit& e) { return to_status(e.add_tenant("t" + std::to_string(i))); },
                    [&done](Status s) { done += s ? 1 : 0; });
    }
    EXPECT_EQ(done, 100);
    EXPECT_EQ(copy_model(*must_open_core(dir / "db")).tenants.size(), 100u);
  }
}

TEST(Core, GivesNoIdTwice) {
  TempDir dir;
  TenantId first{};
  {
    auto core = must_open_core(dir / "db");
    ASSERT_TRUE(add_tenant(*core, "acme").has_value());
    first = copy_model(*core).tenant("acme")->id;
    ASSERT_TRUE(write(*core, [first](Edit& e) { return e.remove_tenant(first, false); }).has_value());
  }
  auto core = must_open_core(dir / "db");
  ASSERT_TRUE(add_tenant(*core, "acme").has_value());
  EXPECT_GT(copy_model(*core).tenant("acme")->id, first);
}

TEST(Core, SaysWhatTheStoreSays) {
  TempDir dir;
  auto first = must_open_core(dir / "db");
  auto second = Core::open(dir / "db", nullptr);
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find("in use by another demarcd (pid "), std::string::npos);
}

TEST(RandomSeid, IsBelow2To53AndDiffers) {
  uint64_t seen = 0;
  for (int i = 0; i < 1000; ++i) {
    const Seid seid = random_seid();
    EXPECT_LT(seid, kSeidEnd);
    seen |= seid.value;
  }
  EXPECT_EQ(seen, kSeidEnd.value - 1) << "every bit is used";
}

}  // namespace
}  // namespace demarc::cp::test
