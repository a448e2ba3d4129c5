// Compiled rules against the plain reading of the same rules, one after the other.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "dataplane/tables/rule_classifier.h"
#include "dataplane/tables/rule_compile.h"
#include "dataplane/tables/session_block.h"
#include "tests/dataplane/tables/sample_session.h"

namespace demarc::dp::test {
namespace {

using Random = std::mt19937;

uint32_t below(Random& random, uint32_t n) { return static_cast<uint32_t>(random()) % n; }
bool one_in(Random& random, uint32_t n) { return below(random, n) == 0; }

// Few values, so that rules and packets meet: a base and what differs in its last bits, in the middle and at the ends.
Ipv6Value some_address(Random& random, bool ipv6) {
  static constexpr uint32_t ipv4[] = {0x0a000000, 0x0a000001, 0x0a00ffff, 0x0a010000, 0xc6336401, 0, 0xffffffff};
  const uint32_t low = ipv4[below(random, 7)];
  if (!ipv6) return low;
  static constexpr uint64_t high[] = {0x20010db800000000, 0x20010db800000001, 0, ~uint64_t{0}};
  return Ipv6Value{high[below(random, 4)]} << 64 | (one_in(random, 4) ? ~uint64_t{0} : uint64_t{low});
}

uint16_t some_port(Random& random) {
  static constexpr uint16_t ports[] = {0, 1, 53, 443, 444, 5060, 32768, 65534, 65535};
  return ports[below(random, 9)];
}
uint8_t some_protocol(Random& random) {
  static constexpr uint8_t protocols[] = {0, 1, 6, 17, 50, 58, 255};
  return protocols[below(random, 7)];
}

AddressMatch some_match(Random& random, bool ipv6) {
  if (one_in(random, 2)) return {};
  const unsigned bits = ipv6 ? 128 : 32;
  AddressMatch out{ipv6 ? AddressMatch::Kind::ipv6 : AddressMatch::Kind::ipv4, false,
                   static_cast<uint8_t>(below(random, bits + 1)), some_address(random, ipv6)};
  if (out.length == 0) {
    out.first = 0;
  } else {
    out.negated = one_in(random, 4);
    const Ipv6Value all = ipv6 ? ~Ipv6Value{0} : Ipv6Value{0xffffffff};
    if (out.length < bits) out.first &= ~(all >> out.length);
  }
  return out;
}

std::vector<PortMatch> some_ports(Random& random) {
  std::vector<PortMatch> out;
  if (one_in(random, 2)) return out;
  for (uint32_t n = 1 + below(random, 8); n > 0; --n) {
    PortMatch range{some_port(random), some_port(random)};
    if (one_in(random, 2)) range.last = range.first;
    if (range.first > range.last) std::swap(range.first, range.last);
    out.push_back(range);
  }
  return out;
}

SdfMatch some_filter(Random& random) {
  SdfMatch f;
  const bool ipv6 = one_in(random, 2);
  if (one_in(random, 2)) f.protocol = some_protocol(random);
  f.remote = some_match(random, ipv6);
  f.local = some_match(random, ipv6);
  if (one_in(random, 2)) f.remote_ports = some_ports(random);
  if (one_in(random, 4)) f.local_ports = some_ports(random);
  if (one_in(random, 4)) {
    f.tos_mask = static_cast<uint8_t>(random());
    f.tos = f.tos_mask & static_cast<uint8_t>(0xb8);
  }
  if (one_in(random, 8)) f.spi = 1 + below(random, 3);
  if (one_in(random, 8)) f.flow_label = below(random, 3);
  return f;
}

struct RuleSet {
  std::vector<Pdr> pdrs;
  std::vector<PdrDetail> details;
};

RuleSet some_rules(Random& random) {
  RuleSet out;
  const uint32_t count = 1 + below(random, 64);
  for (uint32_t n = 0; n < count; ++n) {
    const bool core = one_in(random, 2);
    const auto id = static_cast<uint16_t>(n + 1);
    Pdr pdr = core ? downlink_pdr(id, ue_of(below(random, 2))) : uplink_pdr(id, teid_of(below(random, 2)));
    pdr.precedence = n;
    if (one_in(random, 4)) pdr.ue_ipv6 = 1;
    if (core && pdr.ue_ipv6 != 0 && one_in(random, 2)) pdr.ue_ipv4 = {};
    PdrDetail detail;
    if (one_in(random, 4))
      pdr.qfi_match = static_cast<uint8_t>(below(random, 3));
    else if (one_in(random, 4))
      detail.qfis = random() & 7;
    const uint32_t filters = one_in(random, 8) ? 16 : below(random, 3);
    for (uint32_t i = 0; i < filters; ++i) detail.filters.push_back(some_filter(random));
    out.pdrs.push_back(pdr);
    out.details.push_back(std::move(detail));
  }
  return out;
}

Flow some_flow(Random& random, bool core, bool ipv6) {
  Flow f;
  if (!core)
    f.key = SessionTable::uplink_key(kEndpoint, teid_of(below(random, 3)));
  else if (!ipv6)
    f.key = ue_of(below(random, 3)).host();
  f.remote = some_address(random, ipv6);
  f.local = some_address(random, ipv6);
  f.protocol = some_protocol(random);
  f.tos = one_in(random, 2) ? 0xb8 : static_cast<uint8_t>(random());
  f.qfi = one_in(random, 3) ? 255 : static_cast<uint8_t>(below(random, 4));
  f.has_ports = !one_in(random, 4);
  if (f.has_ports) {
    f.remote_port = some_port(random);
    f.local_port = some_port(random);
  }
  f.has_spi = one_in(random, 4);
  if (f.has_spi) f.spi = below(random, 4);
  if (ipv6) f.flow_label = below(random, 4);
  return f;
}

// What does not depend on filters or QFIs: TS 29.244 clause 5.2.1.
bool key_matches(const Pdr& pdr, const Flow& flow, bool core, bool ipv6) {
  if (pdr.source_core != core) return false;
  const bool ipv4_only = pdr.ue_ipv4 != Be32{} && pdr.ue_ipv6 == 0;
  const bool ipv6_only = pdr.ue_ipv4 == Be32{} && pdr.ue_ipv6 != 0;
  if (ipv6 ? ipv4_only : ipv6_only) return false;
  if (!core) return SessionTable::uplink_key(pdr.endpoint, pdr.teid) == flow.key;
  return ipv6 || pdr.ue_ipv4.host() == flow.key;
}

bool qfi_matches(const Pdr& pdr, const PdrDetail& detail, uint8_t qfi) {
  if (detail.qfis != 0) return qfi < 64 && (detail.qfis >> qfi & 1) != 0;
  return pdr.qfi_match == kQfiAny || pdr.qfi_match == qfi;
}

int plainly(const RuleSet& rules, const Flow& flow, bool core, bool ipv6) {
  for (size_t i = 0; i < rules.pdrs.size(); ++i) {
    if (!key_matches(rules.pdrs[i], flow, core, ipv6) || !qfi_matches(rules.pdrs[i], rules.details[i], flow.qfi))
      continue;
    const auto& filters = rules.details[i].filters;
    if (filters.empty()) return static_cast<int>(i);
    for (const SdfMatch& filter : filters)
      if (matches(filter, flow, ipv6)) return static_cast<int>(i);
  }
  return -1;
}

TEST(Rules, CompiledSayWhatTheySayPlainly) {
  Random random(20261122);
  unsigned found = 0, missed = 0;
  for (unsigned round = 0; round < 400; ++round) {
    const RuleSet rules = some_rules(random);
    const std::vector<uint64_t> words = compile_rules(rules.pdrs, rules.details);
    if (words.empty()) continue;
    for (unsigned n = 0; n < 200; ++n) {
      const bool core = one_in(random, 2);
      const bool ipv6 = one_in(random, 2);
      const Flow flow = some_flow(random, core, ipv6);
      const int wanted = plainly(rules, flow, core, ipv6);
      const int got = first_rule(words.data(), core, ipv6, flow,
                                 [&](uint8_t pdr) { return key_matches(rules.pdrs[pdr], flow, core, ipv6); });
      ASSERT_EQ(got, wanted) << "round " << round << ", packet " << n;
      ++(wanted < 0 ? missed : found);
    }
  }
  EXPECT_GT(found, 10'000u);
  EXPECT_GT(missed, 10'000u);
}

TEST(Rules, FewPlainPdrsAreNotCompiled) {
  const std::vector<Pdr> pdrs{uplink_pdr(1, teid_of(1)), downlink_pdr(2, ue_of(1))};
  EXPECT_TRUE(compile_rules(pdrs, std::vector<PdrDetail>(2)).empty());
  std::vector<PdrDetail> details(2);
  details[0].qfis = 2;
  EXPECT_FALSE(compile_rules(pdrs, details).empty());
  const std::vector<Pdr> five(5, uplink_pdr(1, teid_of(1)));
  EXPECT_FALSE(compile_rules(five, std::vector<PdrDetail>(5)).empty());
}

std::vector<uint64_t> largest(std::vector<Pdr>& pdrs) {
  std::vector<PdrDetail> details(64);
  for (uint16_t n = 0; n < 64; ++n) {
    pdrs.push_back(uplink_pdr(static_cast<uint16_t>(n + 1), teid_of(1)));
    for (uint16_t f = 0; f < 16; ++f) {
      SdfMatch filter;
      for (uint16_t p = 0; p < 8; ++p) {
        const auto port = static_cast<uint16_t>((n * 16 + f) * 60 + p * 6);
        filter.remote_ports.push_back({port, static_cast<uint16_t>(port + 2)});
        filter.local_ports.push_back({static_cast<uint16_t>(port + 1), static_cast<uint16_t>(port + 3)});
      }
      details[n].filters.push_back(std::move(filter));
    }
  }
  return compile_rules(pdrs, details);
}

TEST(Rules, TheLargestSessionFits) {
  std::vector<Pdr> pdrs;
  const std::vector<uint64_t> words = largest(pdrs);
  EXPECT_LT(words.size() * 8, 1'300'000u);
  EXPECT_GT(words.size() * 8, 300'000u) << "else this is not the largest";
}

TEST(Rules, LieInTheSessionsBlockAndComeBack) {
  SessionSpec spec = sample_session(1);
  std::vector<PdrDetail> details(2);
  details[1].filters.emplace_back();
  details[1].filters[0].remote_ports = {{53, 53}};
  spec.rules = compile_rules(spec.pdrs, details);
  const SessionBlock block = make_session_block(spec, WorkerIndex{}, UsageRef::make());
  ASSERT_NE(block->rules_offset, 0u);
  EXPECT_EQ(block->rules_offset % 64, 0u);
  const auto back = compiled_rules(*block);
  EXPECT_EQ(std::vector<uint64_t>(back.begin(), back.end()), spec.rules);
  EXPECT_EQ(session_block_bytes(*block) % 64, 0u);
  EXPECT_GE(session_block_bytes(*block), block->rules_offset + spec.rules.size() * 8);
  EXPECT_TRUE(compiled_rules(*make_session_block(sample_session(1), WorkerIndex{}, UsageRef::make())).empty());

  spec.pdrs[0].precedence = 9;
  EXPECT_FALSE(check_rules(spec).has_value()) << "compiled for another order";
}

// All tenants' together; how much of it one has is for the control plane to say.
TEST(Rules, HaveARoomThatEnds) {
  Reclaimer reclaimer(1);
  auto table = SessionTable::create(1000, reclaimer, "rule_room");
  ASSERT_TRUE(table.has_value());
  std::vector<Pdr> pdrs;
  SessionSpec spec = sample_session(0);
  spec.rules = largest(pdrs);
  spec.pdrs = pdrs;
  const size_t most = rule_bytes_max(1000) / (spec.rules.size() * 8);
  const auto put = [&](uint32_t number) {
    spec.up_seid = Seid{number + 1};
    for (Pdr& p : spec.pdrs) p.teid = teid_of(number);
    return (*table)->put(spec);
  };
  uint32_t number = 0;
  while (number < most) ASSERT_TRUE(put(number++));
  EXPECT_TRUE(put(0)) << "a replacement takes no more room";
  const Status refused = put(number);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::exhausted);
  ASSERT_TRUE((*table)->remove(kTenant, Seid{1}));
  EXPECT_TRUE(put(number));
}

// What the control plane counts of the rules of one family, here from what the compiler takes.
RuleCounts counts_of(const RuleSet& rules, bool ipv6) {
  RuleCounts c;
  uint32_t of_origin[3] = {};
  for (size_t i = 0; i < rules.pdrs.size(); ++i) {
    const Pdr& pdr = rules.pdrs[i];
    if ((pdr.ue_ipv4 != Be32{} || pdr.ue_ipv6 != 0) && (ipv6 ? pdr.ue_ipv6 == 0 : pdr.ue_ipv4 == Be32{})) continue;
    const auto other = ipv6 ? AddressMatch::Kind::ipv4 : AddressMatch::Kind::ipv6;
    uint32_t here = rules.details[i].filters.empty() ? 1 : 0;
    for (const SdfMatch& f : rules.details[i].filters) {
      if (f.remote.kind == other || f.local.kind == other || (!ipv6 && f.flow_label != SdfMatch::kAnyFlowLabel))
        continue;
      ++here;
      c.protocols += f.protocol != SdfMatch::kAnyProtocol;
      c.toses += f.tos_mask != 0;
      c.spis += f.spi != 0;
      c.flow_labels += f.flow_label != SdfMatch::kAnyFlowLabel;
      c.addresses += (f.remote.kind != AddressMatch::Kind::any) + (f.local.kind != AddressMatch::Kind::any);
      c.port_ranges += static_cast<uint32_t>(f.remote_ports.size() + f.local_ports.size());
    }
    c.rules += here;
    if (pdr.qfi_match != kQfiAny || rules.details[i].qfis != 0) c.qfis += here;
    c.keys += here * static_cast<uint32_t>(1 + rules.details[i].framed.size());
    of_origin[pdr.source_core ? 1 + (pdr.teid != Teid{0}) : 0] += here;
  }
  for (const uint32_t n : of_origin) c.chunks += (n + 63) / 64;
  return c;
}

// The control plane promises room by this bound, so no compiled session may be larger.
TEST(Rules, TakeNoMoreThanTheBoundSays) {
  Random random(7);
  double bounds = 0, real = 0;
  for (unsigned round = 0; round < 400; ++round) {
    RuleSet rules = some_rules(random);
    for (PdrDetail& detail : rules.details)
      for (uint32_t n = one_in(random, 6) ? below(random, 16) : 0; n > 0; --n)
        detail.framed.push_back({AddressMatch::Kind::ipv4, false, 24, Ipv6Value{random() & 0xffffff00}});
    const size_t bytes = compile_rules(rules.pdrs, rules.details).size() * 8;
    if (bytes == 0) continue;
    const size_t bound = rule_bytes_at_most(counts_of(rules, false), counts_of(rules, true));
    ASSERT_LE(bytes, bound) << "round " << round;
    bounds += static_cast<double>(bound);
    real += static_cast<double>(bytes);
  }
  EXPECT_LT(bounds, 4 * real) << "these rules name the same few values again and again; still";
}

TEST(Rules, TheBoundHoldsForTheLargestSession) {
  std::vector<Pdr> pdrs;
  const size_t bytes = largest(pdrs).size() * 8;
  const RuleCounts counts{.chunks = 16, .rules = 1024, .port_ranges = 16 * 1024};
  const size_t bound = rule_bytes_at_most(counts, counts);
  EXPECT_LE(bytes, bound);
  EXPECT_LT(bound, 2 * bytes);
}

}  // namespace
}  // namespace demarc::dp::test
