#include "controlplane/api/session_json.h"

#include "controlplane/api/ethernet_filter_json.h"
#include "controlplane/api/lookup.h"
#include "controlplane/api/options_json.h"
#include "controlplane/api/sdf_filter_json.h"
#include "controlplane/model/session_keys.h"

namespace demarc::cp {
namespace {

const char* text_of(Interface interface) { return interface == Interface::access ? "access" : "core"; }
const char* text_of(PdnType type) {
  return type == PdnType::ethernet ? "ethernet" : type == PdnType::ip ? "ip" : "unstructured";
}
const char* text_of(Gate gate) { return gate == Gate::open ? "OPEN" : "CLOSED"; }

template <class Id>
std::string name_in(const std::map<Id, std::string>& names, Id id) {
  const auto it = names.find(id);
  return it != names.end() ? it->second : "";
}

json pdr_json(const RuleNames& names, const Pdr& pdr) {
  json pdi{{"source_interface", text_of(pdr.source_interface)},
           {"network_instance", name_in(names.vrfs, pdr.network_instance)}};
  if (pdr.local_f_teid)
    pdi["local_f_teid"] = {{"endpoint", name_in(names.endpoints, pdr.local_f_teid->endpoint)},
                           {"teid", pdr.local_f_teid->teid.value}};
  if (pdr.ue_ip_address) pdi["ue_ip_address"] = to_string(*pdr.ue_ip_address);
  if (pdr.ue_ipv6) pdi["ue_ipv6"] = to_string(*pdr.ue_ipv6);
  if (pdr.qfi) pdi["qfi"] = *pdr.qfi;
  if (!pdr.qfis.empty()) pdi["qfis"] = pdr.qfis;
  for (const SdfFilter& filter : pdr.sdf_filters) pdi["sdf_filters"].push_back(sdf_filter_json(filter));
  for (const IpPrefix& route : pdr.framed_routes) pdi["framed_routes"].push_back(to_string(route));
  for (const EthernetFilter& filter : pdr.ethernet_filters)
    pdi["ethernet_filters"].push_back(ethernet_filter_json(filter));
  json out{{"pdr_id", pdr.pdr_id}, {"precedence", pdr.precedence}, {"far_id", pdr.far_id}, {"pdi", std::move(pdi)}};
  if (!pdr.qer_ids.empty()) out["qer_ids"] = pdr.qer_ids;
  if (pdr.outer_header_removal) out["outer_header_removal"] = true;
  return out;
}

json far_json(const RuleNames& names, const Far& far) {
  json out{{"far_id", far.far_id}, {"apply_action", far.apply_action == ApplyAction::forward ? "FORW" : "DROP"}};
  if (far.network_instance == VrfId{}) return out;
  json& forwarding = out["forwarding_parameters"];
  forwarding = {{"destination_interface", text_of(far.destination_interface)},
                {"network_instance", name_in(names.vrfs, far.network_instance)}};
  if (const auto& creation = far.outer_header_creation)
    forwarding["outer_header_creation"] = {{"endpoint", name_in(names.endpoints, creation->endpoint)},
                                           {"teid", creation->teid.value},
                                           {"peer_address", to_string(creation->peer)}};
  if (far.marking) forwarding["transport_level_marking"] = {{"tos", far.marking->tos}, {"mask", far.marking->mask}};
  if (far.copy_dscp) forwarding["copy_dscp"] = true;
  return out;
}

json qer_json(const Qer& qer) {
  json out{{"qer_id", qer.qer_id}, {"gate_status", {{"ul", text_of(qer.ul_gate)}, {"dl", text_of(qer.dl_gate)}}}};
  if (qer.qfi) out["qfi"] = *qer.qfi;
  if (qer.rqi) out["rqi"] = true;
  if (qer.paging_policy) out["paging_policy_indicator"] = *qer.paging_policy;
  if (qer.mbr != QerBitRates{}) out["mbr"] = {{"ul", qer.mbr.ul}, {"dl", qer.mbr.dl}};
  if (qer.gbr != QerBitRates{}) out["gbr"] = {{"ul", qer.gbr.ul}, {"dl", qer.gbr.dl}};
  return out;
}

// Reads the members of a checked body, with names looked up in one tenant. The first error is kept.
class Reader {
 public:
  Reader(const Model& model, const Tenant& tenant) : model_(model), tenant_(tenant) {}

