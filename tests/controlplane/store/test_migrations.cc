#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "controlplane/store/migrations.h"

namespace demarc::cp {
namespace {

// Names and SQL of everything in the schema, but for SQLite's own tables.
std::string schema_of(SQLite::Database& db) {
  std::string out;
  SQLite::Statement row(db, "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2");
  while (row.executeStep())
    out +=
        row.getColumn(0).getString() + " " + row.getColumn(1).getString() + " " + row.getColumn(2).getString() + "\n";
  return out;
}

int version_of(SQLite::Database& db) { return db.execAndGet("PRAGMA user_version").getInt(); }

SQLite::Database in_memory() { return SQLite::Database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE); }

// Through every step up, down again to every step, and up again.
TEST(Migrations, GoUpAndDownAndUp) {
  auto db = in_memory();
  const int last = static_cast<int>(migrations().size());
  std::vector<std::string> schemas{schema_of(db)};
  EXPECT_EQ(schemas[0], "");
  for (int v = 1; v <= last; ++v) {
    ASSERT_TRUE(migrate(db, migrations(), v).has_value());
    EXPECT_EQ(version_of(db), v);
    schemas.push_back(schema_of(db));
    EXPECT_NE(schemas[v], schemas[v - 1]);
  }
  for (int v = last - 1; v >= 0; --v) {
    const Status down = migrate(db, migrations(), v);
    ASSERT_TRUE(down.has_value()) << down.error().message;
    EXPECT_EQ(schema_of(db), schemas[v]);
    ASSERT_TRUE(migrate(db, migrations(), last).has_value());
    EXPECT_EQ(schema_of(db), schemas[last]);
    ASSERT_TRUE(migrate(db, migrations(), v).has_value());
  }
}

std::string sessions_of(SQLite::Database& db) {
  std::string out;
  SQLite::Statement row(db, "SELECT tenant, up_seid, rules FROM sessions ORDER BY 1, 2");
  while (row.executeStep())
    out += row.getColumn(0).getString() + "/" + row.getColumn(1).getString() + row.getColumn(2).getString() + " ";
  return out;
}

// Step 2: rows are carried both ways. Where the schema before has room for one, one stays.
TEST(Migrations, GiveEachTenantSeidsOfItsOwn) {
  auto db = in_memory();
  ASSERT_TRUE(migrate(db, migrations(), 1).has_value());
  db.exec("INSERT INTO tenants VALUES (1, 'acme', 0), (2, 'bravo', 0)");
  db.exec("INSERT INTO sessions (up_seid, tenant, rules) VALUES (7, 2, '{\"a\":1}'), (9, 1, '{}')");
  ASSERT_TRUE(migrate(db, migrations(), 2).has_value());
  EXPECT_EQ(sessions_of(db), "1/9{} 2/7{\"a\":1} ");
  db.exec("INSERT INTO sessions (up_seid, tenant, rules) VALUES (7, 1, '{\"b\":2}')");
  ASSERT_TRUE(migrate(db, migrations(), 1).has_value());
  EXPECT_EQ(sessions_of(db), "1/7{\"b\":2} 1/9{} ");
}

constexpr Migration kThree[] = {
    {"one", "CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT;", "DROP TABLE a;"},
    {"two", "CREATE TABLE b (y INTEGER REFERENCES a (x)) STRICT; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);",
     "DROP TABLE b; DELETE FROM a;"},
    {"three", "ALTER TABLE b ADD COLUMN z TEXT;", "ALTER TABLE b DROP COLUMN z;"},
};

TEST(Migrations, TakeSeveralStepsAtOnce) {
  auto db = in_memory();
  ASSERT_TRUE(migrate(db, kThree, 3).has_value());
  EXPECT_EQ(version_of(db), 3);
  EXPECT_TRUE(migrate(db, kThree, 3).has_value()) << "there already";
  ASSERT_TRUE(migrate(db, kThree, 1).has_value());
  EXPECT_EQ(version_of(db), 1);
  EXPECT_EQ(db.execAndGet("SELECT count(*) FROM a").getInt(), 0);
}

TEST(Migrations, AllOrNothing) {
  auto db = in_memory();
  db.exec("PRAGMA foreign_keys = ON");
  const Migration bad_sql[] = {kThree[0], kThree[1], {"bad", "CREATE TABLE c (x INTEGER); NONSENSE;", ""}};
  Status s = migrate(db, bad_sql, 3);
  ASSERT_FALSE(s.has_value());
  EXPECT_NE(s.error().message.find("from 0 to 3"), std::string::npos) << s.error().message;
  EXPECT_EQ(version_of(db), 0);
  EXPECT_EQ(schema_of(db), "");

  const Migration dangling[] = {kThree[0], kThree[1], {"bad", "DELETE FROM a;", ""}};
  ASSERT_TRUE(migrate(db, dangling, 2).has_value());
  s = migrate(db, dangling, 3);
  ASSERT_FALSE(s.has_value());
  EXPECT_NE(s.error().message.find("refers to nothing"), std::string::npos) << s.error().message;
  EXPECT_EQ(version_of(db), 2);
  EXPECT_EQ(db.execAndGet("SELECT count(*) FROM a").getInt(), 1);
  EXPECT_EQ(db.execAndGet("PRAGMA foreign_keys").getInt(), 1) << "as it was";
}

TEST(Migrations, KnowTheirEnds) {
  auto db = in_memory();
  EXPECT_FALSE(migrate(db, kThree, 4).has_value());
  EXPECT_FALSE(migrate(db, kThree, -1).has_value());
  db.exec("PRAGMA user_version = 9");
  EXPECT_FALSE(migrate(db, kThree, 3).has_value());
  EXPECT_EQ(schema_of(db), "");
}

}  // namespace
}  // namespace demarc::cp
