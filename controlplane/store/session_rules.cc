#include "controlplane/store/session_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "controlplane/store/ethernet_filter_text.h"
#include "controlplane/store/rates_text.h"
#include "controlplane/store/sdf_filter_text.h"

namespace demarc::cp {
namespace {

// Of schema 3; those behind are tagged.
constexpr size_t kPdrFields = 12, kFarFields = 8, kQerFields = 5;
constexpr size_t kTypeFields = 2;  // of a session that carries no IP
constexpr size_t kAmbrFields = 2;
constexpr size_t kFieldsMax = kPdrFields + 40;

char letter(Interface i) { return i == Interface::access ? 'a' : 'c'; }
char letter(ApplyAction a) { return a == ApplyAction::drop ? 'd' : 'f'; }
char letter(PdnType t) { return t == PdnType::ethernet ? 'e' : 'u'; }
char letter(Gate g) { return g == Gate::open ? 'o' : 'c'; }

// ---- writing ----

class Writer {
 public:
  // Between `begin` and `end`: the fields of schema 3, then the tagged ones.
  template <class... Fields>
  void begin(char kind, const Fields&... fields) {
    out_ += kind;
    (field(fields), ...);
  }
  void tagged(char tag, const std::string& value) { ((out_ += ',') += tag) += value; }
  void end() { out_ += ';'; }
  std::string finish() {
    out_ += '.';
    return std::move(out_);
  }

 private:
  void field(char c) {
    out_ += ',';
    if (c != 0) out_ += c;
  }
  void field(uint32_t n) { fmt::format_to(std::back_inserter(out_), ",{}", n); }
  void field(const std::string& text) { (out_ += ',') += text; }
  void field(const std::vector<uint32_t>& ids) {
    out_ += ',';
    for (size_t i = 0; i < ids.size(); ++i) fmt::format_to(std::back_inserter(out_), "{}{}", i == 0 ? "" : "+", ids[i]);
  }
  template <class T>
  void field(const std::optional<T>& value) {
    if (value) return field(*value);
    out_ += ',';
  }

