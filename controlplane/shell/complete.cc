#include "controlplane/shell/complete.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "controlplane/shell/values.h"

namespace demarc::shell {
namespace {

// What the words before the cursor mean, as far as they mean something.
struct Position {
  std::string topic;
  const Command* command = nullptr;
  const Parameter* awaited = nullptr;  // an option that stands before the cursor without its value
  std::map<std::string, std::string> values;
  std::set<std::string> used;  // options
  size_t argument = 0;
  std::vector<std::string> rest;
};

void take_option(Position& at, const std::string& word, Where where) {
  const size_t equals = word.find('=');
  const Parameter* p =
      find_option(at.command, where, word.substr(2, equals == std::string::npos ? equals : equals - 2));
  if (p == nullptr) return;
  at.used.insert(std::string(p->name));
  if (equals != std::string::npos)
    at.values[std::string(p->name)] = word.substr(equals + 1);
  else if (p->type != Type::flag && p->type != Type::seconds)
    at.awaited = p;
}

void take_argument(Position& at, const std::string& word) {
  const auto& arguments = at.command->arguments;
  if (!arguments.empty() && arguments.back().rest)
    at.rest.push_back(word);
  else if (at.used.count("watch") == 0 || !parse_number(word) || at.argument < arguments.size()) {
    if (at.argument < arguments.size()) at.values[std::string(arguments[at.argument].name)] = word;
    ++at.argument;
  }
}

Position walk(const std::vector<std::string>& before, Where where) {
  Position at;
  for (const std::string& word : before) {
    if (at.awaited != nullptr) {
      at.values[std::string(at.awaited->name)] = word;
      at.awaited = nullptr;
    } else if (word.starts_with("--")) {
      take_option(at, word, where);
    } else if (at.command == nullptr) {
      at.topic += (at.topic.empty() ? "" : " ") + word;
      at.command = find_command(at.topic);
    } else {
      take_argument(at, word);
    }
  }
  return at;
}

class Completer {
 public:
  Completer(Position at, const std::string& partial, Where where, const NameLookup& names)
      : at_(std::move(at)), partial_(partial), where_(where), names_(names) {}

  Completion run() {
    const size_t equals = partial_.find('=');
    if (at_.awaited != nullptr) {
      offer_values(*at_.awaited, "");
    } else if (partial_.starts_with("--") && equals != std::string::npos) {
      const Parameter* p = find_option(at_.command, where_, partial_.substr(2, equals - 2));
      if (p != nullptr) offer_values(*p, partial_.substr(0, equals + 1));
    } else if (partial_.starts_with("-")) {
      offer_options(true);
    } else if (at_.command == nullptr) {
      offer_command_words(at_.topic);
    } else if (const Parameter* p = next_argument()) {
      if (wants_tenant_first(*p) && partial_.empty())
        offer("--tenant", "");  // then TAB lists what the tenant has
      else
        offer_values(*p, "");
    } else {
      offer_options(false);
    }
    return std::move(out_);
  }

 private:
  const Parameter* next_argument() const {
    const auto& arguments = at_.command->arguments;
    if (at_.argument < arguments.size()) return &arguments[at_.argument];
    return nullptr;
  }

  // What it names belongs to a tenant, and which is not said yet.
  bool wants_tenant_first(const Parameter& p) const {
    switch (p.source) {
      case Source::none:
      case Source::tenants:
      case Source::ports:
      case Source::keys:
      case Source::commands:
      case Source::files: return false;
      default: return at_.values.count("tenant") == 0 && find_parameter(at_.command->options, "tenant") != nullptr;
    }
  }

  void offer(const std::string& text, std::string_view help, bool whole = true) {
    if (text.starts_with(partial_)) out_.candidates.push_back({text, std::string(help), whole});
  }

  void offer_command_words(const std::string& topic) {
    for (std::string_view word : next_words(topic)) {
      const std::string words = topic + (topic.empty() ? "" : " ") + std::string(word);
      const Command* c = find_command(words);
      std::string help = c != nullptr ? std::string(c->help) : "";
      if (c == nullptr)
        for (std::string_view next : next_words(words)) help += (help.empty() ? "" : ", ") + std::string(next);
      offer(std::string(word), help);
    }
  }

  void offer_options(bool common) {
    bool has_body = false;
    if (at_.command != nullptr) {
      for (const Parameter& p : at_.command->options) has_body = has_body || (p.is_body && used(p));
      for (const Parameter& p : at_.command->options)
        if (!used(p) && !(has_body && !p.member.empty())) offer_option(p);
    }
    if (!common) return;
    for (const Parameter& p : common_options())
      if (!used(p) && fits(p)) offer_option(p);
    // Before the command is where people look for them.
    if (where_ != Where::program || !at_.topic.empty()) return;
    for (const Parameter& p : program_options())
      if (!used(p)) offer_option(p);
  }

  bool fits(const Parameter& p) const { return at_.command == nullptr ? p.name != "watch" : takes(*at_.command, p); }
  bool used(const Parameter& p) const { return at_.used.count(std::string(p.name)) != 0; }
  void offer_option(const Parameter& p) { offer("--" + std::string(p.name), p.help); }

  void offer_values(const Parameter& p, const std::string& before) {
    if (p.source == Source::commands) {
      std::string topic;
      for (const std::string& word : at_.rest) topic += (topic.empty() ? "" : " ") + word;
      return offer_command_words(topic);
    }
    for (std::string_view choice : choices_of(p)) offer(before + std::string(choice), p.help);
    if (p.source == Source::files)
      offer_files(before);
    else if (p.source != Source::none && names_)
      for (const std::string& name : names_(p.source, at_.values)) offer(before + name, "");
    out_.expected = value_name(p) + "  " + std::string(p.help);
    if (at_.command != nullptr && wants_tenant_first(p)) out_.expected += "; after --tenant, TAB lists them";
  }

  void offer_files(const std::string& before) {
    namespace fs = std::filesystem;
    const std::string typed = partial_.substr(std::min(before.size(), partial_.size()));
    const size_t slash = typed.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : typed.substr(0, slash + 1);
    std::error_code e;
    for (fs::directory_iterator i(folder.empty() ? "." : folder, e), end; !e && i != end; i.increment(e)) {
      if (out_.candidates.size() == kNamesMax) break;
      std::error_code ignored;
      const bool is_folder = i->is_directory(ignored);
      offer(before + folder + i->path().filename().string() + (is_folder ? "/" : ""), "", !is_folder);
    }
    std::sort(out_.candidates.begin(), out_.candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.text < b.text; });
  }

  Position at_;
  const std::string& partial_;
  Where where_;
  const NameLookup& names_;
  Completion out_;
};

}  // namespace

Completion complete(const std::vector<std::string>& before, const std::string& partial, Where where,
                    const NameLookup& names) {
  return Completer(walk(before, where), partial, where, names).run();
}

std::string common_prefix(const std::vector<Candidate>& candidates) {
  if (candidates.empty()) return {};
  std::string prefix = candidates[0].text;
  for (const Candidate& c : candidates) {
    const auto [a, b] = std::mismatch(prefix.begin(), prefix.end(), c.text.begin(), c.text.end());
    prefix.erase(a, prefix.end());
  }
  return prefix;
}

}  // namespace demarc::shell
