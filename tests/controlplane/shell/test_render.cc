#include <gtest/gtest.h>

#include <sstream>

#include "controlplane/shell/format.h"
#include "controlplane/shell/render.h"
#include "controlplane/shell/run.h"
#include "controlplane/shell/words.h"
#include "tests/controlplane/shell/fake_server.h"

namespace demarc::shell {
namespace {

Invocation line(const std::string& text) {
  const auto in = parse(*split_line(text), Where::line);
  EXPECT_TRUE(in) << text << ": " << (in ? "" : in.error().message);
  return in ? *in : Invocation();
}

std::string rendered(const std::string& command, const std::string& answer) {
  std::ostringstream out, err;
  const Status s = render(line(command), Json::parse(answer), Screen{out, err});
  EXPECT_TRUE(s);
  return out.str();
}

TEST(Format, Numbers) {
  EXPECT_EQ(with_separators(uint64_t{0}), "0");
  EXPECT_EQ(with_separators(uint64_t{999}), "999");
  EXPECT_EQ(with_separators(uint64_t{1000}), "1,000");
  EXPECT_EQ(with_separators(UINT64_MAX), "18,446,744,073,709,551,615");
  EXPECT_EQ(with_separators(INT64_MIN), "-9,223,372,036,854,775,808");
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.0 KiB");
  EXPECT_EQ(bytes_text(1024 * 1024 - 1), "1.0 MiB");
  EXPECT_EQ(bytes_text(UINT64_MAX), "16.0 EiB");
  EXPECT_EQ(milliseconds_text(999), "999 ms");
  EXPECT_EQ(milliseconds_text(61'000), "1 min 1 s");
  EXPECT_EQ(milliseconds_text(90'000'000), "1 d 1 h");
  EXPECT_EQ(hex32_text(256), "0x00000100");
}

// Nothing that demarcd or the network put into a text reaches the terminal as a command.
TEST(Format, ControlCharactersAreHarmless) {
  EXPECT_EQ(printable("a\x1b[31mb\x7f\n"), "a\\x1b[31mb\\x7f\\x0a");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");
  EXPECT_EQ(printable("M\xc3\xbcnchen"), "M\xc3\xbcnchen");
  EXPECT_EQ(display_width("M\xc3\xbcnchen"), 7u);
  EXPECT_EQ(rendered("show pools --tenant a", R"({"items":[{"name":"x\u001b[2Jy","vrf":"v","prefix":"::/0"}]})"),
            "POOL       VRF  PREFIX\nx\\x1b[2Jy  v    ::/0\n");
}

TEST(Render, Tables) {
  EXPECT_EQ(rendered("show tenants",
                     R"({"items":[{"name":"acme","state":"active","vrfs":2,"attachments":12,"sessions":1234567,
                                                    "uplink_bps":64000},
                                                   {"name":"b","state":"suspended"}]})"),
            "TENANT  STATE      VRFS  ATTACHMENTS   SESSIONS     UPLINK  DOWNLINK  TIER\n"
            "acme    active        2           12  1,234,567  64 kbit/s         -  -\n"
            "b       suspended     -            -          -          -         -  -\n");
  EXPECT_EQ(rendered("show routes --tenant acme", R"({"items":[]})"), "acme has no routes\n");
  EXPECT_EQ(
      rendered(
          "show neighbors --tenant a",
          R"({"items":[{"attachment":"ran","address":"10.1.0.2","mac":"02:00:00:00:00:01","state":"reachable","age_ms":1500}]})"),
      "ATTACHMENT  ADDRESS   MAC                STATE        AGE\n"
      "ran         10.1.0.2  02:00:00:00:00:01  reachable  1.5 s\n");
}

TEST(Render, TiersAreTold) {
  const std::string shown = rendered("show tenants", R"({"items":[{"name":"a","tier":{"name":"shared","weight":10}},
      {"name":"b","tier":{"name":"shared","weight":20}},
      {"name":"c","tier":{"name":"reserved","weight":10,"guaranteed_pps":1000,"guaranteed_bps":2500000}},
      {"name":"d","tier":{"name":"dedicated","weight":1,"workers":[1,3]}},
      {"name":"e","tier":{"name":"dedicated","weight":10,"workers":[2]}},{"name":"f"}]})");
  for (const char* line : {"  shared\n", "  shared, weight 20\n", "  reserved, 1,000 packets/s, 2.5 Mbit/s\n",
                           "  dedicated, weight 1, workers 1 3\n", "  dedicated, worker 2\n", "  -\n"})
    EXPECT_NE(shown.find(line), std::string::npos) << line << "\n" << shown;
}

