// FlatBuffers that do not verify, and FlatBuffers that verify and mean nonsense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "dataplane/agent/decode.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;

const PortNames kPorts{{"uplink", PortIndex(0)}, {"core0", PortIndex(1)}};

Result<DecodedOperation> decode_update(const TableUpdate& u) { return decode({u.operation, u.key, u.value}, kPorts); }

struct Nonsense {
  const char* description;
  TableUpdate update;
  const char* text;
};

void expect_refused(const Nonsense& n) {
  SCOPED_TRACE(n.description);
  const auto result = decode_update(n.update);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::invalid);
  EXPECT_THAT(result.error().message, HasSubstr(n.text));
}

TableUpdate with_key(TableUpdate u, EntryKey k) {
  u.key = k;
  return u;
}

TEST(Decode, RefusesBadKeys) {
  TableUpdate operation_9 = put_tenant(7);
  operation_9.operation = static_cast<schema::OperationKind>(9);
  TableUpdate removal = drop(7, EntryKind::vrf, 1);
  removal.value = "x";
  const Nonsense cases[] = {
      {"operation", operation_9, "operation 9"},
      {"kind 0", with_key(put_tenant(7), key(7, EntryKind::none, 7)), "entry kind 0"},
      {"kind 99", with_key(put_tenant(7), key(7, static_cast<EntryKind>(99), 7)), "entry kind 99"},
      {"tenant 0", put_tenant(0), "tenant 0 is demarc itself"},
      {"tenant id", with_key(put_tenant(7), key(7, EntryKind::tenant, 8)), "its id 8 is not the tenant's"},
      {"id 0", put_vrf(7, 0, true), "its id is 0"},
      {"wide id", with_key(put_vrf(7, 1, true), key(7, EntryKind::vrf, 1ull << 32)), "over 4294967295"},
      {"removal with a value", removal, "a removal with a value of 1 bytes"},
  };
  for (const Nonsense& n : cases) expect_refused(n);
}

TEST(Decode, RefusesSmallNonsense) {
  schema::TenantEntryT nameless, bell, lengthy;
  bell.name = "acme\a";
  lengthy.name = std::string(65, 'a');
  schema::VrfEntryT role;
  role.name = "x";
  role.role = static_cast<schema::VrfRole>(7);
  const EntryKey t = key(7, EntryKind::tenant, 7);
  const Nonsense cases[] = {
      {"no name", channel::put(t, nameless), "it has no name"},
      {"control byte", channel::put(t, bell), "byte 0x07 in its name"},
      {"long name", channel::put(t, lengthy), "a name of 65 bytes"},
      {"role", channel::put(key(7, EntryKind::vrf, 1), role), "role 7"},
      {"port", put_attachment(7, 1, 1, 5, ip(10, 1, 0, 1), 24, "wan"),
       "port \"wan\" does not exist here; the data plane has: core0, uplink"},
      {"vlan 4095", put_attachment(7, 1, 1, 4095, ip(10, 1, 0, 1)), "VLAN 4095"},
      {"vlan 65535", put_attachment(7, 1, 1, 65535, ip(10, 1, 0, 1)), "VLAN 65535"},
      {"vrf 0", put_attachment(7, 1, 0, 5, ip(10, 1, 0, 1)), "names no vrf"},
      {"length 7", put_attachment(7, 1, 1, 5, ip(10, 1, 0, 1), 7), "prefix length 7"},
      {"length 32", put_attachment(7, 1, 1, 5, ip(10, 1, 0, 1), 32), "prefix length 32"},
      {"length 255", put_attachment(7, 1, 1, 5, ip(10, 1, 0, 1), 255), "prefix length 255"},
      {"no address", put_attachment(7, 1, 1, 5, 0), "neither an IPv4 nor an IPv6 address"},
      {"network address", put_attachment(7, 1, 1, 5, ip(10, 1, 0, 0)), "is the network address"},
      {"broadcast address", put_attachment(7, 1, 1, 5, ip(10, 1, 0, 255)), "is the broadcast address"},
      {"multicast", put_endpoint(7, 1, 1, ip(224, 0, 0, 1)), "address 224.0.0.1"},
      {"loopback", put_endpoint(7, 1, 1, ip(127, 0, 0, 1)), "address 127.0.0.1"},
      {"broadcast", put_endpoint(7, 1, 1, ~0u), "address 255.255.255.255"},
      {"endpoint vrf 0", put_endpoint(7, 1, 0, ip(10, 1, 0, 1)), "names no vrf"},
      {"route length", put_route(7, 1, 1, 0, 33, 1, ip(10, 1, 0, 2)), "prefix length 33"},
      {"host bits", put_route(7, 1, 1, ip(10, 1, 2, 3), 16, 1, ip(10, 1, 0, 2)), "10.1.0.0/16 would be right"},
      {"route attachment", put_route(7, 1, 1, 0, 0, 0, ip(10, 1, 0, 2)), "names no attachment"},
      {"route vrf", put_route(7, 1, 0, 0, 0, 1, ip(10, 1, 0, 2)), "names no vrf"},
      {"gateway 0", put_route(7, 1, 1, 0, 0, 1, 0), "gateway 0.0.0.0"},
      {"another kind's bytes", with_key(put_tenant(7), key(7, EntryKind::session, 7)), "session 7 of tenant 7"},
  };
  for (const Nonsense& n : cases) expect_refused(n);
  EXPECT_TRUE(decode_update(put_attachment(7, 1, 1, 0, ip(10, 1, 0, 0), 31))) << "RFC 3021";
}