  VrfId vrf(const json& name) { return take(find_vrf(model_, tenant_, name.get_ref<const std::string&>())); }
  GtpuEndpointId endpoint(const json& name) {
    return take(find_endpoint(model_, tenant_, name.get_ref<const std::string&>()));
  }
  IpAddress address(const json& text) { return parsed(parse_ip, text); }
  // A member that may be missing, read by `parse`.
  template <class T>
  std::optional<T> maybe(const json& object, const char* name, Result<T> (*parse)(std::string_view)) {
    const auto it = object.find(name);
    return it != object.end() ? std::optional(parsed(parse, *it)) : std::nullopt;
  }
  std::vector<IpPrefix> framed_routes(const json& object) {
    std::vector<IpPrefix> out;
    if (const auto it = object.find("framed_routes"); it != object.end())
      for (const json& text : *it) out.push_back(parsed(parse_ip_prefix, text));
    return out;
  }
  static Teid teid(const json& number) { return Teid{number.get<uint32_t>()}; }
  // 0, which has Edit draw one, when it is left out.
  static Teid local_teid(const json& object) { return Teid{object.value("teid", uint32_t{0})}; }
  static std::optional<uint8_t> qfi(const json& object) {
    const auto it = object.find("qfi");
    return it != object.end() ? std::optional(it->get<uint8_t>()) : std::nullopt;
  }
  static PdnType pdn_type(const json& object) {
    const auto it = object.find("pdn_type");
    if (it == object.end() || *it == "ip") return PdnType::ip;
    return *it == "ethernet" ? PdnType::ethernet : PdnType::unstructured;
  }
  static Interface interface(const json& text) { return text == "access" ? Interface::access : Interface::core; }
  static Gate gate(const json& text) { return text == "OPEN" ? Gate::open : Gate::closed; }

