// Link: demarcd's end of the channel, on a thread of its own. See common/channel/README.md for the conversation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/channel/curve.h"
#include "common/channel/entry_map.h"
#include "common/channel/table_update.h"
#include "common/schema/channel_generated.h"
#include "controlplane/model/edit.h"

namespace demarc::cp {

struct TenantSync {
  TenantId tenant;
  channel::TenantSummary ours;    // what the store says
  channel::TenantSummary theirs;  // what the data plane last said
  std::string why;                // what the data plane refused of it, when it did
};

struct LinkStatus {
  bool connected = false;
  bool in_sync = false;             // connected, nothing waiting, all digests equal
  std::string why;                  // when not connected or not in sync: a sentence
  uint64_t boot_id = 0;             // ours
  uint64_t data_plane_boot_id = 0;  // 0: never seen
  uint64_t epoch = 0;
  uint64_t transactions = 0;  // acknowledged in this epoch
  uint64_t resyncs = 0;       // since our start
  size_t waiting_updates = 0;
  std::string data_plane_version;
  uint64_t data_plane_started_wall_ns = 0;
  std::vector<TenantSync> tenants;  // union of both sides
};

struct LinkConfig {
  std::string endpoint;          // ipc:///PATH (the directory is made, 0700), or tcp://HOST:PORT
  channel::CurveFiles curve;     // for tcp://, and only for it
  const Clock* clock = nullptr;  // outlives the link
};

// All callbacks run on the link's thread and must not block. Requests that cannot be answered (not connected, no answer
// in 2 s) end with ErrorCode::unavailable and a sentence.
// The two newest CountersReports that came by themselves, channel::kReportIntervalNs apart; without tenants and with
// wall_ns 0 where there was none yet.
struct CountersWindow {
  std::shared_ptr<const schema::CountersReportT> newest, before;
};

class Link {
 public:
  using OnHello = std::function<void(DataPlaneLimits)>;
  using OnEvent = std::function<void(const schema::EventT&)>;

  // Binds and starts the thread. Errors: the endpoint cannot be bound, and why.
  static Result<std::unique_ptr<Link>> open(LinkConfig config, OnHello on_hello, OnEvent on_event);
  ~Link();  // everybody who still waits gets an answer

  // Thread-safe: what the tables should be, changed. Sent when connected, else kept.
  void apply(std::vector<channel::TableUpdate> updates);
  // Thread-safe. Calls `done` once everything applied so far is acknowledged (true), refused by the data plane (error),
  // or after `wait_ns` still is not (false). Without a connection: false at once.
  void flush(uint64_t wait_ns, std::function<void(Result<bool>)> done);
  // The same for what concerns one tenant: what is refused of others does not matter to it.
  void flush(TenantId tenant, uint64_t wait_ns, std::function<void(Result<bool>)> done);

  // Thread-safe.
  void status(std::function<void(const LinkStatus&)> done);
  void counters(std::function<void(Result<schema::CountersReportT>)> done);  // asked fresh
  void neighbors(TenantId tenant, std::function<void(Result<schema::NeighborReportT>)> done);
  void peers(TenantId tenant, std::function<void(Result<schema::PeerReportT>)> done);
  // `unavailable` when the data plane is away or does not have the session: nobody then knows what it used.
  void session_usage(TenantId tenant, Seid session, std::function<void(Result<schema::SessionUsageT>)> done);
  // `on_packets` is called for each report until one has `last` set or an error; at most `wait_ns` in all or until
  // `stop` is requested, then the trace is ended and the last call has `last` set.
  void trace(TenantId tenant, uint32_t packets, uint64_t wait_ns, std::stop_token stop,
             std::function<void(Result<schema::TraceReportT>)> on_packets);
  // The same for a capture; `order.request` is filled in, and its duration is how long it lasts at most.
  void capture(schema::CaptureRequestT order, std::stop_token stop,
               std::function<void(Result<schema::CaptureReportT>)> on_packets);
  // Thread-safe, does not wait.
  CountersWindow last_counters() const;

 private:
  Link() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::cp
