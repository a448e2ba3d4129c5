// Capture: copies of a tenant's packets on their way to a file. Costs one branch a burst while nobody captures.
//
// Each tenant may have one capture under way. The agent writes an order; the worker notices at the start of a turn, and
// copies the packets of that tenant, and of no other, into buffers of a pool that is for captures alone. What became of
// a packet stands beside its copy, so that a filter or a session can be asked for after the fact. Copies wait in a ring
// until the agent takes them; each tenant has its share of it, and what finds its share full is counted, not waited
// for.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "common/base/ids.h"

namespace demarc::dp {

inline constexpr unsigned kCapturesMax = 8;                // under way at once, of all tenants
inline constexpr unsigned kCaptureBuffersPerTenant = 256;  // of a worker: taken by the pool's size
inline constexpr unsigned kCaptureRingSize = 2 * kCapturesMax * kCaptureBuffersPerTenant;
inline constexpr uint16_t kCaptureBufferBytes = 2048;  // a longer copy is a chain
inline constexpr uint16_t kCaptureBytesMax = 9216;

// What the agent asks for one tenant. written: agent, `generation` last; read: worker, `generation` first
struct CaptureOrder {
  std::atomic<uint64_t> up_seid{0};      // 0: all sessions, and what has none
  std::atomic<uint32_t> generation{0};   // another number is another order; 0: none
  std::atomic<uint16_t> snap_length{0};  // bytes kept of a frame, 1..kCaptureBytesMax
  std::atomic<bool> drops_only{false};
};

// written: agent; read: worker
struct alignas(64) CaptureControl {
  explicit CaptureControl(uint32_t tenant_slots = 0)
      : slots(tenant_slots), orders(std::make_unique<CaptureOrder[]>(tenant_slots)) {}

  // Agent. `slot` below `slots`; `generation` not 0.
  void ask(TenantSlot slot, uint32_t generation, uint64_t up_seid, uint16_t snap_length, bool drops_only) {
    CaptureOrder& order = orders[slot.value];
    order.up_seid.store(up_seid, std::memory_order_relaxed);
    order.snap_length.store(snap_length, std::memory_order_relaxed);
    order.drops_only.store(drops_only, std::memory_order_relaxed);
    order.generation.store(generation, std::memory_order_release);
    changes.fetch_add(1, std::memory_order_release);
  }
  void end(TenantSlot slot) {
    orders[slot.value].generation.store(0, std::memory_order_release);
    changes.fetch_add(1, std::memory_order_release);
  }

  std::atomic<uint32_t> changes{0};  // raised last: look at the orders again
  uint32_t slots;
  std::unique_ptr<CaptureOrder[]> orders;  // [tenant slot]
};

enum class CaptureDirection : uint8_t { received = 0, sent = 1 };

// Beside each copy, in its mbuf's private area.
struct CaptureMark {
  uint64_t tsc;          // when the burst was received
  uint64_t up_seid;      // 0: none was found
  uint32_t generation;   // of the order
  uint32_t frame_bytes;  // of the whole frame
  uint16_t port;         // PortIndex: received on, or sent to
  TenantSlot tenant;
  uint8_t drop;  // DropReason, or kNotDropped
  CaptureDirection direction;
};
static_assert(sizeof(CaptureMark) <= 64);
inline constexpr uint16_t kCapturePrivateBytes = 64;

}  // namespace demarc::dp