TEST(Render, Capacity) {
  EXPECT_EQ(rendered("show capacity", R"({"why":"","window_ms":2000,"workers_known":true,"shared_workers":1,
     "for_sale":{"pps":800000,"bps":8000000000},"sold":{"pps":300000,"bps":2000000000},
     "left":{"pps":500000,"bps":6000000000},"overbooked":false,
     "items":[{"worker":0,"core":2,"load_percent":26.0,"shed_packets":7000,"others_percent":1.0,
               "tenants":[{"tenant":"bravo","percent":20.0},{"tenant":"acme","percent":5.0}]},
              {"worker":1,"core":3,"load_percent":0.0,"shed_packets":0,"owner":"bravo","tenants":[]}]})"),
            "worker 0  core 2, load 26.0 %, shared, 7,000 packets shed\n"
            "  TENANT    OF THE WORKER\n"
            "  bravo            20.0 %\n"
            "  acme              5.0 %\n"
            "  (others)          1.0 %\n"
            "worker 1  core 3, load 0.0 %, bravo's alone, 0 packets shed\n"
            "\n"
            "guaranteed  300,000 packets/s, 2 Gbit/s\n"
            "for sale    500,000 packets/s, 6 Gbit/s of 800,000 packets/s, 8 Gbit/s (1 shared worker)\n");
  EXPECT_EQ(
      rendered("show capacity", R"({"why":"nobody is there","workers_known":false,"shared_workers":1,
     "for_sale":{"pps":1,"bps":0},"sold":{"pps":2,"bps":0},"left":{"pps":0,"bps":0},"overbooked":true,"items":[]})"),
      "no workers: nobody is there\n"
      "\n"
      "guaranteed  2 packets/s, 0 bit/s\n"
      "for sale    0 packets/s, 0 bit/s of 1 packets/s, 0 bit/s (1 shared worker, assumed: no data plane has been "
      "connected)\n"
      "OVERBOOKED\n");
}

