#include "controlplane/api/page.h"

#include "controlplane/api/target.h"

namespace demarc::cp {

Result<Page> page_of(const Call& call) {
  Page page;
  page.after = call.param("after");
  if (call.param("limit").empty()) return page;
  const auto limit = call.number("limit", 1, kPageRowsMax);
  if (!limit) return tl::unexpected(limit.error());
  page.limit = *limit;
  return page;
}

Result<uint64_t> number_after(const Call& call, uint64_t most) {
  if (call.param("after").empty()) return 0;
  return call.number("after", 0, most);
}

tl::unexpected<Error> no_cursor(const std::string& after) {
  return fail(ErrorCode::invalid, "after: " + in_quotes(after) + " is not the \"next\" of a page of this list");
}

json page_json(json list, const std::string& next) {
  json page = items(std::move(list));
  if (!next.empty()) page["next"] = next;
  return page;
}

}  // namespace demarc::cp
