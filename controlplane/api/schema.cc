#include "controlplane/api/schema.h"

#include "common/base/ip_prefix.h"
#include "common/base/mac.h"
#include "controlplane/api/target.h"

namespace demarc::cp {
namespace {

constexpr std::string_view kRefPrefix = "#/components/schemas/";

const json& resolve(const json& schema) {
  const auto ref = schema.find("$ref");
  if (ref == schema.end()) return schema;
  return schemas().at(ref->get_ref<const std::string&>().substr(kRefPrefix.size()));
}

std::string shown(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  const std::string text = json_text(value);
  return text.size() <= 64 ? text : text.substr(0, 64) + "…";
}

std::string member(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

tl::unexpected<Error> refuse(const std::string& path, const std::string& what) {
  return fail(ErrorCode::invalid, (path.empty() ? "the body" : path) + ": " + what);
}

std::string names_of(const json& object) {
  std::string names;
  for (const auto& [name, ignored] : object.items()) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "none" : names;
}

Status check(const json& schema, const json& value, const std::string& path);

Status check_object(const json& schema, const json& value, const std::string& path) {
  if (!value.is_object()) return refuse(path, shown(value) + " is not an object");
  static const json kNone = json::object();
  const auto found = schema.find("properties");
  const json& properties = found != schema.end() ? *found : kNone;
  for (const auto& [name, ignored] : value.items())
    if (!properties.contains(name))
      return refuse(path, "unknown member " + in_quotes(name) + "; the members are " + names_of(properties));
  if (const auto required = schema.find("required"); required != schema.end())
    for (const auto& name : *required)
      if (!value.contains(name.get_ref<const std::string&>()))
        return refuse(path, "the member " + in_quotes(name.get_ref<const std::string&>()) + " is missing");
  for (const auto& [name, inside] : value.items())
    if (auto ok = check(properties[name], inside, member(path, name)); !ok) return ok;
  return {};
}

Status check_array(const json& schema, const json& value, const std::string& path) {
  if (!value.is_array()) return refuse(path, shown(value) + " is not a list");
  const size_t least = schema.value("minItems", size_t{0});
  const size_t most = schema.value("maxItems", SIZE_MAX);
  if (value.size() < least || value.size() > most)
    return refuse(path, "has " + std::to_string(value.size()) + " items; it must have " + std::to_string(least) +
                            (most == SIZE_MAX ? " or more" : " to " + std::to_string(most)));
  for (size_t i = 0; i < value.size(); ++i)
    if (auto ok = check(schema.at("items"), value[i], path + "[" + std::to_string(i) + "]"); !ok) return ok;
  return {};
}

Status check_integer(const json& schema, const json& value, const std::string& path) {
  const int64_t least = schema.value("minimum", INT64_MIN);
  const uint64_t most = schema.value("maximum", UINT64_MAX);
  const std::string range =
      schema.contains("maximum") ? " from " + std::to_string(least) + " to " + std::to_string(most) : "";
  if (!value.is_number_integer()) return refuse(path, shown(value) + " is not a whole number" + range);
  const bool below = value.is_number_unsigned() ? least > 0 && value.get<uint64_t>() < static_cast<uint64_t>(least)
                                                : value.get<int64_t>() < least;
  const bool above = value.is_number_unsigned() ? value.get<uint64_t>() > most
                                                : value.get<int64_t>() > 0 && value.get<uint64_t>() > most;
  if (below || above) return refuse(path, shown(value) + " is out of range; it must be" + range);
  return {};
}

template <class T>
Status as_status(const Result<T>& parsed, const std::string& path) {
  if (!parsed) return refuse(path, parsed.error().message);
  return {};
}

Status check_string(const json& schema, const json& value, const std::string& path) {
  if (!value.is_string()) return refuse(path, shown(value) + " is not a text in quotes");
  const auto& text = value.get_ref<const std::string&>();
  if (const auto words = schema.find("enum"); words != schema.end()) {
    std::string choice;
    for (const auto& word : *words) {
      if (word == value) return {};
      choice += (choice.empty() ? "" : ", ") + word.get<std::string>();
    }
    return refuse(path, shown(value) + " is none of " + choice);
  }
  const size_t most = schema.value("maxLength", SIZE_MAX);
  if (text.size() > most)
    return refuse(path,
                  "has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(most) + " are right");
  const std::string format = schema.value("format", "");
  if (format == "ipv4") return as_status(parse_ipv4(text), path);
  if (format == "ipv4-interface") return as_status(parse_ipv4_interface(text), path);
  if (format == "ipv6") return as_status(parse_ipv6(text), path);
  if (format == "ipv6-interface") return as_status(parse_ipv6_interface(text), path);
  if (format == "ipv6-prefix-64") return as_status(parse_ipv6_prefix_64(text), path);
  if (format == "ip") return as_status(parse_ip(text), path);
  if (format == "mac") return as_status(parse_mac(text), path);
  if (format == "ip-prefix") return as_status(parse_ip_prefix(text), path);
  return {};
}

// Of a text and an object, the one that the value is. Of objects the alternative that has the most of the value's
// members is the one that is meant, and its errors are the ones that help.
Status check_one_of(const json& alternatives, const json& value, const std::string& path) {
  const json* meant = &alternatives.back();
  int best = -1;
  for (const auto& alternative : alternatives) {
    const json& shape = resolve(alternative);
    if (shape.at("type") == "string") {
      if (value.is_string()) return check(alternative, value, path);
      continue;
    }
    const json& properties = shape.at("properties");
    int common = 0;
    if (value.is_object())
      for (const auto& [name, ignored] : value.items()) common += properties.contains(name) ? 1 : 0;
    if (common > best) meant = &alternative;
    best = std::max(best, common);
  }
  return check(*meant, value, path);
}

Status check(const json& raw, const json& value, const std::string& path) {
  const json& schema = resolve(raw);
  if (const auto choice = schema.find("oneOf"); choice != schema.end()) return check_one_of(*choice, value, path);
  const auto& type = schema.at("type").get_ref<const std::string&>();
  if (type == "object") return check_object(schema, value, path);
  if (type == "array") return check_array(schema, value, path);
  if (type == "integer") return check_integer(schema, value, path);
  if (type == "string") return check_string(schema, value, path);
  if (type == "number" && !value.is_number()) return refuse(path, shown(value) + " is not a number");
  if (type == "boolean" && !value.is_boolean()) return refuse(path, shown(value) + " is neither true nor false");
  return {};
}

}  // namespace

json schema_ref(std::string_view name) { return {{"$ref", std::string(kRefPrefix) + std::string(name)}}; }

Status check_schema(const json& schema, const json& value) { return check(schema, value, ""); }

}  // namespace demarc::cp
