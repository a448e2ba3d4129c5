#include "controlplane/shell/values.h"

#include <algorithm>
#include <charconv>

#include "common/base/ip_prefix.h"
#include "common/base/text.h"

namespace demarc::shell {
namespace {

constexpr size_t kWordMax = 4096;  // a path, a URL

Result<std::string> bad(const std::string& where, const std::string& why) {
  return fail(ErrorCode::invalid, where + ": " + why);
}

// The house parsers' sentences, with the place before them.
template <class T>
Result<std::string> text_of(const Result<T>& r, const std::string& where) {
  if (!r) return bad(where, r.error().message);
  return to_string(*r);
}

Result<std::string> check_number(const Parameter& p, const std::string& where, const std::string& text) {
  const Result<uint64_t> n = parse_number(text);
  if (!n) return bad(where, n.error().message);
  if (*n < p.min || *n > p.max)
    return bad(where,
               text.substr(0, 64) + (p.max == UINT64_MAX ? " is too small; the smallest is " + std::to_string(p.min)
                                                         : " is out of range; it is from " + std::to_string(p.min) +
                                                               " to " + std::to_string(p.max)));
  return std::to_string(*n);
}

// Up to three digits behind the point, so that nothing is rounded.
Result<std::string> check_rate(const Parameter& p, const std::string& where, const std::string& text) {
  uint64_t unit = 1;
  std::string_view digits = text;
  if (!digits.empty()) {
    const char suffix = digits.back();
    unit = suffix == 'k' || suffix == 'K' ? 1'000 : suffix == 'M' ? 1'000'000 : suffix == 'G' ? 1'000'000'000 : 1;
    if (unit != 1) digits.remove_suffix(1);
  }
  const size_t point = std::min(digits.find('.'), digits.size());
  const std::string_view behind = point == digits.size() ? std::string_view{} : digits.substr(point + 1);
  const auto all_digits = [](std::string_view s) {
    return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const bool pointed = point != digits.size();
  if (!all_digits(digits.substr(0, point)) || point > 12 || (pointed && (!all_digits(behind) || behind.size() > 3)) ||
      (pointed && unit == 1))
    return bad(where, quoted(text) + " is not a rate; it looks like 64k, 100M, 2.5G or 64000");
  uint64_t n = parse_number(digits.substr(0, point)).value_or(0) * unit;
  for (uint64_t place = unit / 10; const char c : behind) {
    n += static_cast<uint64_t>(c - '0') * place;
    place /= 10;
  }
  return check_number(p, where, std::to_string(n));
}

Result<std::string> check_choice(const Parameter& p, const std::string& where, const std::string& text) {
  const auto all = choices_of(p);
  if (std::find(all.begin(), all.end(), text) != all.end()) return text;
  std::string list;
  for (std::string_view c : all) list += (list.empty() ? "" : " or ") + std::string(c);
  return bad(where, quoted(text) + " is not known; it is " + list);
}

Result<std::string> check_word(const std::string& where, const std::string& text) {
  if (text.empty()) return bad(where, "the value is empty");
  if (text.size() > kWordMax)
    return bad(where, "the value has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(kWordMax) +
                          " are taken");
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }))
    return bad(where, "the value has control characters in it; only text is taken");
  return text;
}

// What a name may be is demarcd's to say. Here only: it can be sent.
Result<std::string> check_name(const std::string& where, const std::string& text) {
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c > 126; }))
    return bad(where, "a name is of a-z, 0-9, '-' and '_', and this one has other bytes in it");
  return check_word(where, text);
}

Result<std::string> check_next_hops(const std::string& where, const std::string& text) {
  std::string out;
  for (const NextHopText& hop : next_hops_of(text)) {
    const Result<std::string> gateway = text_of(parse_ip(hop.gateway), where);
    if (!gateway) return gateway;
    out += (out.empty() ? "" : ",") + *gateway;
    if (hop.attachment.empty()) continue;
    const Result<std::string> attachment = check_name(where, hop.attachment);
    if (!attachment) return attachment;
    out += "%" + *attachment;
  }
  return out;
}

Result<std::string> check_numbers(const Parameter& p, const std::string& where, const std::string& text) {
  if (text == kNoNumbers) return text;
  std::string out;
  for (const std::string& one : list_of(text)) {
    const Result<std::string> number = check_number(p, where, one);
    if (!number) return number;
    out += (out.empty() ? "" : ",") + *number;
  }
  return out;
}

