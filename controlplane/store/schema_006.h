// Step 6 of the schema: the framed routes of PDRs, and sessions that carry no IP with their Ethernet filters. All of it
// is in the texts of sessions' rules (session_rules.h); sessions that the schema before cannot name are lost on the way
// back.
#pragma once

namespace demarc::cp {

inline constexpr char kSchema006Up[] = R"sql(
SELECT 1;
)sql";

inline constexpr char kSchema006Down[] = R"sql(
DELETE FROM sessions WHERE NOT rules_are_schema_5(rules);
)sql";

}  // namespace demarc::cp
