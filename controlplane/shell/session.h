// Many commands one after the other: typed at a terminal, or read from a script.
#pragma once

#include <istream>
#include <string>

#include "controlplane/shell/interrupt.h"
#include "controlplane/shell/run.h"

namespace demarc::shell {

// Until quit or Ctrl-D. A command that fails does not end it. Returns 0.
int run_interactive(Runner& runner, Interrupt& interrupt, const NameLookup& names, const std::string& history_path);

// A command a line. Stops at the first error and returns its code; with `keep_going` goes on to the end and returns
// the code of the first.
int run_script(Runner& runner, std::istream& in, bool keep_going);

}  // namespace demarc::shell
