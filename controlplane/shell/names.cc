#include "controlplane/shell/names.h"

#include <nlohmann/json.hpp>

#include "controlplane/shell/format.h"
#include "controlplane/shell/pages.h"

namespace demarc::shell {
namespace {

struct Listing {
  Source source;
  const char* path;    // below the tenant when it starts without '/'
  const char* member;  // the name of an item
  const char* role = nullptr;
};

constexpr Listing kListings[] = {
    {Source::tenants, "/v1/tenants", "name"},
    {Source::ports, "/v1/ports", "port"},
    {Source::keys, "/v1/keys", "name"},
    {Source::vrfs, "vrfs", "name"},
    {Source::access_vrfs, "vrfs", "name", "access"},
    {Source::core_vrfs, "vrfs", "name", "core"},
    {Source::attachments, "attachments", "name"},
    {Source::endpoints, "gtpu-endpoints", "name"},
    {Source::pools, "ue-pools", "name"},
    {Source::routes, "routes", "prefix"},
    {Source::sessions, "sessions", "up_seid"},
};

std::string path_of(const Listing& l, const std::map<std::string, std::string>& values) {
  if (l.path[0] == '/') return l.path;
  const auto tenant = values.find("tenant");
  if (tenant == values.end()) return {};
  return "/v1/tenants/" + percent_encode(tenant->second) + "/" + l.path;
}

std::vector<std::string> names_in(const std::string& body, const Listing& l,
                                  const std::map<std::string, std::string>& values) {
  std::vector<std::string> out;
  const auto answer = nlohmann::json::parse(body, nullptr, false);
  if (!answer.is_object() || !answer.contains("items") || !answer["items"].is_array()) return out;
  const auto vrf = values.find("vrf");
  for (const auto& item : answer["items"]) {
    if (out.size() == kNamesMax) break;
    if (!item.is_object() || !item.contains(l.member)) continue;
    if (l.role != nullptr && item.value("role", nlohmann::json()) != l.role) continue;
    if (l.source == Source::routes && vrf != values.end() && item.value("vrf", nlohmann::json()) != vrf->second)
      continue;
    const auto& name = item[l.member];
    if (l.source == Source::sessions && name.is_number_unsigned())
      out.push_back(seid_text(name.get<uint64_t>()));  // as the tables show it
    else
      out.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  }
  return out;
}

}  // namespace

NameLookup names_from(const Target& target) {
  constexpr std::chrono::milliseconds kPatience{1000};
  const HttpClient client(target, {.connect = kPatience, .silence = kPatience, .answer_max = size_t{16} << 20});
  return [client](Source source, const std::map<std::string, std::string>& values) -> std::vector<std::string> {
    for (const Listing& l : kListings) {
      if (l.source != source) continue;
      const std::string path = path_of(l, values);
      if (path.empty()) return {};
      const auto answer = get_all(client, {.method = "GET", .target = path, .body = {}}, kNamesMax);
      if (!answer || answer->status != 200) return {};
      return names_in(answer->body, l, values);
    }
    return {};
  };
}

}  // namespace demarc::shell
