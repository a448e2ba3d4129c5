// The way of one packet through the stages.
#include "common/defs/drop_reason.h"
#include "controlplane/shell/format.h"
#include "controlplane/shell/render.h"

namespace demarc::shell {
namespace {

std::string drop_sentence(const Json& packet, const std::string& reason) {
  for (const char* member : {"sentence", "drop_sentence"})
    if (const std::string given = member_text(packet, member); given != "-") return given;
  for (const DropReasonInfo& d : kDropReasons)
    if (d.name == reason) return std::string(d.sentence);
  return "-";
}

void render_steps(const Json& packet, const Screen& screen) {
  const auto steps = packet.find("steps");
  if (steps == packet.end() || !steps->is_array()) return;
  Table table({{"", Align::right}, {""}, {""}});
  for (const Json& step : *steps) {
    const std::string note = member_text(step, "note");
    table.add({cell_text(step, {"", "cycles", Format::count}), member_text(step, "stage"), note == "-" ? "" : note});
  }
  table.print(screen, "  ");
}

}  // namespace

Status render_traced_packet(const Json& packet, const Screen& screen) {
  if (!packet.is_object()) return fail(ErrorCode::internal, "demarcd sent a line of trace that is not a JSON object");
  const auto text = [&](std::string_view member) { return printable(member_text(packet, member)); };
  screen.out << inked(screen, Ink::bold, "packet " + text("packet")) << "  " << text("length") << " bytes in on port "
             << text("port") << ", worker " << text("worker") << " (cycles, stage, what it found)\n";
  render_steps(packet, screen);
  const std::string reason = member_text(packet, "drop");
  if (reason == "-" || reason == "false")
    screen.out << "  " << inked(screen, Ink::good, "not dropped") << "\n";
  else
    screen.out << "  " << inked(screen, Ink::bad, "dropped: " + printable(reason)) << ", "
               << printable(drop_sentence(packet, reason)) << "\n";
  screen.out.flush();
  return {};
}

}  // namespace demarc::shell
