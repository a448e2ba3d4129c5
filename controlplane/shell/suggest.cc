#include "controlplane/shell/suggest.h"

#include <algorithm>

namespace demarc::shell {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr size_t kLongest = 64;  // the work grows with the square
  if (word.empty() || word.size() > kLongest) return {};
  const size_t far = std::max<size_t>(2, word.size() / 3);
  std::string_view best;
  size_t best_distance = far + 1;
  for (std::string_view k : known) {
    const size_t d = edit_distance(word, k);
    if (d < best_distance && d < word.size()) {
      best = k;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace demarc::shell
