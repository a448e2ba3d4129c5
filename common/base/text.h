// Bits of sentences that many errors are made of.
#pragma once

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace demarc {

// What somebody gave us, between quotes; at most 64 bytes of it.
inline std::string quoted(std::string_view text) { return "\"" + std::string(text.substr(0, 64)) + "\""; }

// What errno says now, in words.
inline std::string errno_text() { return std::generic_category().message(errno); }

// "1 session", "2 sessions".
inline std::string counted(uint64_t n, std::string_view thing) {
  return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

}  // namespace demarc
