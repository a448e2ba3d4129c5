#include "controlplane/store/store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <unistd.h>

#include <optional>

#include "controlplane/store/file_lock.h"
#include "controlplane/store/migrations.h"
#include "controlplane/store/open_database.h"
#include "controlplane/store/rows.h"
#include "controlplane/store/statements.h"

namespace demarc::cp {

// Destroyed from the last to the first: statements, connection, then the lock that guards it.
struct Store::Impl {
  std::string path;
  StoreOptions options;
  std::optional<FileLock> lock;
  std::unique_ptr<SQLite::Database> database;
  std::optional<Statements> statements;

  // Throws what SQLite would.
  void ask(StoreOperation operation) const {
    const int code = options.fault ? options.fault(operation) : SQLITE_OK;
    if (code != SQLITE_OK) throw SQLite::Exception(sqlite3_errstr(code), code);
  }

  // Runs `work`, which answers with a Status or throws.
  template <class Work>
  Status guarded(Work work) const {
    try {
      return work();
    } catch (const SQLite::Exception& e) {
      const int code = e.getErrorCode() & 0xff;
      if (code == SQLITE_CONSTRAINT || code == SQLITE_ERROR || code == SQLITE_MISMATCH)
        return fail(ErrorCode::internal, fmt::format("the store {} refuses a row: {}", path, e.what()));
      return fail(ErrorCode::unavailable,
                  fmt::format("the store {} cannot be written: {}; nothing was changed", path, e.what()));
    }
  }

  Status run(StoreOperation operation, const char* sql) {
    return guarded([&]() -> Status {
      ask(operation);
      statements->run(sql);
      return {};
    });
  }

  Status write_all(std::span<const Change> changes) {
    return guarded([&]() -> Status {
      for (const Change& change : changes) {
        ask(StoreOperation::write_row);
        if (Status s = write_row(*statements, change); !s) return s;
      }
      return {};
    });
  }

  bool in_transaction() const { return sqlite3_get_autocommit(database->getHandle()) == 0; }
};

Store::~Store() = default;

int Store::schema_version() { return static_cast<int>(migrations().size()); }

Result<std::unique_ptr<Store>> Store::open(const std::string& path, StoreOptions options) {
  auto lock = FileLock::take(path + ".lock", "the store " + path);
  if (!lock) return tl::unexpected(lock.error());
  auto database = open_database(path, schema_version());
  if (!database) return tl::unexpected(database.error());
  std::unique_ptr<Store> store(new Store);
  store->impl_ = std::make_unique<Impl>();
  store->impl_->path = path;
  store->impl_->options = std::move(options);
  store->impl_->lock.emplace(std::move(*lock));
  store->impl_->database = std::move(database->database);
  store->impl_->statements.emplace(*store->impl_->database);
  return store;
}

Result<std::string> Store::migrate_to(const std::string& path, int schema) {
  if (schema < 1 || schema > schema_version())
    return fail(ErrorCode::invalid,
                fmt::format("there is no schema {}; this demarcd knows 1 to {}", schema, schema_version()));
  if (::access(path.c_str(), F_OK) != 0) return fail(ErrorCode::not_found, fmt::format("there is no store {}", path));
  auto lock = FileLock::take(path + ".lock", "the store " + path);
  if (!lock) return tl::unexpected(lock.error());
  auto opened = open_database(path, schema);
  if (!opened) return tl::unexpected(opened.error());
  const int from = opened->schema_before;
  std::string text = from == schema ? fmt::format("the store {} has schema {} already\n", path, schema)
                                    : fmt::format("the store {} went from schema {} to {}\n", path, from, schema);
  for (int v = from; v < schema; ++v) text += fmt::format("  {} added: {}\n", v + 1, migrations()[v].name);
  for (int v = from; v > schema; --v) text += fmt::format("  {} taken back: {}\n", v, migrations()[v - 1].name);
  return text;
}

Result<Model> Store::load() {
  try {
    auto model = read_rows(*impl_->database);
    if (!model) return fail(model.error().code, fmt::format("the store {}: {}", impl_->path, model.error().message));
    return model;
  } catch (const SQLite::Exception& e) {
    return fail(ErrorCode::unavailable, fmt::format("the store {} cannot be read: {}", impl_->path, e.what()));
  }
}

Result<std::array<uint32_t, kObjectKinds>> Store::last_ids() {
  try {
    return read_last_ids(*impl_->database);
  } catch (const SQLite::Exception& e) {
    return fail(ErrorCode::unavailable, fmt::format("the store {} cannot be read: {}", impl_->path, e.what()));
  }
}

Status Store::begin() { return impl_->run(StoreOperation::begin, "BEGIN IMMEDIATE"); }

Status Store::write(std::span<const Change> changes) {
  if (Status s = impl_->run(StoreOperation::savepoint, "SAVEPOINT job"); !s) return s;
  Status written = impl_->write_all(changes);
  if (written) written = impl_->run(StoreOperation::release, "RELEASE job");
  if (written || !impl_->in_transaction()) return written;
  Status back = impl_->run(StoreOperation::rollback_to, "ROLLBACK TO job");
  if (back) back = impl_->run(StoreOperation::release, "RELEASE job");
  // What cannot be taken back alone is taken back with all the others.
  if (!back) rollback();
  return written;
}

Status Store::commit() {
  Status committed = impl_->run(StoreOperation::commit, "COMMIT");
  if (!committed) rollback();
  return committed;
}

void Store::rollback() noexcept {
  // A ROLLBACK that fails leaves the transaction rolled back all the same once its statements are reset, which they
  // are.
  if (impl_->in_transaction()) sqlite3_exec(impl_->database->getHandle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

bool Store::in_transaction() const { return impl_->in_transaction(); }

}  // namespace demarc::cp
