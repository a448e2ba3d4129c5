#include "common/base/ip_prefix.h"

#include "common/base/text.h"

namespace demarc {
namespace {

bool is_ipv6_text(std::string_view text) { return text.find(':') != text.npos; }

template <class Out, class In>
Result<Out> as(const Result<In>& parsed) {
  if (!parsed) return tl::unexpected(parsed.error());
  return Out(*parsed);
}

tl::unexpected<Error> mapped(std::string_view text) {
  return fail(ErrorCode::invalid, quoted(text) + " is IPv4-mapped; it is written as IPv4 is, like 10.0.0.1");
}

}  // namespace

Result<IpAddress> parse_ip(std::string_view text) {
  if (is_ipv6_text(text)) {
    const auto ipv6 = parse_ipv6(text);
    if (ipv6 && is_ipv4_mapped(*ipv6)) return mapped(text);
    return as<IpAddress>(ipv6);
  }
  const auto ipv4 = parse_ipv4(text);
  if (!ipv4) return tl::unexpected(ipv4.error());
  return ip_address(*ipv4);
}

Result<IpPrefix> parse_ip_prefix(std::string_view text) {
  if (!is_ipv6_text(text)) return as<IpPrefix>(parse_ipv4_prefix(text));
  const auto ipv6 = parse_ipv6_prefix(text);
  if (ipv6 && is_ipv4_mapped(ipv6->address)) return mapped(text);
  return as<IpPrefix>(ipv6);
}

Result<Ipv6Prefix> parse_ipv6_prefix_64(std::string_view text) {
  if (text.find('/') != text.npos) return parse_ipv6_prefix(text);
  const auto address = parse_ipv6(text);
  if (!address) return tl::unexpected(address.error());
  return parse_ipv6_prefix(to_string(*address) + "/64");
}

std::string to_string(const IpPrefix& p) { return p.is_ipv4() ? to_string(p.ipv4()) : to_string(p.ipv6()); }

std::string to_short_string(const IpPrefix& p) { return p.is_address() ? to_string(p.first()) : to_string(p); }

}  // namespace demarc
