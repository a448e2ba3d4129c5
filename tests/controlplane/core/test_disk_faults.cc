// The disk itself fails under SQLite: it is full, it has errors, power goes.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cerrno>

#include "tests/controlplane/core/core_fixture.h"
#include "tests/controlplane/core/disk_faults.h"

namespace demarc::cp::test {
namespace {

std::string check_integrity(const std::string& path) {
  SQLite::Database db(path, SQLite::OPEN_READWRITE);
  return db.execAndGet("PRAGMA integrity_check").getString();
}

// One job of many rows, so that there are many writes to fail.
Status add_everything(Core& core, const std::string& name, uint16_t vlan) {
  return write(core, [&](Edit& e) {
    const TenantObjects t = add_tenant_objects(e, name, vlan);
    for (uint32_t i = 0; i < 40; ++i) {
      auto s = e.add_session(make_session(t, 1000 + i, Ipv4Address{ip("10.45.1.0").value + i}));
      if (!s) return Status(tl::unexpected(s.error()));
    }
    return Status();
  });
}

// The Nth call fails, for N = 1, 2, 3 … until the change succeeds without it. The file is looked at from outside now
// and then, and at the end.
void fail_each(DiskCall call, int error_number, const char* words) {
  TempDir dir;
  auto core = must_open_core(dir / "db");
  ASSERT_TRUE(add_everything(*core, "acme", 100).has_value());
  const Model before = copy_model(*core);
  int nth = 0;
  for (bool failed = true; failed;) {
    SCOPED_TRACE(++nth);
    ASSERT_LT(nth, 500);
    break_disk(call, nth, error_number);
    const Status s = add_everything(*core, "bravo", 200);
    failed = disk_has_failed();
    disk_works();
    ASSERT_EQ(s.has_value(), !failed);
    if (s) break;
    EXPECT_EQ(s.error().code, ErrorCode::unavailable);
    EXPECT_NE(s.error().message.find(words), std::string::npos) << s.error().message;
    ASSERT_TRUE(copy_model(*core) == before);
    if (nth % 16 != 1) continue;
    core.reset();
    EXPECT_EQ(check_integrity(dir / "db"), "ok");
    core = must_open_core(dir / "db");
    ASSERT_TRUE(copy_model(*core) == before);
  }
  EXPECT_GT(nth, 1) << "no call was seen at all: the faults reach nothing";
  const Model after = copy_model(*core);
  EXPECT_NE(after.tenant("bravo"), nullptr);
  core.reset();
  EXPECT_EQ(check_integrity(dir / "db"), "ok");
  EXPECT_TRUE(copy_model(*must_open_core(dir / "db")) == after);
}

TEST(DiskFaults, FullAtEachWrite) { fail_each(DiskCall::write, ENOSPC, "full"); }
TEST(DiskFaults, ErrorAtEachWrite) { fail_each(DiskCall::write, EIO, "disk I/O error"); }
TEST(DiskFaults, ErrorAtEachSync) { fail_each(DiskCall::sync, EIO, "disk I/O error"); }

// The kernel's own limit, not ours: the file may not grow any more.
TEST(DiskFaults, FileSizeLimit) {
  TempDir dir;
  auto core = must_open_core(dir / "db");
  ASSERT_TRUE(add_tenant(*core, "acme").has_value());
  rlimit was{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &was), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = was;
  small.rlim_cur = 256 * 1024;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  int added = 0;
  Status s;
  for (; added < 2000; ++added) {
    s = add_everything(*core, "t" + std::to_string(added), static_cast<uint16_t>(added + 1));
    if (!s) break;
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &was), 0);
  ::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(s.has_value());
  EXPECT_EQ(s.error().code, ErrorCode::unavailable) << s.error().message;
  const Model model = copy_model(*core);
  EXPECT_EQ(model.tenants.size(), static_cast<size_t>(added) + 1);
  EXPECT_TRUE(add_everything(*core, "after", 4000).has_value());
  core.reset();
  EXPECT_EQ(copy_model(*must_open_core(dir / "db")).tenants.size(), static_cast<size_t>(added) + 2);
}

// After each acknowledgement the power goes: what was never synced is lost. All acknowledged is there.
TEST(DiskFaults, PowerLoss) {
  TempDir dir;
  watch_syncs(dir.path());
  auto core = must_open_core(dir / "db");
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(add_everything(*core, "t" + std::to_string(i), static_cast<uint16_t>(i + 1)).has_value());
    TempDir after;
    write_synced_files(after.path());
    auto store = must_open(after / "db");
    const Model kept = store->load().value();
    EXPECT_EQ(kept.tenants.size(), static_cast<size_t>(i) + 1);
    EXPECT_TRUE(kept == copy_model(*core)) << "after change " << i;
    store.reset();
    EXPECT_EQ(check_integrity(after / "db"), "ok");
  }
  watch_syncs("");
}

}  // namespace
}  // namespace demarc::cp::test
