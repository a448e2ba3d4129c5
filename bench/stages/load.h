// Bursts of 64 packets for the benches of the stages and of the pipeline, over the tests' small house.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/worker/admission.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::bench {

// What the packets are. Each one's stages are on its way.
// The last two: IPv6 in a tunnel over IPv6, of one session.
enum class Traffic : uint8_t { uplink, downlink, icmp_echo, arp_request, uplink_ipv6, downlink_ipv6 };

// Takes frames as a port would, and keeps the mbufs until they are freed outside of the measurement.
class SinkPorts {
 public:
  void port_output(StageContext& context, Burst& burst, Lane& lane);
  void free_all();
  unsigned taken() const { return count_; }

 private:
  rte_mbuf* mbufs_[kBurstMax];
  unsigned count_ = 0;
};

class Load {
 public:
  // `sessions`: of acme; each packet of a burst is of another one, in an order that the caches do not foresee.
  // `payload_bytes`: UDP payload of user packets.
  Load(Traffic traffic, unsigned sessions, unsigned payload_bytes);

  // Puts session 0 anew with so many PDRs, half of them uplink, each with an SDF filter of a protocol, a remote prefix
  // and a remote port of its own; a packet meets the last of them.
  void put_rules(unsigned pdrs);

  // Fills the next burst; frees the one before. Not to be measured.
  void prepare();
  // Runs it through the pipeline. Returns the TSC ticks that it took.
  uint64_t run();
  // From now on as two workers would: one receives, the other owns all sessions. Both in this thread, so what it costs
  // one core to read what another wrote is not in it.
  void hand_over();
  // From now on the worker sheds all that comes.
  void shed();
  // From now on tenant, core VRF and session 0 have rates in bits and packets that no packet exceeds.
  void meter();
  // False when not every packet of the last burst was sent: then the figures mean something else.
  bool all_sent() const { return ports_.taken() == kBurstMax; }
  bool none_sent() const { return ports_.taken() == 0; }
  StageCounters& stage(StageId id) { return world_.stage_counters()[static_cast<size_t>(id)]; }

 private:
  test::World world_;
  PortIndex port_;
  std::vector<std::vector<test::Received>> bursts_;  // made once, and taken in turn
  size_t next_ = 0;
  std::unique_ptr<Burst> burst_;
  std::unique_ptr<HandoffRings> rings_;
  Handoff owner_;
  Handoff other_;
  std::unique_ptr<Admission> admission_;
  SinkPorts ports_;
};

}  // namespace demarc::dp::bench
