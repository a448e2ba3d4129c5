// A line of the shell, cut into words. Blanks separate; "..." and '...' keep blanks, and inside "..." a backslash keeps
// the next character; outside of quotes a backslash does too. '#' at the start of a word begins a comment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace demarc::shell {

inline constexpr size_t kLineMax = 64 * 1024;  // bytes

struct SplitLine {
  std::vector<std::string> words;
  bool last_is_open = false;  // the line ends inside the last word, so that more may be added to it
  char open_quote = 0;        // and inside this quote
};

// Never fails: for completion, which sees lines that are not whole.
SplitLine split_partial_line(std::string_view line);

// Errors: a quote that is not closed, a line above kLineMax, a character below blank other than a tab.
Result<std::vector<std::string>> split_line(std::string_view line);

}  // namespace demarc::shell
