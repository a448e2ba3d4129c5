// Trace: the way of single packets through the stages. Costs one branch a burst while no trace is on.
//
// Each tenant may have one trace under way, whatever the others do. The agent asks by writing TraceControl; the worker
// notices at the start of a turn, marks packets of the tenant, and after each stage copies the marked packets' metadata
// into a ring that the agent drains. Words are made of it by the agent, never by the worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "common/base/ids.h"
#include "dataplane/stages/stage_id.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// What the agent asks for one tenant, in one word.
struct alignas(8) TraceRequest {
  uint32_t generation = 0;  // another number is another request
  uint32_t packets = 0;     // a worker may trace so many; 0: none
};

// written: agent; read: worker
struct alignas(64) TraceControl {
  explicit TraceControl(uint32_t tenant_slots = 0)
      : slots(tenant_slots), requests(std::make_unique<std::atomic<TraceRequest>[]>(tenant_slots)) {}

  // Agent. `slot` below `slots`.
  void ask(TenantSlot slot, TraceRequest request) {
    requests[slot.value].store(request, std::memory_order_relaxed);
    changes.fetch_add(1, std::memory_order_release);
  }

  std::atomic<uint32_t> changes{0};  // raised last, with release: look at the requests again
  uint32_t slots;
  std::unique_ptr<std::atomic<TraceRequest>[]> requests;  // [tenant slot]
};
static_assert(std::atomic<TraceRequest>::is_always_lock_free);

struct TraceRecord {
  enum class Kind : uint8_t { received, step, end };
  Kind kind;
  StageId stage;         // step: the stage that has just handled it
  uint16_t port;         // received
  uint32_t generation;   // of the request
  uint32_t packet;       // 0, 1, 2 … of `worker` in this request, which meta.tenant and generation name
  uint32_t frame_bytes;  // received: of the frame
  uint64_t cycles;       // since it was received
  uint16_t worker;       // that received it; another, which owns its session, may have gone on
  uint16_t owner;        // step, with a session: the worker that owns it
  PacketMeta meta;       // as it was then; step: as the stage left it
  // received: the first bytes of the frame. Otherwise: the name of nothing, unused.
  uint8_t head_size;
  uint8_t head[127];
  // step: the session as numbers, for the pointers in meta may be gone when the agent reads.
  uint64_t up_seid;
  uint16_t pdr_id;
  uint32_t far_id;
};

inline constexpr unsigned kTraceRingSize = 4096;  // records

}  // namespace demarc::dp
