// The objects that the control plane keeps, as they are in the store. Addresses are host byte order numbers with text
// forms in common/base/ipv4.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/base/ipv4.h"

namespace demarc::cp {

// Names: 1..32 characters of a-z, 0-9, '-' and '_', the first a letter. Unique among the objects of one kind in one
// tenant (tenants: among tenants). Two tenants may use the same names.

struct Tenant {
  TenantId id;
  std::string name;
  bool suspended = false;
  bool operator==(const Tenant&) const = default;
};

enum class VrfRole : uint8_t { access, core };

struct Vrf {
  VrfId id;
  TenantId tenant;
  std::string name;  // the PFCP Network Instance
  VrfRole role = VrfRole::access;
  bool operator==(const Vrf&) const = default;
};

struct Attachment {
  AttachmentId id;
  TenantId tenant;
  std::string name;
  std::string port;
  VlanId vlan;  // kUntagged or 1..4094; (port, vlan) is unique in the installation
  VrfId vrf;
  Ipv4Interface address;  // ours, with the length of the link's prefix (8..31); no overlap in the VRF
  bool operator==(const Attachment&) const = default;
};

struct GtpuEndpoint {
  GtpuEndpointId id;
  TenantId tenant;
  std::string name;
  VrfId vrf;            // an access VRF
  Ipv4Address address;  // unique in the VRF; may equal an attachment's
  bool operator==(const GtpuEndpoint&) const = default;
};

struct UePool {
  UePoolId id;
  TenantId tenant;
  std::string name;
  VrfId vrf;          // a core VRF
  Ipv4Prefix prefix;  // overlaps no other pool and no attachment of its VRF
  bool operator==(const UePool&) const = default;
};

struct Route {
  RouteId id;
  TenantId tenant;
  VrfId vrf;
  Ipv4Prefix prefix;    // unique in the VRF
  Ipv4Address gateway;  // inside the prefix of exactly one attachment of the VRF, not our own address
  bool operator==(const Route&) const = default;
};

// TS 29.244. Limits: 1..16 PDRs, 1..16 FARs, 0..16 QERs.
enum class Interface : uint8_t { access, core };
enum class ApplyAction : uint8_t { drop, forward };
enum class Gate : uint8_t { open, closed };

struct FTeid {
  GtpuEndpointId endpoint;
  Teid teid;  // 1..2^32-1; unique at the endpoint
  bool operator==(const FTeid&) const = default;
};

struct Pdr {
  uint16_t pdr_id = 0;
  uint32_t precedence = 0;
  Interface source_interface = Interface::access;
  VrfId network_instance;
  std::optional<FTeid> local_f_teid;         // required for access, absent for core
  std::optional<Ipv4Address> ue_ip_address;  // required for core; access: the inner source that is allowed
  std::optional<uint8_t> qfi;                // 0..63
  bool outer_header_removal = false;         // required for access
  uint32_t far_id = 0;
  std::vector<uint32_t> qer_ids;
  bool operator==(const Pdr&) const = default;
};

struct OuterHeaderCreation {
  GtpuEndpointId endpoint;  // ours: the outer source
  Teid teid;                // the peer's
  Ipv4Address peer;
  bool operator==(const OuterHeaderCreation&) const = default;
};

struct Far {
  uint32_t far_id = 0;
  ApplyAction apply_action = ApplyAction::forward;
  Interface destination_interface = Interface::core;
  VrfId network_instance;
  std::optional<OuterHeaderCreation> outer_header_creation;  // required for forward to access
  bool operator==(const Far&) const = default;
};

struct Qer {
  uint32_t qer_id = 0;
  Gate ul_gate = Gate::open;
  Gate dl_gate = Gate::open;
  std::optional<uint8_t> qfi;  // 0..63
  bool operator==(const Qer&) const = default;
};

struct Session {
  Seid up_seid;  // drawn at random or given, unique in the tenant, below 2^53 (so that JSON keeps it)
  TenantId tenant;
  std::vector<Pdr> pdrs;
  std::vector<Far> fars;
  std::vector<Qer> qers;
  bool operator==(const Session&) const = default;
};

enum class KeyRole : uint8_t { operator_, tenant };

// A credential for the API over TCP. Only a hash of the token is kept.
struct ApiKey {
  uint32_t id = 0;
  std::string name;
  KeyRole role = KeyRole::operator_;
  TenantId tenant;         // for KeyRole::tenant
  std::string token_hash;  // 32 bytes, crypto_generichash
  bool operator==(const ApiKey&) const = default;
};

using Object = std::variant<Tenant, Vrf, Attachment, GtpuEndpoint, UePool, Route, Session, ApiKey>;
inline constexpr size_t kObjectKinds = std::variant_size_v<Object>;

namespace detail {
template <class T, size_t... I>
constexpr size_t index_in_object(std::index_sequence<I...>) {
  return ((std::is_same_v<T, std::variant_alternative_t<I, Object>> ? I : 0) + ...);
}
}  // namespace detail
// The index of T among Object's alternatives.
template <class T>
inline constexpr size_t object_kind = detail::index_in_object<T>(std::make_index_sequence<kObjectKinds>{});
static_assert(object_kind<Tenant> == 0 && object_kind<ApiKey> == kObjectKinds - 1);

// What a session is found by: two tenants may use the same UP SEID.
using SessionKey = std::pair<TenantId, Seid>;
// JSON numbers keep integers below 2^53 exactly (RFC 8259 clause 6).
inline constexpr Seid kSeidEnd{uint64_t{1} << 53};

}  // namespace demarc::cp
