#include "controlplane/store/migrations.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <string>

#include "controlplane/model/session_keys.h"
#include "controlplane/store/schema_001.h"
#include "controlplane/store/schema_002.h"
#include "controlplane/store/schema_003.h"
#include "controlplane/store/schema_004.h"
#include "controlplane/store/schema_005.h"
#include "controlplane/store/schema_006.h"
#include "controlplane/store/schema_007.h"
#include "controlplane/store/schema_008.h"
#include "controlplane/store/schema_009.h"
#include "controlplane/store/session_rules.h"
#include "controlplane/store/session_rules_json.h"

namespace demarc::cp {
namespace {

constexpr Migration kMigrations[] = {
    {"tenants and what they have", kSchema001Up, kSchema001Down},
    {"UP SEIDs of each tenant's own", kSchema002Up, kSchema002Down},
    {"rules of sessions in a text that is read fast", kSchema003Up, kSchema003Down},
    {"IPv6, outer VLANs, several next hops, options of objects", kSchema004Up, kSchema004Down},
    {"TEIDs that are not drawn again for a while", kSchema005Up, kSchema005Down},
    {"framed routes of sessions, sessions that carry no IP", kSchema006Up, kSchema006Down},
    {"rates of tenants, VRFs and sessions", kSchema007Up, kSchema007Down},
    {"quotas of one tenant", kSchema008Up, kSchema008Down},
    {"tiers of tenants", kSchema009Up, kSchema009Down},
};

// Functions of the migrations' SQL. A text that is malformed stays as it is: reading the rows names the one.
std::string text_of(sqlite3_value* value) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return {bytes == nullptr ? "" : bytes, static_cast<size_t>(sqlite3_value_bytes(value))};
}

void convert_rules(sqlite3_context* context, sqlite3_value* value, bool to_json) {
  std::string text = text_of(value);
  Session session;
  if (to_json && rules_from_text(text, session)) {
    text = rules_to_json(session);
  } else if (!to_json && rules_from_json(text, session)) {
    text = rules_to_text(session);
  }
  sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void add_functions(SQLite::Database& db) {
  auto from_json = [](sqlite3_context* context, int, sqlite3_value** v) { convert_rules(context, v[0], false); };
  auto to_json = [](sqlite3_context* context, int, sqlite3_value** v) { convert_rules(context, v[0], true); };
  db.createFunction("rules_from_json", 1, true, nullptr, from_json, nullptr, nullptr, nullptr);
  db.createFunction("rules_to_json", 1, true, nullptr, to_json, nullptr, nullptr, nullptr);
  auto to_schema_6 = [](sqlite3_context* context, int, sqlite3_value** v) {
    const std::string text = rules_to_schema_6(text_of(v[0]));
    sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  };
  db.createFunction("rules_to_schema_6", 1, true, nullptr, to_schema_6, nullptr, nullptr, nullptr);
  auto are_schema_3 = [](sqlite3_context* context, int, sqlite3_value** v) {
    sqlite3_result_int(context, rules_are_schema_3(text_of(v[0])) ? 1 : 0);
  };
  auto are_schema_5 = [](sqlite3_context* context, int, sqlite3_value** v) {
    sqlite3_result_int(context, rules_are_schema_5(text_of(v[0])) ? 1 : 0);
  };
  auto name_endpoint = [](sqlite3_context* context, int, sqlite3_value** v) {
    Session session;
    const bool names = rules_from_text(text_of(v[0]), session) &&
                       std::ranges::count(session_keys(session).endpoints,
                                          GtpuEndpointId{static_cast<uint32_t>(sqlite3_value_int64(v[1]))}) != 0;
    sqlite3_result_int(context, names ? 1 : 0);
  };
  db.createFunction("rules_are_schema_3", 1, true, nullptr, are_schema_3, nullptr, nullptr, nullptr);
  db.createFunction("rules_are_schema_5", 1, true, nullptr, are_schema_5, nullptr, nullptr, nullptr);
  db.createFunction("rules_name_endpoint", 2, true, nullptr, name_endpoint, nullptr, nullptr, nullptr);
}

// Foreign keys are looked at once, at the end: a step may rebuild a table that others refer to.
Status step_through(SQLite::Database& db, std::span<const Migration> steps, int from, int to) {
  try {
    for (int v = from; v < to; ++v) db.exec(steps[v].up);
    for (int v = from; v > to; --v) db.exec(steps[v - 1].down);
  } catch (const SQLite::Exception& e) {
    return fail(ErrorCode::internal, "the store's schema cannot be carried from " + std::to_string(from) + " to " +
                                         std::to_string(to) + ": " + e.what());
  }
  SQLite::Statement check(db, "PRAGMA foreign_key_check");
  if (check.executeStep())
    return fail(ErrorCode::internal, "carrying the store's schema from " + std::to_string(from) + " to " +
                                         std::to_string(to) + " leaves a row of table " +
                                         check.getColumn(0).getString() + " that refers to nothing");
  db.exec("PRAGMA user_version = " + std::to_string(to));
  return {};
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Status migrate(SQLite::Database& db, std::span<const Migration> steps, int version) {
  const int from = db.execAndGet("PRAGMA user_version").getInt();
  const int last = static_cast<int>(steps.size());
  if (from < 0 || from > last || version < 0 || version > last)
    return fail(ErrorCode::internal, "there is no way from schema " + std::to_string(from) + " to " +
                                         std::to_string(version) + "; known are 0 to " + std::to_string(last));
  if (from == version) return {};
  add_functions(db);
  const int foreign_keys = db.execAndGet("PRAGMA foreign_keys").getInt();
  db.exec("PRAGMA foreign_keys = OFF");
  Status done;
  {
    SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);  // rolls back unless committed
    done = step_through(db, steps, from, version);
    if (done) transaction.commit();
  }
  db.exec("PRAGMA foreign_keys = " + std::to_string(foreign_keys));
  return done;
}

}  // namespace demarc::cp
