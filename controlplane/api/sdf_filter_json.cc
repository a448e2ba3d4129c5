#include "controlplane/api/sdf_filter_json.h"

namespace demarc::cp {

using nlohmann::json;

json sdf_filter_json(const SdfFilter& f) {
  if (f.id == 0 && f.tos_mask == 0 && f.spi == 0 && !f.flow_label) return flow_description(f);
  json out = json::object();
  if (f.id != 0) out["sdf_filter_id"] = f.id;
  if (f.has_flow()) out["flow_description"] = flow_description(f);
  if (f.tos_mask != 0) out["tos_traffic_class"] = {{"value", f.tos}, {"mask", f.tos_mask}};
  if (f.spi != 0) out["security_parameter_index"] = f.spi;
  if (f.flow_label) out["flow_label"] = *f.flow_label;
  return out;
}

Result<SdfFilter> sdf_filter_from(const json& value) {
  if (value.is_string()) return parse_flow_description(value.get_ref<const std::string&>());
  SdfFilter out;
  if (const auto it = value.find("flow_description"); it != value.end()) {
    auto parsed = parse_flow_description(it->get_ref<const std::string&>());
    if (!parsed) return parsed;
    out = std::move(*parsed);
  }
  out.id = value.value("sdf_filter_id", uint32_t{0});
  if (const auto it = value.find("tos_traffic_class"); it != value.end()) {
    out.tos = it->at("value").get<uint8_t>();
    out.tos_mask = it->at("mask").get<uint8_t>();
  }
  out.spi = value.value("security_parameter_index", uint32_t{0});
  if (const auto it = value.find("flow_label"); it != value.end()) out.flow_label = it->get<uint32_t>();
  if (Status s = check_sdf_filter(out); !s) return tl::unexpected(std::move(s.error()));
  return out;
}

}  // namespace demarc::cp
