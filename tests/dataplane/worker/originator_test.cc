#include "dataplane/worker/originator.h"

#include <deque>
#include <optional>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/worker/fixture.h"

namespace demarc::dp {
namespace {

using test::ip;

constexpr AnswerClass kClass = AnswerClass::gtpu_error_indication;
constexpr uint64_t kSecond = 3'000'000'007;  // ticks; no multiple of anything
constexpr uint64_t kYear = kSecond * 86'400 * 366;
constexpr TenantSlot kFirst{1};
constexpr TenantSlot kSecondTenant{2};

// Over a flood of `seconds`, asked `per_second` times each: the most that any second had, and how many in all.
struct Taken {
  unsigned most_in_a_second = 0;
  unsigned all = 0;
};
template <class Ask>
Taken flood(unsigned seconds, unsigned per_second, uint64_t start, Ask ask) {
  Taken out;
  std::deque<uint64_t> last_second;
  for (unsigned n = 0; n < seconds * per_second; ++n) {
    const uint64_t now = start + n * (kSecond / per_second);
    while (!last_second.empty() && last_second.front() + kSecond <= now) last_second.pop_front();
    if (!ask(now, n)) continue;
    last_second.push_back(now);
    ++out.all;
    out.most_in_a_second = std::max<unsigned>(out.most_in_a_second, static_cast<unsigned>(last_second.size()));
  }
  return out;
}

TEST(AnswerLimiter, APeerHasAtMostTenInAnySecond) {
  for (const uint64_t start : {uint64_t{0}, kYear, 100 * kYear / 2}) {
    AnswerLimiter limiter(3, 1, kSecond);
    const Taken taken = flood(
        10, 997, start, [&](uint64_t now, unsigned) { return limiter.take(kFirst, kClass, ip(10, 0, 0, 5), now); });
    EXPECT_LE(taken.most_in_a_second, 10u);
    EXPECT_GE(taken.most_in_a_second, 9u);
    EXPECT_GE(taken.all, 50u);
  }
}

TEST(AnswerLimiter, ATenantHasAtMostAHundredInAnySecond) {
  AnswerLimiter limiter(3, 1, kSecond);
  const Taken taken = flood(10, 9973, kYear, [&](uint64_t now, unsigned n) {
    return limiter.take(kFirst, kClass, ip(10, 0, static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n)), now);
  });
  EXPECT_LE(taken.most_in_a_second, 100u);
  EXPECT_GE(taken.most_in_a_second, 99u);
  EXPECT_GE(taken.all, 500u);
}

TEST(AnswerLimiter, WorkersShareTheLimit) {
  for (const unsigned workers : {2u, 3u, 4u, 5u}) {
    std::vector<AnswerLimiter> limiters(workers, AnswerLimiter(3, workers, kSecond));
    const Taken peer = flood(10, 997, kYear, [&](uint64_t now, unsigned n) {
      return limiters[n % workers].take(kFirst, kClass, ip(10, 0, 0, 5), now);
    });
    EXPECT_LE(peer.most_in_a_second, 10u) << workers;
    EXPECT_GE(peer.all, 50u) << workers;
  }
}

TEST(AnswerLimiter, WithManyWorkersEachStillAnswers) {
  AnswerLimiter limiter(3, 64, kSecond);
  EXPECT_TRUE(limiter.take(kFirst, kClass, ip(10, 0, 0, 5), 1));
  EXPECT_FALSE(limiter.take(kFirst, kClass, ip(10, 0, 0, 5), 2));
  EXPECT_TRUE(limiter.take(kFirst, kClass, ip(10, 0, 0, 5), 14 * kSecond));
}

TEST(AnswerLimiter, AFloodOfOneTenantCostsTheOtherNothing) {
  AnswerLimiter limiter(3, 1, kSecond);
  for (unsigned n = 0; n < 100'000; ++n)
    limiter.take(kFirst, kClass,
                 ip(10, static_cast<uint8_t>(n >> 16), static_cast<uint8_t>(n >> 8), static_cast<uint8_t>(n)), 5);
  EXPECT_FALSE(limiter.take(kFirst, kClass, ip(10, 9, 9, 9), 5));
  for (unsigned n = 0; n < 5; ++n) EXPECT_TRUE(limiter.take(kSecondTenant, kClass, ip(10, 0, 0, 5), 5));
}

TEST(AnswerLimiter, OneClassLeavesTheOthersTheirs) {
  AnswerLimiter limiter(3, 1, kSecond);
  while (limiter.take(kFirst, kClass, ip(10, 0, 0, 5), 5)) {
  }
  EXPECT_TRUE(limiter.take(kFirst, AnswerClass::icmp_error, ip(10, 0, 0, 5), 5));
}

class OriginatorTest : public test::TablesTest {
 protected:
  Originator::Packet answer(size_t bytes = 40, uint64_t now = kYear) {
    PacketMeta cause;
    cause.tenant = kFirst;
    cause.attachment = AttachmentSlot(0);
    cause.vrf = VrfSlot(2);
    return originator->answer(cause, kClass, ip(10, 0, 0, 5), bytes, false, Originator::Way::route, now);
  }
  uint64_t counter(Counter c) { return counters[kFirst.value].counters[static_cast<size_t>(c)].read(); }

  std::unique_ptr<TenantCounters[]> counters = std::make_unique<TenantCounters[]>(3);
  std::unique_ptr<Originator> originator =
      std::make_unique<Originator>(test::pool(), counters.get(), AnswerLimiter(3, 1, kSecond));
};

TEST_F(OriginatorTest, MakesAPacketThatGoesWhereTheCauseWas) {
  const Originator::Packet packet = answer();
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet.meta->tenant, kFirst);
  EXPECT_EQ(packet.meta->vrf, VrfSlot(2));
  EXPECT_TRUE(packet.meta->made_here);
  EXPECT_EQ(packet.meta->l3_offset, 0);
  ASSERT_EQ(originator->burst().size, 1);
  EXPECT_EQ(originator->route().size, 1);
  EXPECT_EQ(originator->burst().mbuf[0]->pkt_len, 40u);
  EXPECT_EQ(counter(Counter::originated_packets), 1u);
  originator.reset();  // gives back what did not go
}

TEST_F(OriginatorTest, WhatWasMadeHereIsNotAnswered) {
  PacketMeta cause;
  cause.tenant = kFirst;
  cause.made_here = true;
  EXPECT_FALSE(originator->answer(cause, kClass, ip(10, 0, 0, 5), 40, false, Originator::Way::route, 1));
  EXPECT_EQ(counter(Counter::originated_packets), 0u);
  EXPECT_EQ(counter(Counter::answers_suppressed), 0u);
}

TEST_F(OriginatorTest, BeyondTheLimitNothingIsMadeAndThatIsCounted) {
  unsigned made = 0;
  for (unsigned n = 0; n < 100; ++n) made += static_cast<bool>(answer());
  EXPECT_EQ(made, 5u);
  EXPECT_EQ(counter(Counter::originated_packets), 5u);
  EXPECT_EQ(counter(Counter::answers_suppressed), 95u);
  originator.reset();
}

TEST_F(OriginatorTest, WithoutABufferNothingIsMade) {
  std::vector<rte_mbuf*> all;
  while (rte_mbuf* const m = rte_pktmbuf_alloc(test::pool())) all.push_back(m);
  EXPECT_FALSE(answer());
  EXPECT_EQ(counter(Counter::originated_packets), 0u);
  EXPECT_EQ(counter(Counter::answers_suppressed), 1u);
  rte_pktmbuf_free_bulk(all.data(), static_cast<unsigned>(all.size()));
  EXPECT_TRUE(answer());
  originator.reset();
}

TEST_F(OriginatorTest, APacketLargerThanABufferIsNotMade) {
  EXPECT_FALSE(answer(UINT16_MAX));
  EXPECT_FALSE(answer(size_t{UINT16_MAX} + 1, kYear + kSecond));
  EXPECT_EQ(counter(Counter::originated_packets), 0u);
}

TEST_F(OriginatorTest, TheBurstIsNeverOverfilled) {
  PacketMeta like;
  like.tenant = kFirst;
  unsigned made = 0;
  for (unsigned n = 0; n < kBurstMax + 10; ++n)
    made += static_cast<bool>(originator->originate(like, 40, true, Originator::Way::session));
  EXPECT_EQ(made, kBurstMax);
  EXPECT_EQ(originator->session().size, kBurstMax);
  originator.reset();
}

}  // namespace
}  // namespace demarc::dp
