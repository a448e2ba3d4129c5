// The block of a session: made from its SessionSpec, and the keys by which it is found. Agent only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/base/result.h"
#include "dataplane/tables/ethernet_networks.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {

struct FreeSession {
  void operator()(const Session* s) const;
};
using SessionBlock = std::unique_ptr<const Session, FreeSession>;

// `invalid`, naming the rule, for what SessionTable::put refuses for its own sake.
Status check_rules(const SessionSpec& spec);
// From a checked spec; PDRs by precedence, equal ones in the order given. The block holds `usage`, which is not empty,
// until it is freed. `place`: of an Ethernet session that belongs to a network. Null: no memory.
SessionBlock make_session_block(const SessionSpec& spec, WorkerIndex owner, UsageRef usage,
                                const EthernetNetworks::Place& place = {nullptr, 0});
// Bytes of the session's block: whole cache lines.
size_t session_block_bytes(const Session& session);
// As compile_rules() made them; empty: none.
std::span<const uint64_t> compiled_rules(const Session& session);

// Sorted, each once: several PDRs may share an F-TEID, a UE address or a prefix.
struct SessionKeys {
  std::vector<uint64_t> uplink;
  std::vector<uint64_t> downlink;
  std::vector<WideKey> downlink_ipv6;
  std::vector<WideKey> framed;
};
SessionKeys keys_of(const SessionSpec& spec);
SessionKeys keys_of(const Session& session);
// The key of a prefix itself, which its addresses are masked to.
WideKey prefix_key(VrfSlot vrf, const UePrefix& prefix);

}  // namespace demarc::dp
