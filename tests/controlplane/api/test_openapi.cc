// The description is made from the same list as the dispatcher; this checks that nothing is lost on the way.
#include "controlplane/api/route.h"
#include "controlplane/api/schema.h"
#include "tests/controlplane/api/served.h"

namespace demarc::cp::test {
namespace {

class OpenApi : public Served {};

// Every "$ref" below `value` names a schema that is there.
void check_refs(const json& value, const json& schemas) {
  if (value.is_object() && value.contains("$ref")) {
    const std::string ref = value["$ref"].get<std::string>();
    EXPECT_TRUE(schemas.contains(ref.substr(ref.rfind('/') + 1))) << ref;
  }
  if (value.is_structured())
    for (const auto& inside : value) check_refs(inside, schemas);
}

TEST_F(OpenApi, ListsEveryRoute) {
  const json description = json::parse(ask("GET", "/v1/openapi.json").body);
  EXPECT_EQ(description["openapi"], "3.1.0");
  check_refs(description, description["components"]["schemas"]);
  size_t operations = 0;
  std::set<std::string> ids;
  for (const auto& [path, methods] : description["paths"].items())
    for (const auto& [method, operation] : methods.items()) {
      ++operations;
      EXPECT_TRUE(ids.insert(operation["operationId"].get<std::string>()).second) << path << " " << method;
    }
  EXPECT_EQ(operations, routes().size());
  for (const ApiRoute& route : routes()) {
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.path));
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(tolower(c));
    const json& operation = description["paths"][std::string(route.path)][method];
    EXPECT_EQ(operation["summary"], std::string(route.summary));
    EXPECT_TRUE(operation["responses"].contains(std::to_string(route.status)));
    EXPECT_EQ(operation.contains("requestBody"), !route.request.empty());
    for (const auto& parameter : operation["parameters"])
      if (parameter["in"] == "path") {
        EXPECT_NE(route.path.find("{" + parameter["name"].get<std::string>() + "}"), std::string_view::npos);
      }
  }
}

TEST_F(OpenApi, SchemasAreClosedAndComplete) {
  for (const ApiRoute& route : routes()) {
    EXPECT_TRUE(route.request.empty() || schemas().contains(std::string(route.request))) << route.request;
    std::string response(route.response);
    if (response.starts_with('[')) response = response.substr(1, response.size() - 2);
    EXPECT_TRUE(response == "text" || response == "pcapng" || schemas().contains(response)) << response;
  }
  for (const auto& [name, schema] : schemas().items()) {
    if (!schema.contains("required")) continue;
    for (const auto& member : schema["required"])
      EXPECT_TRUE(schema["properties"].contains(member.get<std::string>())) << name << "." << member;
  }
}

TEST_F(OpenApi, VersionIsTheBuilds) {
  EXPECT_EQ(expect(200, "GET", "/v1/version"), json({{"version", DEMARC_VERSION}, {"store_schema", 7}}));
}

}  // namespace
}  // namespace demarc::cp::test
