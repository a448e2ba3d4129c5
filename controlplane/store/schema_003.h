// Step 3 of the schema: the rules of a session as a text of our own (session_rules.h) instead of JSON, which took a
// start with many sessions most of its time. migrations.cc gives SQLite the two functions.
#pragma once

namespace demarc::cp {

inline constexpr char kSchema003Up[] = R"sql(
CREATE TABLE sessions_003 (
  tenant INTEGER NOT NULL REFERENCES tenants (id),
  up_seid INTEGER NOT NULL CHECK (up_seid BETWEEN 1 AND 9007199254740991),
  rules TEXT NOT NULL,
  PRIMARY KEY (tenant, up_seid)
) STRICT, WITHOUT ROWID;
INSERT INTO sessions_003 (tenant, up_seid, rules)
  SELECT tenant, up_seid, rules_from_json(rules) FROM sessions ORDER BY tenant, up_seid;
DROP TABLE sessions;
ALTER TABLE sessions_003 RENAME TO sessions;
)sql";

inline constexpr char kSchema003Down[] = R"sql(
CREATE TABLE sessions_002 (
  tenant INTEGER NOT NULL REFERENCES tenants (id),
  up_seid INTEGER NOT NULL CHECK (up_seid BETWEEN 1 AND 9007199254740991),
  rules TEXT NOT NULL CHECK (json_valid(rules)),
  PRIMARY KEY (tenant, up_seid)
) STRICT, WITHOUT ROWID;
INSERT INTO sessions_002 (tenant, up_seid, rules)
  SELECT tenant, up_seid, rules_to_json(rules) FROM sessions ORDER BY tenant, up_seid;
DROP TABLE sessions;
ALTER TABLE sessions_002 RENAME TO sessions;
)sql";

}  // namespace demarc::cp
