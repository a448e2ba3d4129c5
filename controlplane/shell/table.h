// Aligned columns, and where the output goes.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/shell/command.h"

namespace demarc::shell {

struct Screen {
  std::ostream& out;
  std::ostream& err;
  bool colour = false;    // out is a terminal that wants it
  bool terminal = false;  // out is a terminal
};

enum class Ink : uint8_t { plain, bold, good, bad };

// With the escape sequences when the screen has colour.
std::string inked(const Screen& screen, Ink ink, std::string_view text);

class Table {
 public:
  struct Heading {
    std::string title;
    Align align = Align::left;
  };
  explicit Table(std::vector<Heading> headings) : headings_(std::move(headings)) {}
  // As many cells as there are headings. Text is printed as `printable` (format.h) makes it.
  void add(std::vector<std::string> cells);
  // Two blanks between columns, none at the ends of lines. Without a title in any heading no line of titles.
  void print(const Screen& screen, std::string_view indent = "") const;

 private:
  std::vector<Heading> headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace demarc::shell