  Pdr pdr(const json& object);
  // `read` makes one of an item; `name` is the list's.
  template <class Filter>
  std::vector<Filter> filters(uint16_t pdr_id, const char* name, const json& pdi, Result<Filter> (*read)(const json&));
  Far far(const json& object);
  static Qer qer(const json& object);
  Session rules(const json& body);
  Session short_form(const json& body);
  VrfId vrf_of(GtpuEndpointId endpoint) const {
    const auto it = model_.endpoints.find(endpoint);
    return it != model_.endpoints.end() ? it->second.vrf : VrfId{};
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  template <class T>
  T parsed(Result<T> (*parse)(std::string_view), const json& text) {
    const auto value = parse(text.get_ref<const std::string&>());
    if (!value) keep(value.error());
    return value.value_or(T{});
  }
  template <class Object>
  auto take(const Result<const Object*>& found) -> decltype(Object::id) {
    if (found) return (*found)->id;
    keep(found.error());
    return {};
  }
  void keep(const Error& error) {
    if (!error_) error_ = error;
  }
  const Model& model_;
  const Tenant& tenant_;
  std::optional<Error> error_;
};

Pdr Reader::pdr(const json& object) {
  const json& pdi = object.at("pdi");
  Pdr pdr;
  pdr.pdr_id = object.at("pdr_id").get<uint16_t>();
  pdr.precedence = object.at("precedence").get<uint32_t>();
  pdr.far_id = object.at("far_id").get<uint32_t>();
  pdr.qer_ids = object.value("qer_ids", std::vector<uint32_t>{});
  pdr.outer_header_removal = object.value("outer_header_removal", false);
  pdr.source_interface = interface(pdi.at("source_interface"));
  pdr.network_instance = vrf(pdi.at("network_instance"));
  if (const auto it = pdi.find("local_f_teid"); it != pdi.end())
    pdr.local_f_teid = FTeid{endpoint(it->at("endpoint")), local_teid(*it)};
  pdr.ue_ip_address = maybe(pdi, "ue_ip_address", parse_ipv4);
  pdr.ue_ipv6 = maybe(pdi, "ue_ipv6", parse_ipv6_prefix_64);
  pdr.qfi = qfi(pdi);
  pdr.qfis = pdi.value("qfis", std::vector<uint8_t>{});
  pdr.framed_routes = framed_routes(pdi);
  pdr.sdf_filters = filters(pdr.pdr_id, "sdf_filters", pdi, sdf_filter_from);
  pdr.ethernet_filters = filters(pdr.pdr_id, "ethernet_filters", pdi, ethernet_filter_from);
  return pdr;
}

template <class Filter>
std::vector<Filter> Reader::filters(uint16_t pdr_id, const char* name, const json& pdi,
                                    Result<Filter> (*read)(const json&)) {
  std::vector<Filter> out;
  const auto list = pdi.find(name);
  if (list == pdi.end()) return out;
  for (const json& item : *list) {
    auto filter = read(item);
    if (filter) {
      out.push_back(std::move(*filter));
    } else {
      keep({filter.error().code, "PDR " + std::to_string(pdr_id) + ": " + name + "[" +
                                     std::to_string(&item - &(*list)[0]) + "]: " + filter.error().message});
    }
  }
  return out;
}

Far Reader::far(const json& object) {
  Far far;
  far.far_id = object.at("far_id").get<uint32_t>();
  far.apply_action = object.at("apply_action") == "FORW" ? ApplyAction::forward : ApplyAction::drop;
  const auto forwarding = object.find("forwarding_parameters");
  if (forwarding == object.end()) {
    if (far.apply_action == ApplyAction::forward)
      keep({ErrorCode::invalid,
            "FAR " + std::to_string(far.far_id) + ": forwarding_parameters are missing; apply_action FORW needs them"});
    return far;
  }
  far.destination_interface = interface(forwarding->at("destination_interface"));
  far.network_instance = vrf(forwarding->at("network_instance"));
  if (const auto it = forwarding->find("outer_header_creation"); it != forwarding->end())
    far.outer_header_creation =
        OuterHeaderCreation{endpoint(it->at("endpoint")), teid(it->at("teid")), address(it->at("peer_address"))};
  constexpr uint8_t kDscp = 0xfc;
  if (const auto it = forwarding->find("transport_level_marking"); it != forwarding->end())
    far.marking = TransportLevelMarking{it->at("tos").get<uint8_t>(), it->value("mask", kDscp)};
  far.copy_dscp = forwarding->value("copy_dscp", false);
  return far;
}

QerBitRates bit_rates(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end()) return {};
  return {it->at("ul").get<uint64_t>(), it->at("dl").get<uint64_t>()};
}

Qer Reader::qer(const json& object) {
  Qer qer;
  qer.qer_id = object.at("qer_id").get<uint32_t>();
  if (const auto it = object.find("gate_status"); it != object.end()) {
    qer.ul_gate = gate(it->at("ul"));
    qer.dl_gate = gate(it->at("dl"));
  }
  qer.qfi = qfi(object);
  qer.rqi = object.value("rqi", false);
  if (const auto it = object.find("paging_policy_indicator"); it != object.end())
    qer.paging_policy = it->get<uint8_t>();
  qer.mbr = bit_rates(object, "mbr");
  qer.gbr = bit_rates(object, "gbr");
  return qer;
}

Session Reader::rules(const json& body) {
  Session session;
  session.pdn_type = pdn_type(body);
  for (const auto& object : body.at("pdrs")) session.pdrs.push_back(pdr(object));
  for (const auto& object : body.at("fars")) session.fars.push_back(far(object));
  if (const auto it = body.find("qers"); it != body.end())
    for (const auto& object : *it) session.qers.push_back(qer(object));
  if (const auto it = body.find("ambr"); it != body.end()) session.ambr = rates_from(*it, {});
  return session;
}

// Of the short form: PDR n goes with FAR n.
Pdr pdr_of(uint16_t id, Interface source, VrfId network_instance) {
  constexpr uint32_t kPrecedence = 100;  // any: the two never compete
  Pdr pdr;
  pdr.pdr_id = id;
  pdr.precedence = kPrecedence;
  pdr.source_interface = source;
  pdr.network_instance = network_instance;
  pdr.far_id = id;
  return pdr;
}

Far far_of(uint32_t id, Interface destination, VrfId network_instance) {
  Far far;
  far.far_id = id;
  far.destination_interface = destination;
  far.network_instance = network_instance;
  return far;
}

// Uplink PDR 1 and FAR 1, downlink PDR 2 and FAR 2; with a QFI, QER 1 marks it into the downlink.
Session Reader::short_form(const json& body) {
  const GtpuEndpointId n3 = endpoint(body.at("endpoint"));
  const VrfId access = vrf_of(n3);
  const VrfId core = vrf(body.at("core_vrf"));
  const auto ue = maybe(body, "ue_address", parse_ipv4);
  const auto ue_ipv6 = maybe(body, "ue_ipv6", parse_ipv6_prefix_64);
  const PdnType type = pdn_type(body);
  if (type == PdnType::ip && !ue && !ue_ipv6)
    keep({ErrorCode::invalid, "the session has neither a ue_address nor a ue_ipv6; it needs one of them, or both"});
  Session session;
  Pdr up = pdr_of(1, Interface::access, access);
  up.local_f_teid = FTeid{n3, local_teid(body)};
  up.outer_header_removal = true;
  Pdr down = pdr_of(2, Interface::core, core);
  up.ue_ip_address = down.ue_ip_address = ue;
  up.ue_ipv6 = down.ue_ipv6 = ue_ipv6;
  up.framed_routes = down.framed_routes = framed_routes(body);
  if (const auto marked = qfi(body)) {
    Qer qer;
    qer.qer_id = 1;
    qer.qfi = marked;
    session.qers = {qer};
    up.qer_ids = down.qer_ids = {qer.qer_id};
  }
  Far to_core = far_of(1, Interface::core, core);
  Far to_access = far_of(2, Interface::access, access);
  to_access.outer_header_creation =
      OuterHeaderCreation{n3, teid(body.at("peer_teid")), address(body.at("peer_address"))};
  session.pdn_type = type;
  session.ambr.uplink_bps = body.value("ambr_uplink_bps", uint64_t{0});
  session.ambr.downlink_bps = body.value("ambr_downlink_bps", uint64_t{0});
  session.pdrs = {up, down};
  session.fars = {to_core, to_access};
  return session;
}

}  // namespace

void RuleNames::add(const Model& model, const Session& session) {
  const SessionKeys keys = session_keys(session);
  for (const VrfId id : keys.vrfs)
    if (auto [it, is_new] = vrfs.try_emplace(id); is_new) it->second = vrf_name_of(model, id);
  for (const GtpuEndpointId id : keys.endpoints)
    if (auto [it, is_new] = endpoints.try_emplace(id); is_new) it->second = endpoint_name_of(model, id);
}

json session_json(const RuleNames& names, const Session& session) {
  json out{{"up_seid", session.up_seid.value}, {"pdrs", json::array()}, {"fars", json::array()}};
  if (session.pdn_type != PdnType::ip) out["pdn_type"] = text_of(session.pdn_type);
  for (const Pdr& pdr : session.pdrs) out["pdrs"].push_back(pdr_json(names, pdr));
  for (const Far& far : session.fars) out["fars"].push_back(far_json(names, far));
  if (session.ambr != Rates{}) add_rates(session.ambr, out["ambr"]);
  if (session.qers.empty()) return out;
  out["qers"] = json::array();
  for (const Qer& qer : session.qers) out["qers"].push_back(qer_json(qer));
  return out;
}

json session_json(const Model& model, const Session& session) {
  RuleNames names;
  names.add(model, session);
  return session_json(names, session);
}

Result<Session> session_from(const Model& model, const Tenant& tenant, const json& body) {
  Reader reader(model, tenant);
  Session session = body.contains("pdrs") ? reader.rules(body) : reader.short_form(body);
  if (reader.error()) return tl::unexpected(*reader.error());
  session.tenant = tenant.id;
  session.up_seid = Seid{body.value("up_seid", uint64_t{0})};
  return session;
}

}  // namespace demarc::cp
