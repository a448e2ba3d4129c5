// Opening the store's file: from a path to a connection that is ours, whole, of our schema and durable.
#pragma once

#include <SQLiteCpp/Database.h>

#include <memory>
#include <string>

#include "common/base/result.h"

namespace demarc::cp {

// "dmrc": PRAGMA application_id of our files.
inline constexpr int32_t kApplicationId = 0x646d7263;

struct OpenedDatabase {
  std::unique_ptr<SQLite::Database> database;
  int schema_before;  // 0 for a new file
};

// Makes the file (mode 0600) when it is not there, carries it up or down to this schema. WAL, synchronous=FULL, foreign
// keys on, locking_mode=EXCLUSIVE. The caller holds the FileLock. Errors, each one sentence: cannot be opened or
// written, is no SQLite file, belongs to another program, is of a newer schema, is damaged.
Result<OpenedDatabase> open_database(const std::string& path, int schema);

}  // namespace demarc::cp