Result<std::string> check_prefixes(const std::string& where, const std::string& text) {
  std::string out;
  for (const std::string& one : list_of(text)) {
    const Result<std::string> prefix = text_of(parse_ip_prefix(one), where);
    if (!prefix) return prefix;
    out += (out.empty() ? "" : ",") + *prefix;
  }
  return out;
}

}  // namespace

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> out;
  for (;;) {
    const size_t comma = std::min(text.find(','), text.size());
    out.emplace_back(text.substr(0, comma));
    if (comma == text.size()) return out;
    text.remove_prefix(comma + 1);
  }
}

std::vector<NextHopText> next_hops_of(std::string_view text) {
  std::vector<NextHopText> out;
  for (const std::string& hop : list_of(text)) {
    const size_t percent = std::min(hop.find('%'), hop.size());
    out.push_back({hop.substr(0, percent), hop.substr(std::min(percent + 1, hop.size()))});
  }
  return out;
}

Result<uint64_t> parse_number(std::string_view text) {
  std::string_view digits = text;
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  uint64_t n = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n, base);
  if (error == std::errc::result_out_of_range) return fail(ErrorCode::invalid, quoted(text) + " is too large a number");
  if (error != std::errc() || end != digits.data() + digits.size())
    return fail(ErrorCode::invalid, quoted(text) + " is not a number; it looks like 256 or 0x100");
  return n;
}

Result<std::string> check_value(const Parameter& p, const std::string& where, const std::string& text) {
  switch (p.type) {
    case Type::flag: return std::string("true");
    case Type::name: return check_name(where, text);
    case Type::ipv4: return text_of(parse_ipv4(text), where);
    case Type::ipv6: return text_of(parse_ipv6(text), where);
    case Type::ip: return text_of(parse_ip(text), where);
    case Type::prefix: return text_of(parse_ip_prefix(text), where);
    case Type::ipv6_prefix_64: return text_of(parse_ipv6_prefix_64(text), where);
    case Type::ipv4_interface: return text_of(parse_ipv4_interface(text), where);
    case Type::ipv6_interface: return text_of(parse_ipv6_interface(text), where);
    case Type::next_hops: return check_next_hops(where, text);
    case Type::numbers: return check_numbers(p, where, text);
    case Type::prefixes: return check_prefixes(where, text);
    case Type::yes_no: return check_choice(p, where, text);
    case Type::number:
    case Type::seconds: return check_number(p, where, text);
    case Type::rate: return check_rate(p, where, text);
    case Type::choice: return check_choice(p, where, text);
    case Type::word:
    case Type::file: return check_word(where, text);
  }
  return fail(ErrorCode::internal, where + ": a type that is not known");
}

std::vector<std::string_view> choices_of(const Parameter& p) {
  std::vector<std::string_view> all;
  const std::string_view choices = p.type == Type::yes_no ? "yes|no" : p.choices;
  for (std::string_view rest = choices; !rest.empty();) {
    const size_t bar = std::min(rest.find('|'), rest.size());
    all.push_back(rest.substr(0, bar));
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
  return all;
}

std::string value_name(const Parameter& p) {
  if (!p.value_name.empty()) return std::string(p.value_name);
  if (p.type == Type::choice) return std::string(p.choices);
  if (p.type == Type::yes_no) return "yes|no";
  std::string name;
  switch (p.type) {
    case Type::ipv4:
    case Type::ipv6:
    case Type::ip: name = "ADDRESS"; break;
    case Type::prefix:
    case Type::ipv6_prefix_64: name = "PREFIX"; break;
    case Type::ipv4_interface:
    case Type::ipv6_interface: name = "ADDRESS/LENGTH"; break;
    case Type::next_hops: name = "GATEWAY[%ATTACHMENT][,...]"; break;
    case Type::numbers: name = "N[,...]|none"; break;
    case Type::prefixes: name = "PREFIX[,...]"; break;
    case Type::seconds: name = "SECONDS"; break;
    case Type::file: name = "FILE"; break;
    case Type::number: name = "N"; break;
    case Type::rate: name = "RATE"; break;
    default: break;
  }
  const bool own = name.empty() || (name == "N" && p.name == "seid");
  if (!own) return name;
  name = p.name;
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

}  // namespace demarc::shell
