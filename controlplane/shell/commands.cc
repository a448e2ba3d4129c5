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
      {.name = "ue", .type = Type::address, .help = "the UE's IP address", .member = "ue_address"},
      {.name = "core-vrf", .help = "where its traffic goes", .source = Source::core_vrfs, .member = "core_vrf"},
      {.name = "endpoint", .help = "our GTP-U endpoint", .source = Source::endpoints, .member = "endpoint"},
      teid("teid", "teid", "our TEID: the gNB sends to it"),
      {.name = "peer", .type = Type::address, .help = "the gNB's address", .member = "peer_address"},
      teid("peer-teid", "peer_teid", "the gNB's TEID: we send to it"),
      {.name = "qfi",
       .type = Type::number,
       .help = "QoS flow identifier, 0 to 63",
       .required = false,
       .member = "qfi",
       .max = 63},
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
