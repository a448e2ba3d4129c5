#include "dataplane/worker/load_account.h"

#include <algorithm>

namespace demarc::dp {
namespace {

// How fast what a packet costs is learned: so much of the error of each burst.
constexpr float kRate = 1.0f / 16;
// A burst that took more than so many times what was expected counts as if it had taken that.
constexpr float kSurprise = 4;
// A port that gives so many at once has more. Some drivers give 32 at the most.
constexpr unsigned kStored = 32;

bool was_sent(const PacketMeta& meta) { return meta.fate == PacketFate::sent || meta.fate == PacketFate::cut; }

}  // namespace

LoadAccount::LoadAccount(TenantLoad* loads, uint32_t tenant_slots, Admission& admission, uint64_t ticks_per_second)
    : loads_(loads),
      admission_(admission),
      ns_per_tick_((uint64_t{1'000'000'000} << 32) / ticks_per_second),
      costs_(tenant_slots) {}

void LoadAccount::burst_done(const Burst& burst, uint64_t now_tsc) {
  if (burst.size == 0) return;
  const unsigned parts = divide(burst);
  const uint64_t early = burst.sorted_tsc - mark_tsc_;
  const uint64_t late = now_tsc - burst.sorted_tsc;
  mark_tsc_ = now_tsc;
  learn(parts, static_cast<float>(late));
  charge(parts, early, late);
  for (unsigned n = 0; n < parts; ++n)
    admission_.note(parts_[n].tenant, parts_[n].came, costs_[parts_[n].tenant.value].cost);
  unsigned shed = 0;
  for (unsigned n = 0; n < parts; ++n) shed += parts_[n].shed;
  // Without what the turn costs whether anything comes or not.
  const uint64_t sorting = burst.sorted_tsc - burst.now_tsc;
  admission_.note_burst(burst.size, sorting + static_cast<uint64_t>(static_cast<float>(shed) * shed_cost_),
                        burst.size >= kStored);
  count_latency(burst, parts, now_tsc);
}

// Into parts_, one a tenant. Returns how many.
unsigned LoadAccount::divide(const Burst& burst) {
  ++burst_number_;
  unsigned parts = 0;
  Part* part = nullptr;
  for (unsigned i = 0; i < burst.size; ++i) {
    const PacketMeta& meta = burst.meta[i];
    if (part == nullptr || part->tenant != meta.tenant) {
      Cost& cost = costs_[meta.tenant.value];
      if (cost.burst != burst_number_) {
        cost.burst = burst_number_;
        cost.part = static_cast<uint8_t>(parts);
        parts_[parts++] = {meta.tenant};
      }
      part = &parts_[cost.part];
    }
    ++part->came;
    part->shed += meta.drop == code(DropReason::overload);
    part->sent += was_sent(meta);
  }
  return parts;
}

// One step of normalized least mean squares: what a packet of each tenant costs, and one that is shed, is moved so that
// a sixteenth of this burst's error goes away.
void LoadAccount::learn(unsigned parts, float late) {
  float expected = 0, squares = 0, unknown = 0, shed = 0;
  for (unsigned n = 0; n < parts; ++n) {
    const float in = static_cast<float>(parts_[n].came - parts_[n].shed);
    const float cost = costs_[parts_[n].tenant.value].cost;
    if (cost == 0) unknown += in;
    expected += in * cost;
    squares += in * in;
    shed += parts_[n].shed;
  }
  expected += shed * shed_cost_;
  squares += shed * shed;
  const float error = late - expected;
  if (unknown != 0) {  // their first burst: what the others leave of it
    const float first = std::max(error / unknown, 1.0f);
    for (unsigned n = 0; n < parts; ++n)
      if (float& cost = costs_[parts_[n].tenant.value].cost; cost == 0 && parts_[n].came != parts_[n].shed)
        cost = first;
    return;
  }
  // A burst in the middle of which the core was taken away says nothing of what its packets cost.
  const float step = kRate * std::min(error, kSurprise * expected) / squares;
  for (unsigned n = 0; n < parts; ++n) {
    const float in = static_cast<float>(parts_[n].came - parts_[n].shed);
    float& cost = costs_[parts_[n].tenant.value].cost;
    if (in != 0) cost = std::max(cost + step * in, 1.0f);
  }
  shed_cost_ = std::max(shed_cost_ + step * shed, 0.0f);
}

// All of it, to the tick: what rounding leaves is the last part's.
void LoadAccount::charge(unsigned parts, uint64_t early, uint64_t late) {
  float weights = 0, packets = 0;
  const auto weight = [&](const Part& p) {
    return static_cast<float>(p.came - p.shed) * costs_[p.tenant.value].cost + p.shed * shed_cost_;
  };
  for (unsigned n = 0; n < parts; ++n) {
    weights += weight(parts_[n]);
    packets += parts_[n].came;
  }
  uint64_t left = early + late;
  for (unsigned n = 0; n < parts; ++n) {
    const Part& p = parts_[n];
    uint64_t own = left;
    if (n + 1 != parts) {
      const float by_packets = p.came / packets;
      const float by_cost = weights > 0 ? weight(p) / weights : by_packets;
      own = std::min(
          left, static_cast<uint64_t>(static_cast<float>(early) * by_packets + static_cast<float>(late) * by_cost));
    }
    left -= own;
    TenantLoad& load = loads_[p.tenant.value];
    load.cycles.add(own);
    load.packets.add(p.came);
  }
}

void LoadAccount::count_latency(const Burst& burst, unsigned parts, uint64_t now_tsc) {
  const auto bucket = [&](uint64_t ticks) {
    __extension__ using Wide = unsigned __int128;
    return log_linear_bucket(static_cast<uint64_t>(Wide{ticks} * ns_per_tick_ >> 32));
  };
  if (burst.waited == 0) [[likely]] {
    const size_t own = bucket(now_tsc - burst.now_tsc);
    for (unsigned n = 0; n < parts; ++n)
      if (parts_[n].sent != 0) loads_[parts_[n].tenant.value].latency[own].add(parts_[n].sent);
    return;
  }
  for (unsigned i = 0; i < burst.size; ++i) {
    if (!was_sent(burst.meta[i])) continue;
    // Clocks of two cores may differ by a few ticks.
    const uint64_t ticks = now_tsc - burst.received_tsc_of(static_cast<uint8_t>(i));
    loads_[burst.meta[i].tenant.value].latency[bucket(ticks >> 63 != 0 ? 0 : ticks)].add(1);
  }
}

}  // namespace demarc::dp
