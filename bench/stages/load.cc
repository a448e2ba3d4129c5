#include "bench/stages/load.h"

#include <rte_cycles.h>

#include <cstdlib>

#include "dataplane/tables/rule_compile.h"
#include "tests/dataplane/stages/ipv6_frames.h"

namespace demarc::dp::bench {
namespace {

using test::Received;

Received packet_of(Traffic traffic, unsigned session, unsigned payload_bytes) {
  const test::ByteString payload = test::zeros(payload_bytes);
  const Be32 gnb = test::address("10.1.0.2");
  const Be32 ours = test::address("10.1.0.1");
  switch (traffic) {
    case Traffic::uplink: return test::uplink_frame(test::kAcme, test::ue_packet(session, payload), session);
    case Traffic::downlink: return test::from_router(test::kAcme, test::packet_to_ue(session, payload));
    case Traffic::icmp_echo:
      return test::from_gnb(test::kAcme, test::ipv4(gnb, ours, wire::kProtocolIcmp, test::icmp_echo(8, 1, payload)));
    case Traffic::arp_request:
      return test::ethernet(wire::kMacBroadcast, test::kGnbMac, test::kAcme.access_vlan, wire::kEtherTypeArp,
                            test::arp(wire::ArpOperation::request, test::kGnbMac, gnb, {}, ours));
    case Traffic::uplink_ipv6:
      return test::from_gnb6(test::kAcme,
                             test::to_endpoint6(test::gpdu(test::kUplinkTeid6, test::ue_packet6(0, payload), 9)));
    case Traffic::downlink_ipv6: return test::from_router6(test::kAcme, test::packet_to_ue6(0, payload));
  }
  return test::ByteString{};
}

}  // namespace

void SinkPorts::port_output(StageContext& context, Burst& burst, Lane& lane) {
  TenantCounters& counters = context.counters(test::kAcme.slot);
  uint64_t bytes = 0;
  for (uint8_t i : lane) {
    bytes += burst.mbuf[i]->pkt_len;
    burst.meta[i].fate = PacketFate::sent;
    mbufs_[count_++] = burst.mbuf[i];
  }
  counters.add(Counter::sent_packets, lane.size);
  counters.add(Counter::sent_bytes, bytes);
  lane.clear();
}

void SinkPorts::free_all() {
  rte_pktmbuf_free_bulk(mbufs_, count_);
  count_ = 0;
}

Load::Load(Traffic traffic, unsigned sessions, unsigned payload_bytes)
    : world_(sessions),
      port_(traffic == Traffic::downlink || traffic == Traffic::downlink_ipv6 ? test::kCorePort : test::kAccessPort),
      burst_(std::make_unique<Burst>()) {
  if (traffic >= Traffic::uplink_ipv6 && !world_.sessions().put(test::ipv6_session_of(test::kAcme, true))) std::abort();
  constexpr unsigned kStride = 7919;  // a prime that divides no number of sessions used here
  const unsigned packets = std::max(sessions, kBurstMax);
  for (unsigned n = 0; n < packets; n += kBurstMax) {
    std::vector<Received>& burst = bursts_.emplace_back();
    for (unsigned i = n; i < n + kBurstMax; ++i) {
      burst.push_back(packet_of(traffic, static_cast<unsigned>(uint64_t{i} * kStride % sessions), payload_bytes));
      burst.back().garbage = -1;
    }
  }
}

void Load::put_rules(unsigned pdrs) {
  SessionSpec spec = test::session_of(test::kAcme);
  const std::vector<Pdr> both = spec.pdrs;
  spec.pdrs.clear();
  std::vector<PdrDetail> details;
  for (unsigned n = 0; n < pdrs; ++n) {
    Pdr& pdr = spec.pdrs.emplace_back(both[n % 2]);
    pdr.pdr_id = static_cast<uint16_t>(n + 1);
    pdr.precedence = n;
    SdfMatch& filter = details.emplace_back().filters.emplace_back();
    const unsigned before_last = (pdrs - 1 - n) / 2;
    filter.protocol = wire::kProtocolUdp;
    filter.remote = {AddressMatch::Kind::ipv4, false, 24, (test::address("198.51.100.0").host() + before_last * 256)};
    const auto port = static_cast<uint16_t>(5000 + before_last);
    filter.remote_ports = {{port, port}};
  }
  spec.rules = compile_rules(spec.pdrs, details);
  if (!world_.sessions().put(spec)) std::abort();
}

void Load::prepare() {
  ports_.free_all();
  world_.now_tsc += 10;
  world_.fill(*burst_, port_, bursts_[next_]);
  next_ = (next_ + 1) % bursts_.size();
}

uint64_t Load::run() {
  const uint64_t start = rte_rdtsc();
  reset_burst(*burst_);
  StageContext& context = world_.context();
  if (rings_ != nullptr) context.handoff = &other_;
  run_burst(context, *burst_, world_.tracer(), world_.stage_counters(), ports_);
  if (rings_ != nullptr) {
    context.handoff = &owner_;
    owner_.from[other_.self.value]->take(*burst_);
    burst_->now_tsc = rte_rdtsc();
    run_taken_over(context, *burst_, world_.tracer(), world_.stage_counters(), ports_);
  }
  return rte_rdtsc() - start;
}

// The burst before was a million times what a window has time for, and each packet costs more than anybody saves up.
void Load::shed() {
  constexpr uint64_t kHz = test::kTicksPerSecond;
  admission_ = std::make_unique<Admission>(test::kTenantSlots, WorkerIndex(0), kHz, 1);
  const Topology& topology = world_.context().topology();
  uint64_t now = world_.now_tsc;
  admission_->turn_done(now, 0, topology);
  admission_->note(test::kAcme.slot, kBurstMax, 1e9f);
  admission_->note_burst(kBurstMax, 0, true);
  now += kHz / Admission::kWindowsPerSecond + 1;
  admission_->turn_done(now, kHz, topology);
  world_.context().admission = admission_.get();
  prepare();
  run();  // one of these is let in, and has to be paid for now
}

void Load::meter() {
  constexpr uint32_t kBurstMs = 1'000;
  Rates rates;
  for (DirectionRates& r : rates) r = {bit_rate(400'000'000'000, kBurstMs), packet_rate(1'000'000'000, kBurstMs)};
  const LimitsRow row{rates, share_rates(rates, 1), std::make_shared<SharedLimits>(1, SharedLimits::Begin::full)};
  TopologySpec topology = world_.spec();
  topology.tenants[test::kAcme.slot.value].limits = row;
  topology.vrfs[test::kAcme.core_vrf().value].limits = {row.rates, row.shared,
                                                        std::make_shared<SharedLimits>(1, SharedLimits::Begin::full)};
  world_.set_topology(std::move(topology));
  SessionSpec spec = test::session_of(test::kAcme);
  spec.rates = SessionRates{rates, {}, std::vector<uint16_t>(spec.pdrs.size())};
  if (!world_.sessions().put(spec)) std::abort();
  // Buckets begin with one packet, and are full after some time.
  for (int n = 0; n < 2; ++n) {
    prepare();
    run();
    world_.now_tsc += test::kTicksPerSecond;
  }
}

void Load::hand_over() {
  auto made = HandoffRings::create(2, test::kTenantSlots);
  if (!made) std::abort();
  rings_ = std::move(*made);
  owner_ = rings_->ends_of(0);
  other_ = rings_->ends_of(1);
}

}  // namespace demarc::dp::bench
