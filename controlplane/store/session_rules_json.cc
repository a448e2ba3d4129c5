#include "controlplane/store/session_rules_json.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace demarc::cp {
namespace {

using Json = nlohmann::json;

// Thrown and caught in this file: a member that is missing, of another type or out of range.
struct Malformed {
  std::string what;
};

const char* text_of(Interface i) { return i == Interface::access ? "access" : "core"; }
const char* text_of(ApplyAction a) { return a == ApplyAction::drop ? "DROP" : "FORW"; }
const char* text_of(Gate g) { return g == Gate::open ? "OPEN" : "CLOSED"; }

Json to_json(const Pdr& r) {
  Json j = {{"pdr_id", r.pdr_id},
            {"precedence", r.precedence},
            {"source_interface", text_of(r.source_interface)},
            {"network_instance", r.network_instance.value},
            {"far_id", r.far_id}};
  if (r.local_f_teid)
    j["local_f_teid"] = {{"endpoint", r.local_f_teid->endpoint.value}, {"teid", r.local_f_teid->teid.value}};
  if (r.ue_ip_address) j["ue_ip_address"] = to_string(*r.ue_ip_address);
  if (r.qfi) j["qfi"] = *r.qfi;
  if (r.outer_header_removal) j["outer_header_removal"] = true;
  if (!r.qer_ids.empty()) j["qer_ids"] = r.qer_ids;
  return j;
}

Json to_json(const Far& r) {
  Json j = {{"far_id", r.far_id},
            {"apply_action", text_of(r.apply_action)},
            {"destination_interface", text_of(r.destination_interface)},
            {"network_instance", r.network_instance.value}};
  if (const auto& o = r.outer_header_creation)
    j["outer_header_creation"] = {
        {"endpoint", o->endpoint.value}, {"teid", o->teid.value}, {"peer", to_string(o->peer)}};
  return j;
}

Json to_json(const Qer& r) {
  Json j = {{"qer_id", r.qer_id}, {"ul_gate", text_of(r.ul_gate)}, {"dl_gate", text_of(r.dl_gate)}};
  if (r.qfi) j["qfi"] = *r.qfi;
  return j;
}

template <class Rule>
Json to_json_array(const std::vector<Rule>& rules) {
  Json j = Json::array();
  for (const Rule& r : rules) j.push_back(to_json(r));
  return j;
}

const Json& member(const Json& j, const char* name) {
  auto it = j.find(name);
  if (it == j.end()) throw Malformed{std::string(name) + " is missing"};
  return *it;
}

template <class T>
T number(const Json& j, const char* name) {
  if (!j.is_number_unsigned() || j.get<uint64_t>() > std::numeric_limits<T>::max())
    throw Malformed{std::string(name) + " is out of range"};
  return j.get<T>();
}
template <class T>
T number_in(const Json& j, const char* name) {
  return number<T>(member(j, name), name);
}

// The first value when the text is `first`, the other when it is `second`.
template <class T>
T either(const Json& j, const char* name, T first, T second) {
  const Json& m = member(j, name);
  if (m == text_of(first)) return first;
  if (m == text_of(second)) return second;
  throw Malformed{std::string(name) + " is unknown"};
}

Ipv4Address address_in(const Json& j, const char* name) {
  const Json& m = member(j, name);
  auto address = m.is_string() ? parse_ipv4(m.get_ref<const std::string&>()) : fail(ErrorCode::internal, "");
  if (!address) throw Malformed{std::string(name) + " is no address"};
  return *address;
}

std::optional<uint8_t> qfi_in(const Json& j) {
  return j.contains("qfi") ? std::optional(number_in<uint8_t>(j, "qfi")) : std::nullopt;
}

void from_json(const Json& j, Pdr& r) {
  r.pdr_id = number_in<uint16_t>(j, "pdr_id");
  r.precedence = number_in<uint32_t>(j, "precedence");
  r.source_interface = either(j, "source_interface", Interface::access, Interface::core);
  r.network_instance = VrfId{number_in<uint32_t>(j, "network_instance")};
  r.far_id = number_in<uint32_t>(j, "far_id");
  if (j.contains("local_f_teid")) {
    const Json& f = j["local_f_teid"];
    r.local_f_teid = FTeid{GtpuEndpointId{number_in<uint32_t>(f, "endpoint")}, Teid{number_in<uint32_t>(f, "teid")}};
  }
  if (j.contains("ue_ip_address")) r.ue_ip_address = address_in(j, "ue_ip_address");
  r.qfi = qfi_in(j);
  r.outer_header_removal = j.contains("outer_header_removal") && j["outer_header_removal"] == true;
  if (j.contains("qer_ids"))
    for (const Json& id : j["qer_ids"]) r.qer_ids.push_back(number<uint32_t>(id, "qer_ids"));
}

void from_json(const Json& j, Far& r) {
  r.far_id = number_in<uint32_t>(j, "far_id");
  r.apply_action = either(j, "apply_action", ApplyAction::drop, ApplyAction::forward);
  r.destination_interface = either(j, "destination_interface", Interface::access, Interface::core);
  r.network_instance = VrfId{number_in<uint32_t>(j, "network_instance")};
  if (!j.contains("outer_header_creation")) return;
  const Json& o = j["outer_header_creation"];
  r.outer_header_creation =
      OuterHeaderCreation{GtpuEndpointId{number_in<uint32_t>(o, "endpoint")}, Teid{number_in<uint32_t>(o, "teid")},
                          ip_address(address_in(o, "peer"))};
}

void from_json(const Json& j, Qer& r) {
  r.qer_id = number_in<uint32_t>(j, "qer_id");
  r.ul_gate = either(j, "ul_gate", Gate::open, Gate::closed);
  r.dl_gate = either(j, "dl_gate", Gate::open, Gate::closed);
  r.qfi = qfi_in(j);
}

template <class Rule>
void from_json_array(const Json& j, const char* name, std::vector<Rule>& rules) {
  const Json& list = member(j, name);
  if (!list.is_array()) throw Malformed{std::string(name) + " is no list"};
  rules.reserve(list.size());
  for (const Json& item : list) {
    if (!item.is_object()) throw Malformed{std::string(name) + " has what is no rule"};
    from_json(item, rules.emplace_back());
  }
}

}  // namespace

std::string rules_to_json(const Session& session) {
  return Json{{"pdrs", to_json_array(session.pdrs)},
              {"fars", to_json_array(session.fars)},
              {"qers", to_json_array(session.qers)}}
      .dump();
}

Status rules_from_json(const std::string& text, Session& session) {
  const Json j = Json::parse(text, nullptr, false);
  if (!j.is_object()) return fail(ErrorCode::internal, "its rules are no JSON object");
  try {
    from_json_array(j, "pdrs", session.pdrs);
    from_json_array(j, "fars", session.fars);
    from_json_array(j, "qers", session.qers);
  } catch (const Malformed& m) {
    return fail(ErrorCode::internal, "in its rules " + m.what);
  } catch (const Json::exception& e) {
    return fail(ErrorCode::internal, std::string("its rules cannot be read: ") + e.what());
  }
  return {};
}

}  // namespace demarc::cp
