#include "controlplane/store/session_rules.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>

namespace demarc::cp {
namespace {

constexpr size_t kPdrFields = 12, kFarFields = 8, kQerFields = 5;
constexpr size_t kFieldsMax = kPdrFields;

char letter(Interface i) { return i == Interface::access ? 'a' : 'c'; }
char letter(ApplyAction a) { return a == ApplyAction::drop ? 'd' : 'f'; }
char letter(Gate g) { return g == Gate::open ? 'o' : 'c'; }

// ---- writing ----

class Writer {
 public:
  template <class... Fields>
  void rule(char kind, const Fields&... fields) {
    out_ += kind;
    (field(fields), ...);
    out_ += ';';
  }
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

std::optional<std::string> text_of(const std::optional<Ipv4Address>& address) {
  return address ? std::optional(to_string(*address)) : std::nullopt;
}
std::optional<uint32_t> number_of(const std::optional<uint8_t>& qfi) {
  return qfi ? std::optional<uint32_t>(*qfi) : std::nullopt;
}

void write(Writer& w, const Pdr& r) {
  std::optional<uint32_t> endpoint, teid;
  if (r.local_f_teid) endpoint = r.local_f_teid->endpoint.value, teid = r.local_f_teid->teid.value;
  w.rule('p', uint32_t{r.pdr_id}, r.precedence, letter(r.source_interface), r.network_instance.value, r.far_id,
         endpoint, teid, text_of(r.ue_ip_address), number_of(r.qfi), r.outer_header_removal ? 'r' : '\0', r.qer_ids);
}

void write(Writer& w, const Far& r) {
  std::optional<uint32_t> endpoint, teid;
  std::optional<Ipv4Address> peer;
  if (const auto& o = r.outer_header_creation) endpoint = o->endpoint.value, teid = o->teid.value, peer = o->peer;
  w.rule('f', r.far_id, letter(r.apply_action), letter(r.destination_interface), r.network_instance.value, endpoint,
         teid, text_of(peer));
}

void write(Writer& w, const Qer& r) { w.rule('q', r.qer_id, letter(r.ul_gate), letter(r.dl_gate), number_of(r.qfi)); }

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

bool read(std::string_view field, Ipv4Address& value) {
  const auto address = parse_ipv4(field);
  if (address) value = *address;
  return address.has_value();
}

template <class T>
bool read(std::string_view field, std::optional<T>& value) {
  return field.empty() || read(field, value.emplace());
}

bool read(std::string_view field, std::vector<uint32_t>& ids) {
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
  return true;
}

bool read(const Fields& f, Far& r) {
  std::optional<uint32_t> endpoint, teid;
  std::optional<Ipv4Address> peer;
  const bool right =
      read(f.at[1], r.far_id) && read_either(f.at[2], ApplyAction::drop, ApplyAction::forward, r.apply_action) &&
      read_either(f.at[3], Interface::access, Interface::core, r.destination_interface) &&
      read(f.at[4], r.network_instance.value) && read(f.at[5], endpoint) && read(f.at[6], teid) && read(f.at[7], peer);
  if (!right || endpoint.has_value() != teid.has_value() || endpoint.has_value() != peer.has_value()) return false;
  if (endpoint) r.outer_header_creation = OuterHeaderCreation{GtpuEndpointId{*endpoint}, Teid{*teid}, *peer};
  return true;
}

bool read(const Fields& f, Qer& r) {
  return read(f.at[1], r.qer_id) && read_either(f.at[2], Gate::open, Gate::closed, r.ul_gate) &&
         read_either(f.at[3], Gate::open, Gate::closed, r.dl_gate) && read(f.at[4], r.qfi);
}

bool read_rule(std::string_view rule, Session& session) {
  Fields f;
  if (!split(rule, f)) return false;
  if (f.at[0] == "p" && f.count == kPdrFields) return read(f, session.pdrs.emplace_back());
  if (f.at[0] == "f" && f.count == kFarFields) return read(f, session.fars.emplace_back());
  return f.at[0] == "q" && f.count == kQerFields && read(f, session.qers.emplace_back());
}

}  // namespace

std::string rules_to_text(const Session& session) {
  Writer w;
  for (const Pdr& r : session.pdrs) write(w, r);
  for (const Far& r : session.fars) write(w, r);
  for (const Qer& r : session.qers) write(w, r);
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

}  // namespace demarc::cp
