// The manual page, made from commands.def, drop_reasons.def and counters.def.
#pragma once

#include <string>

namespace demarc::shell {

std::string manual_man();  // troff with the man macros, for man(1)
std::string manual_markdown();

}  // namespace demarc::shell
