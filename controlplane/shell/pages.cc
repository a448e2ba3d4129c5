#include "controlplane/shell/pages.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace demarc::shell {
namespace {

using Json = nlohmann::ordered_json;

Json parse_page(const std::string& body) {
  Json page = Json::parse(body, nullptr, false);
  const bool is_page = page.is_object() && page.contains("items") && page["items"].is_array();
  return is_page ? page : Json();
}

// Empty: this is the last page.
std::string next_of(const Json& page) {
  if (!page.is_object()) return {};
  const auto next = page.find("next");
  return next != page.end() && next->is_string() ? next->get<std::string>() : std::string();
}

// The target with this parameter in its query, instead of the one that may be there.
std::string with_parameter(const std::string& target, const std::string& name, const std::string& value) {
  const size_t question = std::min(target.find('?'), target.size());
  std::string out = target.substr(0, question) + "?";
  for (size_t at = question + 1; at < target.size();) {
    const size_t end = std::min(target.find('&', at), target.size());
    if (target.compare(at, name.size() + 1, name + "=") != 0) out += target.substr(at, end - at) + "&";
    at = end + 1;
  }
  return out + name + "=" + percent_encode(value);
}

// The same request for the next page, of as many as are still wanted.
Request page_request(const Request& request, const std::string& after, size_t wanted) {
  Request page = request;
  if (!after.empty()) page.target = with_parameter(page.target, "after", after);
  if (wanted < kPageRowsMax) page.target = with_parameter(page.target, "limit", std::to_string(wanted));
  return page;
}

}  // namespace

tl::expected<Response, ClientError> get_all(const HttpClient& client, const Request& request, size_t items_max) {
  auto first = client.perform(page_request(request, "", items_max));
  if (!first || first->status / 100 != 2) return first;
  Json all = parse_page(first->body);
  std::string next = next_of(all);
  if (next.empty()) return first;
  // Each page brings at least one item, so that this ends whatever is sent.
  for (size_t before = 0; !next.empty() && all["items"].size() > before && all["items"].size() < items_max;) {
    before = all["items"].size();
    auto answer = client.perform(page_request(request, next, items_max - before));
    if (!answer || answer->status / 100 != 2) return answer;
    Json page = parse_page(answer->body);
    next = next_of(page);
    if (!page.is_object()) break;
    for (Json& item : page["items"]) all["items"].push_back(std::move(item));
  }
  all.erase("next");
  if (!next.empty()) all["next"] = next;
  first->body = all.dump() + "\n";
  return first;
}

}  // namespace demarc::shell
