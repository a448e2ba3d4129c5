#include "dataplane/agent/gtpu_peers.h"

#include <algorithm>
#include <random>

namespace demarc::dp {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kFirstProbeSpacingNs = 1'000'000;  // a thousand new peers in a second
constexpr uint64_t kRingFullRetryNs = 20'000'000;
constexpr unsigned kProbesPerTick = 32;

struct Named {
  GtpuPeers::Path path;
  Teid teid;
};

std::vector<Named> named_by(const SessionSpec& spec) {
  std::vector<Named> out;
  for (const Far& far : spec.fars) {
    if (!far.outer_header_creation) continue;
    const IpAddress peer = far.outer_ipv6 != 0 ? IpAddress(spec.outer_ipv6[far.outer_ipv6 - 1].peer) : far.peer_ipv4;
    out.push_back({{far.endpoint, peer}, far.teid});
  }
  return out;
}

// Of several FARs to one peer only the first counts the session.
bool is_first(const std::vector<Named>& named, size_t i) {
  return std::none_of(named.begin(), named.begin() + static_cast<ptrdiff_t>(i),
                      [&](const Named& n) { return n.path == named[i].path; });
}

// Where the sequence numbers of a path begin: nobody who does not see them shall guess them.
uint16_t random_sequence() {
  static std::random_device device;
  return static_cast<uint16_t>(device());
}

}  // namespace

const char* peer_state_name(GtpuPeers::State state) {
  switch (state) {
    case GtpuPeers::State::unknown: return "unknown";
    case GtpuPeers::State::up: return "up";
    case GtpuPeers::State::lost: return "lost";
  }
  return "unknown";
}

GtpuPeers::GtpuPeers(const GtpuPathConfig& config, uint64_t ticks_per_second, Actions actions)
    : interval_ns_(config.echo_interval_s * kSecondNs),
      t3_ns_(config.t3_response_ms * uint64_t{1'000'000}),
      n3_(config.n3_requests),
      ticks_per_second_(ticks_per_second),
      actions_(std::move(actions)) {}

void GtpuPeers::change(const SessionSpec* before, const SessionSpec* after) {
  if (after != nullptr) add(*after);  // first, so that a peer that stays is not forgotten
  if (before != nullptr) remove(*before);
  if (before != nullptr && after != nullptr)
    for (const Named& n : named_by(*after)) peers_.at(n.path).tunnels[n.teid.value].up_seid = after->up_seid;
}

void GtpuPeers::take_into_share(const Path& path, Peer& peer) {
  uint32_t& probed = probed_[peer.tenant];
  if (probed == kProbedPerTenantMax) return;
  ++probed;
  peer.probed = true;
  fresh_.push_back(path);
}

void GtpuPeers::add(const SessionSpec& spec) {
  const std::vector<Named> named = named_by(spec);
  for (size_t i = 0; i < named.size(); ++i) {
    const auto [it, is_new] = peers_.try_emplace(named[i].path);
    if (is_new) {
      it->second.sequence = random_sequence();
      it->second.tenant = spec.tenant;
      if (interval_ns_ != 0) take_into_share(named[i].path, it->second);
    }
    it->second.sessions += is_first(named, i);
    it->second.tunnels[named[i].teid.value].up_seid = spec.up_seid;
  }
}

void GtpuPeers::remove(const SessionSpec& spec) {
  const std::vector<Named> named = named_by(spec);
  for (size_t i = 0; i < named.size(); ++i) {
    const auto it = peers_.find(named[i].path);
    if (it == peers_.end()) continue;
    Peer& peer = it->second;
    const auto tunnel = peer.tunnels.find(named[i].teid.value);
    if (tunnel != peer.tunnels.end() && tunnel->second.up_seid == spec.up_seid) peer.tunnels.erase(tunnel);
    if (!is_first(named, i) || --peer.sessions != 0) continue;
    deadlines_.erase({peer.deadline_ns, it->first});
    if (peer.probed && --probed_.at(peer.tenant) == 0) probed_.erase(peer.tenant);
    peers_.erase(it);
  }
}

