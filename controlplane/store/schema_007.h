// Step 7 of the schema: rates of tenants, of VRFs and, in the texts of their rules, of sessions. The schema before
// knows no rates: on the way back they are gone, and what had them is not limited any more.
#pragma once

namespace demarc::cp {

inline constexpr char kSchema007Up[] = R"sql(
ALTER TABLE tenants ADD COLUMN rates TEXT NOT NULL DEFAULT '';
ALTER TABLE vrfs ADD COLUMN rates TEXT NOT NULL DEFAULT '';
)sql";

inline constexpr char kSchema007Down[] = R"sql(
ALTER TABLE tenants DROP COLUMN rates;
ALTER TABLE vrfs DROP COLUMN rates;
UPDATE sessions SET rules = rules_to_schema_6(rules);
)sql";

}  // namespace demarc::cp
