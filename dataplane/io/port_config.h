// PortConfig: what launch is told of a port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace demarc::dp {

struct PortConfig {
  std::string name;               // what attachments are made on; unique
  std::string device;             // devargs of a vdev, or a PCI address
  uint16_t mtu = 1500;            // bytes, largest IP packet; 576..9000
  uint16_t rx_descriptors = 512;  // for each queue; 64..8192, a power of two
  uint16_t tx_descriptors = 512;
  bool promiscuous = false;

  bool is_pci() const;
  // What no second process may use at the same time: "pci:0000:3b:00.0", "iface:dmc0", "path:/run/x.sock". Nothing for
  // a device that lives in the process alone, like net_null and net_ring.
  std::optional<std::string> identity() const;
};

// The value of `key` among devargs: "dmc0" for "iface" in "net_tap0,iface=dmc0".
std::optional<std::string> devarg(std::string_view device, std::string_view key);

}  // namespace demarc::dp
