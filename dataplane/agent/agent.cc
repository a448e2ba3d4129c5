#include "dataplane/agent/agent.h"

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <spdlog/spdlog.h>

#include <array>

#include "dataplane/agent/announcements.h"
#include "dataplane/agent/apply.h"
#include "dataplane/agent/capturing.h"
#include "dataplane/agent/channel_client.h"
#include "dataplane/agent/neighbors.h"
#include "dataplane/agent/report.h"
#include "dataplane/agent/session_moves.h"
#include "dataplane/agent/tracing.h"

namespace demarc::dp {
namespace {

// How long one turn of the loop listens to the channel: a packet that waits for a next hop's address waits twice that.
constexpr int kPollMs = 2;
constexpr uint64_t kLinkCheckNs = 200'000'000;

std::string mac_text(const MacAddress& m) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", m[0], m[1], m[2], m[3], m[4], m[5]);
}

}  // namespace

struct Agent::Impl final : ChannelHandler {
  AgentConfig config;
  std::span<WorkerShared> workers;
  Reclaimer& reclaimer;
  uint64_t started_wall_ns;
  std::unique_ptr<Applier> applier;
  std::unique_ptr<Neighbors> neighbor_machine;
  Announcements announcements{[this](const ToWorker& m) { return ask(m); }};
  std::unique_ptr<GtpuPeers> gtpu_peers;
  std::unique_ptr<SessionMoves> moves;
  std::unique_ptr<Tracing> tracing;
  std::unique_ptr<Capturing> capturing;
  std::unique_ptr<ChannelClient> client;
  uint64_t seen_topology = 0;  // version that the neighbors know
  size_t next_asker = 0;       // worker that sends the next ARP request
  std::vector<bool> link_up;   // by port
  uint64_t next_link_check_ns = 0;

  Impl(AgentConfig c, Reclaimer& r, std::span<WorkerShared> w)
      : config(std::move(c)), workers(w), reclaimer(r), started_wall_ns(config.clock->wall_ns()) {}

  // ---- ChannelHandler ----

  schema::HelloT hello() override {
    schema::HelloT hello;
    hello.version_text = DEMARC_VERSION;
    hello.started_wall_ns = started_wall_ns;
    hello.workers = static_cast<uint16_t>(workers.size());
    hello.ports = report_ports(config.ports);
    hello.capacity = report_capacity(config.capacities);
    return hello;
  }

  ApplyResult apply(std::vector<channel::TableUpdate> updates) override {
    ApplyResult result = applier->apply(updates);
    if (result) {
      spdlog::debug("applied a transaction of {} operations", updates.size());
    } else {
      spdlog::warn("refused a transaction of {} operations: operation {}: {}", updates.size(), result.error().operation,
                   result.error().error.message);
    }
    follow_topology();
    return result;
  }

  const channel::EntryMap& entries() const override { return applier->state().entries; }

  schema::CountersReportT counters() override {
    return report_counters(applier->state(), workers, config.clock->wall_ns());
  }

  schema::NeighborReportT neighbors(TenantId tenant) override {
    return report_neighbors(applier->state(), *neighbor_machine, tenant, config.clock->monotonic_ns());
  }

  std::vector<schema::PeerReportT> peers(TenantId tenant) override {
    return report_peers(applier->state(), *gtpu_peers, tenant, config.clock->monotonic_ns());
  }

  schema::SessionUsageT session_usage(TenantId tenant, Seid session) override {
    return report_session_usage(applier->state(), tenant, session);
  }

  void trace(uint64_t request, TenantId tenant, uint32_t packets) override { tracing->start(request, tenant, packets); }

  void capture(const schema::CaptureRequest& request) override {
    capturing->start(request, config.clock->monotonic_ns());
  }

  void on_connected(uint64_t epoch) override {
    tracing->stop();
    capturing->stop();
    spdlog::info("connected to demarcd at {}, epoch {}", config.channel_endpoint, epoch);
  }
  void on_refused(const std::string& sentence) override {
    spdlog::error("demarcd at {} refuses this data plane: {}", config.channel_endpoint, sentence);
  }
  void on_lost(const std::string& why) override {
    tracing->stop();
    capturing->stop();
    spdlog::warn("demarcd at {} is lost, forwarding goes on: {}", config.channel_endpoint, why);
  }

