#include "controlplane/store/sdf_filter_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace demarc::cp {
namespace {

template <class Number>
bool read(std::string_view text, Number& value) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && rest == text.data() + text.size();
}

}  // namespace

std::string sdf_filter_to_text(const SdfFilter& f) {
  std::string flow = flow_description(f);
  std::ranges::replace(flow, ',', '+');
  return fmt::format("{}/{}/{}/{}/{}/{}", f.id, f.tos, f.tos_mask, f.spi,
                     f.flow_label ? std::to_string(*f.flow_label) : "", flow);
}

bool sdf_filter_from_text(std::string_view text, SdfFilter& filter) {
  std::array<std::string_view, 5> fields;
  for (std::string_view& field : fields) {
    const size_t slash = text.find('/');
    if (slash == text.npos) return false;
    field = text.substr(0, slash);
    text.remove_prefix(slash + 1);
  }
  std::string flow(text);
  std::ranges::replace(flow, '+', ',');
  const auto parsed = parse_flow_description(flow);
  if (!parsed) return false;
  filter = *parsed;
  return read(fields[0], filter.id) && read(fields[1], filter.tos) && read(fields[2], filter.tos_mask) &&
         read(fields[3], filter.spi) && (fields[4].empty() || read(fields[4], filter.flow_label.emplace()));
}

}  // namespace demarc::cp
