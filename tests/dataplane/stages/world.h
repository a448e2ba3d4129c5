// A small house for the tests and benches of the stages: real tables, real mbufs, and ports that keep what they are
// given. Needs the EAL. Uses no test library.
//
// Port 0 is the access side, port 1 the core side. Tenants acme (slot 1) and bravo (slot 2) have the same addresses,
// the same TEIDs and the same UE addresses; carol (slot 3) has them too, without any VLAN tag. dora (slot 4) is
// suspended.
//
//   gNB 10.1.0.2 ── port 0, VLAN 100/200/0/400 ── 10.1.0.1/24 [access VRF, GTP-U endpoints 10.1.0.1 and 10.1.0.5]
//   router 10.2.0.254 ── port 1, VLAN 101/201/0/401 ── 10.2.0.1/24 [core VRF, default route by 10.2.0.254]
//   UE 10.45.0.2: uplink TEID 0x64 at 10.1.0.1; downlink to the gNB, TEID 0xa0, QFI 9.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dataplane/pipeline.h"
#include "dataplane/tables/tables.h"
#include "tests/dataplane/stages/frames.h"

struct rte_mempool;
struct rte_ring;

namespace demarc::dp::test {

inline constexpr PortIndex kAccessPort{0};
inline constexpr PortIndex kCorePort{1};
inline constexpr unsigned kPorts = 2;
inline constexpr MacAddress kOurMac[kPorts] = {{2, 0xde, 0, 0, 0, 0}, {2, 0xde, 0, 0, 0, 1}};
inline constexpr MacAddress kGnbMac{2, 0x9b, 0, 0, 0, 1};
inline constexpr MacAddress kRouterMac{2, 0xc0, 0, 0, 0, 1};

struct TestTenant {
  TenantSlot slot;
  uint16_t access_vlan;
  uint16_t core_vlan;
  VrfSlot access_vrf() const { return VrfSlot{slot.value * 2u}; }
  VrfSlot core_vrf() const { return VrfSlot{slot.value * 2u + 1}; }
  AttachmentSlot access() const { return AttachmentSlot{slot.value * 2u}; }
  AttachmentSlot core() const { return AttachmentSlot{slot.value * 2u + 1}; }
  GtpuEndpointSlot endpoint() const { return GtpuEndpointSlot{slot.value * 2u}; }
};
inline constexpr TestTenant kAcme{TenantSlot{1}, 100, 101};
inline constexpr TestTenant kBravo{TenantSlot{2}, 200, 201};
inline constexpr TestTenant kCarol{TenantSlot{3}, 0, 0};
inline constexpr TestTenant kDora{TenantSlot{4}, 400, 401};
inline constexpr TestTenant kTenants[] = {kAcme, kBravo, kCarol, kDora};
inline constexpr unsigned kTenantSlots = 5;

// Of the world's clock, for what is limited by time.
inline constexpr uint64_t kTicksPerSecond = 1'000'000;

inline constexpr uint32_t kUplinkTeid = 0x64;
inline constexpr uint32_t kGnbTeid = 0xa0;
inline constexpr uint8_t kMarkedQfi = 9;

struct SentFrame {
  PortIndex port;
  TenantSlot tenant;
  ByteString frame;
  bool made_here = false;
};

// Takes every frame and frees it; `keep` is off in benches. As the ports of a worker would.
class CapturePorts {
 public:
  void port_output(StageContext& context, Burst& burst, Lane& lane);
  bool keep = true;
  bool full = false;  // takes nothing: port_tx_full
  std::vector<SentFrame> sent;
};

struct CountedDrop {
  TenantSlot tenant;
  DropReason reason;
  bool operator==(const CountedDrop&) const = default;
};
std::string to_string(const std::vector<CountedDrop>& drops);

// What became of the packets of one run, told from the counters and the ports.
struct Verdict {
  std::vector<SentFrame> sent;     // but for what is in `told`
  std::vector<SentFrame> told;     // ICMP and ICMPv6 errors of our own, in tunnels too
  std::vector<CountedDrop> drops;  // one entry a packet
};

// How an mbuf comes from a NIC.
struct Received {
  Received(ByteString frame_bytes, std::vector<size_t> segment_sizes = {}, int tci = -1, uint64_t flags = 0)
      : frame(std::move(frame_bytes)), segments(std::move(segment_sizes)), stripped_tci(tci), offload_flags(flags) {}
  ByteString frame;
  std::vector<size_t> segments;  // sizes of all segments but the last; empty: one segment
  int stripped_tci;              // of a tag that the NIC took off, or -1
  uint64_t offload_flags;        // RTE_MBUF_F_RX_…
  int garbage = 0xa5;            // what lies in the buffer around the frame; negative: whatever was there
};

class World {
 public:
  // `sessions`: of each tenant; number n has UE 10.45.0.2 + n and TEIDs 0x64 + n and 0xa0 + n.
  explicit World(unsigned sessions = 1);
  ~World();

