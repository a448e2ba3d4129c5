// What `demarcd` is told by its configuration file (TOML; config/demarcd.toml shows every key).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/channel/curve.h"
#include "controlplane/model/tenant_share.h"

namespace demarc::cp {

struct ApiTcpConfig {
  std::string address;  // IPv4 or IPv6 in text, without brackets
  uint16_t port = 0;    // 0: the kernel picks one
};

struct DaemonConfig {
  std::string store_path = "/var/lib/demarc/demarc.db";
  std::string channel_endpoint = "ipc:///run/demarc/channel/dp.sock";
  channel::CurveFiles curve;  // both for tcp://, neither for ipc://
  std::string api_socket = "/run/demarc/api.sock";
  std::optional<ApiTcpConfig> api_tcp;
  TenantShare tenant_share;
  std::string log_level = "info";  // "error", "warning", "info", "debug"
};

// Errors: invalid, one sentence with the file, the line and the key; not_found when the file cannot be read.
Result<DaemonConfig> load_config(const std::string& path);
// The same from text; `file` is what the sentences call it.
Result<DaemonConfig> parse_config(std::string_view text, const std::string& file);

// What can be told without opening or making anything: the store's directory is there and may be written, the CURVE
// keys can be read.
Status check_host(const DaemonConfig& config);

}  // namespace demarc::cp
