#include "controlplane/config.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <vector>

#include "common/base/text.h"
#include "common/channel/ipc_path.h"

namespace demarc::cp {
namespace {

constexpr size_t kUnixPathBytesMax = 107;

std::string place(const std::string& file, const toml::source_region& region) {
  return fmt::format("{}:{}", file, static_cast<unsigned>(region.begin.line));
}

// One table of the file: takes the keys that it knows, and refuses the others. The first error stays.
class Section {
 public:
  // `table` may be null: then every key keeps its default.
  Section(const toml::table* table, std::string name, const std::string& file, Status& error)
      : table_(table), name_(std::move(name)), file_(file), error_(error) {}

  void string(std::string_view key, std::string& value) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto* text = node->as_string();
    if (text == nullptr || text->get().empty() || text->get().find('\0') != std::string::npos)
      return refuse(key, "must be a text between quotes that is not empty");
    value = text->get();
  }

  void number(std::string_view key, uint64_t least, uint64_t most, uint64_t& value) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto* number = node->as_integer();
    if (number == nullptr || number->get() < 0 || static_cast<uint64_t>(number->get()) < least ||
        static_cast<uint64_t>(number->get()) > most)
      return refuse(key, fmt::format("must be a whole number from {} to {}", least, most));
    value = static_cast<uint64_t>(number->get());
  }

  void number(std::string_view key, uint32_t least, uint32_t most, uint32_t& value) {
    uint64_t wide = value;
    number(key, uint64_t{least}, uint64_t{most}, wide);
    value = static_cast<uint32_t>(wide);
  }

  const toml::table* section(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) refuse(key, fmt::format("must be a table, written as [{}]", key));
    return node->as_table();
  }

  void refuse(std::string_view key, const std::string& sentence) {
    if (!error_) return;
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    const std::string where = node == nullptr ? file_ : place(file_, node->source());
    error_ = fail(ErrorCode::invalid, fmt::format("{}: {}{} {}", where, prefix(), key, sentence));
  }

  void finish() {
    if (table_ == nullptr || !error_) return;
    for (const auto& [key, node] : *table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      error_ = fail(ErrorCode::invalid, fmt::format("{}: unknown key {}{}; known are: {}", place(file_, node.source()),
                                                    prefix(), key.str(), fmt::join(known_, ", ")));
      return;
    }
  }

 private:
  std::string prefix() const { return name_.empty() ? "" : "[" + name_ + "] "; }
  const toml::node* find(std::string_view key) {
    known_.push_back(key);
    return table_ == nullptr ? nullptr : table_->get(key);
  }

  const toml::table* table_;
  std::string name_;
  const std::string& file_;
  Status& error_;
  std::vector<std::string_view> known_;
};

// "127.0.0.1:8080" or "[::1]:8080".
std::optional<ApiTcpConfig> parse_listen(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string address = text.substr(0, colon);
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || rest != end) return std::nullopt;
  unsigned char raw[16];
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
    if (inet_pton(AF_INET6, address.c_str(), raw) != 1) return std::nullopt;
  } else if (inet_pton(AF_INET, address.c_str(), raw) != 1) {
    return std::nullopt;
  }
  return ApiTcpConfig{address, port};
}

void read_channel(Section s, DaemonConfig& c) {
  s.string("endpoint", c.channel_endpoint);
  s.string("curve_secret_key_file", c.curve.secret_key);
  s.string("curve_client_public_key_file", c.curve.peer_public_key);
  auto endpoint = channel::parse_endpoint(c.channel_endpoint);
  if (!endpoint) {
    s.refuse("endpoint", "cannot be used: " + endpoint.error().message);
  } else if (endpoint->is_ipc() && !c.curve.empty()) {
    s.refuse(c.curve.secret_key.empty() ? "curve_client_public_key_file" : "curve_secret_key_file",
             "is for a tcp:// endpoint only; an ipc:// endpoint is kept by its directory");
  } else if (!endpoint->is_ipc() && (c.curve.secret_key.empty() || c.curve.peer_public_key.empty())) {
    s.refuse("endpoint",
             "over tcp:// needs curve_secret_key_file and curve_client_public_key_file; "
             "`demarcd --make-curve-keys DIR` makes the keys");
  }
  s.finish();
}

