#include "controlplane/store/next_hops.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace demarc::cp {
namespace {

bool read(std::string_view text, NextHop& hop) {
  const size_t percent = std::min(text.find('%'), text.size());
  const auto gateway = parse_ip(text.substr(0, percent));
  if (!gateway) return false;
  hop.gateway = *gateway;
  if (percent == text.size()) return true;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + percent + 1, end, hop.attachment.value);
  return error == std::errc{} && rest == end && hop.attachment.value != 0;
}

}  // namespace

std::string next_hops_to_text(const std::vector<NextHop>& next_hops) {
  std::string out;
  for (const NextHop& hop : next_hops)
    out += fmt::format("{}{}%{}", out.empty() ? "" : " ", to_string(hop.gateway), hop.attachment.value);
  return out;
}

Result<std::vector<NextHop>> next_hops_from_text(std::string_view text) {
  std::vector<NextHop> out;
  for (std::string_view rest = text;;) {
    const size_t blank = std::min(rest.find(' '), rest.size());
    if (!read(rest.substr(0, blank), out.emplace_back()))
      return fail(ErrorCode::internal, fmt::format("its next hops \"{}\" are malformed", text.substr(0, 100)));
    if (blank == rest.size()) return out;
    rest.remove_prefix(blank + 1);
  }
}

}  // namespace demarc::cp
