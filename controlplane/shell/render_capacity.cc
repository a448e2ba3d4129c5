// Who uses the workers, and what of them is promised.
#include "controlplane/shell/format.h"
#include "controlplane/shell/render.h"

namespace demarc::shell {
namespace {

Json object_in(const Json& item, const char* member) {
  const auto it = item.is_object() ? item.find(member) : item.end();
  return it != item.end() && it->is_object() ? *it : Json::object();
}

bool is_true(const Json& item, const char* member) {
  const auto it = item.find(member);
  return it != item.end() && it->is_boolean() && it->get<bool>();
}

// "1,000 packets/s, 2.5 Gbit/s"
std::string guarantee_text(const Json& answer, const char* member) {
  const Json g = object_in(answer, member);
  return printable(cell_text(g, {"", "pps", Format::count})) + " packets/s, " +
         printable(cell_text(g, {"", "bps", Format::bits}));
}

void render_worker(const Invocation& in, const Json& worker, const Screen& screen) {
  const auto text = [&](std::string_view member, Format format) {
    return printable(cell_text(worker, {"", member, format}));
  };
  const std::string owner = text("owner", Format::text);
  const bool shed = member_number(worker, "shed_packets") != 0;
  screen.out << inked(screen, Ink::bold, "worker " + text("worker", Format::text)) << "  core "
             << text("core", Format::text) << ", load " << text("load_percent", Format::percent) << ", "
             << (owner == "-" ? "shared" : owner + "'s alone") << ", "
             << inked(screen, shed ? Ink::bad : Ink::plain, text("shed_packets", Format::count) + " packets shed")
             << "\n";
  std::vector<Json> rows;
  if (worker.is_object() && worker.contains("tenants") && worker["tenants"].is_array())
    rows.assign(worker["tenants"].begin(), worker["tenants"].end());
  if (text("others_percent", Format::percent) != "-")
    rows.push_back({{"tenant", "(others)"}, {"percent", worker["others_percent"]}});
  if (!rows.empty()) render_rows(in, rows, screen, "  ");
}

}  // namespace

std::string tier_text(const Json& tier) {
  std::string out = member_text(tier, "name");
  if (const uint64_t weight = member_number(tier, "weight"); weight != 0 && weight != 10)
    out += ", weight " + std::to_string(weight);
  if (const uint64_t pps = member_number(tier, "guaranteed_pps"); pps != 0)
    out += ", " + with_separators(pps) + " packets/s";
  if (const uint64_t bps = member_number(tier, "guaranteed_bps"); bps != 0) out += ", " + bits_text(bps);
  if (!tier.is_object() || !tier.contains("workers") || !tier["workers"].is_array()) return out;
  out += tier["workers"].size() == 1 ? ", worker" : ", workers";
  for (const Json& worker : tier["workers"]) out += " " + worker.dump();
  return out;
}

void render_capacity(const Invocation& in, const Json& answer, const Screen& screen) {
  const std::string why = printable(member_text(answer, "why"));
  if (why != "-") screen.out << inked(screen, Ink::bad, "no workers: " + why) << "\n";
  if (answer.contains("items"))
    for (const Json& worker : items_of(answer)) render_worker(in, worker, screen);
  const std::string shared = printable(member_text(answer, "shared_workers"));
  screen.out << "\nguaranteed  " << guarantee_text(answer, "sold") << "\n"
             << "for sale    " << guarantee_text(answer, "left") << " of " << guarantee_text(answer, "for_sale") << " ("
             << shared << " shared worker" << (shared == "1" ? "" : "s")
             << (is_true(answer, "workers_known") ? "" : ", assumed: no data plane has been connected") << ")\n";
  if (is_true(answer, "overbooked")) screen.out << inked(screen, Ink::bad, "OVERBOOKED") << "\n";
}

}  // namespace demarc::shell
