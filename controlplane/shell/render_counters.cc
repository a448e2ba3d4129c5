// Counters, and the line that says whether they balance (common/defs/counters.def).
#include <algorithm>

#include "common/defs/counter.h"
#include "controlplane/shell/format.h"
#include "controlplane/shell/render.h"

namespace demarc::shell {
namespace {

std::string_view sentence_of(std::string_view counter) {
  for (const CounterInfo& c : kCounters)
    if (c.name == counter) return c.sentence;
  return counter == "dropped_packets" ? "frames that ended for a reason; \"show drops\" has the reasons" : "";
}

// The members that count, in the order of counters.def; then those that this program does not know.
std::vector<std::string> counters_in(const Json& item) {
  std::vector<std::string> names;
  for (const CounterInfo& c : kCounters)
    if (item.contains(std::string(c.name))) names.emplace_back(c.name);
  for (const auto& [name, value] : item.items())
    if (value.is_number_unsigned() && name != "balance" && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  return names;
}

// "received_packets" is a number of packets and goes with "received_bytes".
void render_every_counter(const Json& item, const Screen& screen) {
  Table table({{"COUNTER"}, {"PACKETS", Align::right}, {"BYTES", Align::right}, {""}});
  for (const std::string& name : counters_in(item)) {
    if (name.ends_with("_bytes")) continue;
    std::string base = name.ends_with("_packets") ? name.substr(0, name.size() - 8) : name;
    const std::string bytes = cell_text(item, {"", base + "_bytes", Format::bytes});
    std::replace(base.begin(), base.end(), '_', ' ');
    table.add(
        {base, cell_text(item, {"", name, Format::count}), bytes == "-" ? "" : bytes, std::string(sentence_of(name))});
  }
  table.print(screen);
}

void render_balance(const Json& item, const Screen& screen) {
  const auto number = [&](const char* name) { return member_number(item, name); };
  const uint64_t in = number("received_packets") + number("originated_packets");
  const uint64_t out =
      number("sent_packets") + number("consumed_packets") + number("held_packets") + number("dropped_packets");
  const auto text = [&](const char* name) { return with_separators(number(name)); };
  const std::string line = "received " + text("received_packets") + " + originated " + text("originated_packets") +
                           (in == out ? " = " : " != ") + "sent " + text("sent_packets") + " + consumed " +
                           text("consumed_packets") + " + held " + text("held_packets") + " + dropped " +
                           text("dropped_packets");
  screen.out << printable(member_text(item, "tenant")) << ": " << inked(screen, in == out ? Ink::good : Ink::bad, line);
  if (in > out)
    screen.out << " (" << with_separators(in - out) << " not accounted for; a fault, if they are not just under way)";
  if (in < out) screen.out << " (" << with_separators(out - in) << " too many; a fault, if it stays so)";
  screen.out << "\n";
}

}  // namespace

void render_counters(const Invocation& in, const Json& answer, const Screen& screen) {
  const std::vector<Json> items = items_of(answer);
  if (in.has("tenant") && items.size() == 1)
    render_every_counter(items[0], screen);
  else
    render_rows(in, items, screen);
  if (items.empty()) return;
  screen.out << "\n";
  for (const Json& item : items) render_balance(item, screen);
}

}  // namespace demarc::shell
