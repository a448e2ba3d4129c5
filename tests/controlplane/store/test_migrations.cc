#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "controlplane/store/migrations.h"
#include "controlplane/store/tier_text.h"

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
    constexpr int kRulesOnly = 6;  // what is new is in the texts of rules
    EXPECT_EQ(schemas[v] == schemas[v - 1], v == kRulesOnly) << v;
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

std::string rows_of(SQLite::Database& db, const std::string& select) {
  std::string out;
  SQLite::Statement row(db, select);
  while (row.executeStep()) {
    for (int i = 0; i < row.getColumnCount(); ++i) out += (i == 0 ? "" : "|") + row.getColumn(i).getString();
    out += "\n";
  }
  return out;
}

// Step 4: what was there comes through up and down unchanged, what only it knows is lost on the way down with what
// stands on it, and no id is ever given twice.
TEST(Migrations, BringIpv6AndTakeItBack) {
  auto db = in_memory();
  db.exec("PRAGMA foreign_keys = ON");
  ASSERT_TRUE(migrate(db, migrations(), 3).has_value());
  db.exec("INSERT INTO tenants VALUES (1, 'acme', 0)");
  db.exec("INSERT INTO vrfs VALUES (1, 1, 'n3', 'access'), (2, 1, 'internet', 'core')");
  db.exec(
      "INSERT INTO attachments VALUES (1, 1, 'ran', 'p0', 101, 1, '10.1.0.1/24'),"
      "(2, 1, 'wan', 'p1', 101, 2, '10.2.0.1/24'), (9, 1, 'gone', 'p1', 9, 2, '10.9.0.1/24')");
  db.exec("DELETE FROM attachments WHERE id = 9");
  db.exec("INSERT INTO gtpu_endpoints VALUES (1, 1, 'n3', 1, '10.1.0.1'), (7, 1, 'gone', 1, '10.1.0.7')");
  db.exec("DELETE FROM gtpu_endpoints WHERE id = 7");
  db.exec("INSERT INTO ue_pools VALUES (1, 1, 'ues', 2, '10.45.0.0/16')");
  db.exec("INSERT INTO routes VALUES (1, 1, 2, '0.0.0.0/0', '10.2.0.2')");
  db.exec("INSERT INTO sessions VALUES (1, 5, 'p,1,1,a,1,1,1,256,10.45.0.7,,r,;f,1,d,c,0,,,;.')");
  const auto old_rows = [&db] {
    return rows_of(db, "SELECT * FROM attachments") + rows_of(db, "SELECT * FROM gtpu_endpoints") +
           rows_of(db, "SELECT * FROM routes") + rows_of(db, "SELECT * FROM vrfs") +
           rows_of(db, "SELECT * FROM ue_pools") + sessions_of(db);
  };
  const std::string before = old_rows();
  ASSERT_TRUE(migrate(db, migrations(), 4).has_value());
  EXPECT_EQ(rows_of(db, "SELECT id, name, outer_vlan, address, ipv6, mtu, fragment_ipv4 FROM attachments"),
            "1|ran|0|10.1.0.1/24||0|1\n2|wan|0|10.2.0.1/24||0|1\n");
  EXPECT_EQ(rows_of(db, "SELECT id, address, ipv6, peer_policy FROM gtpu_endpoints"), "1|10.1.0.1||strict\n");
  EXPECT_EQ(rows_of(db, "SELECT prefix, next_hops FROM routes"), "0.0.0.0/0|10.2.0.2\n");

  const std::string attachment =
      "INSERT INTO attachments (tenant, name, port, outer_vlan, vlan, vrf, address, ipv6,"
      " mtu, fragment_ipv4) VALUES (1, ";
  db.exec(attachment + "'six', 'p1', 0, 6, 2, NULL, '2001:db8:6::1/64', 0, 1)");
  db.exec(attachment + "'qinq', 'p1', 500, 101, 2, '10.8.0.1/24', NULL, 0, 1)");
  db.exec(
      "INSERT INTO gtpu_endpoints (tenant, name, vrf, ipv6, peer_policy, outer_dont_fragment)"
      " VALUES (1, 'six', 1, '2001:db8:1::1', 'any', 0)");
  EXPECT_EQ(rows_of(db, "SELECT id FROM attachments WHERE id > 2"), "10\n11\n") << "9 was used";
  EXPECT_EQ(rows_of(db, "SELECT id FROM gtpu_endpoints WHERE id > 1"), "8\n") << "7 was used";
  db.exec("UPDATE routes SET next_hops = '10.2.0.2%2 10.8.0.2%11' WHERE id = 1");
  db.exec(
      "INSERT INTO routes (tenant, vrf, prefix, next_hops) VALUES (1, 2, '::/0', 'fe80::1%10'),"
      "(1, 2, '10.50.0.0/16', '10.8.0.2%11 10.2.0.2%2')");
  db.exec("INSERT INTO ue_pools (tenant, name, vrf, prefix) VALUES (1, 'six', 2, '2001:db8:100::/48')");
  db.exec(
      "INSERT INTO sessions VALUES (1, 6, 'p,1,1,a,1,1,1,257,,,r,,u2001:db8:100:1::/64;f,1,d,c,0,,,;.'),"
      "(1, 7, 'p,1,1,a,1,1,8,256,10.45.0.8,,r,;f,1,d,c,0,,,;.')");
  const Status down = migrate(db, migrations(), 3);
  ASSERT_TRUE(down.has_value()) << down.error().message;
  EXPECT_EQ(old_rows(), before);
  ASSERT_TRUE(migrate(db, migrations(), 4).has_value());
  db.exec(attachment + "'later', 'p1', 0, 7, 2, '10.7.0.1/24', NULL, 0, 1)");
  EXPECT_EQ(rows_of(db, "SELECT id FROM attachments WHERE id > 2"), "12\n");
}

