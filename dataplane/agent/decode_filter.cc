#include "dataplane/agent/decode_filter.h"

#include <algorithm>
#include <string>

#include "dataplane/agent/decode_fields.h"

namespace demarc::dp {
namespace {

using channel::EntryKey;

constexpr unsigned kQfis = 64;
constexpr uint8_t kProtocolEsp = 50;
constexpr uint8_t kProtocolAh = 51;
constexpr uint32_t kFlowLabelMax = 0xfffff;

// The subject of a sentence, and the entry that it is about.
struct Subject {
  const EntryKey& key;
  std::string text;  // "PDR 3: SDF filter 2"

  template <class... Args>
  tl::unexpected<Error> refuse(fmt::format_string<Args...> sentence, Args&&... args) const {
    return dp::refuse(key, "{}: {}", text, fmt::format(sentence, std::forward<Args>(args)...));
  }
};

Result<AddressMatch> decode_ipv6_prefix(const Subject& subject, const char* end, const schema::FilterPrefix& from) {
  const auto address = decode_ipv6(subject.key, fmt::format("{}: {} prefix", subject.text, end), from.ipv6());
  if (!address) return tl::unexpected(address.error());
  if (from.ipv4() != 0) return subject.refuse("{} prefix of two families", end);
  if (from.prefix_length() > 128)
    return subject.refuse("{} prefix length {}: must be from 0 to 128", end, from.prefix_length());
  if (ipv6_network(*address, from.prefix_length()) != *address)
    return subject.refuse("{} prefix {}/{} has host bits", end, to_string(*address), from.prefix_length());
  return AddressMatch{AddressMatch::Kind::ipv6, from.negated(), from.prefix_length(), ipv6_value(*address)};
}

Result<AddressMatch> decode_prefix(const Subject& subject, const char* end, const schema::FilterPrefix* from) {
  if (from == nullptr) return AddressMatch{};
  if (from->negated() && from->prefix_length() == 0)
    return subject.refuse("{} prefix of length 0, negated: no address is in it", end);
  if (from->ipv6() != nullptr && from->ipv6()->size() != 0) return decode_ipv6_prefix(subject, end, *from);
  if (from->prefix_length() > 32)
    return subject.refuse("{} prefix length {}: must be from 0 to 32", end, from->prefix_length());
  if (from->prefix_length() < 32 && (from->ipv4() & (0xffffffffu >> from->prefix_length())) != 0)
    return subject.refuse("{} prefix {}/{} has host bits", end, to_string(Ipv4Address{from->ipv4()}),
                          from->prefix_length());
  return AddressMatch{AddressMatch::Kind::ipv4, from->negated(), from->prefix_length(), from->ipv4()};
}

Status decode_ports(const Subject& subject, const flatbuffers::Vector<const schema::PortRange*>* from,
                    std::vector<PortMatch>& out) {
  if (from == nullptr) return {};
  if (from->size() > channel::kFilterPortRangesMax)
    return subject.refuse("{} port ranges: at most {} are allowed", from->size(), channel::kFilterPortRangesMax);
  for (const schema::PortRange* range : *from) {
    if (range->first() > range->last())
      return subject.refuse("ports {}-{}: the first must not be above the last", range->first(), range->last());
    out.push_back({range->first(), range->last()});
  }
  return {};
}

// Of those fields that say each something about the others.
Status check_together(const Subject& subject, const SdfMatch& filter) {
  using Kind = AddressMatch::Kind;
  if (filter.remote.kind != Kind::any && filter.local.kind != Kind::any && filter.remote.kind != filter.local.kind)
    return subject.refuse("its two prefixes are of different families");
  const bool names_ipv4 = filter.remote.kind == Kind::ipv4 || filter.local.kind == Kind::ipv4;
  if (filter.flow_label != SdfMatch::kAnyFlowLabel && names_ipv4)
    return subject.refuse("an IPv6 flow label and an IPv4 prefix");
  if (filter.spi != 0 && filter.protocol != SdfMatch::kAnyProtocol && filter.protocol != kProtocolEsp &&
      filter.protocol != kProtocolAh)
    return subject.refuse("a security parameter index and protocol {}: only {} (ESP) and {} (AH) have one",
                          filter.protocol, kProtocolEsp, kProtocolAh);
  return {};
}

Result<SdfMatch> decode_filter(const Subject& subject, const schema::SdfFilter& from) {
  SdfMatch out;
  if (from.protocol() > SdfMatch::kAnyProtocol)
    return subject.refuse("protocol {}: must be from 0 to 255, or 256 for any", from.protocol());
  out.protocol = from.protocol();
  const auto remote = decode_prefix(subject, "remote", from.remote());
  if (!remote) return tl::unexpected(remote.error());
  const auto local = decode_prefix(subject, "local", from.local());
  if (!local) return tl::unexpected(local.error());
  out.remote = *remote;
  out.local = *local;
  if (auto ok = decode_ports(subject, from.remote_ports(), out.remote_ports); !ok) return tl::unexpected(ok.error());
  if (auto ok = decode_ports(subject, from.local_ports(), out.local_ports); !ok) return tl::unexpected(ok.error());
  if ((from.tos() & ~from.tos_mask()) != 0)
    return subject.refuse("ToS {:#04x} has bits outside its mask {:#04x}", from.tos(), from.tos_mask());
  out.tos = from.tos();
  out.tos_mask = from.tos_mask();
  out.spi = from.spi();
  if (from.flow_label() > kFlowLabelMax && from.flow_label() != SdfMatch::kAnyFlowLabel)
    return subject.refuse("flow label {:#x}: it has 20 bits", from.flow_label());
  out.flow_label = from.flow_label();
  if (auto ok = check_together(subject, out); !ok) return tl::unexpected(ok.error());
  return out;
}

Status decode_qfis(const EntryKey& key, const schema::PdrEntry& pdr, PdrDetail& out) {
  if (pdr.qfis() == nullptr || pdr.qfis()->size() == 0) return {};
  if (pdr.qfi() != kQfiAny)
    return refuse(key, "PDR {}: QFI {} besides a set of QFIs; one of the two is right", pdr.pdr_id(), pdr.qfi());
  for (const uint8_t qfi : *pdr.qfis()) {
    if (qfi >= kQfis) return refuse(key, "PDR {}: QFI {}: must be from 0 to {}", pdr.pdr_id(), qfi, kQfis - 1);
    if ((out.qfis >> qfi & 1) != 0) return refuse(key, "PDR {}: QFI {} twice", pdr.pdr_id(), qfi);
    out.qfis |= uint64_t{1} << qfi;
  }
  return {};
}

// Each stands beside a UE address of its family: a PDR is for packets of the families that it has addresses of.
Status decode_framed_route(const Subject& subject, const schema::PdrEntry& pdr, const schema::FilterPrefix& from,
                           PdrDetail& out) {
  const auto prefix = decode_prefix(subject, "its", &from);
  if (!prefix) return tl::unexpected(prefix.error());
  const bool ipv4 = prefix->kind == AddressMatch::Kind::ipv4;
  if (prefix->negated || prefix->length == 0)
    return subject.refuse("a prefix of 1 to {} bits is wanted, not one that is negated or empty", ipv4 ? 32 : 128);
  const bool of_hosts = ipv4 ? is_host_address(Ipv4Address{from.ipv4()})
                             : is_host_address(ipv6_from_bytes({from.ipv6()->data(), from.ipv6()->size()}).value());
  if (!of_hosts) return subject.refuse("it is not a prefix that hosts may have");
  const bool beside_ue = ipv4 ? pdr.ue_ipv4() != 0 : pdr.ue_ipv6() != nullptr && pdr.ue_ipv6()->size() != 0;
  if (!beside_ue) return subject.refuse("the PDR has no UE address of IPv{} beside it", ipv4 ? 4 : 6);
  if (std::ranges::find(out.framed, *prefix) != out.framed.end()) return subject.refuse("it is there twice");
  out.framed.push_back(*prefix);
  return {};
}

Status decode_framed_routes(const EntryKey& key, const schema::PdrEntry& pdr, PdrDetail& out) {
  if (pdr.framed_routes() == nullptr) return {};
  if (pdr.framed_routes()->size() > channel::kPdrFramedRoutesMax)
    return refuse(key, "PDR {}: {} framed routes: at most {} are allowed", pdr.pdr_id(), pdr.framed_routes()->size(),
                  channel::kPdrFramedRoutesMax);
  for (flatbuffers::uoffset_t i = 0; i < pdr.framed_routes()->size(); ++i) {
    const Subject subject{key, fmt::format("PDR {}: framed route {}", pdr.pdr_id(), i + 1)};
    if (auto ok = decode_framed_route(subject, pdr, *pdr.framed_routes()->Get(i), out); !ok) return ok;
  }
  return {};
}

}  // namespace

Result<PdrDetail> decode_pdr_detail(const EntryKey& key, const schema::PdrEntry& pdr) {
  PdrDetail out;
  if (auto ok = decode_qfis(key, pdr, out); !ok) return tl::unexpected(ok.error());
  if (auto ok = decode_framed_routes(key, pdr, out); !ok) return tl::unexpected(ok.error());
  if (pdr.sdf_filters() == nullptr) return out;
  if (pdr.sdf_filters()->size() > channel::kPdrFiltersMax)
    return refuse(key, "PDR {}: {} SDF filters: at most {} are allowed", pdr.pdr_id(), pdr.sdf_filters()->size(),
                  channel::kPdrFiltersMax);
  for (flatbuffers::uoffset_t i = 0; i < pdr.sdf_filters()->size(); ++i) {
    const Subject subject{key, fmt::format("PDR {}: SDF filter {}", pdr.pdr_id(), i + 1)};
    auto filter = decode_filter(subject, *pdr.sdf_filters()->Get(i));
    if (!filter) return tl::unexpected(std::move(filter.error()));
    out.filters.push_back(std::move(*filter));
  }
  return out;
}

}  // namespace demarc::dp