void GtpuPeers::set_deadline(Peers::iterator it, uint64_t deadline_ns) {
  deadlines_.erase({it->second.deadline_ns, it->first});
  it->second.deadline_ns = deadline_ns;
  deadlines_.emplace(deadline_ns, it->first);
}

void GtpuPeers::send(Peers::iterator it, uint64_t now_ns, uint64_t now_ticks) {
  Peer& peer = it->second;
  if (!actions_.ask(it->first, peer.sequence)) return set_deadline(it, now_ns + kRingFullRetryNs);
  if (peer.tries == 0) {
    peer.probe_ns = now_ns;
    peer.sent_ticks = now_ticks;
  }
  ++peer.tries;
  ++peer.echo_requests;
  set_deadline(it, now_ns + t3_ns_);
}

void GtpuPeers::end_probe(Peers::iterator it, uint64_t now_ns) {
  Peer& peer = it->second;
  peer.tries = 0;
  ++peer.sequence;
  set_deadline(it, std::max(now_ns, peer.probe_ns + interval_ns_));
}

void GtpuPeers::expire(Peers::iterator it, uint64_t now_ns, uint64_t now_ticks) {
  Peer& peer = it->second;
  if (peer.tries < n3_) return send(it, now_ns, now_ticks);
  const bool was_lost = std::exchange(peer.state, State::lost) == State::lost;
  end_probe(it, now_ns);
  if (!was_lost) actions_.lost(it->first, peer);
}

void GtpuPeers::on_echo_response(const Path& from, uint16_t sequence, uint64_t ticks, uint64_t now_ns) {
  const auto it = peers_.find(from);
  if (it == peers_.end() || it->second.tries == 0 || it->second.sequence != sequence) {
    ++counts_.unmatched_responses;
    return;
  }
  Peer& peer = it->second;
  ++peer.echo_responses;
  peer.last_seen_ns = now_ns;
  // Of several tries nobody knows which was answered.
  if (peer.tries == 1 && ticks > peer.sent_ticks)
    peer.round_trip_us = static_cast<uint32_t>(
        std::min<uint64_t>(UINT32_MAX, (ticks - peer.sent_ticks) * 1'000'000 / ticks_per_second_));
  const bool was_lost = std::exchange(peer.state, State::up) == State::lost;
  end_probe(it, now_ns);
  if (was_lost) actions_.back(from, peer);
}

void GtpuPeers::on_error_indication(const Path& from, const IpAddress& about, Teid teid, uint64_t now_ns) {
  const auto it = peers_.contains(from) ? peers_.find({from.endpoint, about}) : peers_.end();
  if (it == peers_.end() || !it->second.tunnels.contains(teid.value)) {
    ++counts_.ignored_indications;
    return;
  }
  Peer::Tunnel& tunnel = it->second.tunnels.at(teid.value);
  if (tunnel.told_ns != 0 && now_ns - tunnel.told_ns < kSecondNs) return;
  tunnel.told_ns = now_ns;
  actions_.error_indication(it->first, teid, tunnel.up_seid);
}

void GtpuPeers::tick(uint64_t now_ns, uint64_t now_ticks) {
  for (const Path& path : std::exchange(fresh_, {})) {
    const auto it = peers_.find(path);
    if (it == peers_.end() || it->second.deadline_ns != 0) continue;  // gone already, or twice
    next_first_ns_ = std::max(now_ns, next_first_ns_ + kFirstProbeSpacingNs);
    set_deadline(it, next_first_ns_);
  }
  // Each turn puts one deadline beyond now.
  for (unsigned n = 0; n < kProbesPerTick && !deadlines_.empty() && deadlines_.begin()->first <= now_ns; ++n)
    expire(peers_.find(deadlines_.begin()->second), now_ns, now_ticks);
}

}  // namespace demarc::dp
