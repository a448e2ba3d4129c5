// The objects that the control plane keeps, as they are in the store. The text forms of addresses are in common/base.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/flow_description.h"
#include "common/base/ids.h"
#include "common/base/ip_prefix.h"
#include "common/base/mac.h"
#include "controlplane/model/entry_quota.h"

namespace demarc::cp {

// Names: 1..32 characters of a-z, 0-9, '-' and '_', the first a letter. Unique among the objects of one kind in one
// tenant (tenants: among tenants). Two tenants may use the same names.

// Limits of what is forwarded each way, of the packets inside of tunnels. 0: none.
struct Rates {
  uint64_t uplink_bps = 0;  // 64,000..400,000,000,000
  uint64_t downlink_bps = 0;
  uint64_t uplink_pps = 0;  // packets a second, 10..1,000,000,000
  uint64_t downlink_pps = 0;
  uint16_t burst_ms = 50;  // how long at its rate a full bucket lasts, 1..1,000
  bool operator==(const Rates&) const = default;
};

// Bits a second of a QER, TS 29.244 8.2.8 and 8.2.9. 0: none.
struct QerBitRates {
  uint64_t ul = 0;
  uint64_t dl = 0;
  bool operator==(const QerBitRates&) const = default;
};

// What a tenant may count on when workers have more to do than they can: packets and bits that arrive on its
// attachments, both ways together. Its name (`shared`, `reserved`, `dedicated`) follows from what is set.
struct Tier {
  uint16_t weight = 10;         // 1..100: of what the guarantees leave of a worker, in proportion to the others'
  uint64_t guaranteed_pps = 0;  // 10..1,000,000,000; 0: none
  uint64_t guaranteed_bps = 0;  // 64,000..400,000,000,000; 0: none. With both, a packet must be within both
  uint64_t workers = 0;         // bit i: worker i is this tenant's alone; 0: it shares those that are nobody's own
  bool operator==(const Tier&) const = default;
};

struct Tenant {
  TenantId id;
  std::string name;
  bool suspended = false;
  Rates rates = {};  // of all its sessions together
  Tier tier = {};
  bool operator==(const Tenant&) const = default;
};

enum class VrfRole : uint8_t { access, core };

// What becomes of a packet out of a tunnel that carries a header with which a UE could steer it.
enum class HeaderPolicy : uint8_t { drop, pass };

// Of a core VRF: what holds for its UEs. An access VRF has the defaults.
struct VrfOptions {
  uint16_t mtu = 0;       // largest IP packet to and from a UE, 1280..9000; 0: the way out's
  uint16_t tcp_mss = 0;   // 536..8960 over IPv4, over IPv6 20 less; 0: not clamped
  bool ue_to_ue = false;  // a UE may reach another UE of this VRF
  HeaderPolicy ipv4_options = HeaderPolicy::drop;
  HeaderPolicy routing_headers = HeaderPolicy::drop;  // type 0 is dropped always (RFC 5095)
  Rates rates = {};                                   // of all its UEs together
  bool operator==(const VrfOptions&) const = default;
};

struct Vrf {
  VrfId id;
  TenantId tenant;
  std::string name;  // the PFCP Network Instance
  VrfRole role = VrfRole::access;
  VrfOptions options = {};
  bool operator==(const Vrf&) const = default;
};

struct AttachmentOptions {
  uint16_t mtu = 0;           // largest IP packet out of it, 1280..9000; 0: the port's
  bool fragment_ipv4 = true;  // what is larger and may be fragmented is (RFC 791)
  bool operator==(const AttachmentOptions&) const = default;
};

struct Attachment {
  AttachmentId id;
  TenantId tenant;
  std::string name;
  std::string port;
  VlanId vlan;  // kUntagged or 1..4094; (port, outer_vlan, vlan) is unique in the installation
  VrfId vrf;
  // Ours, with the length of the link's prefix (8..31, 32..127); at least one of both; no overlap in the VRF.
  std::optional<Ipv4Interface> address;
  std::optional<Ipv6Interface> ipv6 = std::nullopt;
  VlanId outer_vlan = kUntagged;  // 802.1ad service tag around `vlan`, which is not 0 then; kUntagged: none
  AttachmentOptions options = {};
  bool operator==(const Attachment&) const = default;
};

// Whose G-PDUs a tunnel takes: of the peer of the session's FAR towards the same endpoint, of any, or of the first that
// sends after the session was put.
enum class PeerPolicy : uint8_t { strict, any, learn };

struct GtpuEndpointOptions {
  PeerPolicy peer_policy = PeerPolicy::strict;
  bool outer_dont_fragment = false;  // DF of outer IPv4 headers
  bool operator==(const GtpuEndpointOptions&) const = default;
};

struct GtpuEndpoint {
  GtpuEndpointId id;
  TenantId tenant;
  std::string name;
  VrfId vrf;  // an access VRF
  // At least one of both; each unique in the VRF; may equal an attachment's. The TEIDs are one space for both.
  std::optional<Ipv4Address> address;
  std::optional<Ipv6Address> ipv6 = std::nullopt;
  GtpuEndpointOptions options = {};
  bool operator==(const GtpuEndpoint&) const = default;
};

struct UePool {
  UePoolId id;
  TenantId tenant;
  std::string name;
  VrfId vrf;        // a core VRF
  IpPrefix prefix;  // overlaps no other pool and no attachment of its VRF
  bool operator==(const UePool&) const = default;
};

struct NextHop {
  IpAddress gateway;        // inside the attachment's prefix, or link-local; not our own address
  AttachmentId attachment;  // of the route's VRF. Edit finds it, but for a link-local gateway, if it is 0
  auto operator<=>(const NextHop&) const = default;
};

struct Route {
  RouteId id;
  TenantId tenant;
  VrfId vrf;
  IpPrefix prefix;                 // unique in the VRF
  std::vector<NextHop> next_hops;  // 1..16, each once, of the prefix's family; a flow keeps to one of them
  bool operator==(const Route&) const = default;
};

// TS 29.244. Limits: 1..16 PDRs, 1..16 FARs, 0..16 QERs.
enum class Interface : uint8_t { access, core };
enum class ApplyAction : uint8_t { drop, forward };
enum class Gate : uint8_t { open, closed };

// TS 29.244 8.2.79. `ip`: IPv4, IPv6 or both.
enum class PdnType : uint8_t { ip, ethernet, unstructured };

// Ethernet sessions of one core VRF, for a broadcast goes to each; Ethernet filters of a session.
inline constexpr size_t kEthernetSessionsMax = 64;
inline constexpr size_t kSessionEthernetFiltersMax = 64;

// Ethernet Packet Filter, TS 29.244 7.5.2.2-3: what is absent is any. Source and destination are the frame's, in both
// directions: a filter for one of them is no filter for the other.
struct EthernetFilter {
  uint32_t id = 0;  // 0: none
  std::optional<Mac> destination = std::nullopt;
  std::optional<Mac> source = std::nullopt;
  std::optional<uint16_t> ethertype = std::nullopt;  // 0x600..0xffff, behind the tags
  std::optional<uint16_t> c_vlan = std::nullopt;     // 1..4094; 0: untagged
  bool operator==(const EthernetFilter&) const = default;
};

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
  std::optional<FTeid> local_f_teid;  // required for access; for core: of an N9 tunnel
  // Of the UE, 8.2.62; a PDR has one of both or both (IPv4v6). Source interface core: the destination to detect;
  // access: the inner source that is allowed. Neither only where an N9 tunnel says whose the packet is. The IPv6 prefix
  // has 1..128 bits.
  std::optional<Ipv4Address> ue_ip_address;
  std::optional<uint8_t> qfi;         // 0..63
  bool outer_header_removal = false;  // required with a local F-TEID
  uint32_t far_id = 0;
  std::vector<uint32_t> qer_ids;
  std::optional<Ipv6Prefix> ue_ipv6 = std::nullopt;
  std::vector<uint8_t> qfis = {};           // packets with one of them, 0..63 each, each once; then `qfi` is absent
  std::vector<SdfFilter> sdf_filters = {};  // 0..16; a packet matches when one of them does
  // 8.2.109, 8.2.111: 0..16 more prefixes behind the UE, each once and beside a UE address of its family. In a VRF they
  // overlap no UE pool and no attachment; no two sessions have the same, but one may lie inside of another's.
  std::vector<IpPrefix> framed_routes = {};
  std::vector<EthernetFilter> ethernet_filters = {};  // the same, of a session of type ethernet
  bool operator==(const Pdr&) const = default;
};

