#include "controlplane/api/handlers.h"
#include "controlplane/api/route.h"

namespace demarc::cp {
namespace {

constexpr ApiRoute kRoutes[] = {
#define ROUTE(method, path, permission, handler, status, query, request, response, summary) \
  {#method, path, Permission::permission, handlers::handler, status, query, request, response, summary},
#include "controlplane/api/routes.def"
#undef ROUTE
};

}  // namespace

std::span<const ApiRoute> routes() { return kRoutes; }

std::vector<std::string_view> words(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    if (end != 0) out.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return out;
}

bool matches(const ApiRoute& route, std::span<const std::string> segments, Call& call) {
  const auto pattern = words(route.path, '/');
  if (pattern.size() != segments.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i)
    if (pattern[i].front() != '{' && pattern[i] != segments[i]) return false;
  for (size_t i = 0; i < pattern.size(); ++i)
    if (pattern[i].front() == '{') call.params[std::string(pattern[i].substr(1, pattern[i].size() - 2))] = segments[i];
  return true;
}

}  // namespace demarc::cp
