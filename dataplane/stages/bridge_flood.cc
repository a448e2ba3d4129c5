#include "dataplane/stages/bridge_flood.h"

#include <cstring>

#include "dataplane/stages/packet.h"
#include "dataplane/tables/ethernet_network.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {
namespace {

static_assert(EthernetNetwork::kPlacesMax <= kBurstMax, "the sender's place is the attachment's");

// Null: there was no buffer, or the frame is larger than one.
PacketMeta* copy_frame(StageContext& context, rte_mbuf* mbuf, const PacketMeta& meta, Originator::Way way) {
  TenantCounters& counters = context.counters(meta.tenant);
  const size_t bytes = packet_bytes(mbuf, meta.l3_offset);
  const Originator::Packet copy = context.originator->originate(meta, bytes, false, way);
  if (!copy) {
    counters.add(Counter::ethernet_copies_lost, 1);
    return nullptr;
  }
  const void* const read = rte_pktmbuf_read(mbuf, meta.l3_offset, static_cast<uint32_t>(bytes), copy.ip);
  if (read != nullptr && read != copy.ip) std::memcpy(copy.ip, read, bytes);
  copy.meta->opaque = true;
  copy.meta->made_here = false;  // somebody else's frame, which counts as such
  counters.add(Counter::ethernet_copies_made, 1);
  return copy.meta;
}

}  // namespace

void bridge_flood(StageContext& context, rte_mbuf* mbuf, const PacketMeta& meta) {
  const EthernetNetwork* const network = context.tables.sessions->ethernet_network(meta.vrf);
  if (network == nullptr) return;
  const bool from_session = meta.teid.value != 0;
  if (from_session) {
    PacketMeta* const copy = copy_frame(context, mbuf, meta, Originator::Way::route);
    if (copy != nullptr) copy->egress = meta.egress;
  }
  for (unsigned place = 0; place < EthernetNetwork::kPlacesMax; ++place) {
    const Session* const session = network->session(static_cast<uint8_t>(place));
    if (session == nullptr || session->tenant != meta.tenant) continue;
    if (from_session && place == meta.session->opaque->place) continue;
    PacketMeta* const copy = copy_frame(context, mbuf, meta, Originator::Way::session);
    if (copy != nullptr) copy->payload_offset = static_cast<uint16_t>(place);
  }
}

}  // namespace demarc::dp
