// Step 6 of the schema: sessions that carry no IP. Their type and their Ethernet filters are in the text of their rules
// (session_rules.h), so that there is nothing to do on the way up; the schema before cannot read such a text.
#pragma once

namespace demarc::cp {

inline constexpr char kSchema006Up[] = "-- nothing";

inline constexpr char kSchema006Down[] = R"sql(
DELETE FROM sessions WHERE substr(rules, 1, 2) = 't,';
)sql";

}  // namespace demarc::cp
