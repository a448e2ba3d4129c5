#include "common/base/ipv4.h"

#include <charconv>

#include "common/base/text.h"

namespace demarc {
namespace {

// A decimal number of at most `max`, without sign, blank or leading zero, taken off the front of `text`.
bool take_number(std::string_view& text, uint32_t max, uint32_t& out) {
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0')) return false;
  std::from_chars(text.data(), text.data() + digits, out);
  text.remove_prefix(digits);
  return out <= max;
}

bool take_address(std::string_view& text, uint32_t& out) {
  out = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) {
      if (text.empty() || text[0] != '.') return false;
      text.remove_prefix(1);
    }
    uint32_t octet = 0;
    if (!take_number(text, 255, octet)) return false;
    out = out << 8 | octet;
  }
  return true;
}

bool take_length(std::string_view& text, uint8_t& out) {
  if (text.empty() || text[0] != '/') return false;
  text.remove_prefix(1);
  uint32_t length = 0;
  if (!take_number(text, 32, length)) return false;
  out = static_cast<uint8_t>(length);
  return true;
}

}  // namespace

Result<Ipv4Address> parse_ipv4(std::string_view text) {
  std::string_view rest = text;
  Ipv4Address a;
  if (!take_address(rest, a.value) || !rest.empty())
    return fail(ErrorCode::invalid, quoted(text) + " is not an IPv4 address; it looks like 10.0.0.1");
  return a;
}

Result<Ipv4Interface> parse_ipv4_interface(std::string_view text) {
  std::string_view rest = text;
  Ipv4Interface i;
  if (!take_address(rest, i.address.value) || !take_length(rest, i.prefix_length) || !rest.empty())
    return fail(ErrorCode::invalid,
                quoted(text) + " is not an IPv4 address with a prefix length of 0 to 32; it looks like 10.0.0.1/24");
  return i;
}

Result<Ipv4Prefix> parse_ipv4_prefix(std::string_view text) {
  std::string_view rest = text;
  Ipv4Prefix p;
  if (!take_address(rest, p.value) || !take_length(rest, p.length) || !rest.empty())
    return fail(ErrorCode::invalid,
                quoted(text) + " is not an IPv4 prefix with a length of 0 to 32; it looks like 10.0.0.0/16");
  const Ipv4Prefix right{p.value & ipv4_mask(p.length), p.length};
  if (right != p)
    return fail(ErrorCode::invalid,
                "prefix " + to_string(p) + " has bits set behind its length; it would be " + to_string(right));
  return p;
}

std::string to_string(Ipv4Address a) {
  return std::to_string(a.value >> 24) + "." + std::to_string(a.value >> 16 & 255) + "." +
         std::to_string(a.value >> 8 & 255) + "." + std::to_string(a.value & 255);
}
std::string to_string(const Ipv4Prefix& p) { return to_string(Ipv4Address{p.value}) + "/" + std::to_string(p.length); }
std::string to_string(const Ipv4Interface& i) { return to_string(i.address) + "/" + std::to_string(i.prefix_length); }

}  // namespace demarc
