#include "controlplane/store/ethernet_filter_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace demarc::cp {
namespace {

constexpr uint64_t kMacMax = 0xffff'ffff'ffff;

template <class Number>
bool read(std::string_view text, Number& value, int base = 10) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && rest == text.data() + text.size();
}

bool read(std::string_view text, std::optional<Mac>& mac) {
  if (text.empty()) return true;
  return read(text, mac.emplace().value, 16) && mac->value <= kMacMax;
}

bool read(std::string_view text, std::optional<uint16_t>& number) {
  return text.empty() || read(text, number.emplace());
}

std::string text_of(const std::optional<Mac>& mac) { return mac ? fmt::format("{:x}", mac->value) : ""; }
std::string text_of(const std::optional<uint16_t>& number) { return number ? std::to_string(*number) : ""; }

}  // namespace

std::string ethernet_filter_to_text(const EthernetFilter& f) {
  return fmt::format("{}/{}/{}/{}/{}", f.id, text_of(f.destination), text_of(f.source), text_of(f.ethertype),
                     text_of(f.c_vlan));
}

bool ethernet_filter_from_text(std::string_view text, EthernetFilter& filter) {
  std::array<std::string_view, 4> fields;
  for (std::string_view& field : fields) {
    const size_t slash = text.find('/');
    if (slash == text.npos) return false;
    field = text.substr(0, slash);
    text.remove_prefix(slash + 1);
  }
  return read(fields[0], filter.id) && read(fields[1], filter.destination) && read(fields[2], filter.source) &&
         read(fields[3], filter.ethertype) && read(text, filter.c_vlan);
}

}  // namespace demarc::cp
