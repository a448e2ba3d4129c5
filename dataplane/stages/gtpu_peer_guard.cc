#include "dataplane/stages/gtpu_peer_guard.h"

#include "dataplane/stages/gtpu_datagram.h"
#include "dataplane/stages/learned_peer.h"

namespace demarc::dp {
namespace {

bool is_peer(const Session& session, const Far& far, const IpAddress& source) {
  if (far.outer_ipv6 != 0) return source == IpAddress(session.outer_ipv6(far).peer);
  return source.is_ipv4() && source.ipv4() == far.peer_ipv4;
}

// Whether the tunnel is one from the core side: N9.
bool comes_from_core(const Session& session, const PacketMeta& meta) {
  for (unsigned n = 0; n < session.pdr_count; ++n)
    if (const Pdr& pdr = session.pdrs()[n]; pdr.teid == meta.teid && pdr.endpoint == meta.endpoint)
      return pdr.source_core;
  return false;
}

bool may_come_from(const Session& session, const PacketMeta& meta, const IpAddress& source) {
  if (session.learned_peer_count != 0) [[unlikely]]
    if (const LearnedPeer* const peer = learned_peer(meta); peer != nullptr)
      return peer->is(source) || (!meta.end_marker && peer->is_nobody());
  const bool from_core = session.has_n9 && comes_from_core(session, meta);
  bool named = false;
  const Far* const fars = session.fars();
  for (unsigned n = 0; n < session.far_count; ++n) {
    const Far& far = fars[n];
    if (!far.guards_tunnels || far.endpoint != meta.endpoint || far.to_core != from_core) continue;
    if (is_peer(session, far, source)) return true;
    named = true;
  }
  return !named;
}

}  // namespace

void gtpu_peer_guard(StageContext&, Burst& burst, Lane& lane) {
  keep_if(lane, [&burst](uint8_t i) {
    const PacketMeta& meta = burst.meta[i];
    if (may_come_from(*meta.session, meta, outer_addresses(burst.mbuf[i], meta).source)) return true;
    drop(burst, i, DropReason::gtpu_peer_unexpected);
    return false;
  });
}

}  // namespace demarc::dp