  std::string out_;
};

template <class Address>
std::optional<std::string> text_of(const std::optional<Address>& address) {
  return address ? std::optional(to_string(*address)) : std::nullopt;
}
std::string text_of(const std::vector<IpPrefix>& prefixes) {
  std::string out;
  for (const IpPrefix& prefix : prefixes) (out += out.empty() ? "" : "+") += to_string(prefix);
  return out;
}
std::optional<uint32_t> number_of(const std::optional<uint8_t>& qfi) {
  return qfi ? std::optional<uint32_t>(*qfi) : std::nullopt;
}

void write(Writer& w, const Pdr& r) {
  std::optional<uint32_t> endpoint, teid;
  if (r.local_f_teid) endpoint = r.local_f_teid->endpoint.value, teid = r.local_f_teid->teid.value;
  w.begin('p', uint32_t{r.pdr_id}, r.precedence, letter(r.source_interface), r.network_instance.value, r.far_id,
          endpoint, teid, text_of(r.ue_ip_address), number_of(r.qfi), r.outer_header_removal ? 'r' : '\0', r.qer_ids);
  if (r.ue_ipv6) w.tagged('u', to_string(*r.ue_ipv6));
  if (!r.qfis.empty()) w.tagged('i', fmt::format("{}", fmt::join(r.qfis, "+")));
  for (const SdfFilter& filter : r.sdf_filters) w.tagged('s', sdf_filter_to_text(filter));
  if (!r.framed_routes.empty()) w.tagged('r', text_of(r.framed_routes));
  for (const EthernetFilter& filter : r.ethernet_filters) w.tagged('e', ethernet_filter_to_text(filter));
  w.end();
}

void write(Writer& w, const Far& r) {
  std::optional<uint32_t> endpoint, teid;
  std::optional<IpAddress> peer;
  if (const auto& o = r.outer_header_creation) endpoint = o->endpoint.value, teid = o->teid.value, peer = o->peer;
  w.begin('f', r.far_id, letter(r.apply_action), letter(r.destination_interface), r.network_instance.value, endpoint,
          teid, text_of(peer));
  if (r.marking) w.tagged('m', fmt::format("{}/{}", r.marking->tos, r.marking->mask));
  if (r.copy_dscp) w.tagged('d', "");
  w.end();
}

void write(Writer& w, const Qer& r) {
  w.begin('q', r.qer_id, letter(r.ul_gate), letter(r.dl_gate), number_of(r.qfi));
  if (r.rqi) w.tagged('r', "");
  if (r.paging_policy) w.tagged('y', std::to_string(*r.paging_policy));
  if (r.mbr != QerBitRates{} || r.gbr != QerBitRates{}) w.tagged('b', qer_rates_to_text(r));
  w.end();
}

// ---- reading: each returns false for what is malformed ----

template <class T>
bool read(std::string_view field, T& value) {
  const char* end = field.data() + field.size();
  const auto [rest, error] = std::from_chars(field.data(), end, value);
  return error == std::errc{} && rest == end;
}

// The first value when the field is its letter, the other when it is that one's.
template <class T>
bool read_either(std::string_view field, T first, T second, T& value) {
  value = field.size() == 1 && field[0] == letter(first) ? first : second;
  return field.size() == 1 && field[0] == letter(value);
}

template <class T>
bool take(const Result<T>& parsed, T& value) {
  if (parsed) value = *parsed;
  return parsed.has_value();
}

bool read(std::string_view field, Ipv4Address& value) { return take(parse_ipv4(field), value); }
bool read(std::string_view field, IpAddress& value) { return take(parse_ip(field), value); }
bool read(std::string_view field, Ipv6Prefix& value) { return take(parse_ipv6_prefix(field), value); }

bool read(std::string_view field, IpPrefix& value) { return take(parse_ip_prefix(field), value); }

bool read(std::string_view field, TransportLevelMarking& value) {
  const size_t slash = field.find('/');
  return slash != field.npos && read(field.substr(0, slash), value.tos) && read(field.substr(slash + 1), value.mask);
}

// A flag, which has nothing behind its letter.
bool read(std::string_view field, bool& value) { return value = field.empty(); }

template <class T>
bool read(std::string_view field, std::optional<T>& value) {
  return field.empty() || read(field, value.emplace());
}
// Of a tagged field, which is not empty.
template <class T>
bool read_value(std::string_view field, std::optional<T>& value) {
  return !value && read(field, value.emplace());
}

template <class Number>
bool read(std::string_view field, std::vector<Number>& ids) {
  while (!field.empty()) {
    const size_t plus = std::min(field.find('+'), field.size());
    if (!read(field.substr(0, plus), ids.emplace_back())) return false;
    if (plus + 1 == field.size()) return false;
    field.remove_prefix(std::min(plus + 1, field.size()));
  }
  return true;
}

struct Fields {
  std::array<std::string_view, kFieldsMax> at;
  size_t count = 0;
};

bool split(std::string_view rule, Fields& f) {
  for (f.count = 0; f.count < kFieldsMax;) {
    const size_t comma = rule.find(',');
    f.at[f.count++] = rule.substr(0, comma);
    if (comma == std::string_view::npos) return true;
    rule.remove_prefix(comma + 1);
  }
  return false;
}

// Hands each field behind the first `known` to `take_tagged(tag, value)`.
template <class Take>
bool read_tagged(const Fields& f, size_t known, Take take_tagged) {
  for (size_t i = known; i < f.count; ++i)
    if (f.at[i].empty() || !take_tagged(f.at[i][0], f.at[i].substr(1))) return false;
  return true;
}

bool read(const Fields& f, Pdr& r) {
  std::optional<uint32_t> endpoint, teid;
  const bool right = read(f.at[1], r.pdr_id) && read(f.at[2], r.precedence) &&
                     read_either(f.at[3], Interface::access, Interface::core, r.source_interface) &&
                     read(f.at[4], r.network_instance.value) && read(f.at[5], r.far_id) && read(f.at[6], endpoint) &&
                     read(f.at[7], teid) && read(f.at[8], r.ue_ip_address) && read(f.at[9], r.qfi) &&
                     (f.at[10].empty() || f.at[10] == "r") && read(f.at[11], r.qer_ids);
  if (!right || endpoint.has_value() != teid.has_value()) return false;
  if (endpoint) r.local_f_teid = FTeid{GtpuEndpointId{*endpoint}, Teid{*teid}};
  r.outer_header_removal = !f.at[10].empty();
  return read_tagged(f, kPdrFields, [&r](char tag, std::string_view value) {
    if (tag == 'i') return r.qfis.empty() && read(value, r.qfis);
    if (tag == 'r') return r.framed_routes.empty() && !value.empty() && read(value, r.framed_routes);
    if (tag == 's') return sdf_filter_from_text(value, r.sdf_filters.emplace_back());
    if (tag == 'e') return ethernet_filter_from_text(value, r.ethernet_filters.emplace_back());
    return tag == 'u' && read_value(value, r.ue_ipv6);
  });
}

bool read(const Fields& f, Far& r) {
  std::optional<uint32_t> endpoint, teid;
  std::optional<IpAddress> peer;
  const bool right =
      read(f.at[1], r.far_id) && read_either(f.at[2], ApplyAction::drop, ApplyAction::forward, r.apply_action) &&
      read_either(f.at[3], Interface::access, Interface::core, r.destination_interface) &&
      read(f.at[4], r.network_instance.value) && read(f.at[5], endpoint) && read(f.at[6], teid) && read(f.at[7], peer);
  if (!right || endpoint.has_value() != teid.has_value() || endpoint.has_value() != peer.has_value()) return false;
  if (endpoint) r.outer_header_creation = OuterHeaderCreation{GtpuEndpointId{*endpoint}, Teid{*teid}, *peer};
  return read_tagged(f, kFarFields, [&r](char tag, std::string_view value) {
    return tag == 'd' ? read(value, r.copy_dscp) : tag == 'm' && read_value(value, r.marking);
  });
}

bool read(const Fields& f, Qer& r) {
  return read(f.at[1], r.qer_id) && read_either(f.at[2], Gate::open, Gate::closed, r.ul_gate) &&
         read_either(f.at[3], Gate::open, Gate::closed, r.dl_gate) && read(f.at[4], r.qfi) &&
         read_tagged(f, kQerFields, [&r](char tag, std::string_view value) {
           if (tag == 'b') return qer_rates_from_text(value, r);
           return tag == 'r' ? read(value, r.rqi) : tag == 'y' && read_value(value, r.paging_policy);
         });
}

bool read_rule(std::string_view rule, Session& session) {
  Fields f;
  if (!split(rule, f)) return false;
  if (f.at[0] == "p" && f.count >= kPdrFields) return read(f, session.pdrs.emplace_back());
  if (f.at[0] == "f" && f.count >= kFarFields) return read(f, session.fars.emplace_back());
  if (f.at[0] == "t" && f.count == kTypeFields)
    return session.pdn_type == PdnType::ip &&
           read_either(f.at[1], PdnType::ethernet, PdnType::unstructured, session.pdn_type);
  if (f.at[0] == "a" && f.count == kAmbrFields) return rates_from_text(f.at[1], session.ambr);
  return f.at[0] == "q" && f.count >= kQerFields && read(f, session.qers.emplace_back());
}

}  // namespace

std::string rules_to_text(const Session& session) {
  Writer w;
  // First of all, so that it is seen without reading the rest.
  if (session.pdn_type != PdnType::ip) {
    w.begin('t', letter(session.pdn_type));
    w.end();
  }
  for (const Pdr& r : session.pdrs) write(w, r);
  for (const Far& r : session.fars) write(w, r);
  for (const Qer& r : session.qers) write(w, r);
  if (session.ambr != Rates{}) {
    w.begin('a', rates_to_text(session.ambr));
    w.end();
  }
  return w.finish();
}

Status rules_from_text(std::string_view text, Session& session) {
  session.pdrs.reserve(2);
  session.fars.reserve(2);
  while (text != ".") {
    const size_t end = text.find(';');
    if (end == std::string_view::npos)
      return fail(ErrorCode::internal, fmt::format("its rules are cut: they end with \"{}\"", text.substr(0, 100)));
    if (!read_rule(text.substr(0, end), session))
      return fail(ErrorCode::internal,
                  fmt::format("in its rules \"{}\" is malformed", text.substr(0, std::min<size_t>(end, 100))));
    text.remove_prefix(end + 1);
  }
  return {};
}

bool rules_are_schema_3(std::string_view text) {
  if (text.find(':') != text.npos) return false;
  for (size_t end; (end = text.find(';')) != text.npos; text.remove_prefix(end + 1)) {
    Fields f;
    if (!split(text.substr(0, end), f)) return false;
    if (f.at[0] == "t" || f.at[0] == "a") return false;
    const size_t known = f.at[0] == "p" ? kPdrFields : f.at[0] == "f" ? kFarFields : kQerFields;
    if (f.count > known) return false;
  }
  return true;
}

std::string rules_to_schema_6(std::string_view text) {
  Session session;
  if (!rules_from_text(text, session)) return std::string(text);  // as malformed as it was
  session.ambr = {};
  for (Qer& qer : session.qers) qer.mbr = qer.gbr = {};
  return rules_to_text(session);
}

bool rules_are_schema_5(std::string_view text) {
  Session session;
  if (!rules_from_text(text, session)) return true;  // as malformed as it was: reading the rows names it
  return session.pdn_type == PdnType::ip && std::ranges::all_of(session.pdrs, [](const Pdr& r) {
           return r.framed_routes.empty() && r.ethernet_filters.empty();
         });
}

}  // namespace demarc::cp