TEST(Render, Latency) {
  EXPECT_EQ(nanoseconds_text(960), "960 ns");
  EXPECT_EQ(nanoseconds_text(12'288), "12.2 µs");
  EXPECT_EQ(nanoseconds_text(999'999), "999.9 µs");
  EXPECT_EQ(nanoseconds_text(1'500'000), "1.5 ms");
  EXPECT_EQ(nanoseconds_text(UINT64_MAX), "18446744073.7 s");
  EXPECT_EQ(rendered("show latency",
                     R"({"items":[{"tenant":"acme","window_ms":2000,"packets":1000,"p50_ns":1024,"p99_ns":12288,
     "p999_ns":1500000,"total_packets":2000,"total_p50_ns":960,"total_p99_ns":960,"total_p999_ns":960},
     {"tenant":"b","packets":0,"total_packets":0}]})"),
            "TENANT   OVER  PACKETS     P50      P99   P99.9    ALL     P50     P99   P99.9\n"
            "acme    2.0 s    1,000  1.0 µs  12.2 µs  1.5 ms  2,000  960 ns  960 ns  960 ns\n"
            "b           -        0       -        -       -      0       -       -       -\n");
}

TEST(Render, Changes) {
  EXPECT_EQ(rendered("tenant add acme", R"({"name":"acme"})"), "tenant acme added\n");
  EXPECT_EQ(rendered("route remove 10.0.0.0/8 --tenant a --vrf v", "{}"), "route 10.0.0.0/8 in v of a removed\n");
  EXPECT_EQ(rendered("session remove 31 --tenant a", "{}"), "session 0x1f of a removed\n");
  EXPECT_EQ(
      rendered("session add --tenant a --ue 10.0.0.1 --core-vrf i --endpoint e --teid 1 --peer 10.0.0.2 --peer-teid 2",
               R"({"up_seid":255})"),
      "session 0xff of a added\n");
  EXPECT_EQ(rendered("session replace 255 --tenant a --file f",
                     R"({"up_seid":255,"pdrs":[{"pdi":{"local_f_teid":{"endpoint":"n3","teid":256}}},{"pdi":{}},
                         {"pdi":{"local_f_teid":{"endpoint":"n3","teid":256}}},
                         {"pdi":{"local_f_teid":{"endpoint":"n9","teid":257}}}]})"),
            "session 0xff of a replaced; TEID 0x00000100 at n3, TEID 0x00000101 at n9\n");
  EXPECT_EQ(rendered("key add k", R"({"token":"t0k"})"), "key k added; its token, which is not shown again:\nt0k\n");
}

constexpr const char* kSession = R"({"up_seid":6699,"pdrs":[
  {"pdr_id":1,"precedence":100,"far_id":1,"qer_ids":[1],"outer_header_removal":true,
   "pdi":{"source_interface":"access","network_instance":"n3","local_f_teid":{"endpoint":"upf","teid":256},"ue_ip_address":"10.45.0.7","qfi":9}},
  {"pdr_id":2,"precedence":100,"far_id":2,"pdi":{"source_interface":"core","network_instance":"internet","ue_ip_address":"10.45.0.7"}}],
  "fars":[{"far_id":1,"apply_action":"FORW","forwarding_parameters":{"destination_interface":"core","network_instance":"internet"}},
  {"far_id":2,"apply_action":"FORW","forwarding_parameters":{"destination_interface":"access","network_instance":"n3",
   "outer_header_creation":{"endpoint":"upf","teid":512,"peer_address":"10.1.0.2"}}}],
  "qers":[{"qer_id":1,"gate_status":{"ul":"OPEN","dl":"CLOSED"},"qfi":9}]})";

TEST(Render, SdfFiltersOfASession) {
  const std::string text = rendered("show session 1 --tenant acme", R"({"up_seid":1,"fars":[],"pdrs":[
    {"pdr_id":1,"precedence":100,"far_id":1,"pdi":{"source_interface":"access","network_instance":"n3","qfis":[1,63],
     "sdf_filters":["permit out 17 from 10.0.0.0/8 53 to assigned",
      {"sdf_filter_id":7,"flow_description":"permit out 50 from any to assigned","security_parameter_index":5,
       "tos_traffic_class":{"value":184,"mask":252}},{"flow_label":9}],
     "framed_routes":["10.9.0.0/24","2001:db8:9::/48"]}}]})");
  EXPECT_EQ(text,
            "session 0x1 of acme\n"
            "PDR 1  precedence 100, FAR 1\n"
            "  PDI  source interface access, network instance n3, QFI 1 63\n"
            "  framed route  10.9.0.0/24\n"
            "  framed route  2001:db8:9::/48\n"
            "  SDF filter  permit out 17 from 10.0.0.0/8 53 to assigned\n"
            "  SDF filter  SDF filter ID 7, permit out 50 from any to assigned, ToS traffic class 184 mask 252, "
            "security parameter index 5\n"
            "  SDF filter  flow label 9\n");
}

