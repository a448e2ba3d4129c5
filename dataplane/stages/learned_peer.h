// The peer that a tunnel has learned or will learn, where its endpoint's policy is `learn`: gtpu_peer_guard asks it,
// gtpu_decap teaches it, once the packet inside has proved to be the session's own. So a stranger who only guessed a
// TEID does not become the peer.
#pragma once

#include "dataplane/stages/gtpu_datagram.h"
#include "dataplane/tables/session_table.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Null: this tunnel learns nobody.
inline LearnedPeer* learned_peer(const PacketMeta& meta) {
  const Session& session = *meta.session;
  for (unsigned n = 0; n < session.learned_peer_count; ++n)
    if (LearnedPeer& peer = session.learned_peers[n]; peer.endpoint == meta.endpoint && peer.teid == meta.teid)
      return &peer;
  return nullptr;
}

// A G-PDU while it is taken out of its tunnel.
class PeerLesson {
 public:
  // While meta.l3_offset is the outer packet's.
  PeerLesson(rte_mbuf* mbuf, const PacketMeta& meta) {
    if (meta.session->learned_peer_count == 0) [[likely]]
      return;
    peer_ = learned_peer(meta);
    if (peer_ != nullptr) source_ = outer_addresses(mbuf, meta).source;
  }
  // The packet is good. False: another has become the tunnel's peer meanwhile.
  bool learn() { return peer_ == nullptr || peer_->is_or_becomes(source_); }

 private:
  LearnedPeer* peer_ = nullptr;
  IpAddress source_;
};

}  // namespace demarc::dp
