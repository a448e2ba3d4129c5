#include "controlplane/api/ethernet_filter_json.h"

namespace demarc::cp {
namespace {

using nlohmann::json;

Status read_mac(const json& value, const char* name, std::optional<Mac>& mac) {
  const auto it = value.find(name);
  if (it == value.end()) return {};
  const auto parsed = parse_mac(it->get_ref<const std::string&>());
  if (!parsed) return tl::unexpected(parsed.error());
  mac = *parsed;
  return {};
}

void read_number(const json& value, const char* name, std::optional<uint16_t>& number) {
  if (const auto it = value.find(name); it != value.end()) number = it->get<uint16_t>();
}

}  // namespace

json ethernet_filter_json(const EthernetFilter& f) {
  json out = json::object();
  if (f.id != 0) out["ethernet_filter_id"] = f.id;
  if (f.destination) out["destination"] = to_string(*f.destination);
  if (f.source) out["source"] = to_string(*f.source);
  if (f.ethertype) out["ethertype"] = *f.ethertype;
  if (f.c_vlan) out["c_vlan"] = *f.c_vlan;
  return out;
}

Result<EthernetFilter> ethernet_filter_from(const json& value) {
  EthernetFilter out;
  out.id = value.value("ethernet_filter_id", uint32_t{0});
  if (Status s = read_mac(value, "destination", out.destination); !s) return tl::unexpected(s.error());
  if (Status s = read_mac(value, "source", out.source); !s) return tl::unexpected(s.error());
  read_number(value, "ethertype", out.ethertype);
  read_number(value, "c_vlan", out.c_vlan);
  return out;
}

}  // namespace demarc::cp
