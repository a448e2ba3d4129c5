#include "tests/controlplane/model/refusal.h"

namespace demarc::cp::test {
namespace {

using enum ErrorCode;

// A session that is right, but for what `spoil` does to it.
Refusal session(const char* description, std::function<void(Session&, World&)> spoil, ErrorCode code,
                std::vector<std::string> words) {
  return {description,
          [spoil](Edit& e, World& w) {
            Session s = make_session(w.acme, 300, ip("10.45.0.8"));
            spoil(s, w);
            return status_of(e.add_session(s));
          },
          code, std::move(words)};
}

// The session of an intermediate UPF: from the gNB's tunnel into another, and back.
void make_n9(Session& s, World& w) {
  s.pdrs[1].network_instance = s.fars[0].network_instance = w.acme.access.id;
  s.pdrs[1].local_f_teid = FTeid{w.acme.endpoint.id, Teid{400}};
  s.pdrs[1].outer_header_removal = true;
  s.fars[0].outer_header_creation = OuterHeaderCreation{w.acme.endpoint.id, Teid{401}, any_ip("10.1.0.3")};
}

TEST(SessionRefusals, AnIntermediateUpfsIsTaken) {
  World w;
  Session s = make_session(w.acme, 300, ip("10.200.0.8"));  // in no pool: the anchor's
  make_n9(s, w);
  Edit e = w.begin();
  ASSERT_TRUE(e.add_session(s).has_value());
  s.pdrs[0].local_f_teid->teid = Teid{301};
  s.pdrs[1].local_f_teid->teid = Teid{402};
  s.pdrs[0].ue_ip_address.reset();
  s.pdrs[1].ue_ip_address.reset();
  s.pdrs[1].qfi = 5;
  const auto second = e.add_session(s);
  EXPECT_TRUE(second.has_value()) << second.error().message << ": the anchor gives the addresses, not we";
}

TEST(SessionRefusals, TheUnspoiltOneIsTaken) {
  World w;
  Edit e = w.begin();
  EXPECT_TRUE(e.add_session(make_session(w.acme, 300, ip("10.45.0.8"))).has_value());
}

TEST(SessionRefusals, OfTheWhole) {
  const Refusal cases[] = {
      session("no such tenant", [](Session& s, World&) { s.tenant = TenantId{99}; }, not_found, {"99"}),
      session("no PDR", [](Session& s, World&) { s.pdrs.clear(); }, invalid, {"0 PDRs", "1 to 64"}),
      session("65 PDRs", [](Session& s, World&) { s.pdrs.resize(65, s.pdrs[0]); }, invalid, {"65 PDRs"}),
      session("no FAR", [](Session& s, World&) { s.fars.clear(); }, invalid, {"0 FARs", "1 to 64"}),
      session("65 FARs", [](Session& s, World&) { s.fars.resize(65, s.fars[0]); }, invalid, {"65 FARs"}),
      session("17 QERs", [](Session& s, World&) { s.qers.resize(17, s.qers[0]); }, invalid, {"17 QERs", "0 to 16"}),
      session("a PDR id twice", [](Session& s, World&) { s.pdrs[1].pdr_id = 1; }, invalid, {"PDR id 1", "twice"}),
      session("a FAR id twice", [](Session& s, World&) { s.fars[1].far_id = 1; }, invalid, {"FAR id 1", "twice"}),
      session("a QER id twice", [](Session& s, World&) { s.qers.push_back(s.qers[0]); }, invalid,
              {"QER id 1", "twice"}),
      session("a SEID beyond 2^53", [](Session& s, World&) { s.up_seid = kSeidEnd; }, invalid, {"9007199254740991"}),
      session("a SEID taken", [](Session& s, World& w) { s.up_seid = w.acme.session.up_seid; }, conflict,
              {"0x1389", "already"}),
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(SessionRefusals, OfPdrs) {
  const Refusal cases[] = {
      session("id 0", [](Session& s, World&) { s.pdrs[0].pdr_id = 0; }, invalid, {"PDR id 0", "65535"}),
      session("no such network instance", [](Session& s, World&) { s.pdrs[0].network_instance = VrfId{99}; }, not_found,
              {"PDR 1: network instance", "99"}),
      session("another tenant's", [](Session& s, World& w) { s.pdrs[0].network_instance = w.bravo.access.id; },
              not_found, {"PDR 1: network instance"}),
      session("access in a core VRF", [](Session& s, World& w) { s.pdrs[0].network_instance = w.acme.internet.id; },
              invalid, {"PDR 1", "internet is a core VRF"}),
      session("core in an access VRF", [](Session& s, World& w) { s.pdrs[1].network_instance = w.acme.access.id; },
              invalid, {"PDR 2", "n3-vrf is an access VRF"}),
      session("QFI 64", [](Session& s, World&) { s.pdrs[0].qfi = 64; }, invalid, {"PDR 1: QFI 64", "0 to 63"}),
      session("a QFI from the core", [](Session& s, World&) { s.pdrs[1].qfi = 9; }, invalid, {"PDR 2", "QFI 9"}),
      session("no such FAR", [](Session& s, World&) { s.pdrs[0].far_id = 7; }, invalid, {"PDR 1: far_id 7"}),
      session("no such QER",
              [](Session& s, World&) {
                s.pdrs[1].qer_ids = {1, 8};
              },
              invalid, {"PDR 2: qer_id 8"}),
      session("a QER twice",
              [](Session& s, World&) {
                s.pdrs[1].qer_ids = {1, 1};
              },
              invalid, {"PDR 2: qer_id 1"}),
      session("17 QERs", [](Session& s, World&) { s.pdrs[1].qer_ids.resize(17, 1); }, invalid, {"17 QERs"}),
      session("no F-TEID", [](Session& s, World&) { s.pdrs[0].local_f_teid.reset(); }, invalid,
              {"PDR 1: the local F-TEID is missing"}),
      session("TEID 0", [](Session& s, World&) { s.pdrs[0].local_f_teid->teid = Teid{}; }, invalid,
              {"PDR 1", "TEID 0", "4294967295"}),
      session("no such endpoint", [](Session& s, World&) { s.pdrs[0].local_f_teid->endpoint = GtpuEndpointId{9}; },
              not_found, {"PDR 1", "GTP-U endpoint", "9"}),
      session("another tenant's endpoint",
              [](Session& s, World& w) { s.pdrs[0].local_f_teid->endpoint = w.bravo.endpoint.id; }, not_found,
              {"PDR 1", "no GTP-U endpoint"}),
      session("no outer header removal", [](Session& s, World&) { s.pdrs[0].outer_header_removal = false; }, invalid,
              {"PDR 1: outer header removal is missing"}),
      session("outer header removal from core", [](Session& s, World&) { s.pdrs[1].outer_header_removal = true; },
              invalid, {"PDR 2: has outer header removal", "no local F-TEID"}),
      session("N9 from a core VRF", [](Session& s, World&) { s.pdrs[1].local_f_teid = s.pdrs[0].local_f_teid; },
              invalid, {"PDR 2", "internet is a core VRF"}),
      session("N9 without outer header removal",
              [](Session& s, World& w) {
                make_n9(s, w);
                s.pdrs[1].outer_header_removal = false;
              },
              invalid, {"PDR 2: outer header removal is missing"}),
      session("N3 and N9 in one tunnel",
              [](Session& s, World& w) {
                make_n9(s, w);
                s.pdrs[1].local_f_teid = s.pdrs[0].local_f_teid;
              },
              invalid, {"PDR 2: TEID 0x12c", "source interface access in PDR 1"}),
      session("N9 with the TEID of another session",
              [](Session& s, World& w) {
                make_n9(s, w);
                s.pdrs[1].local_f_teid->teid = Teid{256};
              },
              conflict, {"TEID 0x100", "session 0x1389"}),
      session("no UE address from core", [](Session& s, World&) { s.pdrs[1].ue_ip_address.reset(); }, invalid,
              {"PDR 2: the UE IP address is missing", "destination"}),
      session("no UE address from access", [](Session& s, World&) { s.pdrs[0].ue_ip_address.reset(); }, invalid,
              {"PDR 1: the UE IP address is missing", "inner source"}),
      session("a UE address in no pool", [](Session& s, World&) { s.pdrs[1].ue_ip_address = ip("10.46.0.1"); }, invalid,
              {"PDR 2: UE address 10.46.0.1", "internet", "10.45.0.0/16"}),
      session("an inner source in no pool", [](Session& s, World&) { s.pdrs[0].ue_ip_address = ip("10.46.0.1"); },
              invalid, {"PDR 1: UE address 10.46.0.1"}),
      session("a VRF without pools", [](Session& s, World& w) { s.pdrs[1].network_instance = w.acme.ims.id; }, invalid,
              {"PDR 2", "ims", "it has none"}),
      session("the TEID of another", [](Session& s, World&) { s.pdrs[0].local_f_teid->teid = Teid{256}; }, conflict,
              {"TEID 0x100", "n3", "session 0x1389"}),
      session("the UE address of another", [](Session& s, World&) { s.pdrs[1].ue_ip_address = ip("10.45.0.7"); },
              conflict, {"10.45.0.7", "internet", "session 0x1389"}),
      session("the UE address of another, uplink",
              [](Session& s, World&) { s.pdrs[0].ue_ip_address = ip("10.45.0.7"); }, conflict,
              {"10.45.0.7", "session 0x1389"}),
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(SessionRefusals, OfFarsAndQers) {
  const Refusal cases[] = {
      session("no such network instance", [](Session& s, World&) { s.fars[0].network_instance = VrfId{99}; }, not_found,
              {"FAR 1: network instance", "99"}),
      session("no network instance", [](Session& s, World&) { s.fars[0].network_instance = {}; }, not_found,
              {"FAR 1: network instance"}),
      session("to core by an access VRF", [](Session& s, World& w) { s.fars[0].network_instance = w.acme.access.id; },
              invalid, {"FAR 1", "n3-vrf is an access VRF"}),
      session("to access by a core VRF", [](Session& s, World& w) { s.fars[1].network_instance = w.acme.internet.id; },
              invalid, {"FAR 2", "internet is a core VRF"}),
      session("no outer header creation", [](Session& s, World&) { s.fars[1].outer_header_creation.reset(); }, invalid,
              {"FAR 2: outer header creation is missing"}),
      session("N9 by a core VRF",
              [](Session& s, World&) { s.fars[0].outer_header_creation = s.fars[1].outer_header_creation; }, invalid,
              {"FAR 1", "internet is a core VRF"}),
      session("peer TEID 0", [](Session& s, World&) { s.fars[1].outer_header_creation->teid = Teid{}; }, invalid,
              {"FAR 2", "TEID 0"}),
      session("peer in multicast",
              [](Session& s, World&) { s.fars[1].outer_header_creation->peer = any_ip("224.0.0.1"); }, invalid,
              {"FAR 2", "224.0.0.1", "multicast"}),
      session("peer is ourselves",
              [](Session& s, World&) { s.fars[1].outer_header_creation->peer = any_ip("10.1.0.1"); }, invalid,
              {"FAR 2", "10.1.0.1", "our own"}),
      session("another tenant's endpoint",
              [](Session& s, World& w) { s.fars[1].outer_header_creation->endpoint = w.bravo.endpoint.id; }, not_found,
              {"FAR 2", "no GTP-U endpoint"}),
      session("QFI 64", [](Session& s, World&) { s.qers[0].qfi = 64; }, invalid, {"QER 1: QFI 64", "0 to 63"}),
      {"an endpoint in another access VRF",
       [](Edit&, World& w) {
         Edit first = w.begin();
         const Vrf other =
             first.add_vrf({.id = {}, .tenant = w.acme.tenant.id, .name = "s1u", .role = VrfRole::access}).value();
         Session s = make_session(w.acme, 300, ip("10.45.0.8"));
         s.pdrs[0].network_instance = other.id;
         Edit second = w.begin();
         Status status = status_of(second.add_session(s));
         first.undo();
         return status;
       },
       invalid,
       {"PDR 1: GTP-U endpoint n3 is in VRF n3-vrf", "network instance is s1u"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(SessionRefusals, OfReplacementAndRemoval) {
  const Refusal cases[] = {
      {"replace what is not there",
       [](Edit& e, World& w) { return status_of(e.replace_session(make_session(w.acme, 300, ip("10.45.0.8"), 42))); },
       not_found,
       {"session 0x2a"}},
      {"replace another tenant's",
       [](Edit& e, World& w) {
         return status_of(e.replace_session(make_session(w.acme, 300, ip("10.45.0.8"), w.bravo.session.up_seid.value)));
       },
       not_found,
       {"no session 0x138a"}},
      {"replace by what is wrong",
       [](Edit& e, World& w) {
         Session s = w.acme.session;
         s.pdrs[0].far_id = 9;
         return status_of(e.replace_session(s));
       },
       invalid,
       {"far_id 9"}},
      {"remove what is not there",
       [](Edit& e, World& w) { return e.remove_session(w.acme.tenant.id, Seid{42}); },
       not_found,
       {"session 0x2a"}},
      {"remove another tenant's",
       [](Edit& e, World& w) { return e.remove_session(w.acme.tenant.id, w.bravo.session.up_seid); },
       not_found,
       {"no session 0x138a"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

}  // namespace
}  // namespace demarc::cp::test
