#include "controlplane/shell/parse.h"

#include <algorithm>

#include "common/base/text.h"
#include "controlplane/shell/suggest.h"
#include "controlplane/shell/values.h"

namespace demarc::shell {
namespace {

std::string join(const std::vector<std::string_view>& words, std::string_view between) {
  std::string out;
  for (std::string_view w : words) out += (out.empty() ? "" : std::string(between)) + std::string(w);
  return out;
}

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorCode::invalid, std::move(message)); }

class Parser {
 public:
  Parser(const std::vector<std::string>& words, Where where) : words_(words), where_(where) {}

  Result<Invocation> run() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (Status s = take(word); !s) return tl::unexpected<Error>(s.error());
    }
    if (Status s = finish(); !s) return tl::unexpected<Error>(s.error());
    return std::move(out_);
  }

 private:
  Status take(const std::string& word) {
    if (options_ended_ || takes_rest()) return take_argument(word);
    if (word == "--" && out_.command != nullptr) {
      options_ended_ = true;
      return {};
    }
    if (word == "-h" || (word == "?" && where_ == Where::line)) return take_option("--help");
    if (word.size() > 1 && word[0] == '-' && !(out_.command == nullptr && word[1] != '-')) return take_option(word);
    return out_.command == nullptr ? take_command_word(word) : take_argument(word);
  }

  // `help show --json` explains; only --help itself is still an option there.
  bool takes_rest() const {
    return out_.command != nullptr && !out_.command->arguments.empty() && out_.command->arguments.back().rest &&
           words_[at_ - 1] != "--help" && out_.command->local != Local::help;
  }

  Status take_command_word(const std::string& word) {
    const auto known = next_words(out_.topic);
    if (std::find(known.begin(), known.end(), word) == known.end()) return unknown_command(word);
    out_.topic += (out_.topic.empty() ? "" : " ") + word;
    out_.command = find_command(out_.topic);
    return {};
  }

  Status unknown_command(const std::string& word) const {
    const std::string whole = out_.topic.empty() ? word : out_.topic + " " + word;
    // The next word may help to find what was meant: "tenat add" is nearer to "tenant add" than to anything else.
    std::vector<std::string_view> all;
    for (const Command& c : commands()) all.push_back(c.words);
    if (!out_.topic.empty()) {
      // The words before it were right: what is near is near to one that may come here.
      const std::string_view next = nearest(word, next_words(out_.topic));
      if (next.empty())
        return invalid("there is no command " + quoted(whole) + "; after \"" + out_.topic + "\" comes " +
                       join(next_words(out_.topic), ", "));
      return invalid("there is no command " + quoted(whole) + "; did you mean \"" + out_.topic + " " +
                     std::string(next) + "\"?");
    }
    const std::string two = at_ < words_.size() && words_[at_][0] != '-' ? whole + " " + words_[at_] : whole;
    std::string_view near = nearest(two, all);
    if (near.empty()) near = nearest(whole, all);
    if (near.empty()) near = nearest(word, next_words(""));
    if (!near.empty())
      return invalid("there is no command " + quoted(whole) + "; did you mean \"" + std::string(near) + "\"?");
    return invalid("there is no command " + quoted(whole) + "; \"help\" lists them");
  }

  Status take_option(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string spelled = word.substr(0, equals);
    const Parameter* p = spelled.starts_with("--") ? find_option(out_.command, where_, spelled.substr(2)) : nullptr;
    if (p == nullptr) return unknown_option(spelled);
    if (out_.has(std::string(p->name))) return invalid(spelled + " is given twice");
    if (p->type == Type::flag) {
      if (equals != std::string::npos) return invalid(spelled + " takes no value");
      return store(*p, spelled, "true");
    }
    if (equals != std::string::npos) return store(*p, spelled, word.substr(equals + 1));
    if (p->type == Type::seconds) {  // the value may be left out
      const bool given = at_ < words_.size() && parse_number(words_[at_]).has_value();
      return store(*p, spelled, given ? words_[at_++] : std::string(p->fallback));
    }
    if (at_ >= words_.size() || words_[at_].starts_with("--"))
      return invalid(spelled + " needs a value: " + spelled + " " + value_name(*p));
    return store(*p, spelled, words_[at_++]);
  }

  Status unknown_option(const std::string& spelled) const {
    std::vector<std::string_view> names;
    if (out_.command != nullptr)
      for (const Parameter& p : out_.command->options) names.push_back(p.name);
    for (const Parameter& p : common_options()) names.push_back(p.name);
    if (where_ == Where::program)
      for (const Parameter& p : program_options()) names.push_back(p.name);
    const std::string_view near = nearest(spelled.substr(std::min<size_t>(2, spelled.size())), names);
    const std::string of = out_.command != nullptr ? " of \"" + std::string(out_.command->words) + "\"" : "";
    const std::string remedy = !near.empty() ? "did you mean --" + std::string(near) + "?"
                               : out_.command != nullptr
                                   ? "\"help " + std::string(out_.command->words) + "\" lists them"
                                   : "the command comes first, then its options";
    return invalid("there is no option " + spelled.substr(0, 64) + of + "; " + remedy);
  }

  Status take_argument(const std::string& word) {
    const auto& arguments = out_.command->arguments;
    if (!arguments.empty() && arguments.back().rest && argument_ + 1 >= arguments.size()) {
      out_.rest.push_back(word);
      return {};
    }
    if (argument_ >= arguments.size())
      return invalid("\"" + std::string(out_.command->words) + "\" has no place for " + quoted(word) +
                     (arguments.empty() ? "; it takes options alone" : ""));
    const Parameter& p = arguments[argument_++];
    return store(p, value_name(p), word);
  }

  Status store(const Parameter& p, const std::string& where, const std::string& text) {
    Result<std::string> value = check_value(p, where, text);
    if (!value) return tl::unexpected<Error>(value.error());
    if (p.is_body && *value == "-" && where_ == Where::line)
      return invalid(where + ": standard input is where the commands come from; give a file");
    out_.values[std::string(p.name)] = *value;
    return {};
  }

  Status finish() {
    if (out_.has("help")) return {};
    if (out_.has("version")) {
      if (out_.command == nullptr) return {};
      return invalid("--version goes without a command; \"show version\" is the one that asks demarcd");
    }
    if (out_.command == nullptr) {
      if (out_.topic.empty()) return {};
      return invalid("after \"" + out_.topic + "\" comes " + join(next_words(out_.topic), ", "));
    }
    if (out_.has("watch") && !out_.command->repeatable())
      return invalid("--watch repeats commands that show something; \"" + std::string(out_.command->words) +
                     "\" is not one");
    // `help show tenants --json` explains that command: its options may be there.
    if (out_.has("json") && out_.command->local != Local::no && out_.rest.empty())
      return invalid("--json is for commands that ask demarcd; \"" + std::string(out_.command->words) +
                     "\" is not one");
    if (Status s = finish_arguments(); !s) return s;
    return finish_options();
  }

  Status finish_arguments() {
    const auto& arguments = out_.command->arguments;
    for (size_t i = argument_; i < arguments.size(); ++i)
      if (arguments[i].required)
        return invalid("\"" + std::string(out_.command->words) + "\" needs " + value_name(arguments[i]) + ": " +
                       std::string(arguments[i].help));
    return {};
  }

  Status finish_options() {
    const auto& options = out_.command->options;
    const auto body = std::find_if(options.begin(), options.end(),
                                   [&](const Parameter& p) { return p.is_body && out_.has(std::string(p.name)); });
    for (const Parameter& p : options) {
      const std::string name(p.name);
      const bool replaced = body != options.end() && !p.member.empty();
      if (replaced && out_.has(name))
        return invalid("--" + name + " and --" + std::string(body->name) + " do not go together: the file has it all");
      if (!out_.has(name) && p.required && !replaced)
        return invalid("\"" + std::string(out_.command->words) + "\" needs --" + name + " " + value_name(p) + ": " +
                       std::string(p.help));
      if (!out_.has(name) && !p.fallback.empty()) out_.values[name] = p.fallback;
    }
    return {};
  }

  const std::vector<std::string>& words_;
  Where where_;
  Invocation out_;
  size_t at_ = 0;
  size_t argument_ = 0;
  bool options_ended_ = false;
};

}  // namespace

std::vector<std::string_view> next_words(std::string_view topic) {
  std::vector<std::string_view> out;
  for (const Command& c : commands()) {
    std::string_view rest = c.words;
    if (!topic.empty()) {
      if (!rest.starts_with(topic) || rest.size() == topic.size() || rest[topic.size()] != ' ') continue;
      rest.remove_prefix(topic.size() + 1);
    }
    rest = rest.substr(0, rest.find(' '));
    if (std::find(out.begin(), out.end(), rest) == out.end()) out.push_back(rest);
  }
  return out;
}

const Parameter* find_option(const Command* command, Where where, std::string_view name) {
  const Parameter* p = command != nullptr ? find_parameter(command->options, name) : nullptr;
  if (p == nullptr) p = find_parameter(common_options(), name);
  if (p == nullptr && where == Where::program) p = find_parameter(program_options(), name);
  return p;
}

Result<Invocation> parse(const std::vector<std::string>& words, Where where) { return Parser(words, where).run(); }

}  // namespace demarc::shell
