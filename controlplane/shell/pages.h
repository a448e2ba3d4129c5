// Lists of the API come in pages: {"items": [...], "next": "..."}. Here they become one.
#pragma once

#include "controlplane/shell/http_client.h"

namespace demarc::shell {

inline constexpr size_t kItemsMax = 1'000'000;  // more than anybody looks through, and what memory has room for

inline constexpr size_t kPageRowsMax = 1'000;  // what demarcd gives at once

// Carries out a GET and asks for page after page until there is no "next", or `items_max` items are there. The
// answer is one list then, with the "next" that was left. An answer that is no list, or whose page is the only one, is
// given back as it came; so is a page that was refused.
tl::expected<Response, ClientError> get_all(const HttpClient& client, const Request& request,
                                            size_t items_max = kItemsMax);

}  // namespace demarc::shell
