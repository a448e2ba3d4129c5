// What `demarc-dp` is told by its configuration file (TOML; config/demarc-dp.toml shows every key).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/teid_owner.h"
#include "dataplane/agent/agent.h"
#include "dataplane/io/port_config.h"
#include "dataplane/worker/idle.h"

namespace demarc::dp {

enum class Hugepages : uint8_t {
  automatic,  // when enough of them are free
  never,
  require,
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
  GtpuPathConfig gtpu;
  std::vector<PortConfig> ports;  // 1..16
};

inline constexpr uint16_t kCpuMax = 1023;
inline constexpr size_t kPortsMax = 16;

// Errors: `invalid`, one sentence with `name`, the line, the key and what would be right; `not_found` for the file.
// Unknown keys are errors.
Result<Config> parse_config(std::string_view text, std::string_view name);
Result<Config> load_config(const std::string& path);

}  // namespace demarc::dp
