#include "dataplane/launch.h"

#include <fmt/format.h>
#include <pthread.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "dataplane/eal.h"
#include "dataplane/io/dpdk_log.h"

namespace demarc::dp {
namespace {

// Room before a received packet for the tunnel: IPv4 20, UDP 8, GTP-U 8 + 4, PDU Session Container 4, and an 802.1Q tag
// where none was received.
static_assert(RTE_PKTMBUF_HEADROOM >= 20 + 8 + 12 + 4 + 4, "tunnel headers must fit before the packet");

sigset_t tap_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) sigaddset(&set, signal);
  return set;
}

// Buffers that can be somewhere at the same time: descriptors of each queue, held packets, two bursts and the cache of
// each worker, and full rings between all of them; a quarter more, so that a pool is not emptied by its caches.
unsigned packet_buffers(const Config& config) {
  constexpr unsigned kCache = 256;
  uint64_t n = 0;
  for (const PortConfig& port : config.ports) n += port.rx_descriptors + port.tx_descriptors;
  n += HandoffRing::kPacketsMax * (config.workers.size() - 1);
  n = (n + HoldQueue::kPerWorkerMax + Reassembly::kPartsAllMax + 2 * kBurstMax + 2 * kCache) * config.workers.size();
  n += n / 4;
  return static_cast<unsigned>(std::max<uint64_t>(n, 4096));
}

// A frame is always in one buffer: no stage has to think of chains.
uint16_t buffer_bytes(const Config& config) {
  uint32_t mtu = 0;
  for (const PortConfig& port : config.ports) mtu = std::max<uint32_t>(mtu, port.mtu);
  const uint32_t frame = std::max<uint32_t>(mtu + kFrameOverhead, 2048);
  return static_cast<uint16_t>(RTE_PKTMBUF_HEADROOM + RTE_ALIGN_CEIL(frame, 64u));
}

Result<rte_ring*> make_ring(const char* what, unsigned worker, unsigned element_bytes, unsigned elements) {
  const std::string name = fmt::format("{}_{}", what, worker);
  rte_ring* ring =
      rte_ring_create_elem(name.c_str(), element_bytes, elements, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  if (ring == nullptr) return fail(ErrorCode::exhausted, fmt::format("no memory for the ring {}", name));
  return ring;
}

int run_worker(void* argument) {
  auto& [worker, stop] = *static_cast<std::pair<Worker*, std::atomic<bool>*>*>(argument);
  const sigset_t set = tap_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  worker->run(*stop);
  return 0;
}

}  // namespace

void leave_tap_signals_to_workers() {
  const sigset_t set = tap_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // What the kernel sends instead when too many real-time signals wait; it would end the process.
  std::signal(SIGIO, SIG_IGN);
}

DataPlane::~DataPlane() {
  workers_.clear();  // with the packets that they hold
  ports_.clear();
  if (shared_) {
    for (size_t w = 0; w < config_.workers.size(); ++w) {
      rte_ring_free(shared_[w].to_agent);
      rte_ring_free(shared_[w].from_agent);
      rte_ring_free(shared_[w].trace_ring);
      rte_ring_free(shared_[w].capture.ring);
    }
  }
  reclaimer_.reset();  // before the tables whose memory it may have to give back, and the rings that it may look at
  handoff_.reset();    // with the packets that were on their way
  sessions_.reset();
  neighbors_.reset();
  capture_pool_.reset();
  pool_.reset();
  if (eal_started_) rte_eal_cleanup();
}

Status DataPlane::configure() {
  if (Status s = take_locks(); !s) return s;
  return start_eal();
}

Status DataPlane::take_locks() {
  for (const PortConfig& port : config_.ports) {
    const auto identity = port.identity();
    if (!identity) continue;
    auto lock = PortLock::take(*identity);
    if (!lock) {
      return fail(lock.error().code,
                  fmt::format("port {}: device {}: {}", port.name, port.device, lock.error().message));
    }
    locks_.push_back(std::move(*lock));
  }
  return {};
}

Status DataPlane::start_eal() {
  auto arguments = eal_arguments(config_, free_hugepages_mb());
  if (!arguments) return tl::unexpected<Error>(arguments.error());
  std::vector<char*> argv;
  for (std::string& argument : *arguments) argv.push_back(argument.data());
  dpdk_log_capture();
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    return fail(ErrorCode::unavailable,
                fmt::format("DPDK does not start: {} ({})", rte_strerror(rte_errno), dpdk_log_last_error()));
  }
  eal_started_ = true;
  // The EAL makes a directory for files that it was told not to write, and one around it, where others may have theirs.
  const std::string directory = rte_eal_get_runtime_dir();
  rmdir(directory.c_str());
  rmdir(directory.substr(0, directory.rfind('/')).c_str());
  return {};
}

