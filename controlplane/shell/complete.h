// What may come next in a line, for TAB, for '?' and for the completion of other shells.
#pragma once

#include <string>
#include <vector>

#include "controlplane/shell/names.h"
#include "controlplane/shell/parse.h"

namespace demarc::shell {

struct Candidate {
  std::string text;  // the whole word
  std::string help;
  bool whole = true;  // the word ends here; false for a folder
};

struct Completion {
  std::vector<Candidate> candidates;  // each begins with the word so far
  std::string expected;               // what is expected when there are no names to offer: "NAME  a new name: …"
};

// `before` are the words before the one at the cursor, which so far is `partial`.
Completion complete(const std::vector<std::string>& before, const std::string& partial, Where where,
                    const NameLookup& names);

// The longest text that all candidates begin with.
std::string common_prefix(const std::vector<Candidate>& candidates);

}  // namespace demarc::shell
