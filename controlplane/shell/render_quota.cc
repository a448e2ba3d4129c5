// What a tenant has beside what it may have.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "controlplane/shell/format.h"
#include "controlplane/shell/render.h"

namespace demarc::shell {
namespace {

// What was measured has one digit behind the point: "12.4 Mbit/s".
std::string measured_bits(uint64_t bits) {
  constexpr std::array<std::pair<uint64_t, const char*>, 3> kUnits{
      {{1'000'000'000, "G"}, {1'000'000, "M"}, {1'000, "k"}}};
  for (const auto& [unit, prefix] : kUnits) {
    // 999.95 would be printed as 1000.0.
    if (bits < unit - unit / 20'000) continue;
    return fmt::format("{:.1f} {}bit/s", static_cast<double>(bits) / static_cast<double>(unit), prefix);
  }
  return fmt::format("{} bit/s", bits);
}

std::string amount(const Json& row, const char* member, const std::string& otherwise) {
  const auto it = row.is_object() ? row.find(member) : row.end();
  if (it == row.end() || !it->is_number_unsigned()) return otherwise;
  const auto n = it->get<uint64_t>();
  const std::string unit = member_text(row, "unit");
  if (unit == "bit/s") return member == std::string_view("used") ? measured_bits(n) : bits_text(n);
  return with_separators(n) + (unit == "-" ? "" : " " + unit);
}

}  // namespace

void render_quota(const Json& answer, const Screen& screen) {
  Table table(
      {{"WHAT"}, {"USED", Align::right}, {"RESERVED", Align::right}, {"LIMIT", Align::right}, {"OWN"}, {"ABOUT"}});
  for (const Json& row : items_of(answer))
    table.add({member_text(row, "what"), amount(row, "used", "-"), amount(row, "reserved", "-"),
               amount(row, "limit", "none"), cell_text(row, {"", "own", Format::yes_no}), member_text(row, "about")});
  table.print(screen);
}

void render_quota_change(const Invocation& in, const Json& answer, const Screen& screen) {
  const std::string note = member_text(answer, "note");
  const std::string reserved = amount(answer, "reserved", "");
  screen.out << fill_sentence(in.command->output.sentence, in, answer) << ": at most "
             << printable(amount(answer, "limit", "-"))
             << (reserved.empty() ? "" : ", of which " + printable(reserved) + " are reserved")
             << (note == "-" ? "" : "; " + printable(note)) << "\n";
}

}  // namespace demarc::shell
