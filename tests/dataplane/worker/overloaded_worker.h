// A worker that is overloaded, with a clock that is a number: packets arrive at times that are given beforehand, wait
// in the port's ring, and cost what they are said to cost. Only Admission, LoadAccount and the buckets are real.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <vector>

#include "dataplane/worker/admission.h"
#include "dataplane/worker/load_account.h"

namespace demarc::dp::test {

inline constexpr uint64_t kGigahertz = 1'000'000'000;  // a tick is a nanosecond

struct Arrival {
  uint64_t at;
  TenantSlot tenant;
  uint32_t bytes = 100;
};

// So many packets a second at random, for so long; a Poisson process.
inline std::vector<Arrival> poisson(TenantSlot tenant, double per_second, double seconds, unsigned seed) {
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> gap(per_second / 1e9);
  std::vector<Arrival> out;
  for (double t = gap(random); t < seconds * 1e9; t += gap(random)) out.push_back({static_cast<uint64_t>(t), tenant});
  return out;
}

inline std::vector<Arrival> merge(std::vector<std::vector<Arrival>> lists) {
  std::vector<Arrival> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  std::stable_sort(all.begin(), all.end(), [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  return all;
}

struct Outcome {
  uint64_t came = 0, sent = 0, shed = 0, lost_in_port = 0;
  std::vector<uint64_t> latency;  // ns, from the wire to the wire
  uint64_t latency_at(double part) {
    if (latency.empty()) return 0;
    std::sort(latency.begin(), latency.end());
    return latency[std::min(latency.size() - 1, static_cast<size_t>(part * static_cast<double>(latency.size())))];
  }
};

// Nanoseconds: of a turn, of a packet until its tenant is known, from there of one that is shed, of one that is
// forwarded.
struct WorkerCosts {
  uint64_t turn = 400, early = 40, shed = 20, forward = 560;
  constexpr double packets_per_second() const { return 1e9 / static_cast<double>(early + forward); }
};

class OverloadedWorker {
 public:
  static constexpr size_t kRing = 1'024;
  static constexpr WorkerCosts kUsual{};

  explicit OverloadedWorker(const TopologySpec& spec, const WorkerCosts& costs = kUsual, uint32_t slots = 64)
      : cost(costs),
        topology(std::move(*Topology::build(spec))),
        loads(std::make_unique<TenantLoad[]>(slots)),
        admission(slots, WorkerIndex(0), kGigahertz, 1),
        account(loads.get(), slots, admission, kGigahertz) {}

  // All of them, in order of time. `costs`: ticks of a packet of that tenant, if it is not the usual.
  std::map<uint16_t, Outcome> run(const std::vector<Arrival>& arrivals,
                                  const std::map<uint16_t, uint64_t>& costs = {}) {
    std::map<uint16_t, Outcome> out;
    std::deque<Arrival> ring;
    size_t next = 0;
    uint64_t now = kGigahertz;  // so that 0 is no time
    const uint64_t zero = now;
    while (next < arrivals.size() || !ring.empty()) {
      for (; next < arrivals.size() && arrivals[next].at + zero <= now; ++next) {
        Outcome& o = out[arrivals[next].tenant.value];
        ++o.came;
        if (ring.size() == kRing) {
          ++o.lost_in_port;
        } else {
          ring.push_back(arrivals[next]);
        }
      }
      const uint64_t start = now;
      account.turn_begins(start);
      if (ring.empty()) {
        now += cost.turn / 4;
        idle += cost.turn / 4;
        admission.turn_done(now, 0, *topology);
        continue;
      }
      now = burst_of(ring, now + cost.turn, zero, costs, out);
      account.turn_ends(now);
      busy += now - start;
      admission.turn_done(now, now - start, *topology);
    }
    return out;
  }

  const WorkerCosts cost;
  std::unique_ptr<const Topology> topology;
  std::unique_ptr<TenantLoad[]> loads;
  Admission admission;
  LoadAccount account;
  uint64_t busy = 0, idle = 0;

 private:
  uint64_t burst_of(std::deque<Arrival>& ring, uint64_t now, uint64_t zero, const std::map<uint16_t, uint64_t>& costs,
                    std::map<uint16_t, Outcome>& out) {
    burst_.size = static_cast<uint8_t>(std::min<size_t>(ring.size(), kBurstMax));
    burst_.now_tsc = now;
    burst_.waited = 0;
    std::vector<Arrival> taken(ring.begin(), ring.begin() + burst_.size);
    ring.erase(ring.begin(), ring.begin() + burst_.size);
    uint64_t late = 0;
    for (unsigned i = 0; i < burst_.size; ++i) {
      PacketMeta& meta = burst_.meta[i] = kFreshMeta;
      meta.tenant = taken[i].tenant;
      const bool in = !admission.sheds() || admission.ask(topology->tenant(meta.tenant), meta.tenant, taken[i].bytes,
                                                          now) != Admission::Verdict::shed;
      const auto own = costs.find(meta.tenant.value);
      late += !in ? cost.shed : own == costs.end() ? cost.forward : own->second;
      meta.fate = in ? PacketFate::sent : PacketFate::dropped;
      if (!in) meta.drop = code(DropReason::overload);
    }
    burst_.sorted_tsc = now + cost.early * burst_.size;
    const uint64_t done = burst_.sorted_tsc + late;
    account.burst_done(burst_, done);
    for (unsigned i = 0; i < burst_.size; ++i) {
      Outcome& o = out[taken[i].tenant.value];
      if (burst_.meta[i].fate == PacketFate::sent) {
        ++o.sent;
        o.latency.push_back(done - zero - taken[i].at);
      } else {
        ++o.shed;
      }
    }
    return done;
  }

  Burst burst_{};
};

}  // namespace demarc::dp::test
