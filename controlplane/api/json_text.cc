#include "controlplane/api/json_text.h"

#include <set>
#include <vector>

namespace demarc::cp {
namespace {

// Watches the parser: which members the objects around the current place have already, and what was wrong first.
class Watch {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (!error_.empty()) return false;  // nothing of it is kept any more
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (depth >= kJsonDepthMax)
        error_ = "the body is nested deeper than " + std::to_string(kJsonDepthMax) + " levels";
      if (event == Event::object_start) members_.emplace_back();
    } else if (event == Event::object_end) {
      members_.pop_back();
    } else if (event == Event::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!members_.back().insert(name).second) error_ = "the body has the member \"" + name.substr(0, 64) + "\" twice";
    }
    return error_.empty();
  }
  const std::string& error() const { return error_; }

 private:
  std::vector<std::set<std::string>> members_;
  std::string error_;
};

// "[json.exception.parse_error.101] parse error at line 1, column 2: …" without the library's own names.
std::string readable(std::string_view what) {
  const size_t end = what.find("] ");
  return std::string(end == std::string_view::npos ? what : what.substr(end + 2)).substr(0, 300);
}

}  // namespace

Result<json> parse_json(std::string_view text) {
  Watch watch;
  try {
    json value = json::parse(
        text, [&watch](int depth, json::parse_event_t event, json& parsed) { return watch(depth, event, parsed); });
    if (!watch.error().empty()) return fail(ErrorCode::invalid, watch.error());
    return value;
  } catch (const json::exception& e) {
    if (!watch.error().empty()) return fail(ErrorCode::invalid, watch.error());
    return fail(ErrorCode::invalid, "the body is not JSON: " + readable(e.what()));
  }
}

std::string json_text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace demarc::cp
