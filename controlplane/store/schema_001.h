// Step 1 of the schema: tenants and what they have.
//
// Names, addresses and roles are text, so that a person can read the file with any SQLite tool. A row that belongs to a
// VRF refers to it by (id, tenant): a row of one tenant cannot refer to a VRF of another, whatever the program does.
// Ids are AUTOINCREMENT: SQLite remembers the highest ever used and gives none twice.
#pragma once

namespace demarc::cp {

inline constexpr char kSchema001Up[] = R"sql(
CREATE TABLE tenants (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4294967295),
  name TEXT NOT NULL UNIQUE,
  suspended INTEGER NOT NULL CHECK (suspended IN (0, 1))
) STRICT;

CREATE TABLE vrfs (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4294967295),
  tenant INTEGER NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('access', 'core')),
  UNIQUE (tenant, name),
  UNIQUE (id, tenant)
) STRICT;

CREATE TABLE attachments (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4294967295),
  tenant INTEGER NOT NULL,
  name TEXT NOT NULL,
  port TEXT NOT NULL,
  vlan INTEGER NOT NULL CHECK (vlan BETWEEN 0 AND 4094),
  vrf INTEGER NOT NULL,
  address TEXT NOT NULL,
  UNIQUE (tenant, name),
  UNIQUE (port, vlan),
  FOREIGN KEY (vrf, tenant) REFERENCES vrfs (id, tenant)
) STRICT;
CREATE INDEX attachments_vrf ON attachments (vrf);

CREATE TABLE gtpu_endpoints (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4294967295),
  tenant INTEGER NOT NULL,
  name TEXT NOT NULL,
  vrf INTEGER NOT NULL,
  address TEXT NOT NULL,
  UNIQUE (tenant, name),
  UNIQUE (vrf, address),
  FOREIGN KEY (vrf, tenant) REFERENCES vrfs (id, tenant)
) STRICT;

CREATE TABLE ue_pools (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4294967295),
  tenant INTEGER NOT NULL,
  name TEXT NOT NULL,
  vrf INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  UNIQUE (tenant, name),
  UNIQUE (vrf, prefix),
  FOREIGN KEY (vrf, tenant) REFERENCES vrfs (id, tenant)
) STRICT;

CREATE TABLE routes (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4294967295),
  tenant INTEGER NOT NULL,
  vrf INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  gateway TEXT NOT NULL,
  UNIQUE (vrf, prefix),
  FOREIGN KEY (vrf, tenant) REFERENCES vrfs (id, tenant)
) STRICT;

CREATE TABLE sessions (
  up_seid INTEGER PRIMARY KEY CHECK (up_seid BETWEEN 1 AND 9007199254740991),
  tenant INTEGER NOT NULL REFERENCES tenants (id),
  rules TEXT NOT NULL CHECK (json_valid(rules))
) STRICT;
CREATE INDEX sessions_tenant ON sessions (tenant);

CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4294967295),
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('operator', 'tenant')),
  tenant INTEGER REFERENCES tenants (id),
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  CHECK ((role = 'tenant') = (tenant IS NOT NULL))
) STRICT;
CREATE INDEX api_keys_tenant ON api_keys (tenant);
)sql";

inline constexpr char kSchema001Down[] = R"sql(
DROP TABLE api_keys;
DROP TABLE sessions;
DROP TABLE routes;
DROP TABLE ue_pools;
DROP TABLE gtpu_endpoints;
DROP TABLE attachments;
DROP TABLE vrfs;
DROP TABLE tenants;
)sql";

}  // namespace demarc::cp