TEST(Render, EthernetSession) {
  constexpr const char* kEthernet = R"({"up_seid":1,"pdn_type":"ethernet","fars":[],"pdrs":[
    {"pdr_id":1,"precedence":100,"far_id":1,"pdi":{"source_interface":"access","network_instance":"n3",
     "ethernet_filters":[{},{"ethernet_filter_id":7,"destination":"02:00:5e:00:53:01","source":"02:00:5e:00:53:02",
       "ethertype":2048,"c_vlan":9},{"c_vlan":0}]}}]})";
  EXPECT_EQ(rendered("show session 1 --tenant acme", kEthernet),
            "session 0x1 of acme, PDN type ethernet\n"
            "PDR 1  precedence 100, FAR 1\n"
            "  PDI  source interface access, network instance n3\n"
            "  Ethernet filter  any frame\n"
            "  Ethernet filter  Ethernet filter ID 7, from 02:00:5e:00:53:02, to 02:00:5e:00:53:01, EtherType 0x0800, "
            "C-VLAN 9\n"
            "  Ethernet filter  untagged\n");
  EXPECT_NE(rendered("show sessions --tenant acme", std::string("{\"items\":[") + kEthernet + "]}").find("ethernet"),
            std::string::npos);
}

TEST(Render, Session) {
  EXPECT_EQ(rendered("show session 6699 --tenant acme", kSession),
            "session 0x1a2b of acme\n"
            "PDR 1  precedence 100, FAR 1, QER 1\n"
            "  PDI  source interface access, network instance n3, local F-TEID upf 0x00000100, UE IP address "
            "10.45.0.7, QFI 9\n"
            "  outer header removal  GTP-U/UDP/IP\n"
            "PDR 2  precedence 100, FAR 2\n"
            "  PDI  source interface core, network instance internet, UE IP address 10.45.0.7\n"
            "FAR 1  apply action FORW\n"
            "  forwarding parameters  destination interface core, network instance internet\n"
            "FAR 2  apply action FORW\n"
            "  forwarding parameters  destination interface access, network instance n3\n"
            "  outer header creation  GTP-U/UDP/IPv4, from endpoint upf, to 10.1.0.2, TEID 0x00000200\n"
            "QER 1  gate status UL OPEN DL CLOSED, QFI 9\n");
  EXPECT_EQ(rendered("show sessions --tenant acme --limit 1", std::string("{\"items\":[") + kSession + "]}"),
            "  SEID  UE         UE IPV6  CORE VRF  ENDPOINT  TEID        PEER      PEER TEID   QFI  RULES\n"
            "0x1a2b  10.45.0.7  -        internet  upf       0x00000100  10.1.0.2  0x00000200    9  2 PDR 2 FAR 1 QER\n"
            "(there may be more: --after 0x1a2b)\n");
}

TEST(Render, SessionOfIpv6WithMarkings) {
  EXPECT_EQ(rendered("show session 1 --tenant acme",
                     R"({"up_seid":1,"pdrs":[{"pdr_id":2,"precedence":1,"far_id":2,
  "pdi":{"source_interface":"core","network_instance":"internet","ue_ipv6":"2001:db8:100:7::/64"}}],
  "fars":[{"far_id":2,"apply_action":"FORW","forwarding_parameters":{"destination_interface":"access",
  "network_instance":"n3","transport_level_marking":{"tos":184,"mask":252},"copy_dscp":true,
  "outer_header_creation":{"endpoint":"upf","teid":512,"peer_address":"2001:db8:1::2"}}}],
  "qers":[{"qer_id":1,"gate_status":{"ul":"OPEN","dl":"OPEN"},"qfi":9,"rqi":true,"paging_policy_indicator":3}]})"),
            "session 0x1 of acme\n"
            "PDR 2  precedence 1, FAR 2\n"
            "  PDI  source interface core, network instance internet, UE IPv6 prefix 2001:db8:100:7::/64\n"
            "FAR 2  apply action FORW\n"
            "  forwarding parameters  destination interface access, network instance n3\n"
            "  transport level marking  ToS 184, mask 252, else the inner DSCP\n"
            "  outer header creation  GTP-U/UDP/IPv6, from endpoint upf, to 2001:db8:1::2, TEID 0x00000200\n"
            "QER 1  gate status UL OPEN DL OPEN, QFI 9, RQI set, paging policy indicator 3\n");
}

