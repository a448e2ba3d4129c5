// Step 9 of the schema: tiers of tenants. The schema before knows none: on the way back all tenants share all workers
// again, with one weight and without guarantees.
#pragma once

namespace demarc::cp {

inline constexpr char kSchema009Up[] = R"sql(
ALTER TABLE tenants ADD COLUMN tier TEXT NOT NULL DEFAULT '';
)sql";

inline constexpr char kSchema009Down[] = R"sql(
ALTER TABLE tenants DROP COLUMN tier;
)sql";

}  // namespace demarc::cp
