// Properties of the hierarchy of rates, for whatever comes in whatever order: tenant, core VRF, session, QER.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <vector>

#include "dataplane/stages/rate_check.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

__extension__ using Wide = __int128;
constexpr uint64_t kHz = 2'400'000'000;
constexpr size_t kUp = static_cast<size_t>(Direction::uplink);
constexpr uint64_t kSteps[] = {0, 100, 10'000, 1'000'000, kHz / 100, kHz};
constexpr uint64_t kBps[] = {64'000, 1'000'000, 100'000'000, 10'000'000'000};

// What went through at one level, held against its rate as it was at each moment, in bits × ticks a second.
struct Account {
  Rate rate;
  Wide above = 0;  // the most that any time up to now has beyond rate × time
  Wide bound = 0;  // that `above` must not exceed

  void change(const Rate& to) {
    const Wide depth = Wide{to.depth} * kHz;
    bound = rate && to ? std::max(depth, std::min(bound, above + depth)) : depth;
    if (!rate || !to) above = 0;
    rate = to;
  }
  void wait(uint64_t ticks) { above = std::max<Wide>(above - Wide{ticks} * rate.per_second, 0); }
  void pass(uint64_t bits) {
    if (rate) above += Wide{bits} * kHz;
  }
};

enum Level : size_t { tenant, vrf, session_one, session_two, qer, kLevels };

struct Step {
  uint8_t what = 0;  // 0..5: a packet of the first session, 6, 7: of the second; 8: another rate; 9: both
  uint8_t wait = 0;
  uint8_t level = 0;
  uint8_t rate = 0;
  uint16_t bytes = 0;
  uint8_t burst_ms = 0;
};

class Hierarchy {
 public:
  explicit Hierarchy(World& w) : world_(w) {
    world_.context().tsc_hz = kHz;
    for (unsigned ue = 0; ue < 2; ++ue) {
      (void)world_.sessions().remove(kAcme.slot, session_of(kAcme, ue).up_seid);
      put_session(ue);
    }
    for (auto& state : shared_) state = std::make_shared<SharedLimits>(1);
    publish();
  }

  void wait(uint64_t ticks) {
    now_ += ticks;
    for (Account& a : accounts) a.wait(ticks);
  }

  void change(Level level, const Rate& rate) {
    if (level == tenant || level == vrf) {
      if (accounts[level].rate) shared_[level]->settle(share_rates(rates_of(level), 1), now_, kHz);
    }
    accounts[level].change(rate);
    if (level == tenant || level == vrf) {
      if (!rate) shared_[level] = std::make_shared<SharedLimits>(1);
      publish();
    } else {
      put_session(level == session_two ? 1 : 0);
    }
  }

  // Whether it went through; then every level that it went by has it.
  bool send(unsigned ue, uint64_t bytes) {
    const Session* const s = world_.sessions().find(kAcme.slot, session_of(kAcme, ue).up_seid);
    PacketMeta meta;
    meta.tenant = kAcme.slot;
    meta.vrf = kAcme.core_vrf();
    meta.session = s;
    meta.set_pdr(s->pdrs()[0]);
    if (check_rates(world_.context(), meta, Direction::uplink, bytes, now_) != kNotDropped) return false;
    for (const Level level : path(ue)) accounts[level].pass(8 * bytes);
    return true;
  }

  static std::vector<Level> path(unsigned ue) {
    if (ue == 0) return {tenant, vrf, session_one, qer};
    return {tenant, vrf, session_two};
  }

  std::array<Account, kLevels> accounts;

 private:
  Rates rates_of(Level level) const {
    Rates rates{};
    rates[kUp].bits = accounts[level].rate;
    return rates;
  }
  LimitsRow row(Level level) const {
    if (!accounts[level].rate) return {};
    return {rates_of(level), share_rates(rates_of(level), 1), shared_[level]};
  }
  void publish() {
    TopologySpec spec = world_.spec();
    spec.tenants[kAcme.slot.value].limits = row(tenant);
    spec.vrfs[kAcme.core_vrf().value].limits = row(vrf);
    world_.set_topology(std::move(spec));
  }
  void put_session(unsigned ue) {
    SessionSpec spec = session_of(kAcme, ue);
    SessionRates rates{rates_of(ue == 0 ? session_one : session_two), {}, {}};
    if (ue == 0) rates.qers.push_back({.qer_id = 1, .mbr = {accounts[qer].rate, {}}, .gbr = {}});
    rates.of_pdrs.assign(spec.pdrs.size(), ue == 0 ? 1 : 0);
    rates.changed_tsc = now_;
    spec.rates = rates;
    if (!world_.sessions().put(spec)) ADD_FAILURE() << "put";
  }

  World& world_;
  uint64_t now_ = uint64_t{kHz} * 86'400 * 365;
  std::array<std::shared_ptr<SharedLimits>, 2> shared_;  // of tenant and vrf
};

rc::Gen<Step> any_step() {
  return rc::gen::build<Step>(rc::gen::set(&Step::what, rc::gen::inRange<uint8_t>(0, 10)),
                              rc::gen::set(&Step::wait, rc::gen::inRange<uint8_t>(0, std::size(kSteps))),
                              rc::gen::set(&Step::level, rc::gen::inRange<uint8_t>(0, kLevels)),
                              rc::gen::set(&Step::rate, rc::gen::inRange<uint8_t>(0, std::size(kBps) + 1)),
                              rc::gen::set(&Step::bytes, rc::gen::inRange<uint16_t>(40, 9'001)),
                              rc::gen::set(&Step::burst_ms, rc::gen::inRange<uint8_t>(1, 100)));
}

// Returns how many packets went through.
unsigned run(Hierarchy& h, const std::vector<Step>& steps) {
  unsigned passed = 0;
  for (const Step& step : steps) {
    h.wait(kSteps[step.wait]);
    if (step.what >= 8)
      h.change(static_cast<Level>(step.level),
               step.rate == std::size(kBps) ? Rate{} : bit_rate(kBps[step.rate], step.burst_ms));
    if (step.what == 8) continue;
    // A few at once: a burst is what finds a bucket's bottom.
    for (unsigned n = 0; n < 1 + step.burst_ms % 8u; ++n)
      passed += h.send(step.what == 6 || step.what == 7, step.bytes);
    for (const Account& a : h.accounts) RC_ASSERT(a.above <= a.bound);
  }
  return passed;
}

void start(Hierarchy& h) {
  for (size_t level = 0; level < kLevels; ++level) h.change(static_cast<Level>(level), bit_rate(kBps[level % 3], 10));
}

// What a level lets through in any time at all, whatever the others do and however rates change meanwhile, is never
// more than its burst and its rate for that time: so no child gets by an ancestor, and no change is a free burst.
TEST(RateProperties, NoLevelIsEverExceeded) {
  World world(3);
  EXPECT_TRUE(rc::check("no level is ever exceeded", [&] {
    Hierarchy h(world);
    start(h);
    run(h, *rc::gen::container<std::vector<Step>>(200, any_step()));
  }));
}

// Whatever went before: after two seconds without a packet, the largest goes through at any rate that there may be.
TEST(RateProperties, NothingStallsForEver) {
  World world(3);
  EXPECT_TRUE(rc::check("two quiet seconds let the largest packet through", [&] {
    Hierarchy h(world);
    start(h);
    run(h, *rc::gen::container<std::vector<Step>>(100, any_step()));
    h.wait(2 * kHz);
    RC_ASSERT(h.send(0, 9'000));
    h.wait(2 * kHz);
    h.change(*rc::gen::element(tenant, vrf, session_one, qer), bit_rate(64'000, 1));
    h.wait(2 * kHz);
    RC_ASSERT(h.send(0, 9'000));
  }));
}

// What a level refuses has spent nothing at the others: of two runs, one of which has packets besides that the first
// session's own QER refuses all, the second session gets the same through.
TEST(RateProperties, WhatIsRefusedHasSpentNothing) {
  World world(3);
  EXPECT_TRUE(rc::check("refused packets change nothing for others", [&] {
    const auto steps = *rc::gen::container<std::vector<Step>>(100, any_step());
    std::vector<bool> went[2];
    for (const bool refused_besides : {false, true}) {
      Hierarchy h(world);
      start(h);
      h.change(tenant, bit_rate(kBps[3], 10));
      h.change(vrf, bit_rate(kBps[2], 10));
      h.change(session_two, bit_rate(kBps[2], 10));
      for (const unsigned ue : {0u, 1u}) RC_ASSERT(h.send(ue, 40));
      h.wait(kHz);                // everything is full
      while (h.send(0, 9'000)) {  // the QER's is empty now; it is the least of them
      }
      h.change(qer, bit_rate(64'000, 1));
      for (const Step& step : steps) {
        h.wait(kSteps[step.wait] % 10'000);  // so little that no packet of the first session is let in
        if (refused_besides)
          for (int n = 0; n < 3; ++n) RC_ASSERT(!h.send(0, 9'000));
        went[refused_besides].push_back(h.send(1, step.bytes));
      }
    }
    RC_ASSERT(went[0] == went[1]);
  }));
}

}  // namespace
}  // namespace demarc::dp::test
