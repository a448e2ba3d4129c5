// A session's rules by the names of TS 29.244: PDRs (7.5.2.2), FARs (7.5.2.3), QERs (7.5.2.5).
#include <algorithm>
#include <cstdio>
#include <vector>

#include "controlplane/shell/format.h"
#include "controlplane/shell/render.h"

namespace demarc::shell {
namespace {

Json list_of(const Json& item, const char* member) {
  const auto it = item.find(member);
  return it != item.end() && it->is_array() ? *it : Json::array();
}

Json object_of(const Json& item, const char* member) {
  if (!item.is_object()) return Json::object();
  const auto it = item.find(member);
  return it != item.end() && it->is_object() ? *it : Json::object();
}

// "name value" for each member that is there, with commas between.
class Phrase {
 public:
  explicit Phrase(const Json& item) : item_(item) {}
  Phrase& say(std::string_view name, std::string_view member, Format format = Format::text) {
    if (item_.is_object() && item_.contains(std::string(member))) add(name, cell_text(item_, {"", member, format}));
    return *this;
  }
  Phrase& add(std::string_view name, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + std::string(name) + (name.empty() ? "" : " ") + printable(value);
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  const Json& item_;
  std::string text_;
};

// A flow description alone, or each of its fields by name.
std::string filter_text(const Json& filter) {
  if (filter.is_string()) return printable(filter.get<std::string>());
  const Json tos = object_of(filter, "tos_traffic_class");
  Phrase what(filter);
  what.say("SDF filter ID", "sdf_filter_id").say("", "flow_description");
  if (!tos.empty()) what.add("ToS traffic class", member_text(tos, "value") + " mask " + member_text(tos, "mask"));
  what.say("security parameter index", "security_parameter_index").say("flow label", "flow_label");
  return what.text();
}

std::string ethernet_filter_text(const Json& filter) {
  Phrase what(filter);
  what.say("Ethernet filter ID", "ethernet_filter_id").say("from", "source").say("to", "destination");
  if (const auto type = filter.find("ethertype"); type != filter.end() && type->is_number_unsigned()) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%04x", type->get<unsigned>());
    what.add("EtherType", text);
  }
  if (const auto vlan = filter.find("c_vlan"); vlan != filter.end())
    what.add("", *vlan == 0 ? "untagged" : "C-VLAN " + vlan->dump());
  return what.text().empty() ? "any frame" : what.text();
}

std::string ids_text(const Json& ids) {
  std::string out;
  for (const Json& id : ids) out += (out.empty() ? "" : " ") + id.dump();
  return out;
}

void render_pdr(const Json& pdr, const Screen& screen) {
  screen.out << inked(screen, Ink::bold, "PDR " + printable(member_text(pdr, "pdr_id"))) << "  ";
  Phrase head(pdr);
  head.say("precedence", "precedence").say("FAR", "far_id");
  if (const Json ids = list_of(pdr, "qer_ids"); !ids.empty()) head.add("QER", ids_text(ids));
  screen.out << head.text() << "\n";
  const Json pdi = object_of(pdr, "pdi"), f_teid = object_of(pdi, "local_f_teid");
  Phrase what(pdi);
  what.say("source interface", "source_interface").say("network instance", "network_instance");
  if (!f_teid.empty())
    what.add("local F-TEID", member_text(f_teid, "endpoint") + " " + cell_text(f_teid, {"", "teid", Format::hex32}));
  what.say("UE IP address", "ue_ip_address").say("UE IPv6 prefix", "ue_ipv6").say("QFI", "qfi");
  if (const Json qfis = list_of(pdi, "qfis"); !qfis.empty()) what.add("QFI", ids_text(qfis));
  screen.out << "  PDI  " << what.text() << "\n";
  for (const Json& route : list_of(pdi, "framed_routes"))
    screen.out << "  framed route  " << printable(route.is_string() ? route.get<std::string>() : route.dump()) << "\n";
  for (const Json& filter : list_of(pdi, "sdf_filters")) screen.out << "  SDF filter  " << filter_text(filter) << "\n";
  for (const Json& filter : list_of(pdi, "ethernet_filters"))
    screen.out << "  Ethernet filter  " << ethernet_filter_text(filter) << "\n";
  const auto removal = pdr.find("outer_header_removal");
  if (removal != pdr.end() && *removal == true) screen.out << "  outer header removal  GTP-U/UDP/IP\n";
}

void render_marking(const Json& forwarding, const Screen& screen) {
  const Json marking = object_of(forwarding, "transport_level_marking");
  Phrase what(marking);
  what.say("ToS", "tos").say("mask", "mask");
  if (const auto copy = forwarding.find("copy_dscp"); copy != forwarding.end() && *copy == true)
    what.add("else", "the inner DSCP");
  if (!what.text().empty()) screen.out << "  transport level marking  " << what.text() << "\n";
}

void render_far(const Json& far, const Screen& screen) {
  screen.out << inked(screen, Ink::bold, "FAR " + printable(member_text(far, "far_id"))) << "  "
             << Phrase(far).say("apply action", "apply_action").text() << "\n";
  const Json forwarding = object_of(far, "forwarding_parameters");
  if (forwarding.empty()) return;
  screen.out << "  forwarding parameters  "
             << Phrase(forwarding)
                    .say("destination interface", "destination_interface")
                    .say("network instance", "network_instance")
                    .text()
             << "\n";
  render_marking(forwarding, screen);
  const Json outer = object_of(forwarding, "outer_header_creation");
  if (outer.empty()) return;
  const bool ipv6 = member_text(outer, "peer_address").find(':') != std::string::npos;
  screen.out << "  outer header creation  GTP-U/UDP/IPv" << (ipv6 ? "6, " : "4, ")
             << Phrase(outer)
                    .say("from endpoint", "endpoint")
                    .say("to", "peer_address")
                    .say("TEID", "teid", Format::hex32)
                    .text()
             << "\n";
}

// "up 10 Mbit/s, down 50 Mbit/s, up 1,000 packets/s"
std::string rates_text(const Json& rates) {
  std::string out;
  const auto add = [&](const char* member, const char* way, Format format, const char* unit) {
    if (!rates.contains(member)) return;
    out += (out.empty() ? "" : ", ") + std::string(way) + " " + cell_text(rates, {"", member, format}) + unit;
  };
  add("uplink_bps", "up", Format::bits, "");
  add("downlink_bps", "down", Format::bits, "");
  add("uplink_pps", "up", Format::count, " packets/s");
  add("downlink_pps", "down", Format::count, " packets/s");
  add("burst_ms", "burst", Format::count, " ms");
  return out;
}

void render_qer(const Json& qer, const Screen& screen) {
  const Json gate = object_of(qer, "gate_status");
  Phrase what(qer);
  what.add("gate status", "UL " + member_text(gate, "ul") + " DL " + member_text(gate, "dl")).say("QFI", "qfi");
  if (const auto rqi = qer.find("rqi"); rqi != qer.end() && *rqi == true) what.add("RQI", "set");
  what.say("paging policy indicator", "paging_policy_indicator");
  for (const auto& [name, rates] : {std::pair{"MBR", object_of(qer, "mbr")}, std::pair{"GBR", object_of(qer, "gbr")}})
    if (!rates.empty())
      what.add(name, "UL " + cell_text(rates, {"", "ul", Format::bits}) + " DL " +
                         cell_text(rates, {"", "dl", Format::bits}));
  screen.out << inked(screen, Ink::bold, "QER " + printable(member_text(qer, "qer_id"))) << "  " << what.text() << "\n";
}

void copy_member(const Json& from, const char* name, Json& to, const char* as) {
  if (from.is_object() && from.contains(name) && !to.contains(as)) to[as] = from[name];
}

}  // namespace

void render_session(const Invocation& in, const Json& session, const Screen& screen) {
  screen.out << "session " << cell_text(session, {"", "up_seid", Format::seid}) << " of "
             << printable(in.get("tenant"));
  if (session.is_object() && session.contains("pdn_type"))
    screen.out << ", PDN type " << printable(member_text(session, "pdn_type"));
  screen.out << "\n";
  if (const Json ambr = object_of(session, "ambr"); !ambr.empty()) screen.out << "AMBR  " << rates_text(ambr) << "\n";
  for (const Json& pdr : list_of(session, "pdrs")) render_pdr(pdr, screen);
  for (const Json& far : list_of(session, "fars")) render_far(far, screen);
  for (const Json& qer : list_of(session, "qers")) render_qer(qer, screen);
}

std::string f_teids_text(const Json& session) {
  std::vector<Json> seen;
  std::string out;
  for (const Json& pdr : list_of(session, "pdrs")) {
    const Json f_teid = object_of(object_of(pdr, "pdi"), "local_f_teid");
    if (f_teid.empty() || std::ranges::find(seen, f_teid) != seen.end()) continue;
    seen.push_back(f_teid);
    out += std::string(seen.size() == 1 ? "; " : ", ") + "TEID " + cell_text(f_teid, {"", "teid", Format::hex32}) +
           " at " + printable(member_text(f_teid, "endpoint"));
  }
  return out;
}

Json session_summary(const Json& session) {
  Json out = Json::object();
  const Json pdrs = list_of(session, "pdrs"), fars = list_of(session, "fars"), qers = list_of(session, "qers");
  copy_member(session, "up_seid", out, "up_seid");
  copy_member(session, "pdn_type", out, "ue_address");  // in the place of the address that it has not
  for (const Json& pdr : pdrs) {
    const Json pdi = object_of(pdr, "pdi"), f_teid = object_of(pdi, "local_f_teid");
    copy_member(pdi, "ue_ip_address", out, "ue_address");
    copy_member(pdi, "ue_ipv6", out, "ue_ipv6");
    copy_member(f_teid, "endpoint", out, "endpoint");
    copy_member(f_teid, "teid", out, "teid");
    if (member_text(pdi, "source_interface") == "core" && f_teid.empty())
      copy_member(pdi, "network_instance", out, "core_vrf");
  }
  for (const Json& far : fars) {
    const Json outer = object_of(object_of(far, "forwarding_parameters"), "outer_header_creation");
    copy_member(outer, "peer_address", out, "peer_address");
    copy_member(outer, "teid", out, "peer_teid");
  }
  for (const Json& qer : qers) copy_member(qer, "qfi", out, "qfi");
  out["rules"] = std::to_string(pdrs.size()) + " PDR " + std::to_string(fars.size()) + " FAR " +
                 std::to_string(qers.size()) + " QER";
  return out;
}

}  // namespace demarc::shell
