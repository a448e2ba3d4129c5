// The values of arguments and options: what each type takes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "controlplane/shell/command.h"

namespace demarc::shell {

// Decimal, or 0x and hex digits; no sign, no blank. Errors: not a number, above 64 bits.
Result<uint64_t> parse_number(std::string_view text);

// The value as it goes on (numbers in decimal). `where` names it in the error: "--vlan". Errors name value and remedy.
Result<std::string> check_value(const Parameter& p, const std::string& where, const std::string& text);

// One of a value of Type::next_hops: what stands on both sides of '%'; the attachment may be empty.
struct NextHopText {
  std::string gateway, attachment;
};
std::vector<NextHopText> next_hops_of(std::string_view text);
// What Type::numbers takes for an empty list.
inline constexpr std::string_view kNoNumbers = "none";

// What stands between the commas; one at least, which may be empty.
std::vector<std::string> list_of(std::string_view text);

// "access|core" as a list.
std::vector<std::string_view> choices_of(const Parameter& p);

// As it stands in the help: NAME, 0-4094, access|core.
std::string value_name(const Parameter& p);

}  // namespace demarc::shell
