#include "controlplane/shell/words.h"

namespace demarc::shell {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

class Splitter {
 public:
  SplitLine run(std::string_view line) {
    for (size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (c == '#' && !in_word_ && out_.open_quote == 0) break;
      const bool escapes = c == '\\' && out_.open_quote != '\'' && i + 1 < line.size();
      if (escapes)
        add(line[++i]);
      else
        take(c);
    }
    out_.last_is_open = in_word_;
    if (in_word_) out_.words.push_back(word_);
    return std::move(out_);
  }

 private:
  void take(char c) {
    if (out_.open_quote != 0) {
      if (c == out_.open_quote)
        out_.open_quote = 0;
      else
        add(c);
    } else if (c == '"' || c == '\'') {
      out_.open_quote = c;
      in_word_ = true;  // "" is a word too
    } else if (is_blank(c)) {
      end_word();
    } else {
      add(c);
    }
  }

  void add(char c) {
    word_ += c;
    in_word_ = true;
  }

  void end_word() {
    if (in_word_) out_.words.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  SplitLine out_;
  std::string word_;
  bool in_word_ = false;
};

}  // namespace

SplitLine split_partial_line(std::string_view line) { return Splitter().run(line.substr(0, kLineMax)); }

Result<std::vector<std::string>> split_line(std::string_view line) {
  if (line.size() > kLineMax)
    return fail(ErrorCode::invalid, "the line has " + std::to_string(line.size()) + " bytes; at most " +
                                        std::to_string(kLineMax) + " are taken");
  for (char c : line)
    if (static_cast<unsigned char>(c) < ' ' && !is_blank(c))
      return fail(ErrorCode::invalid, "the line has the control character " +
                                          std::to_string(static_cast<unsigned char>(c)) + " in it; only text is taken");
  SplitLine split = Splitter().run(line);
  if (split.open_quote != 0)
    return fail(ErrorCode::invalid, std::string("the quote ") + split.open_quote + " is not closed");
  return std::move(split.words);
}

}  // namespace demarc::shell
