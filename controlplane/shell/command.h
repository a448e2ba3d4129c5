// What a command is: one row of commands.def. The parser, the help, the completion, the request, the output and the
// manual are all made from these rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace demarc::shell {

// What a value must look like; checked before anything is sent (values.cc).
enum class Type : uint8_t {
  flag,            // an option without a value
  name,            // of an object; what a name may be is demarcd's to say
  word,            // any text without blanks
  ipv4,            // 10.0.0.1
  ipv6,            // 2001:db8::1
  ip,              // either of both
  prefix,          // 10.0.0.0/8 or 2001:db8::/32, no bits behind the length
  ipv6_prefix_64,  // 2001:db8:0:7::/64; without a length of 64 bits
  ipv4_interface,  // 10.0.0.1/24
  ipv6_interface,  // 2001:db8::1/64
  next_hops,       // GATEWAY or GATEWAY%ATTACHMENT, several with commas between; becomes the members of a route
  numbers,         // several of min..max with commas between, or "none"; becomes a list
  prefixes,        // several prefixes with commas between; becomes a list
  yes_no,          // true or false in the request
  number,          // min..max, decimal or 0x and hex digits
  rate,            // the same with k, M or G behind it: 64k, 2.5G
  choice,          // one of `choices`
  file,            // the path of a file
  seconds,         // min..max; the value may be left out
};

// Where TAB finds the values that exist (names.cc has the route of each).
enum class Source : uint8_t {
  none,
  tenants,
  vrfs,
  access_vrfs,
  core_vrfs,
  attachments,
  endpoints,
  pools,
  routes,
  sessions,
  ports,
  keys,
  commands,
  files,
};

// An argument (by its place) or an option (--name). An option's name has '-' where its member has '_'.
struct Parameter {
  std::string_view name = {};
  Type type = Type::name;
  std::string_view help = {};
  Source source = Source::none;
  bool required = true;          // arguments and options alike
  std::string_view member = {};  // the member of the request's body that takes the value; numbers become numbers.
                                 // "a.b": member b of the object a
  bool query = false;            // goes into the query string, under its name
  bool is_body = false;          // a file that is the whole body: then no option with a member is asked for or allowed
  bool waits = false;            // demarcd may be silent for so many seconds more
  bool rest = false;             // an argument that takes all words that are left
  uint64_t min = 0;
  uint64_t max = UINT64_MAX;
  std::string_view choices = {};     // "access|core"
  std::string_view fallback = {};    // the value when it is not given
  std::string_view value_name = {};  // in the help; empty: made of the name
};

enum class Format : uint8_t {
  text,
  count,
  bytes,
  percent,
  bits,
  hex32,
  seid,
  milliseconds,
  nanoseconds,
  yes_no,
  next_hops,
  tier
};
enum class Align : uint8_t { left, right };

struct Column {
  std::string_view title;
  std::string_view member;  // of an item of the answer
  Format format = Format::text;
  Align align = Align::left;
};

// How the answer is shown to people. Each view but `table` has a function of its own (render.h).
enum class View : uint8_t {
  table,
  change,
  session_change,  // and the TEIDs of ours, which may have been drawn
  key_added,
  session,
  sessions,
  usage,
  quota,
  quota_change,
  counters,
  sync,
  workers,
  capacity,
  trace,
  capture,
  version
};

struct Output {
  View view = View::table;
  std::vector<Column> columns = {};
  std::string_view empty = {};     // table: what an empty list says
  std::string_view sentence = {};  // change: what was done; {x} is a parameter or a member of the answer
};

// Commands that need no request.
enum class Local : uint8_t { no, help, manual, complete, quit };

struct Command {
  std::string_view words = {};  // no command's words begin another's
  std::string_view help = {};   // a sentence
  std::string_view details = {};
  std::vector<Parameter> arguments = {};
  std::vector<Parameter> options = {};
  Local local = Local::no;
  std::string_view method = {};
  std::string_view path = {};         // {x} is a parameter's value, percent-encoded; a prefix makes two segments
  std::string_view tenant_path = {};  // instead, when --tenant is given
  std::string_view example = {};
  Output output = {};

  bool repeatable() const { return method == "GET"; }  // takes --watch
};

const std::vector<Command>& commands();
// Taken by every command, in the shell too: --json, --watch, --help.
const std::vector<Parameter>& common_options();
// Taken by the program alone: how to reach demarcd, and how to run a script.
const std::vector<Parameter>& program_options();

// Does an option of common_options() mean something for the command?
bool takes(const Command& command, const Parameter& common_option);
// Nullptr when there is none.
const Command* find_command(std::string_view words);
const Parameter* find_parameter(const std::vector<Parameter>& list, std::string_view name);

}  // namespace demarc::shell
