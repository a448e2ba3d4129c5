#include "dataplane/agent/slots.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "common/defs/counter.h"

namespace demarc::dp {

using schema::EntryKind;

std::optional<uint32_t> KindSlots::find(TenantId tenant, uint32_t id) const {
  const auto it = slots_.find(name(tenant, id));
  if (it == slots_.end()) return std::nullopt;
  return it->second;
}

std::optional<uint32_t> KindSlots::take(TenantId tenant, uint32_t id) {
  if (free_.empty() && next_ >= limit_) return std::nullopt;
  const uint32_t slot = free_.empty() ? next_ : free_.front();
  restore(tenant, id, slot);  // the step that needs memory comes first
  if (free_.empty()) {
    ++next_;
    return slot;
  }
  std::ranges::pop_heap(free_, std::greater<>());
  free_.pop_back();
  return slot;
}

uint32_t KindSlots::release(TenantId tenant, uint32_t id) {
  const auto it = slots_.find(name(tenant, id));
  const uint32_t slot = it->second;
  slots_.erase(it);
  return slot;
}

void KindSlots::restore(TenantId tenant, uint32_t id, uint32_t slot) {
  if (owners_.size() <= slot) owners_.resize(slot + 1);
  slots_[name(tenant, id)] = slot;
  owners_[slot] = {tenant, id};
}

void KindSlots::free(uint32_t slot) {
  free_.push_back(slot);
  std::ranges::push_heap(free_, std::greater<>());
}

Slots::Slots(const Limits& limits) {
  kinds_.emplace_back(0, 0);  // EntryKind::none
  kinds_.emplace_back(1, limits.tenants);
  kinds_.emplace_back(0, limits.vrfs);
  kinds_.emplace_back(0, limits.attachments);
  kinds_.emplace_back(0, limits.gtpu_endpoints);
}

KindSlots& Slots::of(EntryKind kind) { return kinds_[static_cast<size_t>(kind)]; }

TenantSlot Slots::tenant(TenantId id) const {
  return TenantSlot(static_cast<uint16_t>(of(EntryKind::tenant).find(id, id.value).value_or(kHouse.value)));
}
VrfSlot Slots::vrf(TenantId tenant, VrfId id) const {
  return VrfSlot(of(EntryKind::vrf).find(tenant, id.value).value_or(UINT32_MAX));
}
AttachmentSlot Slots::attachment(TenantId tenant, AttachmentId id) const {
  return AttachmentSlot(of(EntryKind::attachment).find(tenant, id.value).value_or(UINT32_MAX));
}
GtpuEndpointSlot Slots::endpoint(TenantId tenant, GtpuEndpointId id) const {
  return GtpuEndpointSlot(of(EntryKind::gtpu_endpoint).find(tenant, id.value).value_or(UINT32_MAX));
}

void Slots::retire(std::vector<ReleasedSlot> slots, Reclaimer& reclaimer) {
  if (slots.empty()) return;
  if (handoff_ == nullptr) {
    reclaimer.retire(
        [cooled = cooled_, slots = std::move(slots)] { cooled->insert(cooled->end(), slots.begin(), slots.end()); });
    return;
  }
  reclaimer_ = &reclaimer;
  reclaimer.retire([crossing = crossing_, slots = std::move(slots), handoff = handoff_]() mutable {
    crossing->push_back({std::move(slots), handoff->mark()});
  });
}

void Slots::follow_crossing() {
  std::vector<Crossing> still;
  for (Crossing& crossing : *crossing_) {
    if (!handoff_->passed(crossing.mark)) {
      still.push_back(std::move(crossing));
      continue;
    }
    // Taken out, but perhaps in a worker's hands yet.
    reclaimer_->retire([cooled = cooled_, slots = std::move(crossing.slots)] {
      cooled->insert(cooled->end(), slots.begin(), slots.end());
    });
  }
  *crossing_ = std::move(still);
}

namespace {

// One worker adds what it hands over and another takes it off: only the sum is a number of packets. Nobody receives
// anything for this tenant any more, so it can only fall.
bool holds_packets(std::span<const WorkerShared> workers, uint32_t tenant) {
  uint64_t held = 0;
  for (const WorkerShared& worker : workers)
    if (tenant < worker.tenant_slots)
      held += worker.tenants[tenant].counters[static_cast<size_t>(Counter::held_packets)].read();
  return held != 0;
}

void zero_counters(std::span<WorkerShared> workers, uint32_t tenant) {
  for (WorkerShared& worker : workers) {
    if (tenant >= worker.tenant_slots) continue;
    for (OwnedCounter& counter : worker.tenants[tenant].counters) counter.reset();
    for (OwnedCounter& drop : worker.tenants[tenant].drops) drop.reset();
    worker.loads[tenant].reset();
  }
}

}  // namespace

size_t Slots::free_cooled(std::span<WorkerShared> workers) {
  if (!crossing_->empty()) follow_crossing();
  size_t freed = 0;
  std::vector<ReleasedSlot> still_held;
  for (const ReleasedSlot& released : *cooled_) {
    if (released.kind == EntryKind::tenant) {
      if (holds_packets(workers, released.slot)) {
        still_held.push_back(released);
        continue;
      }
      zero_counters(workers, released.slot);
    }
    of(released.kind).free(released.slot);
    ++freed;
  }
  *cooled_ = std::move(still_held);
  return freed;
}

}  // namespace demarc::dp
