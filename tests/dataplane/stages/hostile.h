// The house of hostile inputs: the ways on which each of them comes, what is expected of it, and the books that show
// that nothing else has happened.
//
// A way is a tenant's access attachment, tagged (acme, bravo) or not (carol), and the family of the outer header. Each
// tenant has the same four sessions, whose peer is the gNB of that family and guarded:
//
//   TEID 0x64    UE 10.45.0.2
//   TEID 0x65    UE 10.45.0.3, uplink with QFI 9 only
//   TEID 0x66    UE 10.45.0.4, TCP only, by an SDF filter
//   TEID 0x1064  UE prefix 2001:db8:45::/64
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {

inline constexpr uint32_t kQfiTeid = kUplinkTeid + 1;
inline constexpr uint32_t kFilterTeid = kUplinkTeid + 2;

struct Way {
  TestTenant tenant;
  bool outer_ipv6;

  // IP packet → frame on the tenant's access attachment.
  ByteString frame(const ByteString& ip_packet) const;
  // UDP datagram, or whatever else `protocol` is, → IP packet from the gNB to the endpoint.
  ByteString packet(const ByteString& datagram, uint8_t protocol = wire::kProtocolUdp) const;
  // GTP-U message → UDP datagram with a right checksum.
  ByteString datagram(const ByteString& message, uint16_t port = wire::kGtpuPort) const;
  ByteString carry(const ByteString& message) const { return frame(packet(datagram(message))); }
  // The same from another address of the gNB's link, 2 to 254 there.
  ByteString carry_from(uint8_t host, const ByteString& message) const;
  std::string name() const;
};

// What is sent in answer, to the gNB and on the same attachment.
enum class Answer : uint8_t {
  nothing,
  error_indication,
  extension_headers,  // Supported Extension Headers Notification
  icmp_error,         // of either family; may go into the tunnel
};

template <class T>
struct PerFamily {
  PerFamily(T both) : ipv4(both), ipv6(both) {}  // NOLINT: rows are easier to read so
  PerFamily(T over_ipv4, T over_ipv6) : ipv4(over_ipv4), ipv6(over_ipv6) {}
  T ipv4;  // the outer family
  T ipv6;
  T of(const Way& way) const { return way.outer_ipv6 ? ipv6 : ipv4; }
};

// One item of the list: what comes, the one drop it is, and what is said to it.
struct HostileRow {
  enum class Charged : uint8_t { tenant, house };
  using Frame = std::function<ByteString(const Way&)>;

  HostileRow(const char* what, const ByteString& message, PerFamily<DropReason> reason,
             PerFamily<Answer> said = Answer::nothing)
      : name(what), frame([message](const Way& w) { return w.carry(message); }), drop(reason), answer(said) {}
  HostileRow(const char* what, Frame build, PerFamily<DropReason> reason, PerFamily<Answer> said = Answer::nothing,
             Charged to = Charged::tenant)
      : name(what), frame(std::move(build)), drop(reason), answer(said), charged(to) {}

  const char* name;
  Frame frame;
  PerFamily<DropReason> drop;
  PerFamily<Answer> answer;
  Charged charged = Charged::tenant;
};

// The frame's link and outer headers; GTP-U and its messages; what is inside of tunnels.
std::vector<HostileRow> hostile_outer_rows();
std::vector<HostileRow> hostile_gtpu_rows();
std::vector<HostileRow> hostile_inner_rows();

// Every counter and drop of every tenant, as one text a difference.
class Books {
 public:
  explicit Books(const World& world);
  void expect(TenantSlot tenant, Counter c, uint64_t more) { counters_[tenant.value][static_cast<size_t>(c)] += more; }
  void expect(TenantSlot tenant, DropReason r, uint64_t more = 1) {
    drops_[tenant.value][static_cast<size_t>(r)] += more;
  }
  // Makes a counter of a tenant what it is now: it is not looked at.
  void ignore(const World& world, TenantSlot tenant, Counter c);
  void ignore_tenant(const World& world, TenantSlot tenant);
  // Empty when the world's are these.
  std::string differences(const World& world) const;

 private:
  uint64_t counters_[kTenantSlots][kCounterCount];
  uint64_t drops_[kTenantSlots][kDropReasonCount];
};

// The sessions above, for every tenant.
void put_hostile_sessions(World& world, bool outer_ipv6);
// acme and bravo, or carol.
std::vector<Way> ways_of(bool outer_ipv6, bool tagged);

// Over (outer IPv6, tagged).
class HostileWorld : public ::testing::TestWithParam<std::tuple<bool, bool>> {
 protected:
  void SetUp() override { put_hostile_sessions(world, outer_ipv6()); }
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  bool outer_ipv6() const { return std::get<0>(GetParam()); }
  bool tagged() const { return std::get<1>(GetParam()); }
  std::vector<Way> ways() const { return ways_of(outer_ipv6(), tagged()); }
  Way way() const { return ways().front(); }
  // Another tenant's, with the same addresses.
  Way other_way() const { return {tagged() ? kBravo : kAcme, outer_ipv6()}; }
  // So that no answer is held back for those before.
  void later() { world.now_tsc += 4 * kTicksPerSecond; }
  // One packet up and one down for each session of the way that takes any: nothing was changed.
  void expect_traffic(const Way& w);

  World world;
};
std::string hostile_variant(const ::testing::TestParamInfo<std::tuple<bool, bool>>& info);

}  // namespace demarc::dp::test
