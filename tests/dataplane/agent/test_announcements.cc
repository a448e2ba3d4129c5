#include "dataplane/agent/announcements.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

class AnnouncementsTest : public ::testing::Test {
 protected:
  void apply(std::vector<TableUpdate> updates) {
    ASSERT_TRUE(world.apply(std::move(updates)));
    announcements.set_topology(world.topology(), now);
  }
  // What is said in the next `ns`, as "tenant's attachment: address", sorted.
  std::vector<std::string> said(uint64_t ns = 0) {
    now += ns;
    for (unsigned n = 0; n < 4; ++n) announcements.tick(now);
    std::vector<std::string> out;
    for (const ToWorker& m : asked) {
      EXPECT_EQ(m.kind, ToWorker::Kind::announce);
      const auto owner = world.state().slots.of(EntryKind::attachment).owner(m.attachment.value);
      out.push_back(fmt::format("{}.{}: {}", owner.tenant.value, owner.id, to_string(m.address)));
    }
    asked.clear();
    std::sort(out.begin(), out.end());
    return out;
  }
  using Said = std::vector<std::string>;

  World world;
  uint64_t now = 1000;
  std::vector<ToWorker> asked;
  bool ring_has_room = true;
  Announcements announcements{[this](const ToWorker& m) {
    if (ring_has_room) asked.push_back(m);
    return ring_has_room;
  }};
};

TEST_F(AnnouncementsTest, EachAddressTwiceOnItsOwnLink) {
  apply(base(7, 101));
  const Said all{"7.1: 10.1.0.1", "7.2: 10.2.0.1"};
  EXPECT_EQ(said(), all) << "the endpoint has the attachment's address, which is said once";
  EXPECT_EQ(said(Announcements::kIntervalNs - 1), Said{});
  EXPECT_EQ(said(1), all);
  EXPECT_EQ(said(100 * kSecond), Said{});
}

TEST_F(AnnouncementsTest, OnlyWhatIsNew) {
  apply(base(7, 101));
  said();
  said(Announcements::kIntervalNs);
  apply(base(8, 201));
  EXPECT_EQ(said(), (Said{"8.1: 10.1.0.1", "8.2: 10.2.0.1"})) << "the same addresses, of another tenant";
  said(Announcements::kIntervalNs);
  apply({put_endpoint(7, 2, 1, ip(10, 1, 0, 9))});
  EXPECT_EQ(said(), Said{"7.1: 10.1.0.9"});
  said(Announcements::kIntervalNs);
  apply({put_endpoint(7, 3, 1, ip(10, 99, 0, 9))});
  EXPECT_EQ(said(), Said{}) << "behind a router, not on the link";
  apply({put_attachment(7, 2, 2, 150, ip(10, 2, 0, 1))});
  EXPECT_EQ(said(), Said{"7.2: 10.2.0.1"}) << "moved to another VLAN";
}

TEST_F(AnnouncementsTest, WhatGoesIsNotSaidAgain) {
  apply(base(7, 101));
  apply({put_endpoint(7, 2, 1, ip(10, 1, 0, 9))});
  said();
  apply({drop(7, EntryKind::gtpu_endpoint, 2)});
  EXPECT_EQ(said(Announcements::kIntervalNs), (Said{"7.1: 10.1.0.1", "7.2: 10.2.0.1"}));
}

TEST_F(AnnouncementsTest, ASuspendedTenantSaysNothingUntilItIsBack) {
  apply(base(7, 101));
  apply({put_tenant(7, true)});
  EXPECT_EQ(said(Announcements::kIntervalNs), Said{});
  apply({put_tenant(7)});
  EXPECT_EQ(said().size(), 2u);
}

TEST_F(AnnouncementsTest, AgainWhenThePortComesUp) {
  apply(base(7, 101));
  said();
  said(Announcements::kIntervalNs);
  announcements.port_up(PortIndex(200), now);
  EXPECT_EQ(said(), Said{}) << "another port";
  announcements.port_up(
      world.topology().spec().attachments[world.state().slots.attachment(TenantId(7), AttachmentId(1)).value].port,
      now);
  EXPECT_FALSE(said().empty());
}

TEST_F(AnnouncementsTest, AFullRingPutsItOff) {
  ring_has_room = false;
  apply(base(7, 101));
  EXPECT_EQ(said(kSecond), Said{});
  ring_has_room = true;
  EXPECT_EQ(said(kSecond).size(), 2u);
}

}  // namespace
}  // namespace demarc::dp::test
