// What `demarc-dp` is told by its configuration file (TOML; config/demarc-dp.toml shows every key).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "dataplane/agent/agent.h"

namespace demarc::dp {

enum class Hugepages : uint8_t {
  automatic,  // when enough of them are free
  never,
  require,
};

// What a worker does with a turn that had no packet.
enum class Idle : uint8_t {
  poll,   // the next turn at once: lowest latency, a whole core
  pause,  // the CPU's pause instruction a few times: kinder to the other thread of a core
  sleep,  // after some empty turns sleep 50 µs: for a lab with fewer cores than workers
};

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

struct Config {
  std::vector<uint16_t> workers{1};  // CPUs, one worker each
  uint16_t main_core = 0;            // CPU of the agent
  Hugepages hugepages = Hugepages::automatic;
  uint32_t memory_mb = 512;  // for DPDK: packet buffers, session and neighbor tables
  Idle idle = Idle::poll;
  std::string channel = "ipc:///run/demarc/channel/dp.sock";
  // For tcp:// only, and then both: files with a CURVE key of 40 Z85 characters each.
  std::string curve_server_public_key_file;
  std::string curve_secret_key_file;
  std::string log_level = "info";  // "error", "warning", "info", "debug"
  Capacities capacity;
  std::vector<PortConfig> ports;  // 1..16
};

inline constexpr uint16_t kCpuMax = 1023;
inline constexpr size_t kWorkersMax = 64;
inline constexpr size_t kPortsMax = 16;

// Errors: `invalid`, one sentence with `name`, the line, the key and what would be right; `not_found` for the file.
// Unknown keys are errors.
Result<Config> parse_config(std::string_view text, std::string_view name);
Result<Config> load_config(const std::string& path);

}  // namespace demarc::dp