TEST(Render, Usage) {
  EXPECT_EQ(rendered("show usage 1 --tenant acme",
                     R"({"up_seid":1,"uplink_packets":1200,"uplink_bytes":2048,"downlink_packets":3,"downlink_bytes":90,
  "dropped_packets":7,"drops":[{"reason":"far_drop","packets":7,"sentence":"the FAR's action is drop"}]})"),
            "USAGE       PACKETS    BYTES\n"
            "uplink        1,200  2.0 KiB\n"
            "downlink          3     90 B\n"
            "dropped           7\n"
            "  far_drop        7           the FAR's action is drop\n");
  EXPECT_EQ(rendered("show usage 1 --tenant acme", "{}"),
            "USAGE     PACKETS  BYTES\n"
            "uplink          -      -\n"
            "downlink        -      -\n"
            "dropped         -\n")
      << "an older demarcd";
}

TEST(Render, Quota) {
  EXPECT_EQ(rendered("show quota --tenant acme", R"({"items":[
      {"what":"sessions","about":"sessions","used":6000,"limit":5000,"reserved":1000,"own":true},
      {"what":"api_keys","about":"API keys","used":1,"limit":64},
      {"what":"api_calls","about":"API calls a second","unit":"call/s","used":3,"limit":50},
      {"what":"uplink_bits","about":"bits from UEs","unit":"bit/s","used":12412345,"limit":100000000},
      {"what":"downlink_bits","about":"bits to UEs","unit":"bit/s","used":999960},
      {"what":"uplink_packets","about":"packets from UEs","unit":"packet/s","limit":5000}]})"),
            "WHAT                   USED  RESERVED           LIMIT  OWN  ABOUT\n"
            "sessions              6,000     1,000           5,000  yes  sessions\n"
            "api_keys                  1         -              64  -    API keys\n"
            "api_calls          3 call/s         -       50 call/s  -    API calls a second\n"
            "uplink_bits     12.4 Mbit/s         -      100 Mbit/s  -    bits from UEs\n"
            "downlink_bits    1.0 Mbit/s         -            none  -    bits to UEs\n"
            "uplink_packets            -         -  5,000 packet/s  -    packets from UEs\n");
  EXPECT_EQ(
      rendered("quota set sessions --tenant acme --limit 5000", R"({"what":"sessions","used":6000,"limit":5000,
                       "reserved":1000,"note":"it has 6000 now: nothing is taken away, and nothing new is let in"})"),
      "sessions of acme set: at most 5,000, of which 1,000 are reserved; it has 6000 now: nothing is taken away, and "
      "nothing new is let in\n");
  EXPECT_EQ(rendered("quota unset api_keys --tenant acme", R"({"what":"api_keys","used":1,"limit":64})"),
            "api_keys of acme as of all tenants: at most 64\n");
}

TEST(Render, CountersBalance) {
  const std::string even =
      R"({"tenant":"acme","received_packets":1200,"received_bytes":2048,"originated_packets":2,"sent_packets":1198,
    "consumed_packets":2,"held_packets":0,"dropped_packets":2,"balance":0})";
  EXPECT_EQ(rendered("show counters --tenant acme", even),
            "COUNTER     PACKETS    BYTES\n"
            "received      1,200  2.0 KiB  frames that came in on the tenant's attachments\n"
            "originated        2           frames that demarc itself made, not in the place of one that it received\n"
            "sent          1,198           frames handed to a port\n"
            "consumed          2           frames that ended here as they should: answers to what demarc asked\n"
            "held              0           frames that wait now, for a next hop's address, for other fragments or on "
            "their way from worker to worker; "
            "a gauge\n"
            "dropped           2           frames that ended for a reason; \"show drops\" has the reasons\n"
            "\n"
            "acme: received 1,200 + originated 2 = sent 1,198 + consumed 2 + held 0 + dropped 2\n");
  const std::string all =
      rendered("show counters", "{\"items\":[" + even + R"(,{"tenant":"-","received_packets":5,"sent_packets":3}]})");
  EXPECT_NE(all.find("acme: received 1,200 + originated 2 = sent"), std::string::npos) << all;
  EXPECT_NE(all.find("-: received 5 + originated 0 != sent 3 + consumed 0 + held 0 + dropped 0 (2 not accounted for"),
            std::string::npos)
      << all;
}

