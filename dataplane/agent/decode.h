// decode: one operation of a transaction, from bytes to a typed entry. Nothing of it is believed before it was checked:
// first that it is a FlatBuffer within the channel's limits, then that every value in it can mean something. What needs
// other entries to be judged (does the VRF exist, is it an access VRF) is topology_model's and session_compile's part.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/channel/channel_limits.h"
#include "common/channel/table_update.h"
#include "dataplane/tables/rule_compile.h"
#include "dataplane/tables/shared_limits.h"

namespace demarc::dp {

inline IpAddress ip_of(Ipv4Address a) { return Be32::from_host(a.value); }
inline IpAddress ip_of(const Ipv6Address& a) { return a; }

// Of a tenant, when workers have more to do than they can.
struct TierValue {
  uint16_t weight = kWeightDefault;
  Rates guarantee = {};  // of Direction::uplink: of packets of both directions, as they come
  uint64_t workers = 0;  // bit i: worker i is the tenant's own
};

struct TenantValue {
  std::string name;
  bool suspended = false;
  Rates rates = {};
  TierValue tier = {};
};

struct VrfValue {
  std::string name;
  bool core = false;  // else access
  uint16_t mtu = 0;   // 0: what the way out can carry
  uint16_t tcp_mss = 0;
  bool pass_options = false;
  bool pass_routing = false;
  bool ue_to_ue = false;
  Rates rates = {};
};

struct AttachmentValue {
  std::string port_name;
  PortIndex port;
  VlanId vlan;
  VrfId vrf;
  Ipv4Interface address;   // 0.0.0.0/0: none; at least one of the two
  Ipv6Interface ipv6;      // ::/0: none
  VlanId outer_vlan = {};  // 0: none
  uint16_t mtu = 0;        // 0: the port's
  bool fragment_ipv4 = true;
  bool has_ipv4() const { return address.address.value != 0; }
  bool has_ipv6() const { return !is_unspecified(ipv6.address); }
};

struct GtpuEndpointValue {
  VrfId vrf;
  Ipv4Address ipv4;  // 0: none; at least one of the two
  Ipv6Address ipv6;  // ::: none
  bool outer_dont_fragment = false;
  schema::PeerPolicy peer_policy = schema::PeerPolicy::strict;
  bool has_ipv4() const { return ipv4.value != 0; }
  bool has_ipv6() const { return !is_unspecified(ipv6); }
};

struct RouteHop {
  AttachmentId attachment;
  IpAddress gateway;
  bool operator==(const RouteHop&) const = default;
};

struct RouteValue {
  VrfId vrf;
  AttachmentId attachment;
  bool is_ipv6 = false;  // which of the two pairs is the route
  Ipv4Prefix prefix;
  Ipv4Address gateway;
  Ipv6Prefix prefix6;
  Ipv6Address gateway6;
  std::vector<RouteHop> more = {};  // besides the one above
  IpAddress gateway_ip() const { return is_ipv6 ? ip_of(gateway6) : ip_of(gateway); }
  IpAddress first() const { return is_ipv6 ? ip_of(prefix6.address) : ip_of(Ipv4Address{prefix.value}); }
  uint8_t length() const { return is_ipv6 ? prefix6.length : prefix.length; }
};

struct PdrValue {
  uint16_t pdr_id = 0;
  uint32_t precedence = 0;
  bool source_core = false;
  VrfId vrf;
  GtpuEndpointId endpoint;  // these two: 0 when the packet comes from a core VRF
  Teid teid;
  uint8_t qfi = 255;
  Ipv4Address ue;         // 0: none; for source access neither means any inner source
  Ipv6Prefix ue_ipv6;     // length 0: none
  uint8_t far_index = 0;  // into SessionValue::fars
  uint16_t qers = 0;      // bit i: SessionValue::qers[i] applies
  PdrDetail detail;
  std::vector<EthernetFilter> ethernet_filters = {};
};

struct FarValue {
  uint32_t far_id = 0;
  bool forward = false;
  bool to_access = false;
  VrfId vrf;  // 0 only when it drops
  bool outer_header_creation = false;
  GtpuEndpointId endpoint;  // these three: 0 without outer_header_creation
  Teid teid;
  Ipv4Address peer;       // 0 when there is peer_ipv6
  Ipv6Address peer_ipv6;  // ::: none
  uint8_t tos = 0;
  uint8_t tos_mask = 0;
  bool copy_dscp = false;
  bool has_ipv6_peer() const { return !is_unspecified(peer_ipv6); }
};

struct QerValue {
  uint32_t qer_id = 0;
  bool ul_closed = false;
  bool dl_closed = false;
  uint8_t qfi = 255;
  bool rqi = false;             // these two: marked with the QFI
  uint8_t paging_policy = 255;  // 0..7; 255: none
  std::array<Rate, kDirections> mbr = {};
  std::array<Rate, kDirections> gbr = {};
  bool has_rate() const { return mbr[0] || mbr[1] || gbr[0] || gbr[1]; }
};

struct SessionValue {
  schema::PdnType pdn_type = schema::PdnType::ip;
  std::vector<PdrValue> pdrs;
  std::vector<FarValue> fars;
  std::vector<QerValue> qers;
  Rates ambr = {};
};

// The entries that make up a Topology; sessions are apart.
using SmallValue = std::variant<TenantValue, VrfValue, AttachmentValue, GtpuEndpointValue, RouteValue>;

// An operation as it came. `value` must outlive what is decoded from it only until decode() returns.
struct OperationView {
  schema::OperationKind operation = schema::OperationKind::put;
  channel::EntryKey key;
  std::string_view value;
};

struct DecodedOperation {
  bool put = false;  // else remove
  channel::EntryKey key;
  std::variant<std::monostate, SmallValue, SessionValue> value;  // monostate for remove
};

// Names of the ports, as attachments name them.
using PortNames = std::map<std::string, PortIndex, std::less<>>;

// Errors: `invalid`, with a sentence that names the entry and the value.
Result<DecodedOperation> decode(const OperationView& operation, const PortNames& ports);
// Of a session whose bytes were accepted before.
Result<SessionValue> decode_session(const channel::EntryKey& key, std::string_view value);

// "vrf 9 of tenant 7": the beginning of every sentence about an entry.
std::string describe(const channel::EntryKey& key);
// "session"; "entry" for what is no kind.
const char* kind_name(schema::EntryKind kind);
// An address that a host may have: not 0.0.0.0/8, 127.0.0.0/8, multicast or above (RFC 1812 5.3.7).
bool is_host_address(Ipv4Address a);

}  // namespace demarc::dp
