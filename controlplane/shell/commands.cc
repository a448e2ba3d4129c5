#include "controlplane/shell/command.h"

namespace demarc::shell {
namespace {

// What many rows share.
const Parameter kTenant{.name = "tenant", .help = "the tenant", .source = Source::tenants};
const Parameter kMaybeTenant{
    .name = "tenant", .help = "this tenant alone", .source = Source::tenants, .required = false};
const Parameter kTenantName{.name = "name", .help = "the tenant", .source = Source::tenants};

Parameter new_name(std::string_view help) { return {.name = "name", .help = help, .member = "name"}; }

Parameter old_name(std::string_view help, Source source) { return {.name = "name", .help = help, .source = source}; }

Parameter vrf(Source source, std::string_view help) {
  return {.name = "vrf", .help = help, .source = source, .member = "vrf"};
}

Parameter teid(std::string_view name, std::string_view member, std::string_view help) {
  return {.name = name, .type = Type::number, .help = help, .member = member, .min = 1, .max = UINT32_MAX};
}

const Parameter kSeid{.name = "seid",
                      .type = Type::number,
                      .help = "the session's UP SEID, decimal or 0x and hex digits",
                      .source = Source::sessions,
                      .min = 1};

// The options of a VRF, an attachment and a GTP-U endpoint, for the commands that add one and those that change one.
Parameter yes_no(std::string_view name, std::string_view member, std::string_view help) {
  return {.name = name, .type = Type::yes_no, .help = help, .required = false, .member = member};
}
Parameter mtu(std::string_view help) {
  return {.name = "mtu", .type = Type::number, .help = help, .required = false, .member = "mtu", .max = 9000};
}
Parameter choice(std::string_view name, std::string_view member, std::string_view choices, std::string_view help) {
  return {.name = name, .type = Type::choice, .help = help, .required = false, .member = member, .choices = choices};
}
const Parameter kTcpMss{.name = "tcp-mss",
                        .type = Type::number,
                        .help = "largest TCP MSS that either end may announce, 536 to 8960; 0: any",
                        .required = false,
                        .member = "tcp_mss",
                        .max = 8960};
const Parameter kVrfMtu = mtu("largest IP packet to and from a UE, 1280 to 9000; 0: what the way out can carry");
const Parameter kUeToUe = yes_no("ue-to-ue", "ue_to_ue", "may a UE reach another one of this core VRF");
const Parameter kIpv4Options =
    choice("ipv4-options", "ipv4_options", "drop|pass", "what becomes of a UE's packets with IPv4 options");
const Parameter kRoutingHeaders =
    choice("routing-headers", "routing_headers", "drop|pass", "the same of IPv6 routing headers; type 0 never passes");
Parameter rate(std::string_view name, std::string_view member, uint64_t max, std::string_view help) {
  return {.name = name, .type = Type::rate, .help = help, .required = false, .member = member, .max = max};
}
constexpr uint64_t kBpsMax = 400'000'000'000;
constexpr uint64_t kPpsMax = 1'000'000'000;
const Parameter kUplink = rate("uplink", "uplink_bps", kBpsMax, "bits a second from UEs, 64k to 400G; 0: no limit");
const Parameter kDownlink = rate("downlink", "downlink_bps", kBpsMax, "bits a second to UEs, 64k to 400G; 0: no limit");
const Parameter kUplinkPackets =
    rate("uplink-packets", "uplink_pps", kPpsMax, "packets a second from UEs, 10 to 1G; 0: no limit");
const Parameter kDownlinkPackets =
    rate("downlink-packets", "downlink_pps", kPpsMax, "packets a second to UEs, 10 to 1G; 0: no limit");
const Parameter kBurst{.name = "burst-ms",
                       .type = Type::number,
                       .help = "how long at its rate a full bucket lasts, in milliseconds; 50 unless it is set",
                       .required = false,
                       .member = "burst_ms",
                       .min = 1,
                       .max = 1000};
const Parameter kWeight{
    .name = "weight",
    .type = Type::number,
    .help = "of what guarantees leave of a worker, in proportion to the others'; 10 unless it is set",
    .required = false,
    .member = "tier.weight",
    .min = 1,
    .max = 100};
const Parameter kGuaranteedPackets = rate("guaranteed-packets", "tier.guaranteed_pps", kPpsMax,
                                          "packets a second that are never shed, 10 to 1G; 0: no guarantee");
const Parameter kGuaranteed = rate("guaranteed", "tier.guaranteed_bps", kBpsMax,
                                   "bits a second of frames that are never shed, 64k to 400G; 0: no guarantee");
const Parameter kWorkers{.name = "workers",
                         .type = Type::numbers,
                         .help = "workers that are this tenant's alone, as 1,2; none: it shares the others",
                         .required = false,
                         .member = "tier.workers",
                         .max = 63};
const Parameter kOverbook{.name = "overbook",
                          .type = Type::flag,
                          .help = "guarantee it though it is more than there is",
                          .required = false,
                          .member = "tier.overbook"};
const Parameter kAttachmentMtu = mtu("largest IP packet out of it, 1280 to 9000; 0: the port's");
const Parameter kFragmentIpv4 =
    yes_no("fragment-ipv4", "fragment_ipv4", "are larger IPv4 packets that may be fragmented");
const Parameter kPeerPolicy = choice("peer-policy", "peer_policy", "strict|any|learn",
                                     "whose G-PDUs a tunnel takes: of its session's peer, of any, of the first");
const Parameter kDontFragment =
    yes_no("outer-dont-fragment", "outer_dont_fragment", "do outer IPv4 headers have the DF bit");
const Parameter kOurAddress{.name = "address",
                            .type = Type::ipv4_interface,
                            .help = "our IPv4 address on the link, with its prefix length",
                            .required = false,
                            .member = "address"};
const Parameter kOurIpv6{.name = "ipv6",
                         .type = Type::ipv6_interface,
                         .help = "our IPv6 address on the link; --address, --ipv6 or both are given",
                         .required = false,
                         .member = "ipv6"};

// "vrfs|attachments|…": the list is the model's.
constexpr std::string_view kQuotaKinds = std::string_view(
#define QUOTA(name, words) "|" #name
#include "controlplane/model/quota_kinds.def"
#undef QUOTA
                                             )
                                             .substr(1);
const Parameter kQuotaKind{.name = "what",
                           .type = Type::choice,
                           .help = "of what: WHAT in show quota",
                           .choices = kQuotaKinds,
                           .value_name = "WHAT"};
Parameter quota_number(std::string_view name, std::string_view help) {
  return {.name = name, .type = Type::number, .help = help, .required = false, .member = name, .max = UINT32_MAX};
}

constexpr uint64_t kSessionsListed = 100'000;  // as many as demarcd puts into one list

std::vector<Parameter> session_options() {
  return {
      kTenant,
      {.name = "file",
       .type = Type::file,
       .help = "a JSON file with the rules as TS 29.244 names them, instead of the options below; - is standard input",
       .source = Source::files,
       .required = false,
       .is_body = true},
      {.name = "ue",
       .type = Type::ipv4,
       .help = "the UE's IPv4 address; it has --ue, --ue-ipv6 or both",
       .required = false,
       .member = "ue_address"},
      {.name = "ue-ipv6",
       .type = Type::ipv6_prefix_64,
       .help = "the UE's IPv6 prefix; without a length it has 64 bits",
       .required = false,
       .member = "ue_ipv6"},
      {.name = "framed-route",
       .type = Type::prefixes,
       .help = "more prefixes behind the UE, each beside a UE address of its family",
       .required = false,
       .member = "framed_routes"},
      {.name = "type",
       .type = Type::choice,
       .help = "ip, with --ue or --ue-ipv6; ethernet, with neither",
       .required = false,
       .member = "pdn_type",
       .choices = "ip|ethernet"},
      {.name = "core-vrf", .help = "where its traffic goes", .source = Source::core_vrfs, .member = "core_vrf"},
      {.name = "endpoint", .help = "our GTP-U endpoint", .source = Source::endpoints, .member = "endpoint"},
      {.name = "teid",
       .type = Type::number,
       .help = "our TEID: the gNB sends to it; one is drawn when it is left out",
       .required = false,
       .member = "teid",
       .min = 1,
       .max = UINT32_MAX},
      {.name = "peer", .type = Type::ip, .help = "the gNB's address, of IPv4 or IPv6", .member = "peer_address"},
      teid("peer-teid", "peer_teid", "the gNB's TEID: we send to it"),
      {.name = "qfi",
       .type = Type::number,
       .help = "QoS flow identifier, 0 to 63",
       .required = false,
       .member = "qfi",
       .max = 63},
      rate("ambr-uplink", "ambr_uplink_bps", kBpsMax, "bits a second from the UE, 64k to 400G"),
      rate("ambr-downlink", "ambr_downlink_bps", kBpsMax, "bits a second to the UE, 64k to 400G"),
  };
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> rows = {
#include "controlplane/shell/commands.def"
  };
  return rows;
}

const std::vector<Parameter>& common_options() {
  static const std::vector<Parameter> rows = {
      {.name = "json", .type = Type::flag, .help = "print demarcd's answer as it is", .required = false},
      {.name = "watch",
       .type = Type::seconds,
       .help = "show: again and again, each so many seconds",
       .required = false,
       .min = 1,
       .max = 86400,
       .fallback = "2"},
      {.name = "help", .type = Type::flag, .help = "what the command does and takes", .required = false},
  };
  return rows;
}

const std::vector<Parameter>& program_options() {
  static const std::vector<Parameter> rows = {
      {.name = "socket",
       .type = Type::file,
       .help = "demarcd's unix socket; else $DEMARC_SOCKET, else /run/demarc/api.sock",
       .source = Source::files,
       .required = false},
      {.name = "url", .type = Type::word, .help = "demarcd over TCP instead: http://HOST:PORT", .required = false},
      {.name = "token-file",
       .type = Type::file,
       .help = "a file with the key's token for --url; else $DEMARC_TOKEN",
       .source = Source::files,
       .required = false},
      {.name = "keep-going",
       .type = Type::flag,
       .help = "a script goes on after a command that failed",
       .required = false},
      {.name = "version", .type = Type::flag, .help = "the version of this program", .required = false},
  };
  return rows;
}

bool takes(const Command& command, const Parameter& common_option) {
  if (common_option.name == "watch") return command.repeatable();
  return common_option.name != "json" || command.local == Local::no;
}

const Command* find_command(std::string_view words) {
  for (const Command& c : commands())
    if (c.words == words) return &c;
  return nullptr;
}

const Parameter* find_parameter(const std::vector<Parameter>& list, std::string_view name) {
  for (const Parameter& p : list)
    if (p.name == name) return &p;
  return nullptr;
}

}  // namespace demarc::shell
