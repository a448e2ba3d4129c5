#include "common/base/ipv6.h"

#include <charconv>

#include "common/base/ipv4.h"
#include "common/base/text.h"

namespace demarc {
namespace {

constexpr size_t kGroups = 8;

struct Groups {
  std::array<uint16_t, kGroups> value{};
  size_t count = 0;
  bool add(uint16_t v) {
    if (count == kGroups) return false;
    value[count++] = v;
    return true;
  }
};

// One to four hexadecimal digits, taken off the front of `text`.
bool take_group(std::string_view& text, uint16_t& out) {
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + std::min<size_t>(text.size(), 4), out, 16);
  // from_chars takes a sign; an address has none.
  if (error != std::errc{} || *begin == '-') return false;
  text.remove_prefix(static_cast<size_t>(end - begin));
  return true;
}

// What stands on one side of "::", or the whole: groups with a colon between them. The last two may be written as an
// IPv4 address when `ipv4_may_end` it.
bool take_groups(std::string_view text, bool ipv4_may_end, Groups& out) {
  if (text.empty()) return true;
  for (;;) {
    if (ipv4_may_end && text.find('.') != text.npos && text.find(':') == text.npos) {
      const auto ipv4 = parse_ipv4(text);
      return ipv4 && out.add(static_cast<uint16_t>(ipv4->value >> 16)) && out.add(static_cast<uint16_t>(ipv4->value));
    }
    uint16_t group = 0;
    if (!take_group(text, group) || !out.add(group)) return false;
    if (text.empty()) return true;
    if (text[0] != ':') return false;
    text.remove_prefix(1);
  }
}

bool read_address(std::string_view text, Ipv6Address& out) {
  Groups front;
  Groups back;
  const size_t gap = text.find("::");
  if (gap == text.npos) {
    if (!take_groups(text, true, front) || front.count != kGroups) return false;
  } else {
    if (!take_groups(text.substr(0, gap), false, front) || !take_groups(text.substr(gap + 2), true, back)) return false;
    if (front.count + back.count >= kGroups) return false;  // "::" stands for one group at least
  }
  for (size_t i = 0; i < back.count; ++i) front.value[kGroups - back.count + i] = back.value[i];
  for (size_t i = 0; i < kGroups; ++i) {
    out.bytes[2 * i] = static_cast<uint8_t>(front.value[i] >> 8);
    out.bytes[2 * i + 1] = static_cast<uint8_t>(front.value[i]);
  }
  return true;
}

// ADDRESS/LENGTH, the length a decimal number of 0..128 without leading zero.
bool read_with_length(std::string_view text, Ipv6Address& address, uint8_t& length) {
  const size_t slash = text.find('/');
  if (slash == text.npos || !read_address(text.substr(0, slash), address)) return false;
  const std::string_view number = text.substr(slash + 1);
  if (number.empty() || number.size() > 3 || (number.size() > 1 && number[0] == '0')) return false;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), length);
  return error == std::errc{} && end == number.data() + number.size() && length <= 128;
}

std::string hex(unsigned v) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), v, 16).ptr;
  return {digits.data(), end};
}

// The longest run of groups that are 0, of two at least; the first of equals (RFC 5952 section 4.2).
struct Run {
  size_t first = kGroups, size = 1;
};
Run longest_zeros(const std::array<unsigned, kGroups>& groups) {
  Run best;
  for (size_t first = 0; first < kGroups; ++first) {
    size_t end = first;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - first > best.size) best = {first, end - first};
  }
  return best;
}

}  // namespace

Result<Ipv6Address> ipv6_from_bytes(std::span<const uint8_t> bytes) {
  Ipv6Address a;
  if (bytes.size() != a.bytes.size())
    return fail(ErrorCode::invalid, "an IPv6 address of " + std::to_string(bytes.size()) + " bytes; it has 16");
  std::copy(bytes.begin(), bytes.end(), a.bytes.begin());
  return a;
}

Result<Ipv6Address> parse_ipv6(std::string_view text) {
  Ipv6Address a;
  if (!read_address(text, a))
    return fail(ErrorCode::invalid, quoted(text) + " is not an IPv6 address; it looks like 2001:db8::1");
  return a;
}

Result<Ipv6Interface> parse_ipv6_interface(std::string_view text) {
  Ipv6Interface i;
  if (!read_with_length(text, i.address, i.prefix_length))
    return fail(ErrorCode::invalid, quoted(text) +
                                        " is not an IPv6 address with a prefix length of 0 to 128; it looks like "
                                        "2001:db8:1::1/64");
  return i;
}

Result<Ipv6Prefix> parse_ipv6_prefix(std::string_view text) {
  Ipv6Prefix p;
  if (!read_with_length(text, p.address, p.length))
    return fail(ErrorCode::invalid,
                quoted(text) + " is not an IPv6 prefix with a length of 0 to 128; it looks like 2001:db8:1::/64");
  const Ipv6Prefix right{ipv6_network(p.address, p.length), p.length};
  if (right != p)
    return fail(ErrorCode::invalid,
                "prefix " + to_string(p) + " has bits set behind its length; it would be " + to_string(right));
  return p;
}

std::string to_string(const Ipv6Address& a) {
  // RFC 5952 section 5: a prefix that is known to hold IPv4 addresses is written so.
  if (is_ipv4_mapped(a)) {
    const auto& b = a.bytes;
    return "::ffff:" +
           to_string(Ipv4Address{uint32_t{b[12]} << 24 | uint32_t{b[13]} << 16 | uint32_t{b[14]} << 8 | b[15]});
  }
  std::array<unsigned, kGroups> groups{};
  for (size_t i = 0; i < kGroups; ++i) groups[i] = unsigned{a.bytes[2 * i]} << 8 | a.bytes[2 * i + 1];
  const Run zeros = longest_zeros(groups);
  std::string text;
  for (size_t i = 0; i < kGroups; ++i) {
    if (i == zeros.first) {
      text += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += hex(groups[i]);
  }
  return text;
}
std::string to_string(const Ipv6Prefix& p) { return to_string(p.address) + "/" + std::to_string(p.length); }
std::string to_string(const Ipv6Interface& i) { return to_string(i.address) + "/" + std::to_string(i.prefix_length); }

}  // namespace demarc
