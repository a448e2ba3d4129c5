#include "dataplane/config.h"

#include <gtest/gtest.h>

namespace demarc::dp {
namespace {

constexpr const char* kPort = "[[port]]\nname = \"a\"\ndevice = \"net_tap0,iface=t0\"\n";

Config parsed(const std::string& text) {
  auto config = parse_config(text, "t.toml");
  EXPECT_TRUE(config.has_value()) << config.error().message;
  return config.value_or(Config{});
}

TEST(Config, OnePortIsEnough) {
  const Config c = parsed(kPort);
  EXPECT_EQ(c.workers, std::vector<uint16_t>{1});
  EXPECT_EQ(c.main_core, 0);
  EXPECT_EQ(c.hugepages, Hugepages::automatic);
  EXPECT_EQ(c.idle, Idle::poll);
  EXPECT_EQ(c.channel, "ipc:///run/demarc/channel/dp.sock");
  EXPECT_EQ(c.log_level, "info");
  ASSERT_EQ(c.ports.size(), 1u);
  EXPECT_EQ(c.ports[0].mtu, 1500);
  EXPECT_FALSE(c.ports[0].promiscuous);
}

TEST(Config, EveryKeyArrives) {
  const Config c = parsed(R"(
[dataplane]
workers = [2, 3]
main_core = 5
hugepages = "require"
memory_mb = 2048
idle = "pause"
channel = "tcp://192.0.2.1:5555"
curve_server_public_key_file = "/k/p"
curve_secret_key_file = "/k/s"
log_level = "debug"
[capacity]
tenants = 1
vrfs = 2
attachments = 3
gtpu_endpoints = 4
routes = 5
sessions = 6
neighbors = 7
[[port]]
name = "n3"
device = "0000:3b:00.0"
mtu = 9000
rx_descriptors = 1024
tx_descriptors = 2048
promiscuous = true
[[port]]
name = "n6"
device = "net_null0"
)");
  EXPECT_EQ(c.workers, (std::vector<uint16_t>{2, 3}));
  EXPECT_EQ(c.main_core, 5);
  EXPECT_EQ(c.hugepages, Hugepages::require);
  EXPECT_EQ(c.memory_mb, 2048u);
  EXPECT_EQ(c.idle, Idle::pause);
  EXPECT_EQ(c.channel, "tcp://192.0.2.1:5555");
  EXPECT_EQ(c.curve_server_public_key_file, "/k/p");
  EXPECT_EQ(c.curve_secret_key_file, "/k/s");
  EXPECT_EQ(c.log_level, "debug");
  EXPECT_EQ(c.capacity.tenants, 1u);
  EXPECT_EQ(c.capacity.vrfs, 2u);
  EXPECT_EQ(c.capacity.attachments, 3u);
  EXPECT_EQ(c.capacity.gtpu_endpoints, 4u);
  EXPECT_EQ(c.capacity.routes, 5u);
  EXPECT_EQ(c.capacity.sessions, 6u);
  EXPECT_EQ(c.capacity.neighbors, 7u);
  ASSERT_EQ(c.ports.size(), 2u);
  EXPECT_EQ(c.ports[0].name, "n3");
  EXPECT_TRUE(c.ports[0].is_pci());
  EXPECT_EQ(c.ports[0].mtu, 9000);
  EXPECT_EQ(c.ports[0].rx_descriptors, 1024);
  EXPECT_EQ(c.ports[0].tx_descriptors, 2048);
  EXPECT_TRUE(c.ports[0].promiscuous);
  EXPECT_EQ(c.ports[1].device, "net_null0");
}

TEST(Config, MainCoreMayBeASleepingWorkersOnly) {
  EXPECT_TRUE(parse_config(std::string("[dataplane]\nmain_core = 1\nidle = \"sleep\"\n") + kPort, "t").has_value());
  EXPECT_FALSE(parse_config(std::string("[dataplane]\nmain_core = 1\n") + kPort, "t").has_value());
}

struct Bad {
  const char* description;
  std::string text;
  std::vector<const char*> says;  // each must be in the sentence
};

class BadConfig : public testing::TestWithParam<Bad> {};

TEST_P(BadConfig, IsRefusedInOneSentenceThatNamesKeyAndLine) {
  auto config = parse_config(GetParam().text, "t.toml");
  ASSERT_FALSE(config.has_value()) << GetParam().description;
  EXPECT_EQ(config.error().code, ErrorCode::invalid);
  const std::string& sentence = config.error().message;
  EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
  for (const char* part : GetParam().says)
    EXPECT_NE(sentence.find(part), std::string::npos) << part << " | " << sentence;
}

std::string dataplane(const std::string& line) { return "[dataplane]\n" + line + "\n" + kPort; }
std::string capacity(const std::string& line) { return "[capacity]\n" + line + "\n" + kPort; }
std::string port(const std::string& line) { return std::string(kPort) + line + "\n"; }
std::string named(const std::string& name, const std::string& device) {
  return "[[port]]\nname = \"" + name + "\"\ndevice = \"" + device + "\"\n";
}

const Bad kBad[] = {
    {"not TOML", "[dataplane\n", {"t.toml, line 1", "not TOML"}},
    {"key twice", dataplane("main_core = 0\nmain_core = 2"), {"line 3", "not TOML"}},
    {"empty", "", {"t.toml", "at least one [[port]]"}},
    {"no port", "[dataplane]\nworkers = [1]\n", {"at least one [[port]]"}},
    {"empty list of ports", "port = []\n", {"at least one [[port]]"}},
    {"unknown key at the top", std::string("wrokers = 1\n") + kPort, {"line 1", "'wrokers'", "[dataplane]"}},
    {"unknown section", std::string("[datapalne]\n") + kPort, {"line 1", "'datapalne'"}},
    {"section that is a value", std::string("dataplane = 3\n") + kPort, {"line 1", "written as [dataplane]"}},
    {"ports as a table", "[port]\nname = \"a\"\n", {"line 1", "[[port]]"}},
    {"ports as numbers", "port = [1]\n", {"line 1", "[[port]]"}},
    {"unknown key", dataplane("worker = [1]"), {"line 2", "'worker'", "[dataplane]", "workers"}},
    {"an echo interval below a minute",
     "[gtpu]\necho_interval_s = 59\n" + std::string(kPort),
     {"line 2", "echo_interval_s = 59", "60 to 3600"}},
    {"no tries", "[gtpu]\nn3_requests = 0\n" + std::string(kPort), {"line 2", "n3_requests = 0", "[gtpu]"}},
    {"unknown capacity", capacity("session = 4"), {"line 2", "'session'", "[capacity]"}},
    {"unknown key of a port", port("vlan = 4"), {"line 4", "'vlan'", "[[port]] 1"}},
    {"workers a number", dataplane("workers = 1"), {"line 2", "workers = 1", "[1, 2]"}},
    {"workers empty", dataplane("workers = []"), {"line 2", "workers", "array"}},
    {"worker a string", dataplane("workers = [\"1\"]"), {"line 2", "workers", "0 to 1023"}},
    {"worker negative", dataplane("workers = [-1]"), {"line 2", "-1", "0 to 1023"}},
    {"worker too high", dataplane("workers = [1024]"), {"line 2", "1024", "0 to 1023"}},
    {"worker twice", dataplane("workers = [1, 1]"), {"line 2", "1 twice"}},
    {"main core is a polling worker's", dataplane("main_core = 1"), {"line 2", "main_core = 1", "sleep"}},
    {"main core a fraction", dataplane("main_core = 0.5"), {"line 2", "main_core = 0.5", "integer"}},
    {"main core a boolean", dataplane("main_core = true"), {"line 2", "main_core = true", "integer"}},
    {"hugepages", dataplane("hugepages = \"yes\""), {"line 2", "hugepages = \"yes\"", "auto", "never", "require"}},
    {"hugepages a boolean", dataplane("hugepages = true"), {"line 2", "hugepages = true", "auto"}},
    {"memory too small", dataplane("memory_mb = 1"), {"line 2", "memory_mb = 1", "64"}},
    {"memory beyond 64 bits", dataplane("memory_mb = 99999999999999999999"), {"line 2", "not TOML"}},
    {"idle", dataplane("idle = \"nap\""), {"line 2", "idle = \"nap\"", "sleep"}},
    {"log level", dataplane("log_level = \"loud\""), {"line 2", "log_level = \"loud\"", "warning"}},
    {"channel empty", dataplane("channel = \"\""), {"line 2", "channel", "not empty"}},
    {"channel of another kind", dataplane("channel = \"udp://h:1\""), {"line 2", "udp://h:1", "tcp://HOST:PORT"}},
    {"channel with a relative path", dataplane("channel = \"ipc://dp.sock\""), {"line 2", "absolute"}},
    {"channel path too long", dataplane("channel = \"ipc:///" + std::string(107, 'x') + "\""), {"line 2", "107"}},
    {"tcp without a port", dataplane("channel = \"tcp://host\""), {"line 2", "tcp://host", "PORT"}},
    {"tcp without keys", dataplane("channel = \"tcp://host:1\""), {"line 2", "curve_secret_key_file"}},
    {"tcp with one key",
     dataplane("channel = \"tcp://host:1\"\ncurve_secret_key_file = \"/s\""),
     {"line 2", "curve_server_public_key_file"}},
    {"keys with ipc", dataplane("curve_secret_key_file = \"/s\""), {"line 2", "curve_secret_key_file", "tcp://"}},
    {"control character", dataplane("channel = \"ipc:///a\\u0007\""), {"line 2", "control characters"}},
    {"no tenants", capacity("tenants = 0"), {"line 2", "tenants = 0", "1 to 20000"}},
    {"too many tenants", capacity("tenants = 65536"), {"line 2", "tenants = 65536", "1 to 20000"}},
    {"sessions a string", capacity("sessions = \"many\""), {"line 2", "sessions = \"many\"", "integer"}},
    {"port without a name", "[[port]]\ndevice = \"net_null0\"\n", {"line 1", "no 'name'"}},
    {"port without a device", "[[port]]\nname = \"a\"\n", {"line 1", "no 'device'"}},
    {"port name with a space", named("a b", "net_null0"), {"line 2", "a b", "letters"}},
    {"port name too long", named(std::string(33, 'a'), "net_null0"), {"line 2", "1 to 32"}},
    {"port name twice", named("a", "net_null0") + named("a", "net_null1"), {"line 5", "name = \"a\"", "another port"}},
    {"device twice", named("a", "net_null0") + named("b", "net_null0"), {"line 6", "net_null0", "another port"}},
    {"PCI device twice", named("a", "0000:3b:00.0") + named("b", "3B:00.0"), {"line 6", "3B:00.0", "another port"}},
    {"interface twice", named("a", "net_tap0,iface=t0") + named("b", "net_tap1,iface=t0"), {"line 6", "another port"}},
    {"device that is none", named("a", "eth0"), {"line 3", "eth0", "PCI address", "vdev"}},
    {"device with a space", named("a", "net_tap0, iface=t0"), {"line 3", "vdev"}},
    {"device without a number", named("a", "net_tap,iface=t0"), {"line 3", "vdev"}},
    {"TAP without interface", named("a", "net_tap0"), {"line 3", "iface=NAME"}},
    {"TAP with a long interface", named("a", "net_tap0,iface=abcdefghijklmnop"), {"line 3", "1 to 15"}},
    {"PCI address with a bad slot", named("a", "0000:3b:20.0"), {"line 3", "0000:3b:20.0"}},
    {"MTU too small", port("mtu = 575"), {"line 4", "mtu = 575", "576 to 9000"}},
    {"MTU too large", port("mtu = 9001"), {"line 4", "mtu = 9001", "576 to 9000"}},
    {"descriptors not a power of two",
     port("rx_descriptors = 100"),
     {"line 4", "rx_descriptors = 100", "power of two"}},
    {"too few descriptors", port("tx_descriptors = 32"), {"line 4", "tx_descriptors = 32", "64"}},
    {"promiscuous a number", port("promiscuous = 1"), {"line 4", "promiscuous = 1", "true or false"}},
};

INSTANTIATE_TEST_SUITE_P(All, BadConfig, testing::ValuesIn(kBad), [](const auto& info) {
  std::string name = info.param.description;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

TEST(Config, SeventeenPortsAreTooMany) {
  std::string text;
  for (int i = 0; i < 17; ++i) text += named("p" + std::to_string(i), "net_null" + std::to_string(i));
  auto config = parse_config(text, "t.toml");
  ASSERT_FALSE(config.has_value());
  EXPECT_NE(config.error().message.find("at most 16 ports"), std::string::npos) << config.error().message;
}

TEST(Config, AFileCutAnywhereNeverCrashes) {
  const std::string whole = named("a", "net_null0") + "mtu = 1500\n[dataplane]\nworkers = [1, 2]\nidle = \"poll\"\n";
  for (size_t n = 0; n <= whole.size(); ++n) {
    auto config = parse_config(std::string_view(whole).substr(0, n), "t.toml");
    if (!config) {
      EXPECT_FALSE(config.error().message.empty());
    }
  }
}

TEST(Config, AFileThatIsNotThereIsNamed) {
  auto config = load_config("/nonexistent/demarc-dp.toml");
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().code, ErrorCode::not_found);
  EXPECT_NE(config.error().message.find("/nonexistent/demarc-dp.toml"), std::string::npos);
}

TEST(Config, TheExampleIsRight) {
  auto config = load_config(EXAMPLE_CONFIG);
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->ports.size(), 2u);
}

struct Identity {
  const char* device;
  std::optional<std::string> identity;
};

TEST(PortConfig, IdentityIsWhatTwoProcessesMustNotShare) {
  const Identity cases[] = {{"net_tap0,iface=dmc0", "iface:dmc0"},
                            {"net_tap7,mac=fixed,iface=dmc0", "iface:dmc0"},
                            {"net_virtio_user0,path=/dev/vhost-net", "path:/dev/vhost-net"},
                            {"3b:00.0", "pci:0000:3b:00.0"},
                            {"0001:AF:00.1", "pci:0001:af:00.1"},
                            {"0000:3b:00.0,arg=1", "pci:0000:3b:00.0"},
                            {"net_null0", std::nullopt},
                            {"net_ring0", std::nullopt}};
  for (const Identity& c : cases) {
    PortConfig port;
    port.device = c.device;
    EXPECT_EQ(port.identity(), c.identity) << c.device;
  }
}

}  // namespace
}  // namespace demarc::dp