TEST(Decode, RefusesSessionNonsense) {
  using S = schema::SessionEntryT;
  struct Case {
    const char* description;
    std::function<void(S&)> change;
    const char* text;
  };
  const auto copies = [](auto& rules, size_t n, auto id) {
    using Rule = typename std::remove_reference_t<decltype(rules)>::value_type::element_type;
    while (rules.size() < n) {
      rules.push_back(std::make_unique<Rule>());
      (*rules.back()).*id = static_cast<uint16_t>(rules.size() + 100);
    }
  };
  const Case cases[] = {
      {"no PDR", [](S& s) { s.pdrs.clear(); }, "0 PDRs: must be from 1 to 64"},
      {"no FAR", [](S& s) { s.fars.clear(); }, "0 FARs"},
      {"65 PDRs", [&](S& s) { copies(s.pdrs, 65, &schema::PdrEntryT::pdr_id); }, "65 PDRs"},
      {"65 FARs", [&](S& s) { copies(s.fars, 65, &schema::FarEntryT::far_id); }, "65 FARs"},
      {"17 QERs", [&](S& s) { copies(s.qers, 17, &schema::QerEntryT::qer_id); }, "17 QERs"},
      {"PDR ID 0", [](S& s) { s.pdrs[0]->pdr_id = 0; }, "PDR ID 0"},
      {"PDR twice", [](S& s) { s.pdrs[1]->pdr_id = 1; }, "PDR 1 twice"},
      {"FAR twice", [](S& s) { s.fars[1]->far_id = 1; }, "FAR 1 twice"},
      {"far unknown", [](S& s) { s.pdrs[0]->far_id = 9; }, "PDR 1: FAR 9 is not one of the session's"},
      {"qer unknown", [](S& s) { s.pdrs[0]->qer_ids = {9}; }, "PDR 1: QER 9 is not one of the session's"},
      {"qer twice",
       [](S& s) {
         s.pdrs[0]->qer_ids = {1, 1};
       },
       "QER 1 twice"},
      {"many qers", [](S& s) { s.pdrs[0]->qer_ids.assign(5000, 1); }, "5000 QERs"},
      {"qfi 64", [](S& s) { s.qers[0]->qfi = 64; }, "QER 1: QFI 64"},
      {"match qfi 200", [](S& s) { s.pdrs[0]->qfi = 200; }, "PDR 1: QFI 200"},
      {"gate", [](S& s) { s.qers[0]->dl_gate = static_cast<schema::Gate>(3); }, "gate 3"},
      {"source interface", [](S& s) { s.pdrs[0]->source_interface = static_cast<schema::SourceInterface>(3); },
       "source interface 3"},
      {"destination", [](S& s) { s.fars[0]->destination_interface = static_cast<schema::DestinationInterface>(2); },
       "destination interface 2"},
      {"action", [](S& s) { s.fars[0]->apply_action = static_cast<schema::ApplyAction>(4); }, "apply action 4"},
      {"pdr vrf", [](S& s) { s.pdrs[0]->vrf = 0; }, "PDR 1: it names no vrf"},
      {"far vrf", [](S& s) { s.fars[0]->vrf = 0; }, "FAR 1: it names no vrf"},
      {"teid 0", [](S& s) { s.pdrs[0]->teid = 0; }, "PDR 1: TEID 0"},
      {"endpoint 0", [](S& s) { s.pdrs[0]->gtpu_endpoint = 0; }, "PDR 1: it names no gtpu_endpoint"},
      {"no removal", [](S& s) { s.pdrs[0]->outer_header_removal = false; },
       "a local F-TEID without outer header removal"},
      {"core removal", [](S& s) { s.pdrs[1]->outer_header_removal = true; }, "core with outer header removal"},
      {"n9 endpoint 0", [](S& s) { s.pdrs[1]->teid = 5; }, "PDR 2: it names no gtpu_endpoint"},
      {"n9 teid 0", [](S& s) { s.pdrs[1]->gtpu_endpoint = 1; }, "PDR 2: TEID 0"},
      {"n9 no removal",
       [](S& s) {
         s.pdrs[1]->gtpu_endpoint = 1;
         s.pdrs[1]->teid = 5;
       },
       "PDR 2: a local F-TEID without outer header removal"},
      {"n9 in the access side's tunnel",
       [](S& s) {
         s.pdrs[1]->gtpu_endpoint = 1;
         s.pdrs[1]->teid = 0x1001;
         s.pdrs[1]->outer_header_removal = true;
       },
       "PDR 2: TEID 0x1001 is of source interface access in PDR 1"},
      {"ue 0", [](S& s) { s.pdrs[1]->ue_ipv4 = 0; }, "PDR 2: UE address 0.0.0.0"},
      {"ue multicast", [](S& s) { s.pdrs[0]->ue_ipv4 = ip(239, 1, 1, 1); }, "PDR 1: UE address 239.1.1.1"},
      {"no creation", [](S& s) { s.fars[1]->outer_header_creation = false; }, "FAR 2: forwards to access without"},
      {"n9 without endpoint", [](S& s) { s.fars[0]->outer_header_creation = true; },
       "FAR 1: it names no gtpu_endpoint"},
      {"peer without creation", [](S& s) { s.fars[0]->peer_ipv4 = 5; }, "a peer without outer header creation"},
      {"peer teid", [](S& s) { s.fars[1]->teid = 0; }, "FAR 2: the peer's TEID is 0"},
      {"peer 0", [](S& s) { s.fars[1]->peer_ipv4 = 0; }, "FAR 2: peer 0.0.0.0"},
      {"peer endpoint", [](S& s) { s.fars[1]->gtpu_endpoint = 0; }, "FAR 2: it names no gtpu_endpoint"},
  };
  for (const Case& c : cases) {
    S entry = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
    c.change(entry);
    expect_refused({c.description, put_session(7, 5, entry), c.text});
  }
  S zero_ids = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
  zero_ids.fars[0]->far_id = zero_ids.pdrs[0]->far_id = 0;
  zero_ids.qers[0]->qer_id = 0;
  for (auto& pdr : zero_ids.pdrs) pdr->qer_ids = {0};
  EXPECT_TRUE(decode_update(put_session(7, 5, zero_ids))) << "TS 29.244 8.2.74 allows it";
}