TEST(Render, SyncWorkersAndTrace) {
  EXPECT_EQ(
      rendered("show sync",
               R"({"connected":true,"in_sync":false,"why":"2 updates wait","boot_id":"a1","epoch":7,"transactions":1200,
     "resyncs":1,"waiting_updates":2,"data_plane":{"boot_id":"b2","version":"0.1.0","started":"2024-01-01T00:00:00Z"},
     "items":[{"tenant":"acme","entries":10,"digest":"01","data_plane_entries":9,"data_plane_digest":"02","equal":false}]})"),
      "data plane  connected, NOT in sync: 2 updates wait\n"
      "demarcd     boot a1, epoch 7, 1,200 transactions, 1 resync, 2 updates waiting\n"
      "demarc-dp   boot b2, version 0.1.0, started 2024-01-01T00:00:00Z\n\n"
      "TENANT  ENTRIES  DIGEST  DATA PLANE  DIGEST  EQUAL\n"
      "acme         10  01               9  02      NO\n");
  EXPECT_EQ(rendered("show sync", R"({"connected":false,"in_sync":false,"why":"nobody is there","items":[]})"),
            "data plane  not connected: nobody is there\n"
            "demarcd     boot -, epoch -, - transactions, - resyncs, - updates waiting\n"
            "demarc-dp   never connected since demarcd started\n\n"
            "no tenants\n");
  EXPECT_EQ(rendered("show workers",
                     R"({"items":[{"worker":0,"core":1,"loops":1000,"busy_loops":10,"load_percent":12.34,"packets":5000,
     "cycles_per_packet":145.25,"stages":[{"stage":"ethernet_input","calls":10,"packets":5000,"packets_per_call":14,"cycles_per_packet":22.04}]}]})"),
            "worker 0  core 1, load 12.3 %, 5,000 packets, 145.2 cycles/packet, 10 of 1,000 loops busy\n"
            "  STAGE           CALLS  PACKETS  PACKETS/CALL  CYCLES/PACKET\n"
            "  ethernet_input     10    5,000            14           22.0\n");
  EXPECT_EQ(
      rendered(
          "trace acme",
          R"({"packet":3,"worker":0,"port":"access","length":148,"steps":[{"stage":"ethernet_input","cycles":120,"note":""},
     {"stage":"vlan_demux","cycles":1340,"note":"vlan 101"}],"drop":"route_none"})"),
      "packet 3  148 bytes in on port access, worker 0 (cycles, stage, what it found)\n"
      "    120  ethernet_input\n"
      "  1,340  vlan_demux      vlan 101\n"
      "  dropped: route_none, no route to the destination in this VRF (RFC 1812 5.2.4)\n");
}

