#include "tests/dataplane/stages/world.h"

#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "common/wire/nd.h"

namespace demarc::dp::test {
namespace {

constexpr unsigned kBuffers = 4095;
constexpr uint64_t kHoldTicks = 3'000'000;

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "test world: %s\n", result.error().message.c_str());
  std::exit(2);
}
void must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "test world: %s\n", status.error().message.c_str());
  std::exit(2);
}
void must(bool made, const char* what) {
  if (made) return;
  std::fprintf(stderr, "test world: no %s\n", what);
  std::exit(2);
}

std::string unique_name(const char* what) {
  static std::atomic<unsigned> made{0};
  return std::string(what) + std::to_string(made++);
}

std::shared_ptr<const Fib> fib(const std::vector<FibRoute>& routes) { return must(Fib::build(routes)); }

FibRoute route(const char* prefix, uint8_t length, AttachmentSlot egress, Be32 gateway) {
  return {address(prefix).host(), length, {egress, gateway}};
}

FibRoute6 route6(const char* prefix, uint8_t length, AttachmentSlot egress, const char* gateway) {
  return {ipv6_value(parse_ipv6(prefix).value()), length, {egress, parse_ipv6(gateway).value()}};
}

AttachmentRow attachment(const TestTenant& t, bool core) {
  AttachmentRow row;
  row.tenant = t.slot;
  row.vrf = core ? t.core_vrf() : t.access_vrf();
  row.port = core ? kCorePort : kAccessPort;
  row.vlan = VlanId{core ? t.core_vlan : t.access_vlan};
  row.ipv4 = address(core ? "10.2.0.1" : "10.1.0.1");
  row.prefix_length = 24;
  row.valid = true;
  row.core = core;
  row.suspended = t.slot == kDora.slot;
  row.mac = kOurMac[row.port.value];
  row.mtu = 1500;
  row.ipv6 = parse_ipv6(core ? "2001:db8:2::1" : "2001:db8:1::1").value();
  row.ipv6_prefix_length = 64;
  row.ipv6_link_local = wire::link_local_of(row.mac);
  return row;
}

}  // namespace

void CapturePorts::port_output(StageContext& context, Burst& burst, Lane& lane) {
  for (uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    if (full) {
      drop(burst, i, DropReason::port_tx_full);
      continue;
    }
    rte_mbuf* const mbuf = burst.mbuf[i];
    TenantCounters& counters = context.counters(meta.tenant);
    counters.add(Counter::sent_packets, 1);
    counters.add(Counter::sent_bytes, mbuf->pkt_len);
    meta.fate = PacketFate::sent;
    if (keep) {
      ByteString frame(mbuf->pkt_len);
      const void* const bytes = rte_pktmbuf_read(mbuf, 0, mbuf->pkt_len, frame.data());
      if (bytes != frame.data()) std::memcpy(frame.data(), bytes, frame.size());
      sent.push_back({context.topology().attachment(meta.egress).port, meta.tenant, std::move(frame), meta.made_here});
    }
    rte_pktmbuf_free(mbuf);
  }
  lane.clear();
}

