// Opening the store's file: from a path to a connection that is ours, whole, of our schema and durable.
#pragma once

#include <SQLiteCpp/Database.h>

#include <memory>
#include <string>

#include "common/base/result.h"

namespace demarc::cp {

// "dmrc": PRAGMA application_id of our files.
inline constexpr int32_t kApplicationId = 0x646d7263;

// Makes the file (mode 0600) when it is not there, carries it up to the newest schema. WAL, synchronous=FULL, foreign
// keys on, locking_mode=EXCLUSIVE. The caller holds the FileLock. Errors, each one sentence: cannot be opened or
// written, is no SQLite file, belongs to another program, is of a newer schema, is damaged.
Result<std::unique_ptr<SQLite::Database>> open_database(const std::string& path);

}  // namespace demarc::cp
