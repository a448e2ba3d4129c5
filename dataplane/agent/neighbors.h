// Neighbors: who is at which MAC address, and when to ask (RFC 826, RFC 4861 section 7.2; probing of old entries as in
// RFC 1122 2.3.2.1 and RFC 4861 section 7.3). One machine for both families: they differ in the packets, not in what
// is known when.
// Owns the contents of NeighborTable. Agent only; time is handed in as monotonic nanoseconds.
//
//            wanted                     3 requests, 1 s apart, no answer            3 s
//   (none) --------> incomplete ------------------------------------> failed ------------> (none)
//      |  seen           | seen                                         | seen
//      +--------------> reachable <-------------------------------------+
//                        | not seen for 30 s: 3 requests to its MAC, 1 s apart, no answer
//                        +---------------------------------------------> (none)
//
// An entry goes at once when its attachment goes, moves to another port, VLAN or VRF, or its tenant is suspended.
// Bounds: `capacity` in all; a tenant has at most 1/16 of it (64 at least), and half of that without an answer, so that
// nobody who asks for silent addresses keeps another from being resolved.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dataplane/tables/neighbor_table.h"
#include "dataplane/tables/topology.h"
#include "dataplane/worker/exchange.h"

namespace demarc::dp {

class Neighbors {
 public:
  static constexpr uint64_t kRequestIntervalNs = 1'000'000'000;
  static constexpr uint8_t kRequestsMax = 3;
  static constexpr uint64_t kFailedNs = 3'000'000'000;
  static constexpr uint64_t kReachableNs = 30'000'000'000;
  static constexpr uint32_t kTenantShareMin = 64;

  struct Entry {
    TenantSlot tenant;
    NeighborState state = NeighborState::incomplete;
    MacAddress mac{};
    uint8_t requests = 0;      // without an answer
    uint64_t deadline_ns = 0;  // when to do the next thing
    uint64_t since_ns = 0;     // reachable: last seen; otherwise: in this state since
  };
  struct Counts {
    uint64_t refused = 0;      // a bound was reached
    uint64_t not_on_link = 0;  // address outside the attachment's prefix, ours, or of nobody; MAC of a group
  };

  // `ask` hands a request to a worker; false: it has no room now, ask again soon. `lost` hears of an entry that was
  // reachable and does not answer any more; may be null. `table` outlives this.
  using Ask = std::function<bool(const ToWorker&)>;
  using Lost = std::function<void(AttachmentSlot, const IpAddress&, const Entry&)>;
  Neighbors(NeighborTable& table, uint32_t capacity, Ask ask, Lost lost);

  // Whenever another Topology was published.
  void set_topology(const Topology& topology);
  // From the workers. Attachments and addresses that mean nothing are ignored.
  void wanted(AttachmentSlot attachment, const IpAddress& address, uint64_t now_ns);
  void seen(AttachmentSlot attachment, const IpAddress& address, const MacAddress& mac, uint64_t now_ns);
  // Does what the time asks for. Call at least every 100 ms.
  void tick(uint64_t now_ns);

  size_t size() const { return entries_.size(); }
  const Counts& counts() const { return counts_; }
  // f(AttachmentSlot, const IpAddress&, const Entry&) for each.
  template <class F>
  void for_each(F f) const {
    for (const auto& [key, entry] : entries_) f(key.attachment, key.address, entry);
  }

 private:
  struct Key {
    AttachmentSlot attachment;
    IpAddress address;
    auto operator<=>(const Key&) const = default;
  };
  using Entries = std::map<Key, Entry>;  // all of an attachment lie side by side
  struct Share {
    uint32_t all = 0;
    uint32_t unanswered = 0;
  };

  const AttachmentRow* row(AttachmentSlot slot) const;
  static bool on_link(const AttachmentRow& row, const IpAddress& address);
  Status put(const Key& key, const NeighborAnswer& answer);
  Entries::iterator add(const Key& key, TenantSlot tenant, bool answered);
  Entries::iterator erase(Entries::iterator it);
  // False: the table would not take it, and the entry is gone.
  bool set_state(Entries::iterator it, NeighborState state, uint64_t now_ns);
  void set_deadline(Entries::iterator it, uint64_t deadline_ns);
  void request(Entries::iterator it, uint64_t now_ns);
  void expire(Entries::iterator it, uint64_t now_ns);

  NeighborTable& table_;
  uint32_t capacity_;
  uint32_t share_;
  Ask ask_;
  Lost lost_;
  std::vector<AttachmentRow> rows_;  // by slot, of the published Topology
  Entries entries_;
  std::set<std::pair<uint64_t, Key>> deadlines_;  // (deadline, key)
  std::unordered_map<TenantSlot, Share> shares_;
  Counts counts_;
};

const char* neighbor_state_name(NeighborState state);

}  // namespace demarc::dp
