#include "controlplane/shell/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace demarc::shell {

std::string with_separators(uint64_t n) {
  const std::string digits = std::to_string(n);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string with_separators(int64_t n) {
  if (n >= 0) return with_separators(static_cast<uint64_t>(n));
  std::string out = "-";
  return out += with_separators(~static_cast<uint64_t>(n) + 1);
}

std::string bytes_text(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double n = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // 1023.95 would be printed as 1024.0.
  while (n >= 1023.95 && unit + 1 < std::size(kUnits)) {
    n /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", n, kUnits[unit]);
}

std::string bits_text(uint64_t bits) {
  constexpr std::pair<uint64_t, const char*> kUnits[] = {{1'000'000'000, "G"}, {1'000'000, "M"}, {1'000, "k"}, {1, ""}};
  for (const auto& [unit, prefix] : kUnits) {
    if (bits < unit) continue;
    std::string text = fmt::format("{}", bits / unit);
    // Nothing is rounded: all digits, and no zeros at the end.
    if (const uint64_t rest = bits % unit; rest != 0) {
      std::string behind = fmt::format("{:0{}}", rest, unit == 1'000'000'000 ? 9 : unit == 1'000'000 ? 6 : 3);
      behind.erase(behind.find_last_not_of('0') + 1);
      text += "." + behind;
    }
    return text + " " + prefix + "bit/s";
  }
  return "0 bit/s";
}

std::string hex32_text(uint64_t n) { return fmt::format("0x{:08x}", n); }
std::string seid_text(uint64_t n) { return fmt::format("0x{:x}", n); }
std::string decimal_text(double n) { return fmt::format("{:.1f}", n); }

std::string milliseconds_text(uint64_t ms) {
  constexpr uint64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
  if (ms < kSecond) return fmt::format("{} ms", ms);
  if (ms < kMinute) return fmt::format("{}.{} s", ms / kSecond, ms % kSecond / 100);
  if (ms < kHour) return fmt::format("{} min {} s", ms / kMinute, ms % kMinute / kSecond);
  if (ms < kDay) return fmt::format("{} h {} min", ms / kHour, ms % kHour / kMinute);
  return fmt::format("{} d {} h", ms / kDay, ms % kDay / kHour);
}

std::string nanoseconds_text(uint64_t ns) {
  if (ns < 1'000) return fmt::format("{} ns", ns);
  if (ns < 1'000'000) return fmt::format("{}.{} µs", ns / 1'000, ns % 1'000 / 100);
  if (ns < 1'000'000'000) return fmt::format("{}.{} ms", ns / 1'000'000, ns % 1'000'000 / 100'000);
  return fmt::format("{}.{} s", ns / 1'000'000'000, ns % 1'000'000'000 / 100'000'000);
}

std::string printable(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (c < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", c);
    } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080 to U+009F: C1
      out += fmt::format("\\x{:02x}", next);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

size_t display_width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace demarc::shell
