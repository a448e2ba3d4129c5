#include "tests/dataplane/stages/hostile.h"

#include "dataplane/tables/rule_compile.h"

namespace demarc::dp::test {
namespace {

const Be32 kOurs = address("10.1.0.1");
const Ipv6Address kOurs6 = address6("2001:db8:1::1");

Be32 gnb_address(uint8_t host) { return Be32::from_host(address("10.1.0.0").host() + host); }
Ipv6Address gnb_address6(uint8_t host) {
  Ipv6Address a = address6("2001:db8:1::");
  a.bytes[15] = host;
  return a;
}

// With its peer of the wanted family, and guarded.
SessionSpec guarded(SessionSpec spec, bool outer_ipv6) {
  Far& far = spec.fars[1];
  far.guards_tunnels = true;
  if (!outer_ipv6) return spec;
  far.peer_ipv4 = far.local_ipv4 = {};
  far.outer_ipv6 = 1;
  spec.outer_ipv6 = {{gnb_address6(2), kOurs6}};
  return spec;
}

SessionSpec tcp_only(SessionSpec spec) {
  SdfMatch filter;
  filter.protocol = wire::kProtocolTcp;
  std::vector<PdrDetail> details(spec.pdrs.size());
  for (PdrDetail& d : details) d.filters = {filter};
  spec.rules = compile_rules(spec.pdrs, details);
  return spec;
}

}  // namespace

ByteString Way::frame(const ByteString& ip_packet) const {
  return outer_ipv6 ? from_gnb6(tenant, ip_packet) : from_gnb(tenant, ip_packet);
}

ByteString Way::packet(const ByteString& datagram, uint8_t protocol) const {
  return outer_ipv6 ? ipv6(gnb_address6(2), kOurs6, protocol, datagram)
                    : ipv4(gnb_address(2), kOurs, protocol, datagram);
}

ByteString Way::datagram(const ByteString& message, uint16_t port) const {
  return outer_ipv6 ? udp6(gnb_address6(2), kOurs6, wire::kGtpuPort, port, message)
                    : udp(gnb_address(2), kOurs, wire::kGtpuPort, port, message, true);
}

ByteString Way::carry_from(uint8_t host, const ByteString& message) const {
  if (outer_ipv6)
    return frame(ipv6(gnb_address6(host), kOurs6, wire::kProtocolUdp,
                      udp6(gnb_address6(host), kOurs6, wire::kGtpuPort, wire::kGtpuPort, message)));
  return frame(ipv4(gnb_address(host), kOurs, wire::kProtocolUdp,
                    udp(gnb_address(host), kOurs, wire::kGtpuPort, wire::kGtpuPort, message)));
}

std::string Way::name() const {
  return "tenant " + std::to_string(tenant.slot.value) + " over IPv" + (outer_ipv6 ? "6" : "4");
}

Books::Books(const World& world) {
  for (uint16_t t = 0; t < kTenantSlots; ++t) ignore_tenant(world, TenantSlot{t});
}

void Books::ignore(const World& world, TenantSlot tenant, Counter c) {
  counters_[tenant.value][static_cast<size_t>(c)] = world.counter(tenant, c);
}

void Books::ignore_tenant(const World& world, TenantSlot tenant) {
  for (size_t c = 0; c < kCounterCount; ++c) ignore(world, tenant, static_cast<Counter>(c));
  for (size_t r = 0; r < kDropReasonCount; ++r)
    drops_[tenant.value][r] = world.drops(tenant, static_cast<DropReason>(r));
}

std::string Books::differences(const World& world) const {
  std::string out;
  const auto compare = [&out](uint16_t tenant, std::string_view name, uint64_t expected, uint64_t found) {
    if (expected == found) return;
    out += std::string(name) + " of tenant " + std::to_string(tenant) + " is " + std::to_string(found) + " and not " +
           std::to_string(expected) + "; ";
  };
  for (uint16_t t = 0; t < kTenantSlots; ++t) {
    for (size_t c = 0; c < kCounterCount; ++c)
      compare(t, kCounters[c].name, counters_[t][c], world.counter(TenantSlot{t}, static_cast<Counter>(c)));
    for (size_t r = 0; r < kDropReasonCount; ++r)
      compare(t, drop_reason_name(static_cast<DropReason>(r)), drops_[t][r],
              world.drops(TenantSlot{t}, static_cast<DropReason>(r)));
  }
  return out;
}

void put_hostile_sessions(World& world, bool outer_ipv6) {
  for (const TestTenant& t : kTenants) {
    SessionSpec by_qfi = guarded(session_of(t, 1), outer_ipv6);
    by_qfi.pdrs[0].qfi_match = kMarkedQfi;
    SessionSpec of_ipv6 = ipv6_session_of(t, outer_ipv6);
    of_ipv6.fars[1].guards_tunnels = true;
    const SessionSpec specs[] = {guarded(session_of(t), outer_ipv6), by_qfi,
                                 tcp_only(guarded(session_of(t, 2), outer_ipv6)), of_ipv6};
    for (const SessionSpec& spec : specs) ASSERT_TRUE(world.sessions().put(spec));
  }
}

std::vector<Way> ways_of(bool outer_ipv6, bool tagged) {
  if (!tagged) return {{kCarol, outer_ipv6}};
  return {{kAcme, outer_ipv6}, {kBravo, outer_ipv6}};
}

void HostileWorld::expect_traffic(const Way& w) {
  for (const bool inner_ipv6 : {false, true}) {
    const ByteString up = inner_ipv6 ? gpdu(kUplinkTeid6, ue_packet6()) : gpdu(kUplinkTeid, ue_packet());
    const Verdict sent = world.receive(kAccessPort, w.carry(up));
    EXPECT_EQ(to_string(sent.drops), "none");
    ASSERT_EQ(sent.sent.size(), 1u);
    EXPECT_EQ(sent.sent[0].tenant, w.tenant.slot);
    EXPECT_EQ(sent.sent[0].port, kCorePort);
    const ByteString down =
        inner_ipv6 ? from_router6(w.tenant, packet_to_ue6()) : from_router(w.tenant, packet_to_ue());
    const Verdict to_ue = world.receive(kCorePort, down);
    EXPECT_EQ(to_string(to_ue.drops), "none");
    ASSERT_EQ(to_ue.sent.size(), 1u);
    EXPECT_EQ(to_ue.sent[0].tenant, w.tenant.slot);
    EXPECT_EQ(to_ue.sent[0].port, kAccessPort);
  }
}

std::string hostile_variant(const ::testing::TestParamInfo<std::tuple<bool, bool>>& info) {
  return std::string(std::get<0>(info.param) ? "OverIpv6" : "OverIpv4") +
         (std::get<1>(info.param) ? "Tagged" : "Untagged");
}

}  // namespace demarc::dp::test
