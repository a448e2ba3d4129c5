// Of sessions that carry no IP: the checks that need nothing but the entry itself.
#pragma once

#include "common/base/result.h"
#include "dataplane/agent/decode.h"

namespace demarc::dp {

// Errors: `invalid`, naming the PDR, the filter by its place counted from 1, and the value.
Result<std::vector<EthernetFilter>> decode_ethernet_filters(const channel::EntryKey& key, const schema::PdrEntry& pdr);

// What a PDR of a session of this type may not have.
Status check_pdr_type(const channel::EntryKey& key, const schema::PdrEntry& pdr, schema::PdnType type);
// Of a session whose rules are decoded: what its type asks of them together. Nothing is asked of one that carries IP.
Status check_opaque_session(const channel::EntryKey& key, const SessionValue& session);

// The core VRF of an Ethernet session's network; VrfId{}: it has none, and is forwarded by N9 alone.
VrfId ethernet_vrf(const SessionValue& session);

}  // namespace demarc::dp
