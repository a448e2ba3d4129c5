#include "dataplane/io/port.h"

#include <fmt/format.h>
#include <net/if.h>
#include <rte_bus_vdev.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_flow.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "dataplane/io/dpdk_log.h"
#include "dataplane/io/flow_steering.h"
#include "dataplane/io/port_hint.h"
#include "dataplane/io/tap_mac.h"
#include "dataplane/io/tap_steering.h"

namespace demarc::dp {
namespace {

// "net_tap0" of "net_tap0,iface=dmc0": the name under which ethdev knows the port.
std::string device_name(const PortConfig& config) {
  if (config.is_pci()) return config.identity()->substr(4);
  return config.device.substr(0, config.device.find(','));
}

bool is_tap(const PortConfig& config) { return config.device.starts_with("net_tap"); }

// net_tap joins an interface of its name that is there already, whosever it is: that must not happen. The one of a
// process that was just killed may need a moment to go.
bool interface_exists(const std::string& name) {
  for (int i = 0; i < 20 && if_nametoindex(name.c_str()) != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return if_nametoindex(name.c_str()) != 0;
}

std::string devargs(const PortConfig& config) {
  if (!is_tap(config) || config.device.find(",mac=") != std::string::npos) return config.device;
  return config.device + ",mac=" + stable_tap_mac(config.identity()->substr(6));
}

constexpr uint64_t kRssFields = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_UDP;

rte_eth_conf ethdev_conf(const PortConfig& config, const rte_eth_dev_info& info, unsigned rx_queues, bool one_owner) {
  rte_eth_conf conf{};
  conf.rxmode.mtu = std::clamp<uint32_t>(config.mtu, info.min_mtu, std::max<uint32_t>(info.min_mtu, info.max_mtu));
  // The kernel spreads packets over a TAP's queues, as steer() tells it.
  const uint64_t fields = kRssFields & info.flow_type_rss_offloads;
  if (rx_queues > 1 && fields != 0 && !is_tap(config)) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = fields;
  }
  // All packets are of one pool and have one owner, as this offload wants it.
  if (one_owner) conf.txmode.offloads = RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE & info.tx_offload_capa;
  return conf;
}

}  // namespace

Error Port::error(ErrorCode code, const char* step, int rc) const {
  std::string sentence = fmt::format("port {}: device {}: {}: {}", config_.name, config_.device, step,
                                     rc == 0 ? "no reason given" : std::strerror(std::abs(rc)));
  const std::string driver = dpdk_log_last_error();
  if (!driver.empty()) sentence += fmt::format(" ({})", driver);
  return Error{code, std::move(sentence)};
}

Result<std::unique_ptr<Port>> Port::open(const PortConfig& config, PortIndex index) {
  std::unique_ptr<Port> port(new Port(config, index));
  const std::string name = device_name(config);
  if (is_tap(config) && interface_exists(config.identity()->substr(6))) {
    return fail(ErrorCode::conflict,
                fmt::format("port {}: an interface {} exists already in this network namespace: remove it, or name "
                            "another in device = \"{}\"",
                            config.name, config.identity()->substr(6), config.device));
  }
  dpdk_log_forget_errors();
  if (!config.is_pci()) {
    const int rc = rte_dev_probe(devargs(config).c_str());
    if (rc < 0) {
      Error error = port->error(ErrorCode::not_found, "cannot be made", rc);
      error.message += "; " + vdev_hint(config);
      return tl::unexpected<Error>(std::move(error));
    }
  }
  // The EAL probed the PCI devices that it was allowed to when it started.
  if (const int rc = rte_eth_dev_get_port_by_name(name.c_str(), &port->ethdev_); rc < 0) {
    return tl::unexpected<Error>(
        port->error(ErrorCode::not_found,
                    config.is_pci() ? "no such device is bound to a driver for DPDK" : "is no network device", rc));
  }
  port->open_ = true;
  rte_ether_addr mac{};
  if (const int rc = rte_eth_macaddr_get(port->ethdev_, &mac); rc < 0) {
    return tl::unexpected<Error>(port->error(ErrorCode::internal, "has no MAC address", rc));
  }
  std::copy_n(mac.addr_bytes, 6, port->mac_.begin());
  return port;
}

Port::~Port() {
  stop();
  if (!open_) return;
  rte_eth_dev_info info{};
  const bool known = rte_eth_dev_info_get(ethdev_, &info) == 0;
  rte_eth_dev_close(ethdev_);
  if (known && !config_.is_pci()) rte_dev_remove(info.device);
}

Status Port::configure(unsigned workers, rte_mempool* pool) {
  dpdk_log_forget_errors();
  rte_eth_dev_info info{};
  if (const int rc = rte_eth_dev_info_get(ethdev_, &info); rc < 0) {
    return tl::unexpected<Error>(error(ErrorCode::internal, "says nothing about itself", rc));
  }
  workers_ = workers;
  rx_queues_ = std::min<unsigned>(workers, info.max_rx_queues);
  tx_queues_ = std::min<unsigned>(workers, info.max_tx_queues);
  if (is_tap(config_)) rx_queues_ = tx_queues_ = std::min(rx_queues_, tx_queues_);  // the driver wants them in pairs
  tx_shared_ = tx_queues_ < workers;
  if (tx_shared_) tx_locks_ = std::make_unique<TxLock[]>(tx_queues_);
  if (rx_queues_ < workers || tx_shared_) {
    spdlog::info("port {}: {} receive and {} transmit queues for {} workers: the first workers poll it{}", config_.name,
                 rx_queues_, tx_queues_, workers, tx_shared_ ? ", and all share its transmit queues under a lock" : "");
  }
  const rte_eth_conf conf = ethdev_conf(config_, info, rx_queues_, true);
  int rc = rte_eth_dev_configure(ethdev_, rx_queues_, tx_queues_, &conf);
  if (rc < 0) return tl::unexpected<Error>(error(ErrorCode::invalid, "refuses its configuration", rc));

  uint16_t rx_descriptors = config_.rx_descriptors;
  uint16_t tx_descriptors = config_.tx_descriptors;
  rc = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev_, &rx_descriptors, &tx_descriptors);
  if (rc < 0) return tl::unexpected<Error>(error(ErrorCode::invalid, "refuses its numbers of descriptors", rc));
  const int socket = rte_eth_dev_socket_id(ethdev_);
  for (unsigned q = 0; q < rx_queues_ && rc >= 0; ++q) {
    rc = rte_eth_rx_queue_setup(ethdev_, q, rx_descriptors, socket, nullptr, pool);
  }
  for (unsigned q = 0; q < tx_queues_ && rc >= 0; ++q) {
    rte_eth_txconf tx = info.default_txconf;
    tx.offloads = conf.txmode.offloads;
    rc = rte_eth_tx_queue_setup(ethdev_, q, tx_descriptors, socket, &tx);
  }
  if (rc < 0) return tl::unexpected<Error>(error(ErrorCode::exhausted, "cannot set up its queues", rc));
  return set_mtu();
}

