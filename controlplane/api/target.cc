#include "controlplane/api/target.h"

namespace demarc::cp {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
      if (low < 0)
        return fail(ErrorCode::invalid, in_quotes(text) + " has a % without two hexadecimal digits; % itself is %25");
      c = static_cast<unsigned char>(high << 4 | low);
      i += 2;
    }
    if (c < 0x20 || c == 0x7f || c == '/')
      return fail(ErrorCode::invalid, in_quotes(text) + " holds a control character or a slash; no name here has one");
    out.push_back(static_cast<char>(c));
  }
  return out;
}

// Takes off the front of `text` what comes before the next `separator`.
std::string_view take(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view piece = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return piece;
}

Status parse_path(std::string_view path, Target& out) {
  if (path.empty() || path[0] != '/')
    return fail(ErrorCode::invalid, "the path " + in_quotes(path) + " must begin with /; it looks like /v1/tenants");
  path.remove_prefix(1);
  for (;;) {
    const bool last = path.find('/') == std::string_view::npos;
    auto segment = decode(take(path, '/'));
    if (!segment) return tl::unexpected(segment.error());
    if (out.segments.size() == kSegmentsMax)
      return fail(ErrorCode::invalid, "the path has more than " + std::to_string(kSegmentsMax) + " parts");
    out.segments.push_back(std::move(*segment));
    if (last) return {};
  }
}

Status parse_query(std::string_view query, Target& out) {
  while (!query.empty()) {
    std::string_view pair = take(query, '&');
    if (pair.empty()) continue;
    auto name = decode(take(pair, '='));
    if (!name) return tl::unexpected(name.error());
    auto value = decode(pair);
    if (!value) return tl::unexpected(value.error());
    if (out.query.size() == kQueryMax)
      return fail(ErrorCode::invalid, "the query has more than " + std::to_string(kQueryMax) + " parameters");
    if (!out.query.emplace(*name, *value).second)
      return fail(ErrorCode::invalid, "the query has " + in_quotes(*name) + " twice");
  }
  return {};
}

}  // namespace

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text.substr(0, 64)) + (text.size() > 64 ? "…" : "") + "\"";
}

Result<Target> parse_target(std::string_view text) {
  Target target;
  const std::string_view path = take(text, '?');
  if (auto parsed = parse_path(path, target); !parsed) return tl::unexpected(parsed.error());
  if (auto parsed = parse_query(text, target); !parsed) return tl::unexpected(parsed.error());
  return target;
}

}  // namespace demarc::cp
