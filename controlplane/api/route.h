// The table of routes, made from routes.def.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controlplane/api/call.h"
#include "controlplane/model/edit.h"

namespace demarc::cp {

// What a handler does is what its type is. The dispatcher runs it on the right thread and answers.
using ReadHandler = Result<json> (*)(const Model&, const Call&);  // on the core thread; the answer
using ListHandler = Result<Rows> (*)(const Model&, const Call&);  // the same; its rows are rendered on another thread
using ChangeHandler = Result<json> (*)(Edit&, const Call&);       // on the core thread; the answer without data_plane
using OtherHandler = void (*)(const CallPtr&);                    // on the io thread; answers by itself, now or later

struct ApiRoute {
  std::string_view method;
  std::string_view path;
  Permission permission;
  std::variant<ReadHandler, ListHandler, ChangeHandler, OtherHandler> handler;
  int status;
  std::string_view query;
  std::string_view request;
  std::string_view response;
  std::string_view summary;

  // A list in pages, with a cursor.
  bool paged() const { return std::holds_alternative<ListHandler>(handler); }
  bool changes() const { return std::holds_alternative<ChangeHandler>(handler); }
};

std::span<const ApiRoute> routes();

// The words of a text, separated by `separator`; none of them is empty.
std::vector<std::string_view> words(std::string_view text, char separator);

// Whether the path matches; fills in what stands for the names in braces.
bool matches(const ApiRoute& route, std::span<const std::string> segments, Call& call);

// The shape of a JSON answer that went well, with data_plane where the route changes something.
json response_schema(const ApiRoute& route);

// OpenAPI 3.1, all routes.
const json& openapi();

}  // namespace demarc::cp