  // ---- the loop ----

  void turn() {
    client->poll(kPollMs);
    const uint64_t now_ns = config.clock->monotonic_ns();
    reclaimer.reclaim();
    for (WorkerShared& worker : workers) drain(worker, now_ns);
    // After the rings: what a worker said about a row, it said before it let go of it.
    applier->slots().free_cooled(workers);
    neighbor_machine->tick(now_ns);
    announcements.tick(now_ns);
    moves->tick();
    gtpu_peers->tick(now_ns, rte_rdtsc());
    tracing->poll(now_ns);
    if (capturing->active()) capturing->poll(now_ns, config.clock->wall_ns(), rte_rdtsc());
    check_links(now_ns);
  }

  void follow_topology() {
    const TableState& state = applier->state();
    if (state.topology_version == seen_topology) return;
    seen_topology = state.topology_version;
    neighbor_machine->set_topology(*state.topology);
    announcements.set_topology(*state.topology, config.clock->monotonic_ns());
    moves->follow_model();
  }

  void drain(const WorkerShared& worker, uint64_t now_ns) {
    std::array<ToAgent, 64> messages;
    for (unsigned left = rte_ring_get_size(worker.to_agent); left > 0;) {
      const unsigned n = rte_ring_sc_dequeue_burst_elem(worker.to_agent, messages.data(), sizeof(ToAgent),
                                                        std::min<unsigned>(left, messages.size()), nullptr);
      if (n == 0) return;
      for (unsigned i = 0; i < n; ++i) {
        worker.to_agent_taken[messages[i].tenant.value].add(1);
        take(messages[i], now_ns);
      }
      left -= n;
    }
  }

  void take(const ToAgent& message, uint64_t now_ns) {
    switch (message.kind) {
      case ToAgent::Kind::neighbor_wanted: neighbor_machine->wanted(message.attachment, message.address, now_ns); break;
      case ToAgent::Kind::neighbor_seen:
        neighbor_machine->seen(message.attachment, message.address, message.mac, now_ns);
        break;
      case ToAgent::Kind::gtpu_echo_response:
        gtpu_peers->on_echo_response({message.endpoint, message.address}, message.sequence, message.tsc, now_ns);
        break;
      case ToAgent::Kind::gtpu_error_indication:
        gtpu_peers->on_error_indication({message.endpoint, message.address}, message.peer, message.teid, now_ns);
        break;
    }
  }

  bool ask(ToWorker message) {
    if (workers.empty()) return false;
    rte_ring* ring = workers[next_asker++ % workers.size()].from_agent;
    return rte_ring_sp_enqueue_elem(ring, &message, sizeof message) == 0;
  }

  void neighbor_lost(AttachmentSlot slot, const IpAddress& address, const Neighbors::Entry& entry) {
    const KindSlots::Owner owner = applier->state().slots.of(schema::EntryKind::attachment).owner(slot.value);
    schema::EventT event;
    event.kind = schema::EventKind::neighbor_lost;
    event.tenant = owner.tenant.value;
    event.text = fmt::format("{} at {} on attachment {} does not answer {} any more", to_string(address),
                             mac_text(entry.mac), owner.id, address.is_ipv4() ? "ARP" : "neighbor discovery");
    client->send_event(std::move(event));
  }

  void tell_of_path(schema::EventKind kind, const GtpuPeers::Path& path, std::string text, Seid session = {}) {
    const KindSlots::Owner owner =
        applier->state().slots.of(schema::EntryKind::gtpu_endpoint).owner(path.endpoint.value);
    schema::EventT event;
    event.kind = kind;
    event.tenant = owner.tenant.value;
    event.session = session.value;
    event.text = std::move(text);
    client->send_event(std::move(event));
  }

