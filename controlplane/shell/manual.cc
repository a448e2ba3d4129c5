#include "controlplane/shell/manual.h"

#include <memory>

#include "common/defs/counter.h"
#include "common/defs/drop_reason.h"
#include "controlplane/shell/command.h"
#include "controlplane/shell/help.h"
#include "controlplane/shell/values.h"

namespace demarc::shell {
namespace {

// The page is written once, for either form.
class Page {
 public:
  virtual ~Page() = default;
  virtual void section(std::string_view title) = 0;
  virtual void paragraph(std::string_view text) = 0;
  virtual void code(std::string_view lines) = 0;  // as it is, line by line
  virtual void command(std::string_view words, std::string_view usage) = 0;
  virtual void entry(std::string_view term, std::string_view text) = 0;
  std::string text;
};

class ManPage final : public Page {
 public:
  ManPage() { text = ".TH DEMARC 1 \"\" \"demarc " DEMARC_VERSION "\" \"User Commands\"\n"; }
  void section(std::string_view title) override { text += ".SH " + std::string(title) + "\n"; }
  void paragraph(std::string_view t) override { text += ".PP\n" + escaped(t) + "\n"; }
  void code(std::string_view lines) override { text += ".PP\n.nf\n" + escaped(lines) + "\n.fi\n"; }
  void command(std::string_view words, std::string_view usage) override {
    text += ".SS " + escaped(words) + "\n.nf\n\\fB" + escaped(usage) + "\\fR\n.fi\n";
  }
  void entry(std::string_view term, std::string_view t) override {
    text += ".TP\n\\fB" + escaped(term) + "\\fR\n" + escaped(t) + "\n";
  }

 private:
  // groff_char(7): a backslash and a minus are not themselves; a line must not begin with a control character.
  static std::string escaped(std::string_view t) {
    std::string out;
    bool line_start = true;
    for (char c : t) {
      if (line_start && (c == '.' || c == '\'')) out += "\\&";
      if (c == '\\')
        out += "\\e";
      else if (c == '-')
        out += "\\-";
      else
        out += c;
      line_start = c == '\n';
    }
    return out;
  }
};

class MarkdownPage final : public Page {
 public:
  MarkdownPage() { text = "# demarc(1)\n"; }
  void section(std::string_view title) override { text += "\n## " + std::string(title) + "\n"; }
  void paragraph(std::string_view t) override { text += "\n" + std::string(t) + "\n"; }
  void code(std::string_view lines) override { text += "\n```\n" + std::string(lines) + "\n```\n"; }
  void command(std::string_view words, std::string_view usage) override {
    text += "\n### " + std::string(words) + "\n";
    code(usage);
  }
  void entry(std::string_view term, std::string_view t) override {
    text += "\n- `" + std::string(term) + "`: " + std::string(t);
  }
};

std::string option_term(const Parameter& p) {
  std::string term = "--" + std::string(p.name);
  if (p.type == Type::seconds) return term + " [SECONDS]";
  return p.type == Type::flag ? term : term + " " + value_name(p);
}

std::string with_default(const Parameter& p) {
  return std::string(p.help) + (p.fallback.empty() ? "" : " (default " + std::string(p.fallback) + ")") + ".";
}

void write_opening(Page& page) {
  page.section("NAME");
  page.paragraph("demarc - the operator's shell of demarcd");
  page.section("SYNOPSIS");
  page.code("demarc [OPTIONS] COMMAND\ndemarc [OPTIONS]\ndemarc [OPTIONS] < SCRIPT");
  page.section("DESCRIPTION");
  page.paragraph(
      "demarc shows and changes what demarcd keeps: tenants, their VRFs, attachments, GTP-U endpoints, UE pools, "
      "routes and "
      "sessions, and shows what the data plane does. With a command it carries it out and ends. Without one it is a "
      "shell "
      "with history, completion (TAB) and help (?). When its standard input is not a terminal it reads a command a "
      "line, "
      "with comments after #, and ends at the first that fails.");
  page.section("OPTIONS");
  for (const Parameter& p : program_options()) page.entry(option_term(p), with_default(p));
  for (const Parameter& p : common_options()) page.entry(option_term(p), with_default(p));
}

void write_commands(Page& page) {
  page.section("COMMANDS");
  for (const Command& c : commands()) {
    page.command(c.words, usage(c));
    page.paragraph(std::string(c.help) + (c.details.empty() ? "" : " " + std::string(c.details)));
    for (const Parameter& p : c.arguments) page.entry(value_name(p), with_default(p));
    for (const Parameter& p : c.options) page.entry(option_term(p), with_default(p));
    if (!c.example.empty()) page.code(c.example);
  }
}

void write_lists(Page& page) {
  page.section("COUNTERS");
  page.paragraph("For each tenant, and exactly: received + originated = sent + consumed + held + dropped, in packets.");
  for (const CounterInfo& c : kCounters) page.entry(c.name, c.sentence);
  page.section("DROP REASONS");
  for (const DropReasonInfo& d : kDropReasons) page.entry(d.name, d.sentence);
}

void write_end(Page& page) {
  page.section("EXIT STATUS");
  page.entry("0", "Done; a change has been applied by the data plane.");
  page.entry("1", "Refused by demarcd or by the data plane; standard error says why.");
  page.entry("2", "The command line is wrong; nothing was sent.");
  page.entry("3", "demarcd cannot be reached, or went away before it had answered.");
  page.entry(
      "4",
      "The change is stored, but the data plane has not applied it yet: it is not connected, or slow. It will be "
      "applied as soon as that is possible; \"show sync\" says why. A script goes on after it, and ends with it.");
  page.entry("130", "Ended by Ctrl-C.");
  page.section("ENVIRONMENT");
  page.entry("DEMARC_SOCKET", "demarcd's unix socket, when --socket and --url are not given.");
  page.entry("DEMARC_TOKEN", "The token for --url, when --token-file is not given.");
  page.section("FILES");
  page.entry("/run/demarc/api.sock", "demarcd's unix socket. Whoever may open it is an operator.");
  page.entry("~/.demarc_history", "The lines of the shell, readable by their owner alone.");
}

std::string written(Page&& page) {
  write_opening(page);
  write_commands(page);
  write_lists(page);
  write_end(page);
  if (page.text.back() != '\n') page.text += "\n";
  return page.text;
}

}  // namespace

std::string manual_man() { return written(ManPage()); }
std::string manual_markdown() { return written(MarkdownPage()); }

}  // namespace demarc::shell