// Cut at every byte, at every alignment, and with every byte changed: refused or a checked value, never worse.
TEST(Decode, SurvivesMutation) {
  const std::vector<TableUpdate> fixtures{put_tenant(7),
                                          put_vrf(7, 1, true),
                                          put_attachment(7, 1, 1, 5, ip(10, 1, 0, 1)),
                                          put_endpoint(7, 1, 1, ip(10, 1, 0, 1)),
                                          put_route(7, 1, 1, 0, 0, 1, ip(10, 1, 0, 2)),
                                          put_session(7, 5, session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2)))};
  for (const TableUpdate& fixture : fixtures) {
    for (size_t size = 0; size < fixture.value.size(); ++size) {
      TableUpdate cut = fixture;
      cut.value.resize(size);
      cut.value.shrink_to_fit();
      if (decode_update(cut)) {
        EXPECT_GT(size, 8u);
      }
    }
    for (size_t shift = 1; shift < 8; ++shift) {
      const std::string shifted = std::string(shift, 'x') + fixture.value;
      const std::string_view value = std::string_view(shifted).substr(shift);
      EXPECT_TRUE(decode({fixture.operation, fixture.key, value}, kPorts));
    }
    for (size_t i = 0; i < fixture.value.size(); ++i) {
      for (const int x : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
        TableUpdate changed = fixture;
        changed.value[i] = static_cast<char>(changed.value[i] ^ x);
        decode_update(changed);
      }
    }
  }
  TableUpdate huge = put_tenant(7);
  huge.value.resize(channel::kEntryBytesMax + 1);
  EXPECT_FALSE(decode_update(huge));
}

// Random bytes into a session, then through a whole transaction: whatever happens, all or nothing.
TEST(Decode, MutatedSessionsLeaveTheTablesWhole) {
  World world;
  ASSERT_TRUE(world.apply(base(7, 101)));
  std::mt19937 random(1);
  const TableUpdate fixture = put_session(7, 5, session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2)));
  for (int i = 0; i < 3000; ++i) {
    TableUpdate changed = fixture;
    changed.key.id = 1 + static_cast<uint64_t>(random() % 5);
    for (unsigned n = random() % 4 + 1; n > 0; --n)
      changed.value[random() % changed.value.size()] = static_cast<char>(random());
    const size_t entries = world.state().entries.size();
    if (!world.apply({changed})) {
      EXPECT_EQ(world.state().entries.size(), entries);
    }
    if (i % 100 == 0) world.settle();
  }
  EXPECT_EQ(world.snapshot().find("missing"), std::string::npos);
}

}  // namespace
}  // namespace demarc::dp::test
