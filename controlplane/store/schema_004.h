// Step 4 of the schema: IPv6 beside IPv4, outer VLANs, several next hops a route, and what VRFs, attachments and GTP-U
// endpoints do differently from the rest.
//
// A route's next hops are one text, GATEWAY%ATTACHMENT with blanks between, as they are always read and written as a
// whole; those of step 3 have no attachment, which reading finds by the gateway. migrations.cc gives SQLite the
// functions. A table that is made anew takes the highest id ever used along: AUTOINCREMENT forgets it otherwise.
#pragma once

namespace demarc::cp {

inline constexpr char kSchema004Up[] = R"sql(
ALTER TABLE vrfs ADD COLUMN mtu INTEGER NOT NULL DEFAULT 0 CHECK (mtu BETWEEN 0 AND 9000);
ALTER TABLE vrfs ADD COLUMN tcp_mss INTEGER NOT NULL DEFAULT 0 CHECK (tcp_mss BETWEEN 0 AND 8960);
ALTER TABLE vrfs ADD COLUMN ue_to_ue INTEGER NOT NULL DEFAULT 0 CHECK (ue_to_ue IN (0, 1));
ALTER TABLE vrfs ADD COLUMN ipv4_options TEXT NOT NULL DEFAULT 'drop' CHECK (ipv4_options IN ('drop', 'pass'));
ALTER TABLE vrfs ADD COLUMN routing_headers TEXT NOT NULL DEFAULT 'drop' CHECK (routing_headers IN ('drop', 'pass'));

CREATE TABLE attachments_004 (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4294967295),
  tenant INTEGER NOT NULL,
  name TEXT NOT NULL,
  port TEXT NOT NULL,
  outer_vlan INTEGER NOT NULL CHECK (outer_vlan BETWEEN 0 AND 4094),
  vlan INTEGER NOT NULL CHECK (vlan BETWEEN 0 AND 4094),
  vrf INTEGER NOT NULL,
  address TEXT,
  ipv6 TEXT,
  mtu INTEGER NOT NULL CHECK (mtu BETWEEN 0 AND 9000),
  fragment_ipv4 INTEGER NOT NULL CHECK (fragment_ipv4 IN (0, 1)),
  CHECK (address IS NOT NULL OR ipv6 IS NOT NULL),
  UNIQUE (tenant, name),
  UNIQUE (port, outer_vlan, vlan),
  FOREIGN KEY (vrf, tenant) REFERENCES vrfs (id, tenant)
) STRICT;
INSERT INTO attachments_004 (id, tenant, name, port, outer_vlan, vlan, vrf, address, mtu, fragment_ipv4)
  SELECT id, tenant, name, port, 0, vlan, vrf, address, 0, 1 FROM attachments ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'attachments_004';
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'attachments_004', seq FROM sqlite_sequence WHERE name = 'attachments';
DROP TABLE attachments;
ALTER TABLE attachments_004 RENAME TO attachments;
CREATE INDEX attachments_vrf ON attachments (vrf);

CREATE TABLE gtpu_endpoints_004 (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4294967295),
  tenant INTEGER NOT NULL,
  name TEXT NOT NULL,
  vrf INTEGER NOT NULL,
  address TEXT,
  ipv6 TEXT,
  peer_policy TEXT NOT NULL CHECK (peer_policy IN ('strict', 'any', 'learn')),
  outer_dont_fragment INTEGER NOT NULL CHECK (outer_dont_fragment IN (0, 1)),
  CHECK (address IS NOT NULL OR ipv6 IS NOT NULL),
  UNIQUE (tenant, name),
  UNIQUE (vrf, address),
  UNIQUE (vrf, ipv6),
  FOREIGN KEY (vrf, tenant) REFERENCES vrfs (id, tenant)
) STRICT;
INSERT INTO gtpu_endpoints_004 (id, tenant, name, vrf, address, peer_policy, outer_dont_fragment)
  SELECT id, tenant, name, vrf, address, 'strict', 0 FROM gtpu_endpoints ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'gtpu_endpoints_004';
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'gtpu_endpoints_004', seq FROM sqlite_sequence WHERE name = 'gtpu_endpoints';
DROP TABLE gtpu_endpoints;
ALTER TABLE gtpu_endpoints_004 RENAME TO gtpu_endpoints;

ALTER TABLE routes RENAME COLUMN gateway TO next_hops;
)sql";

// What has no IPv4 or has an outer VLAN, and what stands on it, has no place in the schema before; of several next hops
// the first stays. Sessions with rules that the schema before cannot name are lost.
inline constexpr char kSchema004Down[] = R"sql(
DELETE FROM sessions WHERE NOT rules_are_schema_3(rules) OR EXISTS (
  SELECT 1 FROM gtpu_endpoints e
  WHERE e.tenant = sessions.tenant AND e.address IS NULL AND rules_name_endpoint(sessions.rules, e.id));

UPDATE routes SET next_hops = substr(next_hops, 1, instr(next_hops || ' ', ' ') - 1);
DELETE FROM routes WHERE instr(next_hops, ':') <> 0 OR EXISTS (
  SELECT 1 FROM attachments a
  WHERE (a.address IS NULL OR a.outer_vlan <> 0)
    AND a.id = CAST(substr(next_hops, instr(next_hops || '%', '%') + 1) AS INTEGER));
UPDATE routes SET next_hops = substr(next_hops, 1, instr(next_hops || '%', '%') - 1);
ALTER TABLE routes RENAME COLUMN next_hops TO gateway;
DELETE FROM ue_pools WHERE instr(prefix, ':') <> 0;

ALTER TABLE gtpu_endpoints RENAME TO gtpu_endpoints_004;
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
INSERT INTO gtpu_endpoints (id, tenant, name, vrf, address)
  SELECT id, tenant, name, vrf, address FROM gtpu_endpoints_004 WHERE address IS NOT NULL ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'gtpu_endpoints';
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'gtpu_endpoints', seq FROM sqlite_sequence WHERE name = 'gtpu_endpoints_004';
DROP TABLE gtpu_endpoints_004;

ALTER TABLE attachments RENAME TO attachments_004;
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
INSERT INTO attachments (id, tenant, name, port, vlan, vrf, address)
  SELECT id, tenant, name, port, vlan, vrf, address FROM attachments_004
  WHERE address IS NOT NULL AND outer_vlan = 0 ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'attachments';
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'attachments', seq FROM sqlite_sequence WHERE name = 'attachments_004';
DROP TABLE attachments_004;
CREATE INDEX attachments_vrf ON attachments (vrf);

ALTER TABLE vrfs DROP COLUMN routing_headers;
ALTER TABLE vrfs DROP COLUMN ipv4_options;
ALTER TABLE vrfs DROP COLUMN ue_to_ue;
ALTER TABLE vrfs DROP COLUMN tcp_mss;
ALTER TABLE vrfs DROP COLUMN mtu;
)sql";

}  // namespace demarc::cp
