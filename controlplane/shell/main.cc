// demarc: the operator's shell.
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <iostream>

#include "controlplane/shell/session.h"

namespace demarc::shell {
namespace {

std::string history_path() {
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != 0 ? std::string(home) + "/.demarc_history" : "";
}

// dumb terminals and NO_COLOR (no-color.org) get plain text.
bool wants_colour() {
  const char* term = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  return term != nullptr && std::string_view(term) != "dumb" && (no_colour == nullptr || *no_colour == 0);
}

int complain(int code, const std::string& sentence) {
  std::cerr << "demarc: " << sentence << "\n";
  return code;
}

// Commands that Ctrl-C ends well: with a whole file, and a sentence.
bool goes_on(const Invocation& in) {
  if (in.command == nullptr || in.has("help")) return false;
  const View view = in.command->output.view;
  return view == View::capture || view == View::trace || in.has("watch");
}

int run_program(const Invocation& in) {
  const Result<Target> target = choose_target(in, [](const char* name) { return std::getenv(name); });
  if (!target) return complain(kUsage, target.error().message);
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  const Screen screen{std::cout, std::cerr, terminal && wants_colour(), terminal};
  const NameLookup names = names_from(*target);
  if (goes_on(in)) {
    Interrupt interrupt;
    return Runner(HttpClient(*target, {}, interrupt.fd()), screen, names, interrupt.fd()).run(in, Where::program);
  }
  if (in.command != nullptr || in.has("help"))
    return Runner(HttpClient(*target), screen, names).run(in, Where::program);
  if (::isatty(STDIN_FILENO) == 0) {
    Runner runner(HttpClient(*target), screen, names);
    return run_script(runner, std::cin, in.has("keep-going"));
  }
  Interrupt interrupt;
  Runner runner(HttpClient(*target, {}, interrupt.fd()), screen, names, interrupt.fd());
  return run_interactive(runner, interrupt, names, history_path());
}

int run(int argc, char** argv) {
  const Result<Invocation> in = parse(std::vector<std::string>(argv + 1, argv + argc), Where::program);
  if (!in) return complain(kUsage, in.error().message);
  if (in->has("version") && in->command == nullptr) {
    std::cout << "demarc " DEMARC_VERSION "\n";
    return kDone;
  }
  if (in->command == nullptr && !in->has("help") && (in->has("json") || in->has("watch")))
    return complain(kUsage, "--json and --watch go with a command; \"demarc help\" lists them");
  const int code = run_program(*in);
  std::cout.flush();
  if (!std::cout) return complain(kRefused, "the output cannot be written");
  return code;
}

}  // namespace
}  // namespace demarc::shell

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "");
  return demarc::shell::run(argc, argv);
}
