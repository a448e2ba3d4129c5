// The one form of names, for all kinds of objects.
#pragma once

#include <string_view>

#include "common/base/result.h"

namespace demarc::cp {

inline constexpr size_t kNameLengthMax = 32;

// `what` is the kind of object, for the sentence: "tenant", "VRF".
// Error `invalid`: not 1..32 characters of a-z, 0-9, '-' and '_', the first a letter.
Status validate_name(std::string_view what, std::string_view name);

// Text from outside for a sentence: in quotes, cut at 64 bytes, what is not printable ASCII shown as '?'.
std::string quoted_text(std::string_view text);

}  // namespace demarc::cp