// Step 8: tenants and what they have stay as they are both ways; what one may have is what all may have again.
TEST(Migrations, BringQuotasOfOneTenantAndTakeThemBack) {
  auto db = in_memory();
  db.exec("PRAGMA foreign_keys = ON");
  ASSERT_TRUE(migrate(db, migrations(), 7).has_value());
  db.exec("INSERT INTO tenants (id, name, suspended) VALUES (1, 'acme', 0)");
  ASSERT_TRUE(migrate(db, migrations(), 8).has_value());
  db.exec("INSERT INTO entry_quotas VALUES (1, 'sessions', 5000, NULL), (1, 'routes', NULL, 10)");
  for (const char* wrong : {"(1, 'sessions', 1, 1)", "(1, 'vrfs', NULL, NULL)", "(1, 'vrfs', -1, NULL)",
                            "(2, 'vrfs', 1, NULL)", "(1, 'vrfs', 4294967296, NULL)"})
    EXPECT_ANY_THROW(db.exec(std::string("INSERT INTO entry_quotas VALUES ") + wrong)) << wrong;
  ASSERT_TRUE(migrate(db, migrations(), 7).has_value());
  EXPECT_EQ(rows_of(db, "SELECT id, name FROM tenants"), "1|acme\n");
  ASSERT_TRUE(migrate(db, migrations(), 8).has_value());
  EXPECT_EQ(rows_of(db, "SELECT * FROM entry_quotas"), "");
}

// Step 6: a session that an older demarcd could not read is lost on the way down, the others stay as they are.
TEST(Migrations, TakeFramedRoutesBack) {
  auto db = in_memory();
  ASSERT_TRUE(migrate(db, migrations(), 6).has_value());
  db.exec("INSERT INTO tenants VALUES (1, 'acme', 0)");
  const std::string plain =
      "p,1,1,c,2,1,,,10.45.0.7,,,,u2001:db8:100:1::/64,s0/0/0/0//permit out 17 from any to any;f,1,d,c,0,,,;.";
  db.exec("INSERT INTO sessions VALUES (1, 5, '" + plain +
          "'), (1, 6, 'p,1,1,c,2,1,,,10.45.0.8,,,,r10.9.0.0/24;f,1,d,c,0,,,;.')");
  ASSERT_TRUE(migrate(db, migrations(), 5).has_value());
  EXPECT_EQ(sessions_of(db), "1/5" + plain + " ");
  ASSERT_TRUE(migrate(db, migrations(), 6).has_value());
  EXPECT_EQ(sessions_of(db), "1/5" + plain + " ");
}

