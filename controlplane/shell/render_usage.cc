// What a session used.
#include "controlplane/shell/format.h"
#include "controlplane/shell/render.h"

namespace demarc::shell {

void render_usage(const Json& usage, const Screen& screen) {
  Table table({{"USAGE"}, {"PACKETS", Align::right}, {"BYTES", Align::right}, {""}});
  const auto count = [](const Json& item, const char* member) { return cell_text(item, {"", member, Format::count}); };
  for (const char* way : {"uplink", "downlink"}) {
    const std::string name(way);
    table.add(
        {name, count(usage, (name + "_packets").c_str()), cell_text(usage, {"", name + "_bytes", Format::bytes}), ""});
  }
  table.add({"dropped", count(usage, "dropped_packets"), "", ""});
  const auto drops = usage.is_object() ? usage.find("drops") : usage.end();
  if (drops != usage.end() && drops->is_array())
    for (const Json& drop : *drops)
      table.add({"  " + member_text(drop, "reason"), count(drop, "packets"), "", member_text(drop, "sentence")});
  table.print(screen);
}

}  // namespace demarc::shell
