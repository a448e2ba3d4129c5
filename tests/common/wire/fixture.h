// Byte strings for the tests of parsers, and the cut at every byte.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace demarc::wire::test {

using ByteString = std::vector<uint8_t>;

// "45 00 00 1c…"; blanks are skipped, anything else that is no hex digit counts as 0.
inline ByteString hex(std::string_view text) {
  auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return 0;
  };
  ByteString out;
  int high = -1;
  for (char c : text) {
    if (c == ' ') continue;
    if (high < 0) {
      high = digit(c);
    } else {
      out.push_back(static_cast<uint8_t>(high << 4 | digit(c)));
      high = -1;
    }
  }
  return out;
}

// Calls f(data, bytes) with every prefix of `whole` that is shorter than it, then with all of it. Each lies in a heap
// block of exactly its size, so that AddressSanitizer sees the first byte that is read beyond.
template <class F>
void for_each_cut(const ByteString& whole, F&& f) {
  for (size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    const std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes]);
    if (bytes != 0) std::memcpy(exact.get(), whole.data(), bytes);
    f(static_cast<const uint8_t*>(exact.get()), bytes);
  }
}

}  // namespace demarc::wire::test
