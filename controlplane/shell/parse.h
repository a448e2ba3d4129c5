// Words in, a checked command out.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "controlplane/shell/command.h"

namespace demarc::shell {

enum class Where : uint8_t {
  program,  // the words after `demarc` in a command line: the program's own options are taken
  line,     // a line of the shell or a script
};

struct Invocation {
  const Command* command = nullptr;           // nullptr: no command was given (then interactive), or only help
  std::string topic;                          // the words of a command or of several ("show"), for --help
  std::map<std::string, std::string> values;  // checked, by parameter name; flags are "true"
  std::vector<std::string> rest;              // of an argument that takes the rest

  bool has(const std::string& name) const { return values.count(name) != 0; }
  // Empty when it is not there.
  std::string get(const std::string& name) const {
    const auto it = values.find(name);
    return it == values.end() ? std::string() : it->second;
  }
};

// Errors (all `invalid`): an unknown command or option, with the nearest; a value that is missing, repeated, or not
// what its type takes; an argument too many.
Result<Invocation> parse(const std::vector<std::string>& words, Where where);

// The first words of all commands after `topic` ("show" → "tenants", "vrfs", …), each once, in order.
std::vector<std::string_view> next_words(std::string_view topic);

// The option of that name that may stand after `command` (nullptr: before one) here.
const Parameter* find_option(const Command* command, Where where, std::string_view name);

}  // namespace demarc::shell