struct OuterHeaderCreation {
  GtpuEndpointId endpoint;  // ours: the outer source
  Teid teid;                // the peer's
  IpAddress peer;           // of a family that the endpoint has; it decides the outer header's
  bool operator==(const OuterHeaderCreation&) const = default;
};

// Transport Level Marking, 8.2.12: of the packet as it leaves, its outer header if one is made: (old & ~mask) | tos.
struct TransportLevelMarking {
  uint8_t tos = 0;   // no bit outside of mask
  uint8_t mask = 0;  // not 0
  bool operator==(const TransportLevelMarking&) const = default;
};

struct Far {
  uint32_t far_id = 0;
  ApplyAction apply_action = ApplyAction::forward;
  Interface destination_interface = Interface::core;
  VrfId network_instance;
  std::optional<OuterHeaderCreation> outer_header_creation;  // required for forward to access; to core: N9
  std::optional<TransportLevelMarking> marking = std::nullopt;
  bool copy_dscp = false;  // the outer header takes the inner one's DSCP where the marking has no bit
  bool operator==(const Far&) const = default;
};

struct Qer {
  uint32_t qer_id = 0;
  Gate ul_gate = Gate::open;
  Gate dl_gate = Gate::open;
  std::optional<uint8_t> qfi;  // 0..63
  // Marked with the QFI, which must be there then.
  bool rqi = false;                                     // Reflective QoS, 8.2.88
  std::optional<uint8_t> paging_policy = std::nullopt;  // PPI 0..7, 8.2.116
  // Of all packets of the PDRs that name it together; the GBR is at most the MBR.
  QerBitRates mbr = {};
  QerBitRates gbr = {};
  bool operator==(const Qer&) const = default;
};

struct Session {
  Seid up_seid;  // drawn at random or given, unique in the tenant, below 2^53 (so that JSON keeps it)
  TenantId tenant;
  std::vector<Pdr> pdrs;
  std::vector<Far> fars;
  std::vector<Qer> qers;
  // ethernet: it has one core VRF at most, which has one attachment and no sessions of other types. unstructured: it
  // goes from tunnel to tunnel. Neither has UE addresses.
  PdnType pdn_type = PdnType::ip;
  Rates ambr = {};  // of all its packets that are not below a GBR
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

using Object = std::variant<Tenant, Vrf, Attachment, GtpuEndpoint, UePool, Route, Session, ApiKey, EntryQuota>;
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
static_assert(object_kind<Tenant> == 0 && object_kind<EntryQuota> == kObjectKinds - 1);

// What a session is found by: two tenants may use the same UP SEID.
using SessionKey = std::pair<TenantId, Seid>;
// JSON numbers keep integers below 2^53 exactly (RFC 8259 clause 6).
inline constexpr Seid kSeidEnd{uint64_t{1} << 53};

}  // namespace demarc::cp