Status DataPlane::allocate() {
  if (Status s = make_packet_pool(); !s) return s;
  if (Status s = make_capture_pool(); !s) return s;
  if (Status s = make_tables(); !s) return s;
  shared_ = std::make_unique<WorkerShared[]>(config_.workers.size());
  for (unsigned w = 0; w < config_.workers.size(); ++w) {
    if (Status s = make_worker(w); !s) return s;
  }
  if (config_.workers.size() > 1) {
    auto rings = HandoffRings::create(static_cast<unsigned>(config_.workers.size()), shared_[0].tenant_slots);
    if (!rings) return tl::unexpected<Error>(std::move(rings.error()));
    handoff_ = std::move(*rings);
  }
  return {};
}

Status DataPlane::make_packet_pool() {
  const unsigned buffers = packet_buffers(config_);
  const uint16_t bytes = buffer_bytes(config_);
  pool_.reset(rte_pktmbuf_pool_create("packets", buffers, 256, kPacketPrivateBytes, bytes, SOCKET_ID_ANY));
  if (!pool_) {
    return fail(ErrorCode::exhausted,
                fmt::format("{} packet buffers of {} bytes do not fit: raise [dataplane] memory_mb = {}, or lower the "
                            "ports' numbers of descriptors",
                            buffers, bytes, config_.memory_mb));
  }
  return {};
}

// Its own, so that a capture never takes a buffer from the traffic.
Status DataPlane::make_capture_pool() {
  const auto buffers = static_cast<unsigned>(config_.workers.size()) * kCapturesMax * kCaptureBuffersPerTenant;
  capture_pool_.reset(rte_pktmbuf_pool_create("captures", buffers, 0, kCapturePrivateBytes,
                                              RTE_PKTMBUF_HEADROOM + kCaptureBufferBytes, SOCKET_ID_ANY));
  if (capture_pool_) return {};
  return fail(ErrorCode::exhausted, fmt::format("{} buffers for captures do not fit: raise [dataplane] memory_mb = {}",
                                                buffers, config_.memory_mb));
}

Status DataPlane::make_tables() {
  reclaimer_ = std::make_unique<Reclaimer>(static_cast<unsigned>(config_.workers.size()));
  auto sessions = SessionTable::create(config_.capacity.sessions, *reclaimer_, "sessions",
                                       static_cast<unsigned>(config_.workers.size()));
  if (!sessions) {
    return fail(sessions.error().code,
                fmt::format("[capacity] sessions = {}: {}; [dataplane] memory_mb is {}", config_.capacity.sessions,
                            sessions.error().message, config_.memory_mb));
  }
  sessions_ = std::move(*sessions);
  auto neighbors = NeighborTable::create(config_.capacity.neighbors, *reclaimer_, "neighbors");
  if (!neighbors) {
    return fail(neighbors.error().code,
                fmt::format("[capacity] neighbors = {}: {}; [dataplane] memory_mb is {}", config_.capacity.neighbors,
                            neighbors.error().message, config_.memory_mb));
  }
  neighbors_ = std::move(*neighbors);
  tables_.sessions = sessions_.get();
  tables_.neighbors = neighbors_.get();
  return {};
}

