#include "controlplane/shell/session.h"

#include "controlplane/shell/line_editor.h"
#include "controlplane/shell/words.h"

namespace demarc::shell {
namespace {

struct LineOutcome {
  int code = kDone;
  bool quit = false;
};

LineOutcome run_line(Runner& runner, const std::string& line) {
  Result<std::vector<std::string>> words = split_line(line);
  if (!words) return {runner.complain(kUsage, words.error().message)};
  // A line copied from a manual.
  if (!words->empty() && words->front() == "demarc") words->erase(words->begin());
  if (words->empty()) return {};
  const Result<Invocation> in = parse(*words, Where::line);
  if (!in) return {runner.complain(kUsage, in.error().message)};
  if (in->has("help")) return {runner.run(*in, Where::line)};
  if (in->command == nullptr) return {runner.complain(kUsage, "options come after a command; \"help\" lists them")};
  if (in->command->local == Local::quit) return {kDone, true};
  return {runner.run(*in, Where::line)};
}

}  // namespace

int run_interactive(Runner& runner, Interrupt& interrupt, const NameLookup& names, const std::string& history_path) {
  runner.screen().out << "demarc " DEMARC_VERSION ": \"help\" lists the commands, TAB completes, ? explains.\n";
  runner.screen().out.flush();
  LineEditor editor("demarc> ", history_path, [&](const std::vector<std::string>& before, const std::string& partial) {
    return complete(before, partial, Where::line, names);
  });
  for (;;) {
    std::string line;
    const LineEditor::Read read = editor.read(line);
    if (read == LineEditor::Read::end) {
      runner.screen().out << "\n";
      return kDone;
    }
    if (read == LineEditor::Read::cancelled) continue;
    editor.remember(line);
    interrupt.clear();
    const LineOutcome outcome = run_line(runner, line);
    if (outcome.code == kInterrupted) runner.screen().out << "\n";
    runner.screen().out.flush();
    if (outcome.quit) return kDone;
  }
}

// What is pending is stored: the lines behind it can stand on it. The exit code says so in the end, unless something
// else went wrong.
int run_script(Runner& runner, std::istream& in, bool keep_going) {
  int first = kDone;
  std::string line;
  for (uint64_t number = 1; std::getline(in, line); ++number) {
    runner.set_place("line " + std::to_string(number) + ": ");
    const LineOutcome outcome = run_line(runner, line);
    if (first == kDone || (first == kPending && outcome.code != kDone)) first = outcome.code;
    const bool failed = outcome.code != kDone && outcome.code != kPending;
    if (outcome.quit || (failed && !keep_going)) break;
  }
  return first;
}

}  // namespace demarc::shell
