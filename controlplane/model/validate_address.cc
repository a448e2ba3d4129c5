#include "controlplane/model/validate_address.h"

namespace demarc::cp {
namespace {

struct SpecialRange {
  Ipv4Prefix prefix;
  const char* name;
};

constexpr SpecialRange kSpecialRanges[] = {
    {{0x00000000, 8}, "0.0.0.0/8 (\"this network\")"},
    {{0x7f000000, 8}, "127.0.0.0/8 (loopback)"},
    {{0xe0000000, 4}, "224.0.0.0/4 (multicast)"},
    {{0xf0000000, 4}, "240.0.0.0/4 (reserved and broadcast)"},
};

constexpr const char* kRight = "; use an address from 1.0.0.0 to 223.255.255.255 outside of 127.0.0.0/8";

}  // namespace

Status validate_host_address(const std::string& subject, Ipv4Address address) {
  for (const SpecialRange& range : kSpecialRanges)
    if (range.prefix.contains(address))
      return fail(ErrorCode::invalid, subject + ": address " + to_string(address) + " is in " + range.name + kRight);
  return {};
}

Status validate_on_link(const std::string& subject, Ipv4Address address, const Ipv4Prefix& link) {
  if (Status s = validate_host_address(subject, address); !s) return s;
  if (link.length >= 31) return {};
  const uint32_t last = link.value | ~ipv4_mask(link.length);
  const std::string hosts = "; the hosts of " + to_string(link) + " are " + to_string(Ipv4Address{link.value + 1}) +
                            " to " + to_string(Ipv4Address{last - 1});
  if (address.value == link.value)
    return fail(ErrorCode::invalid,
                subject + ": address " + to_string(address) + " is the network address of its link" + hosts);
  if (address.value == last)
    return fail(ErrorCode::invalid,
                subject + ": address " + to_string(address) + " is the broadcast address of its link" + hosts);
  return {};
}

Status validate_prefix(const std::string& subject, const Ipv4Prefix& prefix) {
  if (prefix.length > 32)
    return fail(ErrorCode::invalid,
                subject + ": prefix length " + std::to_string(prefix.length) + ": the length must be from 0 to 32");
  const Ipv4Prefix right{prefix.value & ipv4_mask(prefix.length), prefix.length};
  if (right != prefix)
    return fail(ErrorCode::invalid, subject + ": prefix " + to_string(prefix) +
                                        " has bits set behind its length; it would be " + to_string(right));
  return {};
}

Status validate_host_prefix(const std::string& subject, const Ipv4Prefix& prefix) {
  if (Status s = validate_prefix(subject, prefix); !s) return s;
  for (const SpecialRange& range : kSpecialRanges)
    if (range.prefix.overlaps(prefix))
      return fail(ErrorCode::invalid,
                  subject + ": prefix " + to_string(prefix) + " has addresses in " + range.name + kRight);
  return {};
}

Status validate_route_prefix(const std::string& subject, const Ipv4Prefix& prefix) {
  if (Status s = validate_prefix(subject, prefix); !s) return s;
  for (const SpecialRange& range : kSpecialRanges)
    if (prefix.length >= range.prefix.length && range.prefix.overlaps(prefix))
      return fail(ErrorCode::invalid, subject + ": prefix " + to_string(prefix) + " is inside " + range.name +
                                          ", to which nothing is forwarded");
  return {};
}

}  // namespace demarc::cp
