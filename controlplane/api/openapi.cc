// The description for machines, from routes.def and schemas.cc alone.
#include "controlplane/api/route.h"
#include "controlplane/api/schema.h"

namespace demarc::cp {
namespace {

json content(std::string_view type, json schema) { return {{std::string(type), {{"schema", std::move(schema)}}}}; }

// Schemas say which members there are, and there are no others.
json closed(json schema) {
  if (schema.is_object()) {
    if (schema.contains("properties") && schema["properties"].is_object() && schema.value("type", "") == "object")
      schema["additionalProperties"] = false;
    for (auto& [name, inside] : schema.items()) inside = closed(inside);
  } else if (schema.is_array()) {
    for (auto& inside : schema) inside = closed(inside);
  }
  return schema;
}

json parameter(std::string_view name, const char* where, bool required) {
  return {{"name", std::string(name)}, {"in", where}, {"required", required}, {"schema", {{"type", "string"}}}};
}

json parameters(const ApiRoute& route) {
  json out = json::array();
  for (const auto word : words(route.path, '/'))
    if (word.front() == '{') out.push_back(parameter(word.substr(1, word.size() - 2), "path", true));
  for (const auto word : words(route.query, ' ')) out.push_back(parameter(word, "query", false));
  return out;
}

std::string operation_id(const ApiRoute& route) {
  std::string id(route.method);
  for (const auto word : words(route.path, '/'))
    for (const char c : "_" + std::string(word))
      if (c != '{' && c != '}') id.push_back(c == '-' || c == '.' ? '_' : c);
  return id;
}

const char* text_of(Permission permission) {
  switch (permission) {
    case Permission::operators: return "operators";
    case Permission::tenant: return "tenant";
    case Permission::everyone: return "everyone";
  }
  return "operators";
}

json ok_content(const ApiRoute& route) {
  if (route.response == "text") return content("text/plain", {{"type", "string"}});
  if (route.response == "pcapng") return content("application/x-pcapng", {{"type", "string"}, {"format", "binary"}});
  if (route.response == "TracedPacket") return content("application/x-ndjson", schema_ref(route.response));
  return content("application/json", response_schema(route));
}

json operation(const ApiRoute& route) {
  json out{{"operationId", operation_id(route)},
           {"summary", std::string(route.summary)},
           {"x-permission", text_of(route.permission)},
           {"parameters", parameters(route)}};
  if (!route.request.empty())
    out["requestBody"] = {{"required", true}, {"content", content("application/json", schema_ref(route.request))}};
  out["responses"][std::to_string(route.status)] = {{"description", std::string(route.summary)},
                                                    {"content", ok_content(route)}};
  out["responses"]["default"] = {{"description", "what was wrong, and what would be right"},
                                 {"content", content("application/json", schema_ref("Error"))}};
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c | 0x20);  // letters only
  return out;
}

json describe() {
  json paths = json::object();
  for (const ApiRoute& route : routes()) paths[std::string(route.path)][lower(route.method)] = closed(operation(route));
  return {
      {"openapi", "3.1.0"},
      {"info", {{"title", "demarc"}, {"version", DEMARC_VERSION}}},
      {"security", json::array({{{"token", json::array()}}})},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", closed(schemas())}, {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

}  // namespace

json response_schema(const ApiRoute& route) {
  const std::string_view name = route.response;
  if (name.starts_with('[')) {
    json out{{"type", "object"},
             {"required", {"items"}},
             {"properties", {{"items", {{"type", "array"}, {"items", schema_ref(name.substr(1, name.size() - 2))}}}}}};
    if (route.paged())
      out["properties"]["next"] = {{"type", "string"}, {"description", "the value of after for the page behind this"}};
    return out;
  }
  if (!route.changes()) return schema_ref(name);
  json out = schemas().at(std::string(name));
  out["properties"]["data_plane"] = schema_ref("DataPlane");
  out["properties"]["data_plane_error"] = {{"type", "string"}};
  out["required"].push_back("data_plane");
  return out;
}

const json& openapi() {
  static const json description = describe();
  return description;
}

}  // namespace demarc::cp
