// HOSTILE list: outer fragments that overlap, that never end, that fill the table, on every way.
#include <gtest/gtest.h>

#include <algorithm>

#include "dataplane/worker/reassembly.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/hostile.h"

namespace demarc::dp::test {
namespace {

constexpr size_t kToTheEnd = SIZE_MAX;

class HostileFragments : public HostileWorld {
 protected:
  void TearDown() override {
    world.poll_held(world.now_tsc + 1'000'000'000);
    EXPECT_EQ(world.counter(way().tenant.slot, Counter::held_packets), 0u);
    EXPECT_EQ(world.counter(other_way().tenant.slot, Counter::held_packets), 0u);
    HostileWorld::TearDown();
  }

  // Bytes [begin, end) of a G-PDU's UDP datagram as a fragment.
  ByteString fragment(const Way& w, size_t begin, size_t end, uint16_t id = 7) const {
    const ByteString datagram = w.datagram(gpdu(kUplinkTeid, ue_packet(0, ByteString(400, 0x5a))));
    end = std::min(end, datagram.size());
    const bool more = end < datagram.size();
    const ByteString part(datagram.begin() + static_cast<ptrdiff_t>(begin),
                          datagram.begin() + static_cast<ptrdiff_t>(end));
    if (w.outer_ipv6) {
      ByteString header = with_word(hex("1100 0000 0000 0000"), 2, static_cast<uint16_t>(begin | (more ? 1 : 0)));
      return w.frame(w.packet(with_word(header, 6, id) + part, 44));
    }
    ByteString packet = with_word(w.packet(part), 4, id);
    return w.frame(with_ip_checksum(with_word(packet, 6, static_cast<uint16_t>((more ? 0x2000 : 0) | begin / 8))));
  }
  Verdict receive(const ByteString& frame) { return world.receive(kAccessPort, frame); }
  void expect_drops(const Verdict& v, size_t fragments, DropReason reason) {
    EXPECT_EQ(v.drops, std::vector<CountedDrop>(fragments, {way().tenant.slot, reason})) << to_string(v.drops);
    EXPECT_TRUE(v.sent.empty());
    EXPECT_TRUE(v.told.empty());
    EXPECT_EQ(world.check_books(), "");
  }
  // A datagram of two fragments that nobody disturbs.
  void expect_reassembled(const Way& w, uint16_t id) {
    EXPECT_EQ(to_string(receive(fragment(w, 0, 64, id)).drops), "none");
    const Verdict v = receive(fragment(w, 64, kToTheEnd, id));
    EXPECT_EQ(to_string(v.drops), "none");
    EXPECT_EQ(v.sent.size(), 1u);
  }
};

TEST_P(HostileFragments, ThatOverlap) {
  const std::pair<size_t, size_t> overlaps[] = {{0, 32}, {8, 24}, {24, 40}, {16, 24}, {40, 80}, {0, 120}, {56, 72}};
  for (const auto& [begin, end] : overlaps) {
    SCOPED_TRACE(begin);
    const Books before(world);
    receive(fragment(way(), 16, 32));
    receive(fragment(way(), 48, 64));
    expect_drops(receive(fragment(way(), begin, end)), 3, DropReason::fragment_overlap);
    Books books = before;
    books.ignore_tenant(world, way().tenant.slot);
    EXPECT_EQ(books.differences(world), "");
  }
  expect_reassembled(way(), 7);
}

TEST_P(HostileFragments, ThatNeverEnd) {
  for (size_t n = 0; n < 8; ++n) EXPECT_TRUE(receive(fragment(way(), n * 16, n * 16 + 16)).drops.empty());
  EXPECT_EQ(world.counter(way().tenant.slot, Counter::held_packets), 8u);
  world.now_tsc += 4 * kTicksPerSecond;
  expect_drops(world.poll_held(world.now_tsc), 8, DropReason::fragment_timeout);
  expect_reassembled(way(), 7);
}

TEST_P(HostileFragments, ThatAreTooMany) {
  Verdict last;
  for (size_t n = 0; n <= Reassembly::kPartsMax; ++n) last = receive(fragment(way(), n * 16, n * 16 + 8, 8));
  const DropReason reason = last.drops.empty() ? DropReason::fragment_table_full : last.drops.front().reason;
  expect_drops(last, Reassembly::kPartsMax + 1, reason);
  expect_reassembled(way(), 8);
}

TEST_P(HostileFragments, ThatFillTheTable) {
  const Books before(world);
  for (unsigned n = 0; n < 600; ++n) {
    const Verdict v = receive(fragment(way(), 0, 16, static_cast<uint16_t>(n)));
    if (n < Reassembly::kDatagramsPerTenant) {
      EXPECT_TRUE(v.drops.empty());
    } else {
      expect_drops(v, 1, DropReason::fragment_table_full);
    }
  }
  Books books = before;
  books.ignore_tenant(world, way().tenant.slot);
  EXPECT_EQ(books.differences(world), "");
  for (uint16_t id = 0; id < 100; ++id) expect_reassembled(other_way(), id);
  expect_traffic(way());
  world.now_tsc += 4 * kTicksPerSecond;
  expect_drops(world.poll_held(world.now_tsc), Reassembly::kDatagramsPerTenant, DropReason::fragment_timeout);
  expect_reassembled(way(), 1);
}

TEST_P(HostileFragments, ThatTwoTenantsSendAtOnce) {
  receive(fragment(way(), 0, 64));
  EXPECT_TRUE(receive(fragment(other_way(), 64, kToTheEnd)).sent.empty()) << "half of the neighbour's";
  const Verdict mine = receive(fragment(way(), 64, kToTheEnd));
  ASSERT_EQ(mine.sent.size(), 1u);
  EXPECT_EQ(mine.sent[0].tenant, way().tenant.slot);
  const Verdict theirs = receive(fragment(other_way(), 0, 64));
  ASSERT_EQ(theirs.sent.size(), 1u);
  EXPECT_EQ(theirs.sent[0].tenant, other_way().tenant.slot);
}

// Put together, it is looked at as if it had come whole.
TEST_P(HostileFragments, OfWhatIsHostileWhenItIsWhole) {
  for (const HostileRow& row : hostile_inner_rows()) {
    if (row.answer.of(way()) != Answer::nothing) continue;
    SCOPED_TRACE(row.name);
    later();
    const ByteString frame = row.frame(way());
    const size_t headers = (way().tenant.access_vlan == 0 ? 14u : 18u) + (outer_ipv6() ? 40 : 20);
    const ByteString head(frame.begin() + static_cast<ptrdiff_t>(headers),
                          frame.begin() + static_cast<ptrdiff_t>(headers) + 8);
    const ByteString rest = tail(frame, headers + 8);
    const auto part = [&](const ByteString& bytes, unsigned at, bool more) {
      if (outer_ipv6())
        return way().frame(way().packet(
            with_word(hex("1100 0000 0000 0009"), 2, static_cast<uint16_t>(at * 8 + (more ? 1 : 0))) + bytes, 44));
      return way().frame(
          with_ip_checksum(with_word(way().packet(bytes), 6, static_cast<uint16_t>((more ? 0x2000 : 0) + at))));
    };
    EXPECT_TRUE(receive(part(head, 0, true)).drops.empty());
    expect_drops(receive(part(rest, 1, false)), 1, row.drop.of(way()));
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, HostileFragments, ::testing::Combine(::testing::Bool(), ::testing::Bool()),
                         hostile_variant);

}  // namespace
}  // namespace demarc::dp::test
