// Lists come in pages, so that none of them keeps the others waiting: {"items": [...], "next": "..."}. What "next" says
// is given back in ?after= for the page behind it; the last page has none.
#pragma once

#include <string>

#include "controlplane/api/call.h"

namespace demarc::cp {

inline constexpr uint64_t kPageRowsMax = 1'000;  // also when the request says nothing

struct Page {
  size_t limit = kPageRowsMax;
  std::string after;  // empty: from the start
};

// Errors: invalid, for a limit that is none.
Result<Page> page_of(const Call& call);
// A cursor that is a number up to `most`; 0 without one. Errors: invalid.
Result<uint64_t> number_after(const Call& call, uint64_t most);
// What a request gave in ?after= is none of our cursors.
tl::unexpected<Error> no_cursor(const std::string& after);

json page_json(json list, const std::string& next);

}  // namespace demarc::cp
