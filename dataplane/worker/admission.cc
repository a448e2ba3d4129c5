#include "dataplane/worker/admission.h"

namespace demarc::dp {
namespace {

// Of a window's time. A worker with less than this left over is full.
constexpr float kFull = 31.0f / 32;
// How far it is filled while somebody with a guarantee sends.
constexpr float kFullWithGuarantees = 23.0f / 32;
// Shedding ends when all that came would have filled so much of that.
constexpr float kEnough = 31.0f / 32;
// For those beyond their guarantees, however much is guaranteed: nobody is shut out.
constexpr float kAtLeast = 1.0f / 64;
// Of what a tenant earns, that it may have to pay for packets that are shed: what is left lets some in.
constexpr float kTollMax = 3.0f / 4;
constexpr float kNoLevel = 1.0f;      // all of the time, for each
constexpr float kEverything = 1e18f;  // ticks
// A burst's time and more, so that what is earned between two bursts is not lost.
constexpr uint64_t kSavedPerSecond = 10'000;

}  // namespace

Admission::Admission(uint32_t tenant_slots, WorkerIndex self, uint64_t ticks_per_second, unsigned patience)
    : self_(self.value),
      ticks_per_second_(ticks_per_second),
      window_ticks_(ticks_per_second / kWindowsPerSecond),
      saved_ticks_(static_cast<float>(ticks_per_second / kSavedPerSecond)),
      patience_(patience),
      tenants_(tenant_slots) {
  active_.reserve(tenant_slots);
}

void Admission::begin(Tenant& tenant, TenantSlot t) {
  tenant.window = window_;
  tenant.came = tenant.guaranteed = 0;
  active_.push_back(t);
}

bool Admission::has_no_time_left(uint64_t elapsed) const {
  return static_cast<float>(busy_) >= kFull * static_cast<float>(elapsed) && 2 * stored_ >= packets_ && packets_ != 0;
}

void Admission::end_window(uint64_t now_tsc, const Topology& topology) {
  const uint64_t elapsed = now_tsc - window_begin_;
  const bool first = window_begin_ == 0;
  busy_windows_ = has_no_time_left(elapsed) && !first ? busy_windows_ + 1 : 0;
  if (sheds_ || busy_windows_ >= patience_) judge(static_cast<float>(elapsed), topology);
  active_.clear();
  packets_ = stored_ = early_ = busy_ = 0;
  ++window_;
  window_begin_ = now_tsc;
}

// Whether it sheds in the next window, and at what level, by what came in the last one: `time` long, ticks.
void Admission::judge(float time, const Topology& topology) {
  const float early = packets_ == 0 ? 0 : static_cast<float>(early_) / static_cast<float>(packets_);
  float all = 0;
  float guaranteed = 0;
  float full = kFull;
  for (const TenantSlot t : active_) {
    Tenant& tenant = tenants_[t.value];
    const uint32_t beyond = tenant.came - std::min(tenant.came, tenant.guaranteed);
    const float each = early + tenant.cost;
    all += static_cast<float>(tenant.came) * each;
    guaranteed += static_cast<float>(tenant.came - beyond) * each;
    tenant.wants = static_cast<float>(beyond) * each;
    if (topology.tenant(t).guarantee.state != nullptr) full = kFullWithGuarantees;
  }
  sheds_ = all > kEnough * full * time;
  const float left = std::max(full * time - guaranteed, kAtLeast * time);
  level_ = sheds_ ? std::min(fair_level(left, topology) / time, kNoLevel) : kNoLevel;
  for (const TenantSlot t : active_) {
    Tenant& tenant = tenants_[t.value];
    const float earns = level_ * static_cast<float>(topology.tenant(t).weight) * time;
    tenant.toll = std::min(early, kTollMax * earns / static_cast<float>(std::max(tenant.came, 1u)));
  }
}

// The level at which what they get is `left`: each gets what it wants or level × weight, whichever is less. In each
// round those that get all they want leave, and the others share what they leave over; mostly two rounds do.
float Admission::fair_level(float left, const Topology& topology) {
  const auto weight = [&](TenantSlot t) { return static_cast<float>(topology.tenant(t).weight); };
  float weights = 0;
  for (const TenantSlot t : active_) weights += weight(t);
  while (weights > 0.5f) {
    const float level = left / weights;
    bool again = false;
    for (const TenantSlot t : active_) {
      float& wants = tenants_[t.value].wants;
      if (wants < 0 || wants > level * weight(t)) continue;
      left -= wants;
      weights -= weight(t);
      wants = -1;
      again = true;
    }
    if (!again) return level;
  }
  return kEverything;  // all get what they want
}

}  // namespace demarc::dp