void read_api(Section s, const std::string& file, DaemonConfig& c, Status& error) {
  s.string("socket", c.api_socket);
  if (c.api_socket.front() != '/' || c.api_socket.size() > kUnixPathBytesMax)
    s.refuse("socket",
             fmt::format("\"{}\" must be an absolute path of at most {} bytes", c.api_socket, kUnixPathBytesMax));
  const toml::table* tcp_table = s.section("tcp");
  Section tcp(tcp_table, "api.tcp", file, error);
  std::string listen;
  tcp.string("listen", listen);
  if (tcp_table != nullptr) {
    c.api_tcp = parse_listen(listen);
    if (!c.api_tcp)
      tcp.refuse("listen", fmt::format("\"{}\" must be ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080", listen));
  }
  tcp.finish();
  s.finish();
}

void read_tenant_share(Section s, TenantShare& share) {
  constexpr uint32_t kMost = 16'000'000;
  s.number("at_most_percent", 1, 100, share.at_most_percent);
  s.number("reserved_percent", 0, 50, share.reserved_percent);
  s.number("vrfs", 1, kMost, share.vrfs);
  s.number("attachments", 1, kMost, share.attachments);
  s.number("gtpu_endpoints", 1, kMost, share.gtpu_endpoints);
  s.number("ue_pools", 1, kMost, share.ue_pools);
  s.number("routes", 1, kMost, share.routes);
  s.number("sessions", 1, kMost, share.sessions);
  s.number("api_keys", 1, kMost, share.api_keys);
  s.number("api_calls_per_second", 1, 1'000'000, share.api_calls_per_second);
  s.number("captures", 0, 8, share.captures);
  s.finish();
}

void read_capacity(Section s, WorkerCapacity& worker) {
  s.number("worker_packets_per_second", 1'000, 1'000'000'000, worker.packets_per_second);
  s.number("worker_bits_per_second", 1'000'000, 400'000'000'000, worker.bits_per_second);
  s.number("for_sale_percent", 1, 100, worker.for_sale_percent);
  s.finish();
}

void read_log(Section s, DaemonConfig& c) {
  constexpr std::string_view kLevels[] = {"error", "warning", "info", "debug"};
  s.string("level", c.log_level);
  if (std::find(std::begin(kLevels), std::end(kLevels), c.log_level) == std::end(kLevels))
    s.refuse("level", fmt::format("\"{}\" must be one of: {}", c.log_level, fmt::join(kLevels, ", ")));
  s.finish();
}

}  // namespace

Result<DaemonConfig> parse_config(std::string_view text, const std::string& file) {
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (const toml::parse_error& e) {
    return fail(ErrorCode::invalid, fmt::format("{}: {}", place(file, e.source()), e.description()));
  }
  DaemonConfig config;
  Status error;
  Section top(&root, "", file, error);
  Section store(top.section("store"), "store", file, error);
  store.string("path", config.store_path);
  store.finish();
  read_channel(Section(top.section("channel"), "channel", file, error), config);
  read_api(Section(top.section("api"), "api", file, error), file, config, error);
  read_tenant_share(Section(top.section("tenant_share"), "tenant_share", file, error), config.tenant_share);
  read_capacity(Section(top.section("capacity"), "capacity", file, error), config.tenant_share.worker);
  read_log(Section(top.section("log"), "log", file, error), config);
  top.finish();
  if (!error) return tl::unexpected(error.error());
  return config;
}

Status check_host(const DaemonConfig& config) {
  const std::filesystem::path path(config.store_path);
  const std::string directory = path.has_parent_path() ? path.parent_path().string() : ".";
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error))
    return fail(ErrorCode::not_found, fmt::format("[store] path {}: there is no directory {}; mkdir -p {} makes it",
                                                  config.store_path, directory, directory));
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return fail(ErrorCode::forbidden, fmt::format("[store] path {}: this process may not write into {}: {}",
                                                  config.store_path, directory, errno_text()));
  if (config.curve.empty()) return {};
  if (const auto keys = channel::read_curve_keys(config.curve); !keys) return tl::unexpected<Error>(keys.error());
  return {};
}

Result<DaemonConfig> load_config(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    return fail(ErrorCode::not_found, fmt::format("configuration file {} cannot be read, or is empty", path));
  return parse_config(text.str(), path);
}

}  // namespace demarc::cp
