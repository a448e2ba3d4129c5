// Step 5 of the schema: TEIDs of sessions that are gone, which are not drawn again for a while
// (model/released_teids.h). Rows that are over are removed when others come.
#pragma once

namespace demarc::cp {

inline constexpr char kSchema005Up[] = R"sql(
CREATE TABLE released_teids (
  endpoint INTEGER NOT NULL,
  teid INTEGER NOT NULL,
  released_s INTEGER NOT NULL,
  UNIQUE (endpoint, teid)
) STRICT;
CREATE INDEX released_teids_when ON released_teids (released_s);
)sql";

inline constexpr char kSchema005Down[] = R"sql(
DROP TABLE released_teids;
)sql";

}  // namespace demarc::cp
