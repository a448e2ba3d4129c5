#include "dataplane/io/port_hint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace demarc::dp {
namespace {

// Of Debian's DPDK 22.11, those that carry packets from or to somewhere.
constexpr std::array<std::string_view, 9> kDrivers{"net_tap",       "net_virtio_user", "net_vhost",
                                                   "net_af_packet", "net_af_xdp",      "net_memif",
                                                   "net_ring",      "net_pcap",        "net_null"};

// "net_tap" of "net_tap0,iface=dmc0".
std::string driver_of(const PortConfig& config) {
  std::string name = config.device.substr(0, config.device.find(','));
  while (!name.empty() && name.back() >= '0' && name.back() <= '9') name.pop_back();
  return name;
}

std::string path_hint(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return fmt::format("there is no {}: check path=", path);
  if (::access(path.c_str(), R_OK | W_OK) != 0)
    return fmt::format("this process may not open {}: start it as root", path);
  if (S_ISSOCK(st.st_mode)) return fmt::format("check that a vhost-user back end serves {}", path);
  return fmt::format(
      "check path={}: a vhost-user socket, or /dev/vhost-net, which makes a TAP and needs root and the "
      "kernel module vhost_net",
      path);
}

}  // namespace

std::string vdev_hint(const PortConfig& config) {
  const std::string driver = driver_of(config);
  if (std::ranges::find(kDrivers, driver) == kDrivers.end())
    return fmt::format("{} is no driver that demarc knows; known are {}", driver, fmt::join(kDrivers, ", "));
  const auto iface = devarg(config.device, "iface");
  if (driver == "net_tap") return "making a TAP interface needs root and /dev/net/tun";
  if (driver == "net_af_packet" || driver == "net_af_xdp") {
    if (!iface) return fmt::format("{} needs iface=NAME, an interface of the kernel", driver);
    if (if_nametoindex(iface->c_str()) == 0)
      return fmt::format("there is no interface {} in this network namespace: ip link lists them", *iface);
    return fmt::format("interface {} is there; opening it needs root", *iface);
  }
  if (const auto path = devarg(config.device, "path")) return path_hint(*path);
  if (driver == "net_virtio_user") return "net_virtio_user needs path=, as path=/dev/vhost-net";
  return fmt::format("check the arguments after {}", driver);
}

}  // namespace demarc::dp
