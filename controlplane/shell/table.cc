#include "controlplane/shell/table.h"

#include <algorithm>

#include "controlplane/shell/format.h"

namespace demarc::shell {
namespace {

std::string padded(std::string_view cell, size_t width, Align align) {
  const std::string blanks(width - std::min(width, display_width(cell)), ' ');
  return align == Align::right ? blanks + std::string(cell) : std::string(cell) + blanks;
}

}  // namespace

std::string inked(const Screen& screen, Ink ink, std::string_view text) {
  if (!screen.colour || ink == Ink::plain) return std::string(text);
  const char* code = ink == Ink::bold ? "1" : ink == Ink::good ? "32" : "31";
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

void Table::add(std::vector<std::string> cells) {
  for (std::string& c : cells) c = printable(c);
  cells.resize(headings_.size());
  rows_.push_back(std::move(cells));
}

void Table::print(const Screen& screen, std::string_view indent) const {
  std::vector<size_t> widths;
  bool titled = false;
  for (size_t i = 0; i < headings_.size(); ++i) {
    size_t width = display_width(headings_[i].title);
    titled = titled || width > 0;
    for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
    widths.push_back(width);
  }
  auto line = [&](auto&& cell_of) {
    std::string text(indent);
    for (size_t i = 0; i < headings_.size(); ++i)
      text += (i > 0 ? "  " : "") + padded(cell_of(i), widths[i], headings_[i].align);
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  if (titled) screen.out << inked(screen, Ink::bold, line([&](size_t i) { return headings_[i].title; })) << "\n";
  for (const auto& row : rows_) screen.out << line([&](size_t i) { return row[i]; }) << "\n";
}

}  // namespace demarc::shell
