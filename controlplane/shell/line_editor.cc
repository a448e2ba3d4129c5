#include "controlplane/shell/line_editor.h"

#include <histedit.h>

#include <cstdio>

#include "controlplane/shell/format.h"
#include "controlplane/shell/history_file.h"
#include "controlplane/shell/words.h"

namespace demarc::shell {
namespace {

constexpr size_t kListedMax = 200;  // candidates; more than a few screens help nobody

// What a candidate needs before it can stand in the line.
std::string escaped(std::string_view text, char open_quote) {
  std::string out;
  for (char c : text) {
    if (open_quote == 0 ? std::string_view(" \t\"'\\#").find(c) != std::string_view::npos : c == '"' || c == '\\')
      if (open_quote != '\'') out += '\\';
    out += c;
  }
  return out;
}

std::string listing(const Completion& completion) {
  std::string out = "\n";
  size_t width = 0, shown = 0;
  for (const Candidate& c : completion.candidates) width = std::max(width, c.text.size());
  for (const Candidate& c : completion.candidates) {
    if (++shown > kListedMax) break;
    out += "  " + printable(c.text);
    if (!c.help.empty()) out += std::string(width - c.text.size() + 2, ' ') + c.help;
    out += "\n";
  }
  if (shown > kListedMax) out += "  and " + std::to_string(completion.candidates.size() - kListedMax) + " more\n";
  if (completion.candidates.empty())
    out += "  " + (completion.expected.empty() ? "(nothing more)" : completion.expected) + "\n";
  return out;
}

}  // namespace

struct LineEditor::Impl {
  std::string prompt;
  HistoryFile file;
  Complete complete;
  EditLine* editor = nullptr;
  History* history = nullptr;
  bool cancelled = false;

  Impl(std::string p, std::string path, Complete c)
      : prompt(std::move(p)), file(std::move(path)), complete(std::move(c)) {}

  static Impl& of(EditLine* e) {
    void* self = nullptr;
    el_get(e, EL_CLIENTDATA, &self);
    return *static_cast<Impl*>(self);
  }

  static const char* prompt_of(EditLine* e) { return of(e).prompt.c_str(); }

  static unsigned char on_cancel(EditLine* e, int) {
    of(e).cancelled = true;
    std::fputs("^C\n", stdout);
    return CC_NEWLINE;
  }

  struct AtCursor {
    SplitLine split;
    std::string partial;
    Completion completion;
  };

  AtCursor at_cursor() {
    const LineInfo* info = el_line(editor);
    AtCursor at;
    at.split = split_partial_line(std::string_view(info->buffer, static_cast<size_t>(info->cursor - info->buffer)));
    if (at.split.last_is_open) {
      at.partial = at.split.words.back();
      at.split.words.pop_back();
    }
    if (!at.split.words.empty() && at.split.words[0] == "demarc") at.split.words.erase(at.split.words.begin());
    at.completion = complete(at.split.words, at.partial);
    return at;
  }

  static unsigned char show(const Completion& completion) {
    std::fputs(listing(completion).c_str(), stdout);
    std::fflush(stdout);
    return CC_REDISPLAY;
  }

  static unsigned char on_tab(EditLine* e, int) {
    const AtCursor at = of(e).at_cursor();
    const auto& candidates = at.completion.candidates;
    if (candidates.empty())
      return at.completion.expected.empty() || !at.partial.empty() ? CC_REFRESH : show(at.completion);
    const std::string common = common_prefix(candidates);
    std::string add = escaped(std::string_view(common).substr(at.partial.size()), at.split.open_quote);
    if (candidates.size() == 1 && candidates[0].whole) {
      if (at.split.open_quote != 0) add += at.split.open_quote;
      add += " ";
    }
    if (add.empty()) return show(at.completion);
    return el_insertstr(e, add.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  // '?' explains what may come next; in quotes it is a letter like others.
  static unsigned char on_question(EditLine* e, int) {
    const AtCursor at = of(e).at_cursor();
    if (at.split.open_quote != 0) return el_insertstr(e, "?") == 0 ? CC_REFRESH : CC_ERROR;
    return show(at.completion);
  }
};

LineEditor::LineEditor(std::string prompt, std::string history_path, Complete complete)
    : impl_(std::make_unique<Impl>(std::move(prompt), std::move(history_path), std::move(complete))) {
  HistEvent event;
  impl_->history = history_init();
  history(impl_->history, &event, H_SETSIZE, static_cast<int>(kHistoryLines));
  history(impl_->history, &event, H_SETUNIQUE, 1);
  for (const std::string& line : impl_->file.load()) history(impl_->history, &event, H_ENTER, line.c_str());

  EditLine* e = impl_->editor = el_init("demarc", stdin, stdout, stderr);
  el_set(e, EL_CLIENTDATA, impl_.get());
  el_set(e, EL_PROMPT, Impl::prompt_of);
  el_set(e, EL_EDITOR, "emacs");
  el_set(e, EL_HIST, history, impl_->history);
  el_set(e, EL_ADDFN, "demarc-complete", "complete the word", Impl::on_tab);
  el_set(e, EL_ADDFN, "demarc-explain", "explain what may come next", Impl::on_question);
  el_set(e, EL_ADDFN, "demarc-cancel", "forget the line", Impl::on_cancel);
  el_set(e, EL_BIND, "\t", "demarc-complete", nullptr);
  el_set(e, EL_BIND, "?", "demarc-explain", nullptr);
  el_set(e, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  // While a line is edited Ctrl-C is a key; while a command runs it is a signal (interrupt.h).
  el_set(e, EL_SETTY, "-d", "-intr", nullptr);
  el_set(e, EL_BIND, "^C", "demarc-cancel", nullptr);
}

LineEditor::~LineEditor() {
  el_end(impl_->editor);
  history_end(impl_->history);
}

LineEditor::Read LineEditor::read(std::string& line) {
  impl_->cancelled = false;
  int size = 0;
  const char* text = el_gets(impl_->editor, &size);
  if (impl_->cancelled) return Read::cancelled;
  if (text == nullptr || size <= 0) return Read::end;
  line.assign(text, static_cast<size_t>(size));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return Read::line;
}

void LineEditor::remember(const std::string& line) {
  if (line.find_first_not_of(" \t") == std::string::npos) return;
  HistEvent event;
  history(impl_->history, &event, H_ENTER, line.c_str());
  impl_->file.append(line);
}

}  // namespace demarc::shell