World::World(unsigned sessions) {
  pool_ = rte_pktmbuf_pool_create(unique_name("pool").c_str(), kBuffers, 0, kPacketPrivateBytes,
                                  RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  must(pool_ != nullptr, "mempool");
  to_agent_ = rte_ring_create_elem(unique_name("agent").c_str(), sizeof(ToAgent), to_agent_ring_size(kTenantSlots), 0,
                                   RING_F_SP_ENQ | RING_F_SC_DEQ);
  trace_ring_ =
      rte_ring_create_elem(unique_name("trace").c_str(), sizeof(TraceRecord), 64, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
  must(to_agent_ != nullptr && trace_ring_ != nullptr, "ring");
  counters_ = std::make_unique<TenantCounters[]>(kTenantSlots);
  taken_ = std::make_unique<OwnedCounter[]>(kTenantSlots);
  reclaimer_ = std::make_unique<Reclaimer>(1);
  context_.tsc_hz = kTicksPerSecond;
  sessions_ = must(SessionTable::create(sessions * 4 + 16, *reclaimer_, unique_name("sessions").c_str()));
  neighbors_ = must(NeighborTable::create(1024, *reclaimer_, unique_name("neighbors").c_str()));
  hold_ = std::make_unique<HoldQueue>(kHoldTicks);
  agent_ = std::make_unique<AgentQueue>(to_agent_, taken_.get(), kTenantSlots, lost_);
  originator_ = std::make_unique<Originator>(pool_, counters_.get(), AnswerLimiter(kTenantSlots, 1, kTicksPerSecond));
  tracer_ = std::make_unique<Tracer>(trace_control_, trace_ring_, lost_);
  burst_ = std::make_unique<Burst>();
  own_packets_ = std::make_unique<Burst>();
  reassembly_ = std::make_unique<Reassembly>(kTenantSlots, kHoldTicks);

  TopologySpec spec;
  spec.ports = kPorts;
  spec.tenants.resize(kTenantSlots);
  for (const TestTenant& t : kTenants) add_tenant(spec, t);
  set_topology(std::move(spec));
  for (const TestTenant& t : kTenants) {
    add_neighbors(t);
    for (unsigned n = 0; n < sessions; ++n) must(sessions_->put(session_of(t, n)));
  }
  context_.tenants = counters_.get();
  context_.port_macs = kOurMac;
  context_.hold = hold_.get();
  context_.agent = agent_.get();
  context_.originator = originator_.get();
  context_.pool = pool_;
  context_.reassembly = reassembly_.get();
  context_.own_packets = own_packets_.get();
}

World::~World() {
  hold_.reset();
  reassembly_.reset();
  rte_ring_free(to_agent_);
  rte_ring_free(trace_ring_);
  rte_mempool_free(pool_);
}

void World::add_tenant(TopologySpec& spec, const TestTenant& t) {
  const size_t rows = t.slot.value * 2u + 2;
  spec.vrfs.resize(std::max(spec.vrfs.size(), rows));
  spec.attachments.resize(std::max(spec.attachments.size(), rows));
  spec.endpoints.resize(std::max(spec.endpoints.size(), rows));
  spec.tenants[t.slot.value] = {TenantId{1000u + t.slot.value}, t.slot == kDora.slot};
  spec.vrfs[t.access_vrf().value] = {t.slot, true, false, fib({route("10.1.0.0", 24, t.access(), Be32{})}),
                                     must(Fib6::build({{route6("2001:db8:1::", 64, t.access(), "::")}}))};
  spec.vrfs[t.core_vrf().value] = {
      t.slot, true, true,
      fib({route("10.2.0.0", 24, t.core(), Be32{}), route("0.0.0.0", 0, t.core(), address("10.2.0.254"))}),
      must(Fib6::build({{route6("2001:db8:2::", 64, t.core(), "::"), route6("::", 0, t.core(), "2001:db8:2::fe")}}))};
  spec.attachments[t.access().value] = attachment(t, false);
  spec.attachments[t.core().value] = attachment(t, true);
  spec.endpoints[t.endpoint().value] = {t.slot, t.access_vrf(), address("10.1.0.1"), true,
                                        parse_ipv6("2001:db8:1::1").value()};
  spec.endpoints[t.endpoint().value + 1] = {t.slot, t.access_vrf(), address("10.1.0.5"), true,
                                            parse_ipv6("2001:db8:1::5").value()};
}

void World::add_neighbors(const TestTenant& t) {
  must(neighbors_->put(NeighborTable::key(t.access(), address("10.1.0.2")), {NeighborState::reachable, kGnbMac}));
  must(neighbors_->put(NeighborTable::key(t.core(), address("10.2.0.254")), {NeighborState::reachable, kRouterMac}));
  for (const Ipv6Address& gnb : {parse_ipv6("2001:db8:1::2").value(), wire::link_local_of(kGnbMac)})
    must(neighbors_->put(NeighborTable::key(t.access(), gnb), {NeighborState::reachable, kGnbMac}));
  must(neighbors_->put(NeighborTable::key(t.core(), parse_ipv6("2001:db8:2::fe").value()),
                       {NeighborState::reachable, kRouterMac}));
}

void World::set_topology(TopologySpec spec) {
  topology_ = must(Topology::build(std::move(spec)));
  context_.tables = {topology_.get(), sessions_.get(), neighbors_.get()};
}

rte_mbuf* World::make_mbuf(const Received& packet) {
  rte_mbuf* head = nullptr;
  rte_mbuf* last = nullptr;
  size_t offset = 0;
  for (size_t n = 0; n <= packet.segments.size(); ++n) {
    rte_mbuf* const m = rte_pktmbuf_alloc(pool_);
    must(m != nullptr, "free mbuf");
    if (packet.garbage >= 0) std::memset(m->buf_addr, packet.garbage, m->buf_len);
    const size_t bytes = n < packet.segments.size() ? packet.segments[n] : packet.frame.size() - offset;
    char* const to = rte_pktmbuf_append(m, static_cast<uint16_t>(bytes));
    must(to != nullptr, "room in the mbuf");
    if (bytes != 0) std::memcpy(to, packet.frame.data() + offset, bytes);
    offset += bytes;
    if (head == nullptr) {
      head = m;
    } else {
      last->next = m;
      ++head->nb_segs;
      head->pkt_len += m->data_len;
    }
    last = m;
  }
  head->ol_flags |= packet.offload_flags;
  if (packet.stripped_tci >= 0) {
    head->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
    head->vlan_tci = static_cast<uint16_t>(packet.stripped_tci);
  }
  return head;
}

void World::fill(Burst& burst, PortIndex port, const std::vector<Received>& packets) {
  must(packets.size() <= kBurstMax, "room in the burst");
  burst.size = static_cast<uint8_t>(packets.size());
  burst.port = port;
  burst.now_tsc = now_tsc;
  for (size_t i = 0; i < packets.size(); ++i) burst.mbuf[i] = make_mbuf(packets[i]);
  reset_burst(burst);
}

namespace {

// Of an IP packet, or of one in a tunnel that starts with it. All are ours, and whole.
bool is_icmp_error_packet(const uint8_t* ip) {
  const bool ipv6 = ip[0] >> 4 == 6;
  const uint8_t protocol = ipv6 ? ip[6] : ip[9];
  const uint8_t* const data = ip + (ipv6 ? 40 : 20);
  if (protocol == wire::kProtocolIcmp) return data[0] == 3 || data[0] == 11;
  if (protocol == wire::kProtocolIcmpv6) return data[0] < 128;
  if (protocol != wire::kProtocolUdp || data[9] != wire::kGtpuGPdu) return false;
  const uint8_t* const inner = data + 16 + ((data[8] & 7) != 0 ? 8 : 0);
  return is_icmp_error_packet(inner);
}

bool is_icmp_error(const ByteString& frame) {
  const wire::EthernetParse parsed = wire::parse_ethernet(frame.data(), frame.size(), false);
  return parsed.ethertype != wire::kEtherTypeArp && is_icmp_error_packet(frame.data() + parsed.header_bytes);
}

}  // namespace

struct World::Snapshot {
  uint64_t drops[kTenantSlots][kDropReasonCount];
};

Verdict World::verdict_since(const Snapshot& before) {
  Verdict verdict;
  for (SentFrame& s : ports.sent)
    (s.made_here && is_icmp_error(s.frame) ? verdict.told : verdict.sent).push_back(std::move(s));
  ports.sent.clear();
  for (uint16_t t = 0; t < kTenantSlots; ++t)
    for (size_t r = 0; r < kDropReasonCount; ++r)
      for (uint64_t n = before.drops[t][r]; n < counters_[t].drops[r].read(); ++n)
        verdict.drops.push_back({TenantSlot{t}, static_cast<DropReason>(r)});
  return verdict;
}

Verdict World::receive(PortIndex port, const std::vector<Received>& packets) {
  Snapshot before;
  for (unsigned t = 0; t < kTenantSlots; ++t)
    for (size_t r = 0; r < kDropReasonCount; ++r) before.drops[t][r] = counters_[t].drops[r].read();
  fill(*burst_, port, packets);
  run_burst(context_, *burst_, *tracer_, stages_, ports);
  return verdict_since(before);
}

Verdict World::poll_held(uint64_t now) {
  Snapshot before;
  for (unsigned t = 0; t < kTenantSlots; ++t)
    for (size_t r = 0; r < kDropReasonCount; ++r) before.drops[t][r] = counters_[t].drops[r].read();
  run_held(context_, *burst_, *tracer_, stages_, ports, now);
  return verdict_since(before);
}

uint64_t World::counter(TenantSlot tenant, Counter c) const {
  return counters_[tenant.value].counters[static_cast<size_t>(c)].read();
}

uint64_t World::drops(TenantSlot tenant, DropReason r) const {
  return counters_[tenant.value].drops[static_cast<size_t>(r)].read();
}

unsigned World::mbufs_in_use() const { return rte_mempool_in_use_count(pool_); }

std::string World::check_usage(TenantSlot tenant) const {
  UsageReading sum;
  for (uint64_t seid = 1; seid <= 64; ++seid) {
    const Session* const session = sessions_->find(tenant, Seid{seid});
    if (session == nullptr) continue;
    const UsageReading u = session->usage->read();
    sum.uplink_packets += u.uplink_packets;
    sum.uplink_bytes += u.uplink_bytes;
    sum.downlink_packets += u.downlink_packets;
    sum.downlink_bytes += u.downlink_bytes;
    for (size_t r = 0; r < kDropReasonCount; ++r) sum.drops[r] += u.drops[r];
  }
  bool more = sum.uplink_packets > counter(tenant, Counter::uplink_packets) ||
              sum.uplink_bytes > counter(tenant, Counter::uplink_bytes) ||
              sum.downlink_packets > counter(tenant, Counter::downlink_packets) ||
              sum.downlink_bytes > counter(tenant, Counter::downlink_bytes);
  for (size_t r = 0; r < kDropReasonCount; ++r) more |= sum.drops[r] > drops(tenant, static_cast<DropReason>(r));
  return more ? "the sessions of tenant " + std::to_string(tenant.value) + " used more than it; " : "";
}

std::string World::check_books() const {
  std::string wrong;
  uint64_t held = 0;
  for (uint16_t t = 0; t < kTenantSlots; ++t) {
    const TenantSlot slot{t};
    const uint64_t in = counter(slot, Counter::received_packets) + counter(slot, Counter::originated_packets);
    uint64_t out = counter(slot, Counter::sent_packets) + counter(slot, Counter::consumed_packets) +
                   counter(slot, Counter::held_packets);
    for (size_t r = 0; r < kDropReasonCount; ++r) out += drops(slot, static_cast<DropReason>(r));
    held += counter(slot, Counter::held_packets);
    if (in != out)
      wrong += "tenant " + std::to_string(t) + ": " + std::to_string(in) + " came in, " + std::to_string(out) +
               " are accounted for; ";
    wrong += check_usage(slot);
  }
  const unsigned waiting = hold_->size() + reassembly_->size();
  if (held != waiting) wrong += "the gauges say that " + std::to_string(held) + " are held; ";
  if (mbufs_in_use() != waiting) wrong += std::to_string(mbufs_in_use()) + " mbufs are in use; ";
  return wrong;
}

std::vector<ToAgent> World::messages_to_agent() {
  std::vector<ToAgent> out;
  ToAgent message{};
  while (rte_ring_sc_dequeue_elem(to_agent_, &message, sizeof message) == 0) {
    taken_[message.tenant.value].add(1);
    out.push_back(message);
  }
  return out;
}

std::string to_string(const std::vector<CountedDrop>& drops) {
  std::string out;
  for (const CountedDrop& d : drops)
    out += (out.empty() ? "" : ", ") + std::string(drop_reason_name(d.reason)) + " of tenant " +
           std::to_string(d.tenant.value);
  return out.empty() ? "none" : out;
}

Be32 ue_address(unsigned number) { return Be32::from_host(address("10.45.0.2").host() + number); }

SessionSpec session_of(const TestTenant& t, unsigned number) {
  Pdr up{};
  up.precedence = 100;
  up.pdr_id = 1;
  up.far_index = 0;
  up.vrf = t.access_vrf();
  up.endpoint = t.endpoint();
  up.teid = Teid{kUplinkTeid + number};
  up.ue_ipv4 = ue_address(number);
  up.qfi_match = kQfiAny;
  up.qfi_mark = kQfiNone;
  Pdr down = up;
  down.pdr_id = 2;
  down.far_index = 1;
  down.source_core = true;
  down.vrf = t.core_vrf();
  down.endpoint = {};
  down.teid = {};
  down.qfi_mark = kMarkedQfi;
  Far to_core{};
  to_core.far_id = 1;
  to_core.forward = true;
  to_core.vrf = t.core_vrf();
  Far to_access{};
  to_access.far_id = 2;
  to_access.forward = true;
  to_access.outer_header_creation = true;
  to_access.vrf = t.access_vrf();
  to_access.teid = Teid{kGnbTeid + number};
  to_access.peer_ipv4 = address("10.1.0.2");
  to_access.local_ipv4 = address("10.1.0.1");
  to_access.endpoint = t.endpoint();
  to_access.guards_tunnels = true;
  return {Seid{1 + number}, t.slot, {up, down}, {to_core, to_access}};
}

ByteString from_gnb(const TestTenant& t, const ByteString& ip_packet) {
  return ethernet(kOurMac[0], kGnbMac, t.access_vlan, wire::kEtherTypeIpv4, ip_packet);
}

ByteString from_router(const TestTenant& t, const ByteString& ip_packet) {
  return ethernet(kOurMac[1], kRouterMac, t.core_vlan, wire::kEtherTypeIpv4, ip_packet);
}

ByteString to_endpoint(const ByteString& gtpu_message) {
  const Be32 gnb = address("10.1.0.2");
  const Be32 endpoint = address("10.1.0.1");
  return ipv4(gnb, endpoint, wire::kProtocolUdp, udp(gnb, endpoint, wire::kGtpuPort, wire::kGtpuPort, gtpu_message));
}

ByteString uplink_frame(const TestTenant& t, const ByteString& inner, unsigned number, int qfi) {
  return from_gnb(t, to_endpoint(gpdu(kUplinkTeid + number, inner,
                                      qfi < 0 ? std::nullopt : std::optional<uint8_t>(static_cast<uint8_t>(qfi)))));
}

ByteString ue_packet(unsigned number, const ByteString& data) {
  const Be32 server = address("198.51.100.1");
  return ipv4(ue_address(number), server, wire::kProtocolUdp, udp(ue_address(number), server, 4000, 5000, data, true));
}

ByteString packet_to_ue(unsigned number, const ByteString& data, uint8_t ttl) {
  const Be32 server = address("198.51.100.1");
  return ipv4(server, ue_address(number), wire::kProtocolUdp, udp(server, ue_address(number), 5000, 4000, data, true),
              ttl);
}

}  // namespace demarc::dp::test
