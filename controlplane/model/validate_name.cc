#include "controlplane/model/validate_name.h"

#include <algorithm>

namespace demarc::cp {
namespace {

constexpr size_t kQuotedMax = 64;

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_name_character(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

}  // namespace

std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text.substr(0, kQuotedMax)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > kQuotedMax ? "…\"" : "\"");
}

Status validate_name(std::string_view what, std::string_view name) {
  const std::string subject = std::string(what) + " name " + quoted_text(name) + ": ";
  if (name.empty()) return fail(ErrorCode::invalid, subject + "a name has 1 to 32 characters");
  if (name.size() > kNameLengthMax)
    return fail(ErrorCode::invalid,
                subject + "has " + std::to_string(name.size()) + " characters; a name has 1 to 32 characters");
  if (!is_letter(name[0])) return fail(ErrorCode::invalid, subject + "the first character must be a letter a-z");
  auto bad = std::find_if_not(name.begin(), name.end(), is_name_character);
  if (bad != name.end())
    return fail(ErrorCode::invalid, subject + "has " + quoted_text(std::string_view(&*bad, 1)) +
                                        "; a name is made of a-z, 0-9, '-' and '_'");
  return {};
}

}  // namespace demarc::cp
