// MAC addresses (EUI-48): value, text, parsing. The text is six pairs of hex digits with ':' between.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace demarc {

// The first octet is the highest of the 48 bits.
struct Mac {
  uint64_t value = 0;
  auto operator<=>(const Mac&) const = default;
};

Result<Mac> parse_mac(std::string_view text);
std::string to_string(Mac mac);  // in lower case

}  // namespace demarc
