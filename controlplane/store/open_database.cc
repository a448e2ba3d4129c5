#include "controlplane/store/open_database.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "controlplane/store/migrations.h"

namespace demarc::cp {
namespace {

constexpr std::string_view kMagic("SQLite format 3\0", 16);  // https://www.sqlite.org/fileformat2.html 1.2.1
constexpr int kBusyTimeoutMs = 500;

// SQLite would make the file readable for others and would take a text file for a damaged database. Closed again before
// SQLite opens it: closing any descriptor of a file drops all of the process's POSIX locks on it.
Status prepare_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(ErrorCode::unavailable, fmt::format("cannot open the store {}: {}", path, std::strerror(errno)));
  struct stat st {};
  char head[16];
  const bool known = ::fstat(fd, &st) == 0;
  const ssize_t n = known && S_ISREG(st.st_mode) ? ::pread(fd, head, sizeof head, 0) : -1;
  ::close(fd);
  if (!known || !S_ISREG(st.st_mode))
    return fail(ErrorCode::invalid, fmt::format("the store {} is not a regular file", path));
  if (n == 0) return {};  // new
  if (n < 0 || std::string_view(head, static_cast<size_t>(n)) != kMagic)
    return fail(ErrorCode::invalid,
                fmt::format("{} is not a demarc store: it is no SQLite file; configure another path", path));
  return {};
}

// Ours, or empty. Nothing has been written yet.
Status check_identity(SQLite::Database& db, const std::string& path) {
  const int32_t application = db.execAndGet("PRAGMA application_id").getInt();
  const int version = db.execAndGet("PRAGMA user_version").getInt();
  const int objects = db.execAndGet("SELECT count(*) FROM sqlite_master").getInt();
  if (application == 0 && version == 0 && objects == 0) return {};
  if (application != kApplicationId)
    return fail(ErrorCode::invalid,
                fmt::format("{} is not a demarc store: it is another program's SQLite file (application_id {:#x}); "
                            "configure another path",
                            path, static_cast<uint32_t>(application)));
  const int newest = static_cast<int>(migrations().size());
  if (version > newest)
    return fail(
        ErrorCode::invalid,
        fmt::format(
            "the store {} has schema {}, of a newer demarcd; this one knows up to {}: start the newer one, "
            "let it carry the store down (demarcd --config FILE --migrate-to {}), or restore a backup of before",
            path, version, newest, newest));
  return {};
}

Status check_integrity(SQLite::Database& db, const std::string& path) {
  const std::string quick = db.execAndGet("PRAGMA quick_check(1)").getString();
  if (quick == "ok") return {};
  return fail(ErrorCode::internal, fmt::format("the store {} is damaged ({}); restore a backup", path, quick));
}

Status check_foreign_keys(SQLite::Database& db, const std::string& path) {
  SQLite::Statement check(db, "PRAGMA foreign_key_check");
  if (!check.executeStep()) return {};
  return fail(ErrorCode::internal,
              fmt::format("the store {} is damaged (a row of table {} refers to nothing); restore a "
                          "backup",
                          path, check.getColumn(0).getString()));
}

// A PRAGMA that is silently refused answers with the old value.
Status set_pragma(SQLite::Database& db, const char* name, const char* value, const char* answer) {
  db.exec(fmt::format("PRAGMA {} = {}", name, value));
  const std::string is = db.execAndGet(fmt::format("PRAGMA {}", name)).getString();
  if (is == answer) return {};
  return fail(ErrorCode::internal, fmt::format("SQLite does not take {} = {}: it stays {}", name, value, is));
}

Status make_durable(SQLite::Database& db) {
  if (Status s = set_pragma(db, "journal_mode", "WAL", "wal"); !s) return s;
  if (Status s = set_pragma(db, "synchronous", "FULL", "2"); !s) return s;
  return set_pragma(db, "foreign_keys", "ON", "1");
}

// A crash before the application id is set leaves an empty file, which counts as new; one after it, a file of ours with
// schema 0, which the next start carries up.
Status prepare(SQLite::Database& db, const std::string& path, int schema, int& schema_before) {
  // Before the first access: then the index of the WAL lives in our memory and nobody else can open the file, so that
  // there is never a second writer.
  db.exec("PRAGMA locking_mode = EXCLUSIVE");
  if (Status s = check_identity(db, path); !s) return s;
  schema_before = db.execAndGet("PRAGMA user_version").getInt();
  if (Status s = check_integrity(db, path); !s) return s;
  if (Status s = make_durable(db); !s) return s;
  if (db.execAndGet("PRAGMA application_id").getInt() == 0)
    db.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  if (Status s = migrate(db, migrations(), schema); !s) return s;
  return check_foreign_keys(db, path);
}

Error explain(const SQLite::Exception& e, const std::string& path) {
  switch (e.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::conflict, fmt::format("the store {} is open in another program; close that", path)};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::internal, fmt::format("the store {} is damaged ({}); restore a backup", path, e.what())};
    default:
      return {ErrorCode::unavailable, fmt::format("the store {} cannot be opened or written: {}", path, e.what())};
  }
}

}  // namespace

Result<OpenedDatabase> open_database(const std::string& path, int schema) {
  if (Status s = prepare_file(path); !s) return tl::unexpected(s.error());
  try {
    OpenedDatabase opened{std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE, kBusyTimeoutMs), 0};
    if (Status s = prepare(*opened.database, path, schema, opened.schema_before); !s) return tl::unexpected(s.error());
    return opened;
  } catch (const SQLite::Exception& e) {
    return tl::unexpected(explain(e, path));
  }
}

}  // namespace demarc::cp
