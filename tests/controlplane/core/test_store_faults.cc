// The Nth operation of the store fails, for N = 1, 2, 3 … until none does: whatever is answered, the model and the file
// say the same, and say all of an acknowledged job and nothing of any other.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "controlplane/core/batch.h"
#include "tests/controlplane/core/core_fixture.h"

namespace demarc::cp::test {
namespace {

using Job = std::function<Status(Edit&)>;

struct FailNth {
  int nth = 0;
  int code = SQLITE_OK;
  int count = 0;
  bool failed = false;
  int ask() {
    if (++count != nth) return SQLITE_OK;
    failed = true;
    return code;
  }
};

// Two that are right, one that is refused, one of several rows, one that removes.
std::vector<Job> jobs(const StoredWorld& w) {
  return {
      [](Edit& e) { return e.add_tenant("carol") ? Status() : Status(fail(ErrorCode::internal, "")); },
      [&w](Edit& e) { return e.set_tenant_suspended(w.acme.tenant.id, true); },
      [](Edit& e) -> Status {
        (void)e.add_tenant("dave");
        return tl::unexpected(e.add_tenant("acme").error());
      },
      [](Edit& e) {
        add_tenant_objects(e, "emil", 300);
        return Status();
      },
      [&w](Edit& e) { return e.remove_tenant(w.bravo.tenant.id, true); },
  };
}

// Runs all jobs as one batch; returns what the model must be after it.
Model run_batch(Model& model, Store& store, StoredWorld& w, const std::optional<DataPlaneLimits>& limits) {
  Model expected = model;
  std::vector<Change> kept;
  Batch batch(model, store, w.counting.ids, limits);
  bool any_failed = false;
  for (const Job& job : jobs(w)) {
    std::vector<Change> changes;
    const Status s = batch.run([&](Edit& e) {
      Status status = job(e);
      changes = e.changes();
      return status;
    });
    if (s) kept.insert(kept.end(), changes.begin(), changes.end());
    any_failed |= !s && s.error().code == ErrorCode::unavailable;
  }
  auto committed = batch.commit();
  if (committed) {
    EXPECT_EQ(committed->size(), kept.size());
    for (const Change& c : kept) c.after ? expected.put(*c.after) : expected.remove(*c.before);
  } else {
    EXPECT_EQ(committed.error().code, ErrorCode::unavailable);
    any_failed = true;
  }
  EXPECT_EQ(any_failed, model.tenant("carol") == nullptr || model.tenant("emil") == nullptr ||
                            model.tenant("bravo") != nullptr || !model.tenant("acme")->suspended);
  return expected;
}

void fail_each(int code) {
  int nth = 0;
  for (bool failed = true; failed;) {
    SCOPED_TRACE(++nth);
    ASSERT_LT(nth, 200);
    TempDir dir;
    FailNth fault{.nth = 0, .code = code};
    StoreOptions options;
    options.fault = [&fault](StoreOperation) { return fault.ask(); };
    auto store = must_open(dir / "db", options);
    StoredWorld w(*store);
    fault = {.nth = nth, .code = code};
    const Model expected = run_batch(w.model, *store, w, w.limits);
    failed = fault.failed;
    fault = {};
    EXPECT_TRUE(w.model == expected);
    EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
    EXPECT_FALSE(store->in_transaction());
    EXPECT_TRUE(store->load().value() == w.model);
    // It goes on as if nothing had been.
    Edit e = w.begin();
    ASSERT_TRUE(e.add_tenant("after").has_value());
    ASSERT_TRUE(write_all(*store, e.changes()).has_value());
    store.reset();
    EXPECT_TRUE(must_open(dir / "db")->load().value() == w.model);
  }
  EXPECT_GT(nth, 25) << "so many operations there are at least";
}

TEST(StoreFaults, EachOperationInTurn) {
  for (int code : {SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM}) {
    SCOPED_TRACE(sqlite3_errstr(code));
    fail_each(code);
  }
}

TEST(StoreFaults, AFailedCommitFailsAllOfItsBatch) {
  TempDir dir;
  int code = SQLITE_OK;
  StoreOptions options;
  options.fault = [&code](StoreOperation o) { return o == StoreOperation::commit ? code : SQLITE_OK; };
  size_t sunk = 0;
  auto core = must_open_core(
      dir / "db", [&sunk](auto updates) { sunk += updates.size(); }, options);
  ASSERT_TRUE(add_tenant(*core, "acme").has_value());
  const Model before = copy_model(*core);
  std::vector<Status> answers;
  {
    Hold hold(*core);
    code = SQLITE_FULL;
    for (const char* name : {"bravo", "acme", "carol"})
      core->write(
          [name](Edit& e) -> Status {
            auto t = e.add_tenant(name);
            return t ? Status() : Status(tl::unexpected(t.error()));
          },
          [&answers](Status s) { answers.push_back(std::move(s)); });
  }
  EXPECT_TRUE(copy_model(*core) == before);
  ASSERT_EQ(answers.size(), 3u);
  for (const Status& s : answers) {
    ASSERT_FALSE(s.has_value());
    EXPECT_EQ(s.error().code, ErrorCode::unavailable);
    EXPECT_NE(s.error().message.find("database or disk is full"), std::string::npos) << s.error().message;
  }
  EXPECT_EQ(sunk, 1u) << "the data plane learns of acme alone";
  code = SQLITE_OK;
  EXPECT_TRUE(add_tenant(*core, "bravo").has_value());
  EXPECT_EQ(sunk, 2u);
}

}  // namespace
}  // namespace demarc::cp::test
