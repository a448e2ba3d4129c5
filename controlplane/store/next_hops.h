// A route's next hops as the text of one column: GATEWAY%ATTACHMENT, with blanks between.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "controlplane/model/objects.h"

namespace demarc::cp {

std::string next_hops_to_text(const std::vector<NextHop>& next_hops);
// The attachment may be missing; it is 0 then. Error `internal`: the text is not what next_hops_to_text makes.
Result<std::vector<NextHop>> next_hops_from_text(std::string_view text);

}  // namespace demarc::cp
