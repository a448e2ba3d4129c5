// Store: the SQLite file that is demarcd's memory. One connection, used by one thread (controlplane/core).
//
// What commit() has answered is on the disk: it survives kill -9 and power loss (WAL, synchronous=FULL). When commit()
// fails nothing of the transaction is to be seen; should the process die before the next successful commit, it is
// possible that the transaction is found after all, as with any storage whose last answer was an error.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "common/base/result.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

enum class StoreOperation : uint8_t { begin, savepoint, write_row, release, rollback_to, commit };

struct StoreOptions {
  // For tests: asked before each operation; another answer than SQLITE_OK (0) makes the operation fail with it.
  std::function<int(StoreOperation)> fault;
};

class Store {
 public:
  // Errors: in use by another demarcd, and what open_database.h says.
  static Result<std::unique_ptr<Store>> open(const std::string& path, StoreOptions options = {});
  ~Store();

  static int schema_version();  // the newest, to which open() carries

  // Carries the file up or down to a schema from 1 to the newest, and closes it again: for going back to an older
  // demarcd. What an older schema has no place for is lost. The answer is a text, a line a step. Errors: those of
  // open(); not_found; invalid for a schema that is none.
  static Result<std::string> migrate_to(const std::string& path, int schema);

  // Everything that is in the file. Error `internal`: a row is damaged.
  Result<Model> load();
  // The highest id ever given, by kind of object; 0 for sessions. No id is ever given twice.
  Result<std::array<uint32_t, kObjectKinds>> last_ids();

  // A transaction: begin, any number of write, commit. Errors of all are `unavailable` when the disk or the file cannot
  // be written now, `internal` when the rows contradict what is stored.
  Status begin();
  // All of these changes or, on an error, none. The changes of other calls stay, unless in_transaction() is false
  // afterwards: SQLite gave the whole transaction up (disk full, I/O error).
  Status write(std::span<const Change> changes);
  // On an error everything since begin() is undone and the transaction is over.
  Status commit();
  // Undoes everything since begin(); without a transaction nothing happens.
  void rollback() noexcept;
  bool in_transaction() const;

 private:
  Store() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::cp