Status DataPlane::make_worker(unsigned index) {
  WorkerShared& shared = shared_[index];
  shared.index = static_cast<uint16_t>(index);
  shared.core = config_.workers[index];
  // The house, and twice the capacity: tenants that are on their way out do not keep others from coming in.
  shared.tenant_slots = std::min(2 * config_.capacity.tenants + 1, kTenantSlotsMax);
  shared.tenants = std::make_unique<TenantCounters[]>(shared.tenant_slots);
  shared.loads = std::make_unique<TenantLoad[]>(shared.tenant_slots);
  shared.trace = std::make_unique<TraceControl>(shared.tenant_slots);
  shared.to_agent_taken = std::make_unique<OwnedCounter[]>(shared.tenant_slots);
  shared.capture.control = std::make_unique<CaptureControl>(shared.tenant_slots);
  shared.capture.pool = capture_pool_.get();
  shared.capture.taken = std::make_unique<OwnedCounter[]>(shared.tenant_slots);
  shared.capture.lost = std::make_unique<OwnedCounter[]>(shared.tenant_slots);
  const struct {
    rte_ring*& ring;
    const char* name;
    unsigned element_bytes;
    unsigned elements;
  } rings[] = {{shared.to_agent, "to_agent", sizeof(ToAgent), to_agent_ring_size(shared.tenant_slots)},
               {shared.from_agent, "from_agent", sizeof(ToWorker), kExchangeRingSize},
               {shared.trace_ring, "trace", sizeof(TraceRecord), kTraceRingSize},
               {shared.capture.ring, "capture", sizeof(void*), kCaptureRingSize}};
  for (const auto& r : rings) {
    auto ring = make_ring(r.name, index, r.element_bytes, r.elements);
    if (!ring) return tl::unexpected<Error>(ring.error());
    r.ring = *ring;
  }
  return {};
}

Status DataPlane::start_ports() {
  for (size_t i = 0; i < config_.ports.size(); ++i) {
    auto port = Port::open(config_.ports[i], PortIndex(static_cast<uint16_t>(i)));
    if (!port) return tl::unexpected<Error>(port.error());
    ports_.push_back(std::move(*port));
  }
  for (auto& port : ports_) {
    if (Status s = port->configure(static_cast<unsigned>(config_.workers.size()), pool_.get()); !s) return s;
  }
  for (auto& port : ports_) {
    if (Status s = port->start(); !s) return s;
    port->stats();  // the link, as it is now
  }
  sessions_->follow_teids(std::ranges::any_of(
      ports_, [](const auto& p) { return p->spread() == Spread::rte_flow || p->spread() == Spread::ebpf; }));
  return {};
}

AgentConfig DataPlane::agent_config() const {
  AgentConfig out;
  out.channel_endpoint = config_.channel;
  out.curve.peer_public_key = config_.curve_server_public_key_file;
  out.curve.secret_key = config_.curve_secret_key_file;
  out.capacities = config_.capacity;
  out.clock = &clock_;
  out.gtpu = config_.gtpu;
  out.handoff = handoff_.get();
  for (const auto& port : ports_) {
    AgentPort p;
    p.name = port->config().name;
    p.device = port->config().device;
    p.index = PortIndex(static_cast<uint16_t>(out.ports.size()));
    p.mac = port->mac();
    p.mtu = port->config().mtu;
    p.spread = spread_name(port->spread());
    p.stats = [port = port.get()] {
      const PortStats s = port->stats();
      return AgentPort::Stats{s.link_up, s.rx_packets, s.tx_packets, s.rx_missed};
    };
    out.ports.push_back(std::move(p));
  }
  return out;
}

Status DataPlane::run(const std::atomic<bool>& stop) {
  auto agent = Agent::create(agent_config(), tables_, *reclaimer_, {shared_.get(), config_.workers.size()});
  if (!agent) return tl::unexpected<Error>(agent.error());

  std::vector<std::pair<Worker*, std::atomic<bool>*>> arguments(config_.workers.size());
  for (unsigned w = 0; w < config_.workers.size(); ++w) {
    WorkerSetup setup;
    setup.shared = &shared_[w];
    setup.tables = &tables_;
    setup.qsbr = reclaimer_->qsbr();
    setup.pool = pool_.get();
    setup.workers = static_cast<unsigned>(config_.workers.size());
    setup.idle = config_.idle;
    if (handoff_) setup.handoff = handoff_->ends_of(w);
    for (const auto& port : ports_) {
      setup.queues.push_back(port->queue(w));
      setup.port_macs.push_back(port->mac());
    }
    workers_.push_back(std::make_unique<Worker>(std::move(setup)));
    arguments[w] = {workers_[w].get(), &stop_workers_};
  }
  Status status;
  for (unsigned w = 0; w < config_.workers.size() && status; ++w) {
    const int rc = rte_eal_remote_launch(run_worker, &arguments[w], w + 1);
    if (rc < 0) status = fail(ErrorCode::internal, fmt::format("worker {} does not start: {}", w, rte_strerror(-rc)));
  }
  if (status) {
    spdlog::info("forwarding with {} workers and {} ports", config_.workers.size(), ports_.size());
    (*agent)->run(stop);
  }
  stop_workers_.store(true);
  rte_eal_mp_wait_lcore();
  return status;
}

}  // namespace demarc::dp
