#include "controlplane/shell/request.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "controlplane/shell/values.h"

namespace demarc::shell {
namespace {

const Parameter* parameter_of(const Command& c, std::string_view name) {
  const Parameter* p = find_parameter(c.arguments, name);
  return p != nullptr ? p : find_parameter(c.options, name);
}

// {x} in a row's path becomes the value of parameter x.
std::string fill_path(const Invocation& in, std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const size_t open = std::min(path.find('{'), path.size());
    out += path.substr(0, open);
    path.remove_prefix(open);
    if (path.empty()) break;
    const size_t close = path.find('}');
    const std::string name(path.substr(1, close - 1));
    const Parameter* p = parameter_of(*in.command, name);
    out += percent_encode(in.get(name), p != nullptr && p->type == Type::prefix);
    path.remove_prefix(close + 1);
  }
  return out;
}

std::string query_of(const Invocation& in) {
  std::string out;
  for (const Parameter& p : in.command->options)
    if (p.query && in.has(std::string(p.name)))
      out += (out.empty() ? "?" : "&") + std::string(p.name) + "=" + percent_encode(in.get(std::string(p.name)));
  return out;
}

// Of a value that was checked.
uint64_t number_of(const std::string& value) {
  uint64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

// The first of a route's next hops is two members of the body, the others are a list.
void add_next_hops(const std::string& value, nlohmann::ordered_json& body) {
  const auto hops = next_hops_of(value);
  for (size_t i = 0; i < hops.size(); ++i) {
    nlohmann::ordered_json hop{{"gateway", hops[i].gateway}};
    if (!hops[i].attachment.empty()) hop["attachment"] = hops[i].attachment;
    if (i == 0)
      body.update(hop);
    else
      body["more_next_hops"].push_back(hop);
  }
}

nlohmann::ordered_json numbers_of(const std::string& value) {
  auto list = nlohmann::ordered_json::array();
  if (value == kNoNumbers) return list;
  for (const std::string& one : list_of(value)) list.push_back(number_of(one));
  return list;
}

// Of a value that was checked, what its member of the body is.
nlohmann::ordered_json value_of(const Parameter& p, const std::string& value) {
  switch (p.type) {
    case Type::flag: return true;
    case Type::number:
    case Type::rate: return number_of(value);
    case Type::numbers: return numbers_of(value);
    case Type::yes_no: return value == "yes";
    case Type::prefixes: return list_of(value);
    default: return value;
  }
}

void add_member(const Invocation& in, const Parameter& p, nlohmann::ordered_json& body) {
  const std::string name(p.name);
  if (p.member.empty() || !in.has(name)) return;
  const std::string value = in.get(name);
  if (p.type == Type::next_hops) return add_next_hops(value, body);
  const size_t point = p.member.find('.');
  if (point == std::string_view::npos)
    body[std::string(p.member)] = value_of(p, value);
  else
    body[std::string(p.member.substr(0, point))][std::string(p.member.substr(point + 1))] = value_of(p, value);
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  if (path != "-" && !file)
    return fail(ErrorCode::invalid, "file " + path + " cannot be read: " + std::strerror(errno));
  std::istream& in = path == "-" ? std::cin : file;
  std::string text(kBodyMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return fail(ErrorCode::invalid, "file " + path + " cannot be read: " + std::strerror(errno));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kBodyMax)
    return fail(ErrorCode::invalid, "file " + path + " has more than " + std::to_string(kBodyMax) +
                                        " bytes, which is all that demarcd takes in one request");
  return text;
}

Result<std::string> body_of_file(const std::string& path) {
  Result<std::string> text = read_file(path);
  if (!text) return text;
  try {
    if (nlohmann::json::parse(*text).is_object()) return text;
    return fail(ErrorCode::invalid, "file " + path + " is JSON, but not an object: it starts with { and ends with }");
  } catch (const nlohmann::json::parse_error& e) {
    return fail(ErrorCode::invalid, "file " + path + " is not JSON: the fault is near byte " + std::to_string(e.byte));
  }
}

}  // namespace

std::string percent_encode(std::string_view text, bool keep_slash) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || (c == '/' && keep_slash);
    if (plain) {
      out += c;
    } else {
      const auto b = static_cast<unsigned char>(c);
      out += {'%', kHex[b >> 4], kHex[b & 15]};
    }
  }
  return out;
}

Result<Request> make_request(const Invocation& in) {
  const Command& c = *in.command;
  const bool for_tenant = !c.tenant_path.empty() && in.has("tenant");
  Request r;
  r.method = c.method;
  r.target = fill_path(in, for_tenant ? c.tenant_path : c.path) + query_of(in);
  for (const Parameter& p : c.options)
    if (p.waits) r.patience = std::chrono::seconds(number_of(in.get(std::string(p.name))));
  for (const Parameter& p : c.options) {
    if (!p.is_body || !in.has(std::string(p.name))) continue;
    Result<std::string> text = body_of_file(in.get(std::string(p.name)));
    if (!text) return tl::unexpected<Error>(text.error());
    r.body = std::move(*text);
    return r;
  }
  nlohmann::ordered_json body = nlohmann::ordered_json::object();
  for (const Parameter& p : c.arguments) add_member(in, p, body);
  for (const Parameter& p : c.options) add_member(in, p, body);
  if (!body.empty() || r.method == "PATCH" || r.method == "PUT") r.body = body.dump();
  return r;
}

}  // namespace demarc::shell
