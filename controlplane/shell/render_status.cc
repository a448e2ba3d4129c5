// The data plane's state: sync and workers.
#include "controlplane/shell/format.h"
#include "controlplane/shell/render.h"

namespace demarc::shell {
namespace {

bool is_true(const Json& item, const char* member) {
  const auto it = item.find(member);
  return it != item.end() && it->is_boolean() && it->get<bool>();
}

// "1 resync", "1,200 transactions"
std::string counted_text(const Json& answer, const char* member, const char* thing) {
  return cell_text(answer, {"", member, Format::count}) + " " + thing + (member_number(answer, member) == 1 ? "" : "s");
}

}  // namespace

void render_sync(const Invocation& in, const Json& answer, const Screen& screen) {
  const bool connected = is_true(answer, "connected"), in_sync = is_true(answer, "in_sync");
  const std::string state = !connected ? "not connected" : in_sync ? "connected, in sync" : "connected, NOT in sync";
  const std::string why = member_text(answer, "why");
  Json theirs =
      answer.contains("data_plane") && answer["data_plane"].is_object() ? answer["data_plane"] : Json::object();
  screen.out << "data plane  " << inked(screen, in_sync ? Ink::good : Ink::bad, state)
             << (why == "-" || in_sync ? "" : ": " + printable(why)) << "\n";
  const auto from_item = [](const Json& item, std::string_view member) { return printable(member_text(item, member)); };
  screen.out << "demarcd     boot " << from_item(answer, "boot_id") << ", epoch " << from_item(answer, "epoch") << ", "
             << counted_text(answer, "transactions", "transaction") << ", " << counted_text(answer, "resyncs", "resync")
             << ", " << counted_text(answer, "waiting_updates", "update") << " waiting\n";
  if (from_item(theirs, "version") == "-")
    screen.out << "demarc-dp   never connected since demarcd started\n\n";
  else
    screen.out << "demarc-dp   boot " << from_item(theirs, "boot_id") << ", version " << from_item(theirs, "version")
               << ", started " << from_item(theirs, "started") << "\n\n";
  render_rows(in, items_of(answer), screen);
}

void render_workers(const Invocation& in, const Json& answer, const Screen& screen) {
  const std::vector<Json> workers = items_of(answer);
  if (workers.empty()) return render_rows(in, workers, screen);
  bool first = true;
  for (const Json& w : workers) {
    if (!first) screen.out << "\n";
    first = false;
    const auto text = [&](std::string_view member, Format format) {
      return printable(cell_text(w, {"", member, format}));
    };
    screen.out << inked(screen, Ink::bold, "worker " + text("worker", Format::text)) << "  core "
               << text("core", Format::text) << ", load " << text("load_percent", Format::percent) << ", "
               << text("packets", Format::count) << " packets, " << text("cycles_per_packet", Format::text)
               << " cycles/packet, " << text("busy_loops", Format::count) << " of " << text("loops", Format::count)
               << " loops busy\n";
    std::vector<Json> stages;
    if (w.contains("stages") && w["stages"].is_array()) stages.assign(w["stages"].begin(), w["stages"].end());
    if (!stages.empty()) render_rows(in, stages, screen, "  ");
  }
}

}  // namespace demarc::shell
