// A PDR's SDF filters and QFIs: what verifies and means nonsense, and what is taken as it is meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "dataplane/agent/decode.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;
using Pdr = schema::PdrEntryT;
using Filter = schema::SdfFilterT;
using Prefix = schema::FilterPrefixT;

Result<SessionValue> decode_pdr(const std::function<void(Pdr&)>& change) {
  auto entry = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
  change(*entry.pdrs[0]);
  const TableUpdate update = put_session(7, 5, entry);
  return decode_session(update.key, update.value);
}

Result<SessionValue> decode_filter(const std::function<void(Filter&)>& change) {
  return decode_pdr([&](Pdr& pdr) {
    pdr.sdf_filters.push_back(std::make_unique<Filter>());
    pdr.sdf_filters.push_back(std::make_unique<Filter>());
    change(*pdr.sdf_filters[1]);
  });
}

std::unique_ptr<Prefix> ipv4(uint32_t address, uint8_t length, bool negated = false) {
  auto out = std::make_unique<Prefix>();
  out->ipv4 = address;
  out->prefix_length = length;
  out->negated = negated;
  return out;
}
std::unique_ptr<Prefix> ipv6(std::vector<uint8_t> bytes, uint8_t length) {
  auto out = std::make_unique<Prefix>();
  out->ipv6 = std::move(bytes);
  out->prefix_length = length;
  return out;
}
const std::vector<uint8_t> kDocumentation{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

TEST(DecodeFilter, RefusesNonsense) {
  struct Case {
    const char* description;
    std::function<void(Filter&)> change;
    const char* text;
  };
  const Case cases[] = {
      {"protocol", [](Filter& f) { f.protocol = 257; }, "PDR 1: SDF filter 2: protocol 257"},
      {"length", [](Filter& f) { f.remote = ipv4(0, 33); }, "remote prefix length 33"},
      {"host bits", [](Filter& f) { f.local = ipv4(ip(10, 0, 0, 1), 31); }, "local prefix 10.0.0.1/31 has host bits"},
      {"nothing", [](Filter& f) { f.local = ipv4(0, 0, true); }, "no address is in it"},
      {"IPv6 bytes",
       [](Filter& f) {
         f.remote = ipv6({1, 2, 3}, 8);
       },
       "an IPv6 address has 16"},
      {"IPv6 length", [](Filter& f) { f.remote = ipv6(kDocumentation, 129); }, "remote prefix length 129"},
      {"IPv6 host bits", [](Filter& f) { f.remote = ipv6(kDocumentation, 24); }, "2001:db8::/24 has host bits"},
      {"both families",
       [](Filter& f) {
         f.remote = ipv6(kDocumentation, 32);
         f.remote->ipv4 = 1;
       },
       "two families"},
      {"a family each",
       [](Filter& f) {
         f.remote = ipv6(kDocumentation, 32);
         f.local = ipv4(0, 0);
       },
       "different families"},
      {"ports", [](Filter& f) { f.remote_ports = {schema::PortRange(2, 1)}; }, "ports 2-1"},
      {"many ports", [](Filter& f) { f.local_ports.assign(9, schema::PortRange(1, 2)); }, "9 port ranges"},
      {"tos",
       [](Filter& f) {
         f.tos = 0xff;
         f.tos_mask = 0xfc;
       },
       "ToS 0xff has bits outside its mask 0xfc"},
      {"label", [](Filter& f) { f.flow_label = 0x100000; }, "flow label 0x100000"},
      {"label of IPv4",
       [](Filter& f) {
         f.flow_label = 1;
         f.remote = ipv4(0, 0);
       },
       "an IPv6 flow label and an IPv4 prefix"},
      {"spi of UDP",
       [](Filter& f) {
         f.spi = 1;
         f.protocol = 17;
       },
       "protocol 17"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    const auto result = decode_filter(c.change);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::invalid);
    EXPECT_THAT(result.error().message, HasSubstr(c.text));
  }
}

TEST(DecodeFilter, RefusesNonsenseOfThePdr) {
  const auto refused = [](const char* text, const std::function<void(Pdr&)>& change) {
    const auto result = decode_pdr(change);
    ASSERT_FALSE(result) << text;
    EXPECT_THAT(result.error().message, HasSubstr(text));
  };
  refused("QFI 64", [](Pdr& p) { p.qfis = {64}; });
  refused("QFI 5 twice", [](Pdr& p) { p.qfis = {5, 6, 5}; });
  refused("besides a set", [](Pdr& p) {
    p.qfis = {5};
    p.qfi = 6;
  });
  refused("17 SDF filters", [](Pdr& p) {
    for (int i = 0; i < 17; ++i) p.sdf_filters.push_back(std::make_unique<Filter>());
  });
}

TEST(DecodeFilter, TakesEachField) {
  const auto result = decode_filter([](Filter& f) {
    f.protocol = 6;
    f.remote = ipv6(kDocumentation, 32);
    f.remote->negated = true;
    f.remote_ports = {schema::PortRange(80, 80), schema::PortRange(8000, 8999)};
    f.local_ports = {schema::PortRange(0, 65535)};
    f.tos = 0xb8;
    f.tos_mask = 0xfc;
    f.flow_label = 0xfffff;
  });
  ASSERT_TRUE(result) << result.error().message;
  SdfMatch wanted;
  wanted.protocol = 6;
  wanted.remote = {AddressMatch::Kind::ipv6, true, 32, Ipv6Value{0x20010db8} << 96};
  wanted.remote_ports = {{80, 80}, {8000, 8999}};
  wanted.local_ports = {{0, 65535}};
  wanted.tos = 0xb8;
  wanted.tos_mask = 0xfc;
  wanted.flow_label = 0xfffff;
  EXPECT_EQ(result->pdrs[0].detail.filters, (std::vector<SdfMatch>{SdfMatch{}, wanted}));
  const auto qfis = decode_pdr([](Pdr& p) { p.qfis = {0, 63}; });
  ASSERT_TRUE(qfis);
  EXPECT_EQ(qfis->pdrs[0].detail.qfis, uint64_t{1} << 63 | 1);
}

TEST(DecodeFilter, SurvivesCutsAndMutation) {
  auto entry = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
  entry.pdrs[0]->qfis = {1, 2};
  entry.pdrs[0]->sdf_filters.push_back(std::make_unique<Filter>());
  Filter& f = *entry.pdrs[0]->sdf_filters[0];
  f.remote = ipv6(kDocumentation, 32);
  f.remote_ports = {schema::PortRange(80, 90)};
  const TableUpdate whole = put_session(7, 5, entry);
  ASSERT_TRUE(decode_session(whole.key, whole.value));
  for (size_t size = 0; size < whole.value.size(); ++size) {
    const std::string cut = whole.value.substr(0, size);
    if (decode_session(whole.key, cut)) {
      EXPECT_GT(size, 8u);
    }
  }
  for (size_t i = 0; i < whole.value.size(); ++i) {
    for (const int x : {0x01, 0x7f, 0x80, 0xff}) {
      TableUpdate changed = whole;
      changed.value[i] = static_cast<char>(changed.value[i] ^ x);
      if (const auto session = decode_session(changed.key, changed.value)) {
        EXPECT_LE(session->pdrs.size(), channel::kSessionRulesMax);
      }
    }
  }
}

// From the entry to the rule that a packet meets, and back when the transaction is undone.
TEST(DecodeFilter, CompiledIntoTheSessionAndUndone) {
  World world;
  ASSERT_TRUE(world.apply(base(7, 100)));
  auto entry = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
  for (auto& pdr : entry.pdrs) {
    pdr->sdf_filters.push_back(std::make_unique<Filter>());
    pdr->sdf_filters[0]->protocol = 6;
  }
  ASSERT_TRUE(world.apply({put_session(7, 5, entry)}));
  const auto rules_of_session = [&] {
    const Session* s = world.session(7, 5);
    return std::vector<uint64_t>(s->rules(), s->rules() + reinterpret_cast<const RuleHead*>(s->rules())->words);
  };
  ASSERT_NE(world.session(7, 5)->rules_offset, 0u);
  const auto before = rules_of_session();
  auto changed = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
  ASSERT_FALSE(world.apply({put_session(7, 5, changed), put_session(7, 6, 0x1001, ip(10, 45, 0, 3))}))
      << "its TEID is taken, so nothing of it holds";
  ASSERT_NE(world.session(7, 5)->rules_offset, 0u);
  EXPECT_EQ(rules_of_session(), before);
  ASSERT_TRUE(world.apply({put_session(7, 5, changed)}));
  EXPECT_EQ(world.session(7, 5)->rules_offset, 0u);
}

}  // namespace
}  // namespace demarc::dp::test
