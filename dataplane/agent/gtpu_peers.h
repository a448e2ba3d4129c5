// GtpuPeers: the GTP-U peers that sessions name, and whether they are there (TS 29.281 clause 7.2). Agent only.
//
// A path is one of our endpoints and one address that a FAR of a session creates outer headers to. However many
// sessions share it, it is probed once an interval: an Echo Request, and while no answer comes N3-REQUESTS tries
// T3-RESPONSE apart, all with one sequence number. New paths are probed one after the other, and keep that distance
// from then on. A tenant has a share of what can be probed: sessions may name as many peers as they like, but those
// beyond it are not asked and stay unknown.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/ids.h"
#include "common/base/ip_address.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {

struct GtpuPathConfig {
  uint32_t echo_interval_s = 60;  // 60..3600 (clause 7.2.1: not more often than each 60 s), 0: no Echo Requests
  uint32_t t3_response_ms = 3'000;
  uint32_t n3_requests = 5;
};

class GtpuPeers {
 public:
  // Of a tenant. All tenants' together may ask more than a worker's ring takes in a minute, and then wait in turn.
  static constexpr uint32_t kProbedPerTenantMax = 1024;

  enum class State : uint8_t { unknown, up, lost };
  struct Path {
    GtpuEndpointSlot endpoint;
    IpAddress address;
    auto operator<=>(const Path&) const = default;
  };
  struct Peer {
    State state = State::unknown;
    bool probed = false;
    TenantSlot tenant;
    uint32_t sessions = 0;  // that name it
    uint16_t sequence = 0;
    uint32_t tries = 0;       // of the probe under way; 0: none is
    uint64_t probe_ns = 0;    // when it began
    uint64_t sent_ticks = 0;  // its first try
    uint64_t deadline_ns = 0;
    uint64_t last_seen_ns = 0;
    uint32_t round_trip_us = 0;
    uint64_t echo_requests = 0;
    uint64_t echo_responses = 0;
    struct Tunnel {
      Seid up_seid;
      uint64_t told_ns = 0;  // last Error Indication that was told
    };
    std::unordered_map<uint32_t, Tunnel> tunnels;  // by the peer's TEID
  };
  struct Actions {
    std::function<bool(const Path&, uint16_t sequence)> ask;  // false: later
    std::function<void(const Path&, const Peer&)> lost;
    std::function<void(const Path&, const Peer&)> back;
    std::function<void(const Path&, Teid, Seid)> error_indication;
  };
  struct Counts {
    uint64_t unmatched_responses = 0;
    uint64_t ignored_indications = 0;  // of strangers, or about tunnels that no session has
  };

  // `ticks_per_second`: of the clock that `ticks` in on_echo_response() and tick() are read from.
  GtpuPeers(const GtpuPathConfig& config, uint64_t ticks_per_second, Actions actions);

  // What a session names now, and named before; null: nothing. Both with the agent's slots.
  void change(const SessionSpec* before, const SessionSpec* after);

  // From the workers. An answer counts when its sequence number is the one of the probe under way on the very path.
  void on_echo_response(const Path& from, uint16_t sequence, uint64_t ticks, uint64_t now_ns);
  // `from`: who sent it; `about`: the tunnel's end. Both must be peers of the endpoint, and a session have the tunnel.
  // The same tunnel is told once a second at most.
  void on_error_indication(const Path& from, const IpAddress& about, Teid teid, uint64_t now_ns);
  // Does what the time asks for; a bounded part of it each call.
  void tick(uint64_t now_ns, uint64_t now_ticks);

  size_t size() const { return peers_.size(); }
  const Counts& counts() const { return counts_; }
  const std::map<Path, Peer>& peers() const { return peers_; }

 private:
  using Peers = std::map<Path, Peer>;
  void add(const SessionSpec& spec);
  void take_into_share(const Path& path, Peer& peer);
  void remove(const SessionSpec& spec);
  void set_deadline(Peers::iterator it, uint64_t deadline_ns);
  void send(Peers::iterator it, uint64_t now_ns, uint64_t now_ticks);
  void expire(Peers::iterator it, uint64_t now_ns, uint64_t now_ticks);
  void end_probe(Peers::iterator it, uint64_t now_ns);

  uint64_t interval_ns_;
  uint64_t t3_ns_;
  uint32_t n3_;
  uint64_t ticks_per_second_;
  Actions actions_;
  Peers peers_;
  std::set<std::pair<uint64_t, Path>> deadlines_;  // of all but the new ones
  std::vector<Path> fresh_;                        // not probed yet
  std::unordered_map<TenantSlot, uint32_t> probed_;
  uint64_t next_first_ns_ = 0;  // when the next of them may be
  Counts counts_;
};

const char* peer_state_name(GtpuPeers::State state);

}  // namespace demarc::dp
