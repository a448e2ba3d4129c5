// Numbers in one text with slashes between: "64000/0/50".
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <string_view>

namespace demarc::cp {

// As many numbers as there are places for. False for what is malformed.
inline bool read_slashed_numbers(std::string_view text, std::span<uint64_t> numbers) {
  for (size_t n = 0; n < numbers.size(); ++n) {
    const size_t end = std::min(text.find('/'), text.size());
    const auto [at, error] = std::from_chars(text.data(), text.data() + end, numbers[n]);
    const bool last = n + 1 == numbers.size();
    if (error != std::errc() || at != text.data() + end || (end == text.size()) != last) return false;
    if (!last) text.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace demarc::cp
