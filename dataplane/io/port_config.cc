#include "dataplane/io/port_config.h"

#include <algorithm>
#include <cctype>
#include <regex>

namespace demarc::dp {

bool PortConfig::is_pci() const {
  static const std::regex address("([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-1][0-9a-fA-F]\\.[0-7](,[^ ]*)?");
  return std::regex_match(device, address);
}

std::optional<std::string> PortConfig::identity() const {
  if (is_pci()) {
    std::string address = device.substr(0, device.find(','));
    std::transform(address.begin(), address.end(), address.begin(), [](unsigned char c) { return std::tolower(c); });
    return "pci:" + (address.size() == 7 ? "0000:" + address : address);
  }
  for (const char* key : {"iface", "path", "socket"}) {
    if (const auto value = devarg(device, key)) return std::string(key) + ":" + *value;
  }
  return std::nullopt;
}

std::optional<std::string> devarg(std::string_view device, std::string_view key) {
  while (!device.empty()) {
    const std::string_view part = device.substr(0, device.find(','));
    if (part.size() > key.size() && part.starts_with(key) && part[key.size()] == '=') {
      return std::string(part.substr(key.size() + 1));
    }
    device.remove_prefix(std::min(device.size(), part.size() + 1));
  }
  return std::nullopt;
}

}  // namespace demarc::dp
