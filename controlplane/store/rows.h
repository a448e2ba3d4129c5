// One object, one row: how each kind is written and read. Everything here throws SQLite::Exception when SQLite fails.
#pragma once

#include <SQLiteCpp/Database.h>

#include <array>

#include "common/base/result.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/model.h"
#include "controlplane/store/statements.h"

namespace demarc::cp {

// Inserts, updates or deletes the one row. Error `internal`: there was no such row, or the kind is never updated.
Status write_row(Statements& statements, const Change& change);

// Reads all rows into a model. Error `internal`: a row holds what demarcd never writes, which is named.
Result<Model> read_rows(SQLite::Database& database);

// The highest id ever given, by kind of object; 0 for sessions, whose UP SEIDs are drawn.
std::array<uint32_t, kObjectKinds> read_last_ids(SQLite::Database& database);

}  // namespace demarc::cp
