#include "dataplane/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "dataplane/config_reader.h"

namespace demarc::dp {
namespace {

bool power_of_two(uint64_t v) { return v != 0 && (v & (v - 1)) == 0; }

void read_dataplane(TomlReader& r, Config& c) {
  r.integers("workers", kCpuMax, kWorkersMax, c.workers);
  r.integer("main_core", 0, kCpuMax, c.main_core);
  size_t hugepages = static_cast<size_t>(c.hugepages);
  r.word("hugepages", {"auto", "never", "require"}, hugepages);
  c.hugepages = static_cast<Hugepages>(hugepages);
  r.integer("memory_mb", 64, 1024 * 1024, c.memory_mb);
  size_t idle = static_cast<size_t>(c.idle);
  r.word("idle", {"poll", "pause", "sleep"}, idle);
  c.idle = static_cast<Idle>(idle);
  r.string("channel", c.channel);
  r.string("curve_server_public_key_file", c.curve_server_public_key_file);
  r.string("curve_secret_key_file", c.curve_secret_key_file);
  const std::vector<std::string_view> levels{"error", "warning", "info", "debug"};
  size_t level = 2;
  r.word("log_level", levels, level);
  c.log_level = levels[level];

  if (c.idle != Idle::sleep && std::find(c.workers.begin(), c.workers.end(), c.main_core) != c.workers.end()) {
    r.refuse("main_core",
             fmt::format("CPU {} is a worker's, and only workers with idle = \"sleep\" share one", c.main_core));
  }
  const bool ipc = c.channel.starts_with("ipc:///") && c.channel.size() > 7;
  static const std::regex tcp("tcp://[^ :/*]+:[0-9]{1,5}");
  if (!ipc && !std::regex_match(c.channel, tcp)) {
    r.refuse("channel", "must be ipc:// and an absolute path, or tcp://HOST:PORT");
  }
  // sockaddr_un has room for 107 bytes; libzmq cuts what is longer and listens elsewhere.
  if (ipc && c.channel.size() - 6 > 107) r.refuse("channel", "the path of a unix socket has at most 107 bytes");
  const bool keys = !c.curve_server_public_key_file.empty() && !c.curve_secret_key_file.empty();
  if (!ipc && !keys) {
    r.refuse("channel", "tcp:// needs curve_server_public_key_file and curve_secret_key_file");
  }
  if (ipc && !c.curve_server_public_key_file.empty()) {
    r.refuse("curve_server_public_key_file", "CURVE keys are for a tcp:// channel only");
  }
  if (ipc && !c.curve_secret_key_file.empty()) {
    r.refuse("curve_secret_key_file", "CURVE keys are for a tcp:// channel only");
  }
  r.finish();
}

void read_capacity(TomlReader& r, Capacities& c) {
  r.integer("tenants", 1, 20'000, c.tenants);
  r.integer("vrfs", 1, 1'000'000, c.vrfs);
  r.integer("attachments", 1, 1'000'000, c.attachments);
  r.integer("gtpu_endpoints", 1, 1'000'000, c.gtpu_endpoints);
  r.integer("routes", 1, 10'000'000, c.routes);
  r.integer("sessions", 1, 16'000'000, c.sessions);
  r.integer("neighbors", 1, 1'000'000, c.neighbors);
  r.finish();
}

void read_gtpu(TomlReader& r, GtpuPathConfig& c) {
  r.integer("echo_interval_s", 0, 3600, c.echo_interval_s);
  if (c.echo_interval_s != 0 && c.echo_interval_s < 60)
    r.refuse("echo_interval_s", "must be from 60 to 3600 (TS 29.281 7.2.1), or 0 for no Echo Requests");
  r.integer("t3_response_ms", 100, 30'000, c.t3_response_ms);
  r.integer("n3_requests", 1, 10, c.n3_requests);
  r.finish();
}

void read_port(TomlReader& r, PortConfig& p) {
  r.string("name", p.name);
  r.string("device", p.device);
  r.integer("mtu", 576, 9000, p.mtu);
  r.integer("rx_descriptors", 64, 8192, p.rx_descriptors);
  r.integer("tx_descriptors", 64, 8192, p.tx_descriptors);
  r.boolean("promiscuous", p.promiscuous);

  static const std::regex name("[A-Za-z0-9][A-Za-z0-9._-]{0,31}");
  if (!std::regex_match(p.name, name)) r.refuse("name", "must be 1 to 32 letters, digits, '.', '_' and '-'");
  static const std::regex vdev("net_[a-z_]+[0-9]+(,[^ ,=]+=[^ ,]*)*");
  if (!p.is_pci() && !std::regex_match(p.device, vdev)) {
    r.refuse("device", "must be a PCI address as 0000:3b:00.0, or a vdev as net_tap0,iface=dmc0");
  }
  const auto iface = devarg(p.device, "iface");
  if (p.device.starts_with("net_tap") && (!iface || iface->empty() || iface->size() > 15)) {
    r.refuse("device", "net_tap needs iface=NAME, 1 to 15 characters");
  }
  if (!power_of_two(p.rx_descriptors)) r.refuse("rx_descriptors", "must be a power of two");
  if (!power_of_two(p.tx_descriptors)) r.refuse("tx_descriptors", "must be a power of two");
  r.finish();
}

void read_ports(const toml::node& node, std::string_view file, Config& c, Status& error) {
  const toml::array* array = node.as_array();
  if (array == nullptr || (!array->empty() && !array->is_homogeneous(toml::node_type::table))) {
    error = fail(ErrorCode::invalid, toml_place(file, node.source()) + ": ports are written as [[port]]");
    return;
  }
  std::set<std::string> names;
  std::set<std::string> identities;
  std::set<std::string> devices;
  for (const toml::node& element : *array) {
    PortConfig port;
    TomlReader reader(*element.as_table(), file, fmt::format("[[port]] {}", c.ports.size() + 1), error);
    read_port(reader, port);
    if (!names.insert(port.name).second) reader.refuse("name", "another port has this name");
    const bool device_taken = !devices.insert(port.device.substr(0, port.device.find(','))).second;
    if (device_taken || (port.identity() && !identities.insert(*port.identity()).second)) {
      reader.refuse("device", "another port has this device");
    }
    c.ports.push_back(std::move(port));
    if (c.ports.size() > kPortsMax) {
      reader.refuse("name", fmt::format("there may be at most {} ports", kPortsMax));
    }
    if (!error) return;
  }
}

// The tables of the file's top level, in the order in which they depend on each other.
void read_root(const toml::table& root, std::string_view file, Config& c, Status& error) {
  for (const auto& [key, node] : root) {
    const bool section = key.str() == "dataplane" || key.str() == "capacity" || key.str() == "gtpu";
    if (section && !node.is_table()) {
      error = fail(ErrorCode::invalid, fmt::format("{}: {} must be a table, written as [{}]",
                                                   toml_place(file, node.source()), key.str(), key.str()));
      return;
    }
    if (section || key.str() == "port") continue;
    error = fail(ErrorCode::invalid,
                 fmt::format("{}: unknown key '{}': known are [dataplane], [capacity], [gtpu], [[port]]",
                             toml_place(file, node.source()), key.str()));
    return;
  }
  static const toml::table none;
  const toml::table* dataplane = root["dataplane"].as_table();
  const toml::table* capacity = root["capacity"].as_table();
  TomlReader dataplane_reader(dataplane != nullptr ? *dataplane : none, file, "[dataplane]", error);
  read_dataplane(dataplane_reader, c);
  TomlReader capacity_reader(capacity != nullptr ? *capacity : none, file, "[capacity]", error);
  read_capacity(capacity_reader, c.capacity);
  const toml::table* gtpu = root["gtpu"].as_table();
  TomlReader gtpu_reader(gtpu != nullptr ? *gtpu : none, file, "[gtpu]", error);
  read_gtpu(gtpu_reader, c.gtpu);
  if (!error) return;
  const toml::node* ports = root.get("port");
  if (ports != nullptr) read_ports(*ports, file, c, error);
  if (error && c.ports.empty()) {
    error = fail(ErrorCode::invalid, fmt::format("{}: there must be at least one [[port]]", file));
  }
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view name) {
  try {
    const toml::table root = toml::parse(text, name);
    Config config;
    Status error;
    read_root(root, name, config, error);
    if (!error) return tl::unexpected<Error>(error.error());
    return config;
  } catch (const toml::parse_error& e) {
    return fail(ErrorCode::invalid, fmt::format("{}: not TOML: {}", toml_place(name, e.source()), e.description()));
  }
}

Result<Config> load_config(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();  // sets fail for an empty file, which is refused for having no port
  if (!in) {
    return fail(ErrorCode::not_found, fmt::format("{}: the configuration file cannot be read: {}", path,
                                                  std::generic_category().message(errno)));
  }
  return parse_config(text.str(), path);
}

}  // namespace demarc::dp
