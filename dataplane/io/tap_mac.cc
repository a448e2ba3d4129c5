#include "dataplane/io/tap_mac.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>

namespace demarc::dp {

std::string stable_tap_mac(const std::string& interface) {
  std::string machine;
  std::ifstream("/etc/machine-id") >> machine;
  struct stat netns {};
  stat("/proc/self/ns/net", &netns);
  uint64_t h = 14695981039346656037ull;  // FNV-1a
  for (const char c : fmt::format("{}/{}/{}", interface, netns.st_ino, machine)) {
    h = (h ^ static_cast<uint8_t>(c)) * 1099511628211ull;
  }
  const auto byte = [h](int n) { return static_cast<unsigned>(h >> (8 * n) & 0xff); };
  return fmt::format("02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", byte(4), byte(3), byte(2), byte(1), byte(0));
}

}  // namespace demarc::dp
