#include "controlplane/shell/help.h"

#include <sstream>

#include "controlplane/shell/table.h"
#include "controlplane/shell/values.h"

namespace demarc::shell {
namespace {

std::string option_text(const Parameter& p) {
  std::string text = "--" + std::string(p.name);
  if (p.type == Type::seconds) return text + " [" + value_name(p) + "]";
  return p.type == Type::flag ? text : text + " " + value_name(p);
}

std::string parameter_help(const Parameter& p) {
  std::string text(p.help);
  if (!p.fallback.empty()) text += " (default " + std::string(p.fallback) + ")";
  return text;
}

void add_usage_of_option(std::string& line, const Parameter& p, bool optional) {
  line += optional ? " [" + option_text(p) + "]" : " " + option_text(p);
}

std::string usage_line(const Command& c, bool from_file) {
  std::string line(c.words);
  for (const Parameter& p : c.arguments) {
    const std::string name = value_name(p) + (p.rest ? "..." : "");
    line += p.required ? " " + name : " [" + name + "]";
  }
  for (const Parameter& p : c.options) {
    if (p.is_body ? !from_file : from_file && !p.member.empty()) continue;
    add_usage_of_option(line, p, !p.required && !p.is_body);
  }
  return line;
}

void add_options(Table& table, const std::vector<Parameter>& options, const Command* command) {
  for (const Parameter& p : options)
    if (command == nullptr || takes(*command, p)) table.add({option_text(p), parameter_help(p)});
}

std::string printed(const Table& table) {
  std::ostringstream out, none;
  table.print({out, none}, "  ");
  return out.str();
}

}  // namespace

std::string usage(const Command& c) {
  bool has_body = false;
  for (const Parameter& p : c.options) has_body = has_body || p.is_body;
  return usage_line(c, false) + (has_body ? "\n" + usage_line(c, true) : "");
}

std::string help_command(const Command& c) {
  std::string lines = usage(c);
  for (size_t at = 0; (at = lines.find('\n', at)) != std::string::npos; at += 3) lines.replace(at, 1, "\n  ");
  std::string out = std::string(c.help) + "\n";
  if (!c.details.empty()) out += std::string(c.details) + "\n";
  out += "\n  " + lines + "\n\n";
  Table table({{""}, {""}});
  for (const Parameter& p : c.arguments) table.add({value_name(p), parameter_help(p)});
  add_options(table, c.options, &c);
  add_options(table, common_options(), &c);
  out += printed(table);
  if (!c.example.empty()) out += "\nExample: " + std::string(c.example) + "\n";
  return out;
}

std::string help_topic(std::string_view topic) {
  if (const Command* c = find_command(topic)) return help_command(*c);
  Table table({{""}, {""}});
  bool any = false;
  for (const Command& c : commands()) {
    const bool below = topic.empty() || (c.words.starts_with(topic) && c.words[topic.size()] == ' ');
    if (!below) continue;
    table.add({std::string(c.words), std::string(c.help)});
    any = true;
  }
  return any ? printed(table) + "\n\"help COMMAND\" or COMMAND --help explains one.\n" : "";
}

std::string help_program() {
  Table table({{""}, {""}});
  add_options(table, program_options(), nullptr);
  add_options(table, common_options(), nullptr);
  return "demarc: the operator's shell of demarcd\n\n"
         "  demarc [OPTIONS] COMMAND    one command\n"
         "  demarc [OPTIONS]            a shell; with standard input from a file or pipe, a command a line\n\n"
         "Options:\n" +
         printed(table) + "\nCommands:\n" + help_topic("") +
         "\nExit codes: 0 done, 1 refused by demarcd, 2 wrong command line, 3 demarcd cannot be reached,\n"
         "4 stored, but the data plane has not applied it yet.\n";
}

}  // namespace demarc::shell
