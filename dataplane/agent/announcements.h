// Announcements: tells each link which of its addresses are ours, unasked, so that neighbors do not go on sending to
// who had them before: a gratuitous ARP (RFC 5227 section 3), an unsolicited Neighbor Advertisement (RFC 4861
// section 7.2.6).
//
// When an address of ours comes to a link (an attachment or a GTP-U endpoint is put, moves, or its tenant is taken up
// again), and when the port's link comes up; twice each. Agent only; time is handed in as monotonic nanoseconds.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "dataplane/tables/topology.h"
#include "dataplane/worker/exchange.h"

namespace demarc::dp {

class Announcements {
 public:
  static constexpr unsigned kTimes = 2;                   // ANNOUNCE_NUM
  static constexpr uint64_t kIntervalNs = 2'000'000'000;  // ANNOUNCE_INTERVAL
  static constexpr unsigned kPerTickMax = 64;             // so that a large restart does not fill the workers' rings

  // `ask` hands a request to a worker; false: it has no room now.
  using Ask = std::function<bool(const ToWorker&)>;
  explicit Announcements(Ask ask) : ask_(std::move(ask)) {}

  // Whenever another Topology was published.
  void set_topology(const Topology& topology, uint64_t now_ns);
  void port_up(PortIndex port, uint64_t now_ns);
  // Sends what is due. Call at least every 100 ms.
  void tick(uint64_t now_ns);

 private:
  struct Key {
    AttachmentSlot attachment;
    IpAddress address;
    auto operator<=>(const Key&) const = default;
  };
  // Where the address is to be heard of: another one is another link.
  struct Link {
    TenantSlot tenant;
    PortIndex port;
    VlanId vlan;
    VlanId outer_vlan;
    VrfSlot vrf;
    bool operator==(const Link&) const = default;
  };
  using Addresses = std::map<Key, Link>;

  static Addresses addresses_of(const TopologySpec& spec);
  void schedule(const Key& key, uint64_t at_ns, unsigned times);

  Ask ask_;
  Addresses ours_;
  std::map<Key, std::pair<uint64_t, unsigned>> pending_;  // when next, and how often still
  std::set<std::pair<uint64_t, Key>> due_;                // the same by time
};

}  // namespace demarc::dp
