// Step 8 of the schema: what one tenant may have, where it is not what all may have. The schema before knows one share
// for all: on the way back it holds for every tenant again.
#pragma once

namespace demarc::cp {

// `what`: a name of model/quota_kinds.def. NULL: what all tenants have.
inline constexpr char kSchema008Up[] = R"sql(
CREATE TABLE entry_quotas (
  tenant INTEGER NOT NULL REFERENCES tenants (id),
  what TEXT NOT NULL,
  most INTEGER CHECK (most BETWEEN 0 AND 4294967295),
  reserved INTEGER CHECK (reserved BETWEEN 0 AND 4294967295),
  PRIMARY KEY (tenant, what),
  CHECK (most IS NOT NULL OR reserved IS NOT NULL)
) STRICT;
)sql";

inline constexpr char kSchema008Down[] = R"sql(
DROP TABLE entry_quotas;
)sql";

}  // namespace demarc::cp
