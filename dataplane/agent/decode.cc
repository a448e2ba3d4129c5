#include "dataplane/agent/decode.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "dataplane/agent/decode_fields.h"
#include "dataplane/agent/decode_rates.h"

namespace demarc::dp {
namespace {

using channel::EntryKey;
using schema::EntryKind;

constexpr size_t kNameBytesMax = 64;

constexpr uint16_t kMtuMin = 1280;  // RFC 8200 section 5
constexpr uint16_t kMtuMax = 9000;
constexpr uint16_t kMssMin = 536;  // RFC 9293 section 3.7.1
constexpr uint16_t kMssMax = 8960;

Status check_range(const EntryKey& key, const char* what, unsigned value, unsigned least, unsigned most) {
  if (value < least || value > most)
    return refuse(key, "{} {}: must be from {} to {}, or 0 for none of its own", what, value, least, most);
  return {};
}

// Names are shown in logs and traces: nothing in them may move a terminal's cursor.
Status check_name(const EntryKey& key, const flatbuffers::String* name) {
  if (name == nullptr || name->size() == 0) return refuse(key, "it has no name");
  if (name->size() > kNameBytesMax)
    return refuse(key, "a name of {} bytes: at most {} are allowed", name->size(), kNameBytesMax);
  for (const char c : name->string_view())
    if (c < 0x21 || c > 0x7e)
      return refuse(key, "byte {:#04x} in its name: only printable ASCII without blanks is allowed",
                    static_cast<uint8_t>(c));
  return {};
}

Status check_vrf(const EntryKey& key, uint32_t vrf) {
  if (vrf == 0) return refuse(key, "it names no vrf (0)");
  return {};
}

Status check_host_address(const EntryKey& key, const char* what, Ipv4Address a) {
  if (!is_host_address(a)) return refuse(key, "{} {} is not an address that a host may have", what, to_string(a));
  return {};
}

Status check_host_address(const EntryKey& key, const char* what, const Ipv6Address& a) {
  if (!is_host_address(a)) return refuse(key, "{} {} is not an address that a host may have", what, to_string(a));
  return {};
}

// Our address on a link, when there is one.
Status check_link(const EntryKey& key, const Ipv4Interface& link) {
  if (link.address.value == 0) return {};
  if (link.prefix_length < 8 || link.prefix_length > 31)
    return refuse(key, "prefix length {}: must be from 8 to 31", link.prefix_length);
  if (auto ok = check_host_address(key, "address", link.address); !ok) return ok;
  const uint32_t host = link.address.value & ~ipv4_mask(link.prefix_length);
  if (link.prefix_length < 31 && (host == 0 || host == ~ipv4_mask(link.prefix_length)))
    return refuse(key, "address {} is the {} address of its link", to_string(link),
                  host == 0 ? "network" : "broadcast");
  return {};
}

Status check_link(const EntryKey& key, const Ipv6Interface& link) {
  if (is_unspecified(link.address)) return {};
  if (link.prefix_length < 32 || link.prefix_length > 127)
    return refuse(key, "prefix length {} of {}: must be from 32 to 127", link.prefix_length, to_string(link.address));
  if (auto ok = check_host_address(key, "address", link.address); !ok) return ok;
  if (is_subnet_router_anycast(link))
    return refuse(key, "address {} is the subnet-router anycast address of its link", to_string(link));
  return {};
}

Result<SmallValue> decode_tenant(const EntryKey& key, const schema::TenantEntry& entry) {
  if (auto ok = check_name(key, entry.name()); !ok) return tl::unexpected(ok.error());
  const auto rates = decode_rates(key, entry.rates());
  if (!rates) return tl::unexpected(rates.error());
  const auto tier = decode_tier(key, entry.tier());
  if (!tier) return tl::unexpected(tier.error());
  return TenantValue{entry.name()->str(), entry.suspended(), *rates, *tier};
}

Result<SmallValue> decode_vrf(const EntryKey& key, const schema::VrfEntry& entry) {
  if (auto ok = check_name(key, entry.name()); !ok) return tl::unexpected(ok.error());
  if (entry.role() > schema::VrfRole::core)
    return refuse(key, "role {}: 0 (access) or 1 (core) are known", static_cast<unsigned>(entry.role()));
  if (entry.mtu() != 0)
    if (auto ok = check_range(key, "MTU", entry.mtu(), kMtuMin, kMtuMax); !ok) return tl::unexpected(ok.error());
  if (entry.tcp_mss() != 0)
    if (auto ok = check_range(key, "TCP MSS", entry.tcp_mss(), kMssMin, kMssMax); !ok)
      return tl::unexpected(ok.error());
  for (const auto& [what, policy] :
       {std::pair{"IPv4 options", entry.ipv4_options()}, std::pair{"routing headers", entry.routing_headers()}})
    if (policy > schema::HeaderPolicy::pass)
      return refuse(key, "{}: policy {}: 0 (drop) or 1 (pass) are known", what, static_cast<unsigned>(policy));
  const auto rates = decode_rates(key, entry.rates());
  if (!rates) return tl::unexpected(rates.error());
  return VrfValue{entry.name()->str(),
                  entry.role() == schema::VrfRole::core,
                  entry.mtu(),
                  entry.tcp_mss(),
                  entry.ipv4_options() == schema::HeaderPolicy::pass,
                  entry.routing_headers() == schema::HeaderPolicy::pass,
                  entry.ue_to_ue(),
                  *rates};
}

Result<SmallValue> decode_attachment(const EntryKey& key, const schema::AttachmentEntry& entry,
                                     const PortNames& ports) {
  if (entry.port() == nullptr || entry.port()->size() == 0) return refuse(key, "it names no port");
  const std::string_view name = entry.port()->string_view();
  const auto port = ports.find(name);
  if (port == ports.end()) {
    std::string known;
    for (const auto& [port_name, index] : ports) known += (known.empty() ? "" : ", ") + port_name;
    return refuse(key, "port {:?} does not exist here; the data plane has: {}", name.substr(0, kNameBytesMax),
                  known.empty() ? "none" : known);
  }
  if (entry.vlan() > kVlanMax.value)
    return refuse(key, "VLAN {}: must be from 1 to 4094, or 0 for untagged", entry.vlan());
  if (entry.outer_vlan() > kVlanMax.value)
    return refuse(key, "outer VLAN {}: must be from 1 to 4094, or 0 for none", entry.outer_vlan());
  if (entry.mtu() != 0)
    if (auto ok = check_range(key, "MTU", entry.mtu(), kMtuMin, kMtuMax); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_vrf(key, entry.vrf()); !ok) return tl::unexpected(ok.error());
  const Ipv4Interface ipv4{{entry.ipv4()}, entry.ipv4_prefix_length()};
  const auto ipv6 = decode_ipv6(key, "address", entry.ipv6());
  if (!ipv6) return tl::unexpected(ipv6.error());
  AttachmentValue value{std::string(name),          port->second, VlanId(entry.vlan()),
                        VrfId(entry.vrf()),         ipv4,         {*ipv6, entry.ipv6_prefix_length()},
                        VlanId(entry.outer_vlan()), entry.mtu(),  entry.fragment_ipv4()};
  if (!value.has_ipv4() && !value.has_ipv6()) return refuse(key, "it has neither an IPv4 nor an IPv6 address");
  if (auto ok = check_link(key, value.address); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_link(key, value.ipv6); !ok) return tl::unexpected(ok.error());
  return value;
}

Result<SmallValue> decode_endpoint(const EntryKey& key, const schema::GtpuEndpointEntry& entry) {
  if (auto ok = check_vrf(key, entry.vrf()); !ok) return tl::unexpected(ok.error());
  const auto ipv6 = decode_ipv6(key, "address", entry.ipv6());
  if (!ipv6) return tl::unexpected(ipv6.error());
  if (entry.peer_policy() > schema::PeerPolicy::learn)
    return refuse(key, "peer policy {}: 0 (strict), 1 (any) or 2 (learn) are known",
                  static_cast<unsigned>(entry.peer_policy()));
  const GtpuEndpointValue value{VrfId(entry.vrf()), Ipv4Address{entry.ipv4()}, *ipv6, entry.outer_dont_fragment(),
                                entry.peer_policy()};
  Status ok;
  if (value.has_ipv4() || !value.has_ipv6()) ok = check_host_address(key, "address", value.ipv4);
  if (ok && value.has_ipv6()) ok = check_host_address(key, "address", value.ipv6);
  if (!ok) return tl::unexpected(ok.error());
  return value;
}

// A gateway of the route's family, on a link of ours.
Status check_gateway(const EntryKey& key, const IpAddress& gateway) {
  if (gateway.is_ipv4()) return check_host_address(key, "gateway", Ipv4Address{gateway.ipv4().host()});
  return is_link_local(gateway.ipv6()) ? Status{} : check_host_address(key, "gateway", gateway.ipv6());
}

// What a route has besides its first next hop.
Status decode_more(const EntryKey& key, const schema::RouteEntry& entry, RouteValue& route) {
  constexpr size_t kMoreMax = 15;
  if (entry.more_next_hops() == nullptr) return {};
  if (entry.more_next_hops()->size() > kMoreMax)
    return refuse(key, "{} more next hops: at most {} are allowed", entry.more_next_hops()->size(), kMoreMax);
  for (const schema::RouteNextHop* hop : *entry.more_next_hops()) {
    const auto gateway6 = decode_ipv6(key, "gateway", hop->gateway6());
    if (!gateway6) return tl::unexpected(gateway6.error());
    if (hop->attachment() == 0) return refuse(key, "a next hop names no attachment (0)");
    if (route.is_ipv6 ? hop->gateway() != 0 : !is_unspecified(*gateway6))
      return refuse(key, "a next hop of the other family than the route's");
    const RouteHop more{AttachmentId(hop->attachment()),
                        route.is_ipv6 ? ip_of(*gateway6) : ip_of(Ipv4Address{hop->gateway()})};
    if (auto ok = check_gateway(key, more.gateway); !ok) return ok;
    const RouteHop first{route.attachment, route.gateway_ip()};
    if (more == first || std::ranges::find(route.more, more) != route.more.end())
      return refuse(key, "next hop {} by attachment {} twice", demarc::to_string(more.gateway), more.attachment.value);
    route.more.push_back(more);
  }
  return {};
}

Result<SmallValue> with_more(const EntryKey& key, const schema::RouteEntry& entry, RouteValue route) {
  if (auto ok = decode_more(key, entry, route); !ok) return tl::unexpected(ok.error());
  return route;
}

Result<SmallValue> decode_ipv6_route(const EntryKey& key, const schema::RouteEntry& entry) {
  const auto prefix = decode_ipv6(key, "prefix", entry.prefix6());
  if (!prefix) return tl::unexpected(prefix.error());
  const auto gateway = decode_ipv6(key, "gateway", entry.gateway6());
  if (!gateway) return tl::unexpected(gateway.error());
  const Ipv6Prefix given{*prefix, entry.prefix_length()};
  if (given.length > 128) return refuse(key, "prefix length {}: must be from 0 to 128", given.length);
  if (const Ipv6Prefix right{ipv6_network(*prefix, given.length), given.length}; right != given)
    return refuse(key, "prefix {} has host bits; {} would be right", to_string(given), to_string(right));
  if (is_multicast(given.address) || is_link_local(given.address))
    return refuse(key, "prefix {}: nothing is routed there", to_string(given));
  if (entry.prefix() != 0 || entry.gateway() != 0) return refuse(key, "it is an IPv6 route with IPv4 addresses in it");
  if (auto ok = check_gateway(key, *gateway); !ok) return tl::unexpected(ok.error());
  return with_more(key, entry,
                   {VrfId(entry.vrf()), AttachmentId(entry.attachment()), true, {}, {}, given, *gateway, {}});
}

Result<SmallValue> decode_route(const EntryKey& key, const schema::RouteEntry& entry) {
  if (auto ok = check_vrf(key, entry.vrf()); !ok) return tl::unexpected(ok.error());
  if (entry.prefix6() != nullptr && entry.prefix6()->size() != 0) {
    if (entry.attachment() == 0) return refuse(key, "it names no attachment (0)");
    return decode_ipv6_route(key, entry);
  }
  if (entry.gateway6() != nullptr && entry.gateway6()->size() != 0)
    return refuse(key, "it has an IPv6 gateway and no IPv6 prefix");
  if (entry.prefix_length() > 32) return refuse(key, "prefix length {}: must be from 0 to 32", entry.prefix_length());
  const uint32_t mask = ipv4_mask(entry.prefix_length());
  if ((entry.prefix() & ~mask) != 0)
    return refuse(key, "prefix {}/{} has host bits; {} would be right", to_string(Ipv4Address{entry.prefix()}),
                  entry.prefix_length(), to_string(Ipv4Prefix{entry.prefix() & mask, entry.prefix_length()}));
  if (entry.attachment() == 0) return refuse(key, "it names no attachment (0)");
  const Ipv4Address gateway{entry.gateway()};
  if (auto ok = check_host_address(key, "gateway", gateway); !ok) return tl::unexpected(ok.error());
  return with_more(key, entry,
                   {VrfId(entry.vrf()),
                    AttachmentId(entry.attachment()),
                    false,
                    {entry.prefix(), entry.prefix_length()},
                    gateway,
                    {},
                    {},
                    {}});
}

Status check_key(const OperationView& operation) {
  const EntryKey& key = operation.key;
  if (operation.operation > schema::OperationKind::remove)
    return refuse(key, "operation {}: 0 (put) or 1 (remove) are known", static_cast<unsigned>(operation.operation));
  if (key.kind == EntryKind::none || key.kind > EntryKind::session)
    return refuse(key, "entry kind {}: 1 to 6 are known", static_cast<unsigned>(key.kind));
  if (key.tenant.value == 0) return refuse(key, "tenant 0 is demarc itself and has no entries");
  if (key.id == 0) return refuse(key, "its id is 0, which means none");
  if (key.kind == EntryKind::tenant && key.id != key.tenant.value)
    return refuse(key, "its id {} is not the tenant's", key.id);
  if (key.kind != EntryKind::session && key.id > std::numeric_limits<uint32_t>::max())
    return refuse(key, "its id is over 4294967295");
  if (operation.operation == schema::OperationKind::remove && !operation.value.empty())
    return refuse(key, "a removal with a value of {} bytes", operation.value.size());
  return {};
}

// Verifies the bytes as a `Table` and hands it to `make`.
template <class Table, class Make>
Result<DecodedOperation> decode_as(const OperationView& operation, Make make) {
  const AlignedBytes bytes(operation.value);
  const Table* table = verified<Table>(bytes);
  if (table == nullptr) return refuse(operation.key, "its {} bytes are not a valid entry", operation.value.size());
  auto value = make(*table);
  if (!value) return tl::unexpected(std::move(value.error()));
  return DecodedOperation{true, operation.key, std::move(*value)};
}

}  // namespace

const char* kind_name(EntryKind kind) {
  switch (kind) {
    case EntryKind::none: return "entry";
    case EntryKind::tenant: return "tenant";
    case EntryKind::vrf: return "vrf";
    case EntryKind::attachment: return "attachment";
    case EntryKind::gtpu_endpoint: return "gtpu_endpoint";
    case EntryKind::route: return "route";
    case EntryKind::session: return "session";
  }
  return "entry";
}

std::string describe(const EntryKey& key) {
  if (key.kind == EntryKind::tenant) return fmt::format("tenant {}", key.tenant.value);
  return fmt::format("{} {} of tenant {}", kind_name(key.kind), key.id, key.tenant.value);
}

bool is_host_address(Ipv4Address a) {
  const uint32_t first = a.value >> 24;
  return first != 0 && first != 127 && first < 224;
}

Result<DecodedOperation> decode(const OperationView& operation, const PortNames& ports) {
  if (auto ok = check_key(operation); !ok) return tl::unexpected(ok.error());
  const EntryKey& key = operation.key;
  if (operation.operation == schema::OperationKind::remove) return DecodedOperation{false, key, {}};
  switch (key.kind) {
    case EntryKind::tenant:
      return decode_as<schema::TenantEntry>(operation, [&](auto& entry) { return decode_tenant(key, entry); });
    case EntryKind::vrf:
      return decode_as<schema::VrfEntry>(operation, [&](auto& entry) { return decode_vrf(key, entry); });
    case EntryKind::attachment:
      return decode_as<schema::AttachmentEntry>(operation,
                                                [&](auto& entry) { return decode_attachment(key, entry, ports); });
    case EntryKind::gtpu_endpoint:
      return decode_as<schema::GtpuEndpointEntry>(operation, [&](auto& entry) { return decode_endpoint(key, entry); });
    case EntryKind::route:
      return decode_as<schema::RouteEntry>(operation, [&](auto& entry) { return decode_route(key, entry); });
    case EntryKind::session: {
      auto session = decode_session(key, operation.value);
      if (!session) return tl::unexpected(std::move(session.error()));
      return DecodedOperation{true, key, std::move(*session)};
    }
    case EntryKind::none: break;
  }
  return refuse(key, "entry kind {}: 1 to 6 are known", static_cast<unsigned>(key.kind));
}

}  // namespace demarc::dp
