// HoldQueue: packets that wait for the MAC address of their next hop. One a worker, used by that worker alone.
//
// Bounded three ways, so that one tenant that sends to addresses that do not answer can fill neither the worker's
// store nor the mempool. All memory is taken when it is made; nothing is allocated later.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>
#include <memory>

#include "common/base/ids.h"
#include "dataplane/tables/tables.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

class HoldQueue {
 public:
  static constexpr unsigned kPerNeighborMax = 4;  // packets for one (attachment, next hop)
  // Packets of one tenant; and no more than there is room left for, so that however many tenants send to silence there
  // is some for the next (a dynamic threshold, as HandoffRing has).
  static constexpr unsigned kPerTenantMax = 64;
  static constexpr unsigned kPerWorkerMax = 512;  // packets in all

  enum class Outcome : uint8_t {
    held,  // taken
    full,  // not taken: one of the three bounds is reached; the caller still owns the mbuf
  };

  // `hold_ticks_max`: TSC ticks after which a packet is given back as neighbor_unresolved.
  explicit HoldQueue(uint64_t hold_ticks_max);
  ~HoldQueue();  // frees what it still holds
  HoldQueue(const HoldQueue&) = delete;
  HoldQueue& operator=(const HoldQueue&) = delete;

  // Takes the packet as neighbor_output found it (meta.egress, meta.next_hop, meta.l3_offset) when there is room.
  // `tenant` is the id behind meta.tenant now. Of the metadata kept, session and rules are forgotten: they may be freed
  // while the packet waits. `received_tsc`: from a port. Does not touch any counter.
  Outcome try_hold(rte_mbuf* mbuf, const PacketMeta& meta, TenantId tenant, uint64_t now_tsc,
                   uint64_t received_tsc = 0);

  // Gives packets back, at most kBurstMax a call and in the order in which they came for each next hop. `out` must be
  // empty (size 0) and becomes a burst with now_tsc set; the packets whose neighbor is now reachable are in `ready`,
  // to be given to neighbor_output again. The others are already drop()ped in `out`:
  //   neighbor_unresolved  the neighbor has failed, or the time is over
  //   table_changed        the egress attachment is gone, or is not this tenant's any more
  //   tenant_suspended     the tenant was suspended meanwhile
  // Looks at no more than kBurstMax next hops a call and goes on there at the next; costs one branch when empty.
  void poll(uint64_t now_tsc, const TablesView& tables, Burst& out, Lane& ready);

  unsigned size() const;  // packets held now

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::dp