  GtpuPeers::Actions path_actions() {
    return {.ask =
                [this](const GtpuPeers::Path& path, uint16_t sequence) {
                  return ask({ToWorker::Kind::gtpu_echo_request, {}, path.address, {}, sequence, path.endpoint});
                },
            .lost =
                [this](const GtpuPeers::Path& path, const GtpuPeers::Peer& peer) {
                  tell_of_path(schema::EventKind::gtpu_peer_lost, path,
                               fmt::format("GTP-U peer {} does not answer Echo Requests; {} sessions name it",
                                           to_string(path.address), peer.sessions));
                },
            .back =
                [this](const GtpuPeers::Path& path, const GtpuPeers::Peer& peer) {
                  tell_of_path(schema::EventKind::gtpu_peer_back, path,
                               fmt::format("GTP-U peer {} answers again; {} sessions name it", to_string(path.address),
                                           peer.sessions));
                },
            .error_indication =
                [this](const GtpuPeers::Path& path, Teid teid, Seid session) {
                  tell_of_path(schema::EventKind::error_indication_received, path,
                               fmt::format("GTP-U peer {} does not know TEID {:#x} of session {}",
                                           to_string(path.address), teid.value, session.value),
                               session);
                }};
  }

  void check_links(uint64_t now_ns) {
    if (now_ns < next_link_check_ns) return;
    next_link_check_ns = now_ns + kLinkCheckNs;
    for (size_t i = 0; i < config.ports.size(); ++i) {
      const AgentPort& port = config.ports[i];
      const bool up = port.stats && port.stats().link_up;
      if (up == link_up[i]) continue;
      link_up[i] = up;
      spdlog::info("port {} is {}", port.name, up ? "up" : "down");
      if (up) announcements.port_up(port.index, now_ns);
      schema::EventT event;
      event.kind = up ? schema::EventKind::port_up : schema::EventKind::port_down;
      event.text = fmt::format("port {} is {}", port.name, up ? "up" : "down");
      client->send_event(std::move(event));
    }
  }
};

Result<std::unique_ptr<Agent>> Agent::create(AgentConfig config, SharedTables& tables, Reclaimer& reclaimer,
                                             std::span<WorkerShared> workers) {
  std::unique_ptr<Agent> agent(new Agent);
  agent->impl_ = std::make_unique<Impl>(std::move(config), reclaimer, workers);
  Impl& impl = *agent->impl_;
  auto applier = Applier::create(impl.config.capacities, impl.config.ports, tables, reclaimer, workers);
  if (!applier) return tl::unexpected(std::move(applier.error()));
  impl.applier = std::move(*applier);
  impl.applier->slots().set_handoff(impl.config.handoff);
  impl.neighbor_machine = std::make_unique<Neighbors>(
      *tables.neighbors, impl.config.capacities.neighbors, [&impl](const ToWorker& m) { return impl.ask(m); },
      [&impl](AttachmentSlot a, const IpAddress& ip, const Neighbors::Entry& e) { impl.neighbor_lost(a, ip, e); });
  impl.moves = std::make_unique<SessionMoves>(impl.applier->state(), reclaimer);
  impl.gtpu_peers = std::make_unique<GtpuPeers>(impl.config.gtpu, rte_get_tsc_hz(), impl.path_actions());
  impl.applier->follow(*impl.gtpu_peers);
  impl.tracing = std::make_unique<Tracing>(
      impl.applier->state(), workers, [&impl](const schema::TraceReportT& report) { impl.client->send_trace(report); });
  impl.capturing =
      std::make_unique<Capturing>(impl.applier->state(), workers,
                                  [&impl](const schema::CaptureReportT& report) { impl.client->send_capture(report); });
  for (const AgentPort& port : impl.config.ports) impl.link_up.push_back(port.stats && port.stats().link_up);
  impl.follow_topology();
  auto client = ChannelClient::open({impl.config.channel_endpoint, impl.config.curve, impl.config.clock}, impl);
  if (!client) return tl::unexpected(std::move(client.error()));
  impl.client = std::move(*client);
  spdlog::info("channel: waiting for demarcd at {}; until it comes, the tables stay as they are",
               impl.config.channel_endpoint);
  return agent;
}

Agent::~Agent() = default;

void Agent::run(const std::atomic<bool>& stop) {
  while (!stop.load(std::memory_order_acquire)) impl_->turn();
}

}  // namespace demarc::dp