  // Through the whole pipeline, as one burst of at most 64.
  Verdict receive(PortIndex port, const std::vector<Received>& packets);
  Verdict receive(PortIndex port, const ByteString& frame) {
    return receive(port, std::vector<Received>{Received(frame)});
  }
  // What the worker does once a turn with packets that wait.
  Verdict poll_held(uint64_t now_tsc);

  // A burst with the packets in it, as the pipeline gets it; the mbufs are the caller's until a stage ends them.
  void fill(Burst& burst, PortIndex port, const std::vector<Received>& packets);
  rte_mbuf* make_mbuf(const Received& packet);

  // An empty string when, for each tenant and exactly, received + originated = sent + consumed + held + drops, and no
  // mbuf is in use but those that are held; and no tenant's sessions have more than the tenant.
  std::string check_books() const;
  unsigned mbufs_in_use() const;

  uint64_t counter(TenantSlot tenant, Counter c) const;
  uint64_t drops(TenantSlot tenant, DropReason r) const;
  std::vector<ToAgent> messages_to_agent();  // takes them out

  TopologySpec spec() const { return topology_->spec(); }
  void set_topology(TopologySpec spec);
  SessionTable& sessions() { return *sessions_; }
  NeighborTable& neighbors() { return *neighbors_; }
  StageContext& context() { return context_; }
  Tracer& tracer() { return *tracer_; }
  StageCounters* stage_counters() { return stages_; }

  CapturePorts ports;
  uint64_t now_tsc = 1'000'000;

 private:
  void add_tenant(TopologySpec& spec, const TestTenant& t);
  void add_neighbors(const TestTenant& t);
  std::string check_usage(TenantSlot tenant) const;
  struct Snapshot;
  Verdict verdict_since(const Snapshot& before);

  rte_mempool* pool_ = nullptr;
  rte_ring* to_agent_ = nullptr;
  std::unique_ptr<OwnedCounter[]> taken_;
  rte_ring* trace_ring_ = nullptr;
  OwnedCounter lost_;
  TraceControl trace_control_{kTenantSlots};
  std::unique_ptr<TenantCounters[]> counters_;
  StageCounters stages_[kStageCount];
  std::unique_ptr<Reclaimer> reclaimer_;
  std::unique_ptr<const Topology> topology_;
  std::unique_ptr<SessionTable> sessions_;
  std::unique_ptr<NeighborTable> neighbors_;
  std::unique_ptr<HoldQueue> hold_;
  std::unique_ptr<AgentQueue> agent_;
  std::unique_ptr<Originator> originator_;
  std::unique_ptr<Tracer> tracer_;
  std::unique_ptr<Burst> burst_;
  std::unique_ptr<Burst> own_packets_;
  std::unique_ptr<Reassembly> reassembly_;
  StageContext context_;
};

// The session number `number` of the tenant, which tests change before they put it again.
SessionSpec session_of(const TestTenant& tenant, unsigned number = 0);
Be32 ue_address(unsigned number = 0);

// Frames of the picture above, for the tenant's VLANs.
ByteString from_gnb(const TestTenant& t, const ByteString& ip_packet);
ByteString from_router(const TestTenant& t, const ByteString& ip_packet);
// Around a GTP-U message: IPv4 and UDP from the gNB to the endpoint.
ByteString to_endpoint(const ByteString& gtpu_message);
ByteString uplink_frame(const TestTenant& t, const ByteString& inner, unsigned number = 0, int qfi = kMarkedQfi);
// UDP between the UE and 198.51.100.1.
ByteString ue_packet(unsigned number = 0, const ByteString& data = hex("c0ffee"));
ByteString packet_to_ue(unsigned number = 0, const ByteString& data = hex("c0ffee"), uint8_t ttl = 64);

}  // namespace demarc::dp::test
