// Help, made from the rows of commands.def.
#pragma once

#include <string>
#include <string_view>

#include "controlplane/shell/command.h"

namespace demarc::shell {

// "tenant remove NAME [--force]"; for a command with an is_body option two lines, one for each way.
std::string usage(const Command& command);
std::string help_command(const Command& command);
// All commands whose words begin with `topic` ("": all), each with its sentence; empty when there is none.
std::string help_topic(std::string_view topic);
// How the program is called, then all commands.
std::string help_program();

}  // namespace demarc::shell