// A demarcd of another version, or something else: strange answers are shown as far as they go.
TEST(Render, StrangeAnswersDoNoHarm) {
  const char* answers[] = {
      "{}",
      R"({"items":null})",
      R"({"items":[null,5,"x",[],{}]})",
      R"({"items":[{"name":{"a":[1]},"vrfs":-1}]})",
      R"({"pdrs":[null,{"pdi":5}],"fars":[{"forwarding_parameters":[]}, 7],"qers":[{"gate_status":1}]})",
      R"({"steps":[5,null],"drop":5,"data_plane":7,"tenant":9,"items":[{"pdrs":5,"stages":[1]}]})"};
  for (const Command& c : commands()) {
    if (c.local != Local::no) continue;
    Invocation in;
    in.command = &c;
    for (const char* answer : answers) {
      std::ostringstream out, err;
      EXPECT_TRUE(render(in, Json::parse(answer), Screen{out, err})) << c.words;
    }
    std::ostringstream out, err;
    EXPECT_FALSE(render(in, Json::parse("[]"), Screen{out, err})) << c.words;
  }
}

TEST(Run, CodesAndSentences) {
  struct Case {
    const char* command;
    const char* status;
    const char* body;
    int code;
    const char* err;
  };
  const Case cases[] = {
      {"show tenants", "200 OK", R"({"items":[]})", kDone, ""},
      {"tenant add a", "201 Created", R"({"data_plane":"applied"})", kDone, ""},
      {"tenant add a", "201 Created", R"({"data_plane":"pending"})", kPending, "has not applied it yet"},
      {"tenant add a", "201 Created", R"({"data_plane":"refused","data_plane_error":"full\u001b"})", kRefused,
       "refused it: full\\x1b\n"},
      {"tenant add a", "409 Conflict", R"({"error":{"code":"conflict","message":"there is one"}})", kRefused,
       "demarc: there is one\n"},
      {"tenant add a", "503 Busy", R"({"error":{"code":"unavailable","message":"later"}})", kRefused,
       "demarc: later\n"},
      {"tenant add a", "401 Unauthorized", "{}", kRefused, "wants a key: give its token with --token-file"},
      {"tenant add a", "502 Bad Gateway", "<html>", kRefused, "answered HTTP 502"},
      {"tenant add a", "500 Oops", R"({"error":5})", kRefused, "answered HTTP 500"},
      {"show tenants", "200 OK", "<html>", kUnreachable, "did not send JSON"},
      {"show tenants", "200 OK", "[]", kUnreachable, "something else than a JSON object"},
      {"trace a", "404 Not Found", R"({"error":{"code":"not_found","message":"no tenant a"}})", kRefused,
       "no tenant a"},
  };
  for (const Case& c : cases) {
    FakeServer server(std::string("HTTP/1.1 ") + c.status +
                      "\r\nContent-Length: " + std::to_string(std::strlen(c.body)) + "\r\n\r\n" + c.body);
    Target t;
    t.socket_path = server.path();
    std::ostringstream out, err;
    EXPECT_EQ(Runner(HttpClient(t), Screen{out, err}, nullptr).run(line(c.command), Where::line), c.code)
        << c.command << c.body;
    EXPECT_NE(err.str().find(c.err), std::string::npos) << err.str();
    EXPECT_EQ(err.str().empty(), *c.err == 0) << err.str();
  }
}

TEST(Run, ATraceThatFailsOnTheWay) {
  const auto run_trace = [](const std::string& body, std::string& err_text) {
    FakeServer server("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body);
    Target t;
    t.socket_path = server.path();
    std::ostringstream out, err;
    const int code = Runner(HttpClient(t), Screen{out, err}, nullptr).run(line("trace a"), Where::line);
    err_text = err.str();
    return code;
  };
  std::string err;
  EXPECT_EQ(
      run_trace("{\"packet\":0}\n{\"error\":{\"code\":\"unavailable\",\"message\":\"the data plane went away\"}}\n",
                err),
      kRefused);
  EXPECT_EQ(err, "demarc: the data plane went away\n");
  EXPECT_EQ(run_trace("{\"packet\":0}\nxyz\n", err), kUnreachable);
  EXPECT_EQ(run_trace("[]\n", err), kUnreachable);
  EXPECT_EQ(run_trace("", err), kDone);
  EXPECT_EQ(err, "demarc: no packet of a came in 30 s\n");
}

}  // namespace
}  // namespace demarc::shell
