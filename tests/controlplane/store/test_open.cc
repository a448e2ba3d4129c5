// What cannot be opened, and how that is said.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/controlplane/store/stored_world.h"
#include "tests/controlplane/store/temp_dir.h"

namespace demarc::cp::test {
namespace {

void write_file(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A store with a few hundred sessions' worth of pages, closed.
void make_store(const std::string& path) {
  auto store = must_open(path);
  StoredWorld w(*store);
  Edit e = w.begin();
  for (uint32_t i = 0; i < 200; ++i)
    ASSERT_TRUE(e.add_session(make_session(w.acme, 1000 + i, Ipv4Address{ip("10.45.1.0").value + i})).has_value());
  ASSERT_TRUE(write_all(*store, e.changes()).has_value());
}

struct OpenCase {
  const char* description;
  std::function<std::string(const TempDir&)> prepare;  // makes what is there, returns the path
  ErrorCode code;
  const char* words;
};

TEST(StoreOpen, RefusesInOneSentence) {
  const OpenCase cases[] = {
      {"a text file",
       [](const TempDir& d) {
         write_file(d / "db", "[store]\npath = \"somewhere\"\n# and more of the same\n");
         return d / "db";
       },
       ErrorCode::invalid, "is no SQLite file"},
      {"a short file",
       [](const TempDir& d) {
         write_file(d / "db", "SQLite");
         return d / "db";
       },
       ErrorCode::invalid, "is no SQLite file"},
      {"another program's SQLite file",
       [](const TempDir& d) {
         SQLite::Database db(d / "db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
         db.exec("CREATE TABLE bookmarks (url TEXT)");
         return d / "db";
       },
       ErrorCode::invalid, "another program's SQLite file"},
      {"another program's application id",
       [](const TempDir& d) {
         SQLite::Database db(d / "db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
         db.exec("PRAGMA application_id = 77");
         db.exec("CREATE TABLE bookmarks (url TEXT)");
         return d / "db";
       },
       ErrorCode::invalid, "application_id 0x4d"},
      {"a newer schema",
       [](const TempDir& d) {
         make_store(d / "db");
         SQLite::Database db(d / "db", SQLite::OPEN_READWRITE);
         db.exec("PRAGMA user_version = 99");
         return d / "db";
       },
       ErrorCode::invalid, "has schema 99, of a newer demarcd; this one knows up to "},
      {"a directory", [](const TempDir& d) { return std::filesystem::create_directory(d / "db"), d / "db"; },
       ErrorCode::unavailable, "Is a directory"},
      {"a device",
       [](const TempDir& d) {
         std::filesystem::create_symlink("/dev/null", d / "db");
         return d / "db";
       },
       ErrorCode::invalid, "not a regular file"},
      {"no such directory", [](const TempDir& d) { return d / "nowhere/db"; }, ErrorCode::unavailable,
       "its directory must exist and be writable"},
      {"where nothing can be made", [](const TempDir&) { return std::string("/proc/demarc.db"); },
       ErrorCode::unavailable, "/proc/demarc.db.lock"},
      {"open in another program",
       [](const TempDir& d) {
         make_store(d / "db");
         static std::unique_ptr<SQLite::Database> other;  // until the next case
         other = std::make_unique<SQLite::Database>(d / "db", SQLite::OPEN_READWRITE);
         other->exec("PRAGMA locking_mode = EXCLUSIVE");
         other->exec("BEGIN EXCLUSIVE");
         return d / "db";
       },
       ErrorCode::conflict, "is open in another program"},
  };
  for (const OpenCase& c : cases) {
    SCOPED_TRACE(c.description);
    TempDir dir;
    auto store = Store::open(c.prepare(dir));
    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().code, c.code) << store.error().message;
    EXPECT_NE(store.error().message.find(c.words), std::string::npos) << store.error().message;
  }
}

TEST(StoreOpen, DoesNotTouchWhatIsNotOurs) {
  TempDir dir;
  const std::string text(5000, 't');
  write_file(dir / "db", text);
  EXPECT_FALSE(Store::open(dir / "db").has_value());
  EXPECT_EQ(read_file(dir / "db"), text);
  {
    SQLite::Database db(dir / "other", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec("CREATE TABLE bookmarks (url TEXT)");
  }
  const std::string before = read_file(dir / "other");
  EXPECT_FALSE(Store::open(dir / "other").has_value());
  EXPECT_EQ(read_file(dir / "other"), before);
}

TEST(StoreOpen, TakesAnEmptyFileForNew) {
  TempDir dir;
  write_file(dir / "db", "");
  EXPECT_TRUE(must_open(dir / "db")->load().value() == Model{});
}

// Each page in turn overwritten: refused with a sentence, or (a page that holds nothing) whole.
TEST(StoreOpen, FindsDamage) {
  TempDir dir;
  make_store(dir / "db");
  const std::string good = read_file(dir / "db");
  const Model model = must_open(dir / "db")->load().value();
  ASSERT_EQ(good.size() % 4096, 0u);
  size_t refused = 0;
  for (size_t page = 0; page < good.size(); page += 4096) {
    SCOPED_TRACE(page / 4096);
    TempDir spoilt;
    std::string bytes = good;
    for (size_t i = page == 0 ? 100 : page; i < page + 4096; ++i) bytes[i] = static_cast<char>(i * 37);
    write_file(spoilt / "db", bytes);
    auto store = Store::open(spoilt / "db");
    auto loaded = store ? (*store)->load() : Result<Model>(tl::unexpected(store.error()));
    if (loaded) {
      EXPECT_TRUE(*loaded == model);
      continue;
    }
    ++refused;
    EXPECT_NE(loaded.error().message.find("damaged"), std::string::npos) << loaded.error().message;
  }
  EXPECT_GE(refused, good.size() / 4096 - 1);
}

TEST(StoreOpen, BelongsToOneProcess) {
  TempDir dir;
  int ready[2], end[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(end), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(end[1]);
    auto store = Store::open(dir / "db");
    char c = store ? 'y' : 'n';
    if (::write(ready[1], &c, 1) != 1) ::_exit(1);
    while (::read(end[0], &c, 1) > 0) {
    }
    ::_exit(0);
  }
  ::close(end[0]);
  char c = 0;
  ASSERT_EQ(::read(ready[0], &c, 1), 1);
  ASSERT_EQ(c, 'y');
  auto second = Store::open(dir / "db");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find("in use by another demarcd (pid " + std::to_string(child) + ")"),
            std::string::npos)
      << second.error().message;
  ::close(end[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  // The child left without a word; the kernel let go of its lock.
  EXPECT_TRUE(Store::open(dir / "db").has_value());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(StoreOpen, GoesDownAndUpAgain) {
  TempDir dir;
  make_store(dir / "db");
  const Model model = must_open(dir / "db")->load().value();
  const int newest = Store::schema_version();
  auto down = Store::migrate_to(dir / "db", 1);
  ASSERT_TRUE(down.has_value()) << down.error().message;
  EXPECT_NE(down->find("went from schema " + std::to_string(newest) + " to 1"), std::string::npos) << *down;
  EXPECT_NE(down->find("2 taken back: UP SEIDs of each tenant's own"), std::string::npos) << *down;
  EXPECT_EQ(SQLite::Database(dir / "db").execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_NE(Store::migrate_to(dir / "db", 1).value().find("has schema 1 already"), std::string::npos);
  EXPECT_NE(Store::migrate_to(dir / "db", 2).value().find("2 added: UP SEIDs"), std::string::npos);
  EXPECT_EQ(SQLite::Database(dir / "db").execAndGet("SELECT sum(json_valid(rules)) FROM sessions").getInt(), 202);
  EXPECT_TRUE(must_open(dir / "db")->load().value() == model);

  for (const int wrong : {0, -1, newest + 1}) {
    auto refused = Store::migrate_to(dir / "db", wrong);
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find("knows 1 to " + std::to_string(newest)), std::string::npos);
  }
  EXPECT_EQ(Store::migrate_to(dir / "nothing", 1).error().code, ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(dir / "nothing")) << "nor is it made";
  auto owner = must_open(dir / "db");
  auto busy = Store::migrate_to(dir / "db", 1);
  ASSERT_FALSE(busy.has_value());
  EXPECT_NE(busy.error().message.find("in use by another demarcd"), std::string::npos) << busy.error().message;
}

}  // namespace
}  // namespace demarc::cp::test
