// The store's schema, as the list of steps that lead to it. PRAGMA user_version is the number of steps taken.
//
// To change the schema: append a Migration with the SQL up and down. Never edit one that was released.
#pragma once

#include <span>

#include "common/base/result.h"

namespace SQLite {
class Database;
}

namespace demarc::cp {

struct Migration {
  const char* name;
  const char* up;    // from the schema before to this one
  const char* down;  // and back; what the schema before has no place for is lost
};

std::span<const Migration> migrations();

// Carries the database up or down to `version` (0: empty), all steps in one transaction. The connection must not be in
// one. Errors: `internal` when a step fails or leaves a row that refers to nothing; then nothing has changed. Throws
// SQLite::Exception when the disk fails.
Status migrate(SQLite::Database& database, std::span<const Migration> steps, int version);

}  // namespace demarc::cp