TEST(Migrations, TakeSessionsWithoutIpFromADemarcdThatCannotReadThem) {
  auto db = in_memory();
  ASSERT_TRUE(migrate(db, migrations(), 6).has_value());
  db.exec("INSERT INTO tenants (name, suspended) VALUES ('acme', 0)");
  db.exec(
      "INSERT INTO sessions VALUES (1, 6, 't,e;p,1,1,a,1,1,1,257,,,r,;f,1,d,c,0,,,;.'),"
      "(1, 7, 'p,1,1,a,1,1,8,256,10.45.0.8,,r,;f,1,d,c,0,,,;.')");
  ASSERT_TRUE(migrate(db, migrations(), 5).has_value());
  EXPECT_EQ(rows_of(db, "SELECT up_seid FROM sessions"), "7\n");
}

constexpr Migration kThree[] = {
    {"one", "CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT;", "DROP TABLE a;"},
    {"two", "CREATE TABLE b (y INTEGER REFERENCES a (x)) STRICT; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);",
     "DROP TABLE b; DELETE FROM a;"},
    {"three", "ALTER TABLE b ADD COLUMN z TEXT;", "ALTER TABLE b DROP COLUMN z;"},
};

// A demarcd that knows no rates gets none, and everything else.
TEST(Migrations, TakeRatesBack) {
  auto db = in_memory();
  ASSERT_TRUE(migrate(db, migrations(), 7).has_value());
  db.exec("INSERT INTO tenants (id, name, suspended, rates) VALUES (1, 'acme', 0, '64000/0/0/0/50')");
  db.exec(
      "INSERT INTO sessions VALUES (1, 6, "
      "'p,1,1,a,1,1,1,256,10.45.0.8,,r,1;f,1,d,c,0,,,;q,1,o,o,9,b1000000/2/0/0;a,64000/0/0/0/50;.')");
  ASSERT_TRUE(migrate(db, migrations(), 6).has_value());
  EXPECT_EQ(sessions_of(db), "1/6p,1,1,a,1,1,1,256,10.45.0.8,,r,1;f,1,d,c,0,,,;q,1,o,o,9;. ");
  ASSERT_TRUE(migrate(db, migrations(), 7).has_value());
  EXPECT_EQ(rows_of(db, "SELECT name, rates FROM tenants"), "acme|\n");
}

TEST(Migrations, TakeTiersBack) {
  auto db = in_memory();
  const int last = static_cast<int>(migrations().size());
  ASSERT_TRUE(migrate(db, migrations(), 7).has_value());
  db.exec("INSERT INTO tenants (id, name, suspended, rates) VALUES (1, 'acme', 0, '64000/0/0/0/50')");
  ASSERT_TRUE(migrate(db, migrations(), last).has_value());
  EXPECT_EQ(rows_of(db, "SELECT name, tier FROM tenants"), "acme|\n") << "a tenant from before shares all workers";
  db.exec("UPDATE tenants SET tier = '10/1000/0/2'");
  ASSERT_TRUE(migrate(db, migrations(), 7).has_value());
  EXPECT_EQ(rows_of(db, "SELECT name, rates FROM tenants"), "acme|64000/0/0/0/50\n");
  ASSERT_TRUE(migrate(db, migrations(), last).has_value());
  EXPECT_EQ(rows_of(db, "SELECT name, tier FROM tenants"), "acme|\n");
}

TEST(TierText, BothWays) {
  const Tier tier{.weight = 1, .guaranteed_pps = 2, .guaranteed_bps = 3, .workers = UINT64_MAX};
  EXPECT_EQ(tier_to_text(tier), "1/2/3/18446744073709551615");
  Tier read;
  EXPECT_TRUE(tier_from_text(tier_to_text(tier), read));
  EXPECT_EQ(read, tier);
  EXPECT_EQ(tier_to_text({}), "");
  EXPECT_TRUE(tier_from_text("", read));
  EXPECT_EQ(read, Tier{});
  for (const char* text :
       {"1", "1/2/3", "1/2/3/4/5", "1/2/3/", "/2/3/4", "1/-2/3/4", "65536/0/0/0", "a/2/3/4", "1/2/3/4 "})
    EXPECT_FALSE(tier_from_text(text, read)) << text;
}

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
