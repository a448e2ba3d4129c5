// Step 2 of the schema: a session is found by (tenant, UP SEID), so that two tenants may use the same SEIDs.
//
// The key is the table (WITHOUT ROWID): the sessions of one tenant lie together, and the foreign key needs no index.
#pragma once

namespace demarc::cp {

inline constexpr char kSchema002Up[] = R"sql(
CREATE TABLE sessions_002 (
  tenant INTEGER NOT NULL REFERENCES tenants (id),
  up_seid INTEGER NOT NULL CHECK (up_seid BETWEEN 1 AND 9007199254740991),
  rules TEXT NOT NULL CHECK (json_valid(rules)),
  PRIMARY KEY (tenant, up_seid)
) STRICT, WITHOUT ROWID;
INSERT INTO sessions_002 (tenant, up_seid, rules) SELECT tenant, up_seid, rules FROM sessions ORDER BY tenant, up_seid;
DROP TABLE sessions;
ALTER TABLE sessions_002 RENAME TO sessions;
)sql";

// Where tenants share a SEID, the schema before has room for one of them: the tenant with the lowest id keeps it, the
// sessions of the others are lost.
inline constexpr char kSchema002Down[] = R"sql(
ALTER TABLE sessions RENAME TO sessions_002;
CREATE TABLE sessions (
  up_seid INTEGER PRIMARY KEY CHECK (up_seid BETWEEN 1 AND 9007199254740991),
  tenant INTEGER NOT NULL REFERENCES tenants (id),
  rules TEXT NOT NULL CHECK (json_valid(rules))
) STRICT;
CREATE INDEX sessions_tenant ON sessions (tenant);
INSERT INTO sessions (up_seid, tenant, rules)
  SELECT up_seid, min(tenant), rules FROM sessions_002 GROUP BY up_seid;
DROP TABLE sessions_002;
)sql";

}  // namespace demarc::cp