Status Port::set_mtu() {
  const int rc = rte_eth_dev_set_mtu(ethdev_, config_.mtu);
  if (rc == -ENOTSUP) {
    spdlog::info("port {}: its driver cannot set an MTU: {} is counted on", config_.name, config_.mtu);
  } else if (rc < 0) {
    return tl::unexpected<Error>(error(ErrorCode::invalid, fmt::format("refuses the MTU {}", config_.mtu).c_str(), rc));
  }
  return {};
}

Status Port::start() {
  dpdk_log_forget_errors();
  const int rc = rte_eth_dev_start(ethdev_);
  if (rc < 0) return tl::unexpected<Error>(error(ErrorCode::unavailable, "does not start", rc));
  started_ = true;
  if (config_.promiscuous) {
    const int promiscuous = rte_eth_promiscuous_enable(ethdev_);
    if (promiscuous < 0) {
      return tl::unexpected<Error>(error(ErrorCode::invalid, "cannot be promiscuous", promiscuous));
    }
  }
  // Neighbor discovery comes to groups: ethernet_input sorts out those that are ours. Not every driver knows the word,
  // and those that do not let it through.
  const int groups = rte_eth_allmulticast_enable(ethdev_);
  if (groups < 0 && groups != -ENOTSUP) {
    return tl::unexpected<Error>(error(ErrorCode::invalid, "cannot receive multicast", groups));
  }
  spread_ = steer();
  return {};
}

// What a port cannot do is not an error: workers hand over what is not theirs.
Spread Port::steer() {
  if (workers_ == 1) return Spread::one_worker;
  Spread spread = Spread::handoff;
  if (rx_queues_ == workers_ && is_tap(config_)) {
    const Status steered = steer_tap(config_.identity()->substr(6), rx_queues_);
    if (steered) {
      spread = Spread::ebpf;
    } else {
      spdlog::warn(
          "port {}: {}; the kernel may move a flow from one queue to another, and its packets then overtake "
          "each other",
          config_.name, steered.error().message);
    }
  } else if (rx_queues_ == workers_ && install_teid_rules(ethdev_, rx_queues_)) {
    spread = Spread::rte_flow;
  }
  dpdk_log_forget_errors();  // of rules that it does not know
  spdlog::info("port {}: to the workers that own the sessions by {}", config_.name, spread_name(spread));
  return spread;
}

std::string_view spread_name(Spread spread) {
  switch (spread) {
    case Spread::one_worker: return "one worker";
    case Spread::rte_flow: return "rte_flow";
    case Spread::ebpf: return "eBPF";
    case Spread::handoff: break;
  }
  return "handoff";
}

void Port::stop() {
  rte_flow_error error;
  if (started_ && spread_ == Spread::rte_flow) rte_flow_flush(ethdev_, &error);
  if (started_) rte_eth_dev_stop(ethdev_);
  started_ = false;
}

PortQueue Port::queue(unsigned worker) const {
  const uint16_t tx = static_cast<uint16_t>(worker % tx_queues_);
  const uint16_t rx = worker < rx_queues_ ? static_cast<uint16_t>(worker) : PortQueue::kNone;
  return PortQueue(index_, ethdev_, rx, tx, link_up_, tx_shared_ ? &tx_locks_[tx].lock : nullptr);
}

PortStats Port::stats() const {
  PortStats out;
  rte_eth_link link{};
  out.link_up = rte_eth_link_get_nowait(ethdev_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
  link_up_.store(out.link_up, std::memory_order_relaxed);
  rte_eth_stats stats{};
  if (rte_eth_stats_get(ethdev_, &stats) == 0) {
    out.rx_packets = stats.ipackets;
    out.tx_packets = stats.opackets;
    out.rx_missed = stats.imissed + stats.rx_nombuf;
  }
  return out;
}

}  // namespace demarc::dp
