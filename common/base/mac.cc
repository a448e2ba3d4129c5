#include "common/base/mac.h"

namespace demarc {
namespace {

// -1: no hex digit.
int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

constexpr size_t kTextBytes = 17;

}  // namespace

Result<Mac> parse_mac(std::string_view text) {
  Mac mac;
  bool right = text.size() == kTextBytes;
  for (size_t i = 0; right && i < kTextBytes; ++i) {
    if (i % 3 == 2) {
      right = text[i] == ':';
      continue;
    }
    const int digit = digit_of(text[i]);
    right = digit >= 0;
    mac.value = mac.value << 4 | static_cast<uint64_t>(digit & 15);
  }
  if (right) return mac;
  return fail(ErrorCode::invalid,
              "\"" + std::string(text.substr(0, 64)) + "\" is not a MAC address; one looks like 02:00:5e:00:53:01");
}

std::string to_string(Mac mac) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int shift = 40; shift >= 0; shift -= 8) {
    if (!text.empty()) text += ':';
    text += kDigits[mac.value >> (shift + 4) & 15];
    text += kDigits[mac.value >> shift & 15];
  }
  return text;
}

}  // namespace demarc
