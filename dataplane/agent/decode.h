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
#include "common/base/ipv4.h"
#include "common/base/result.h"
#include "common/channel/channel_limits.h"
#include "common/channel/table_update.h"

namespace demarc::dp {

struct TenantValue {
  std::string name;
  bool suspended = false;
};

struct VrfValue {
  std::string name;
  bool core = false;  // else access
};

struct AttachmentValue {
  std::string port_name;
  PortIndex port;
  VlanId vlan;
  VrfId vrf;
  Ipv4Interface address;
};

struct GtpuEndpointValue {
  VrfId vrf;
  Ipv4Address ipv4;
};

struct RouteValue {
  VrfId vrf;
  Ipv4Prefix prefix;
  AttachmentId attachment;
  Ipv4Address gateway;
};

struct PdrValue {
  uint16_t pdr_id = 0;
  uint32_t precedence = 0;
  bool source_core = false;
  VrfId vrf;
  GtpuEndpointId endpoint;  // 0 when source_core
  Teid teid;                // 0 when source_core
  uint8_t qfi = 255;
  Ipv4Address ue;         // 0 only for source access: any inner source
  uint8_t far_index = 0;  // into SessionValue::fars
  uint16_t qers = 0;      // bit i: SessionValue::qers[i] applies
};

struct FarValue {
  uint32_t far_id = 0;
  bool forward = false;
  bool to_access = false;
  VrfId vrf;  // 0 only when it drops
  bool outer_header_creation = false;
  GtpuEndpointId endpoint;  // these three: 0 without outer_header_creation
  Teid teid;
  Ipv4Address peer;
};

struct QerValue {
  uint32_t qer_id = 0;
  bool ul_closed = false;
  bool dl_closed = false;
  uint8_t qfi = 255;
};

struct SessionValue {
  std::vector<PdrValue> pdrs;
  std::vector<FarValue> fars;
  std::vector<QerValue> qers;
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
