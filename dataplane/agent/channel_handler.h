// ChannelHandler: what the agent does for the channel's client. The client knows the conversation
// (common/channel/README.md) and nothing of tables; the handler knows the tables and nothing of the conversation.
//
// All calls come from inside ChannelClient::poll(), on the agent's thread, and must return soon: while one runs,
// nothing is heard or said.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/channel/entry_map.h"
#include "common/channel/table_update.h"
#include "common/schema/channel_generated.h"

namespace demarc::dp {

// No update in particular; demarcd then tries its tenants one by one, so that none is held for another's.
inline constexpr uint32_t kNoOperation = UINT32_MAX;

// Why a transaction was refused as a whole. `operation` is the index of the first update that could not be applied, or
// kNoOperation.
struct Refusal {
  uint32_t operation = 0;
  Error error;  // names the entry and the value
};
using ApplyResult = tl::expected<void, Refusal>;

class ChannelHandler {
 public:
  virtual ~ChannelHandler() = default;

  // Workers, ports, capacity, started_wall_ns and version_text. The client fills in versions, counter_list, last_epoch.
  virtual schema::HelloT hello() = 0;

  // All of it or nothing. Already checked: at most kTransactionOperationsMax updates; kinds are 1..session; operations
  // are put or remove; values of puts are 1..kEntryBytesMax bytes. Not yet checked: that a value is a FlatBuffer of its
  // kind, and all of its meaning. What must hold (references, uniqueness) must hold after the last update, not between.
  // Removal of what is not there is no error.
  virtual ApplyResult apply(std::vector<channel::TableUpdate> updates) = 0;

  // What is applied now. Digests and entry lists are made from it.
  virtual const channel::EntryMap& entries() const = 0;

  // Everything as it is now; `request` is filled in by the client. Asked for each kReportIntervalNs and on request.
  virtual schema::CountersReportT counters() = 0;

  // tenant 0: all. `request` is filled in by the client.
  virtual schema::NeighborReportT neighbors(TenantId tenant) = 0;

  // tenant 0: all. In order, each sent by itself; the last one has `last`. `request` is filled in by the client.
  virtual std::vector<schema::PeerReportT> peers(TenantId tenant) = 0;

  // Not found: `found` is false and the rest 0. `request` is filled in by the client.
  virtual schema::SessionUsageT session_usage(TenantId tenant, Seid session) = 0;

  // Trace the next `packets` (1..1000) of the tenant; answer with ChannelClient::send_trace() under this request until
  // one report has `last` set. packets 0: end the trace of that request. A trace that another one pushes out ends with
  // `last`.
  virtual void trace(uint64_t request, TenantId tenant, uint32_t packets) = 0;

  // Capture as it says (its values are not checked yet), and answer with ChannelClient::send_capture() under its
  // request until one report has `last` set. packets 0: end the capture of that request.
  virtual void capture(const schema::CaptureRequest& request) = 0;

  // For the log, and: a conversation has ended (lost, or a new one takes its place), so end all traces.
  virtual void on_connected(uint64_t epoch) = 0;
  virtual void on_refused(const std::string& sentence) = 0;  // once for each different sentence
  virtual void on_lost(const std::string& why) = 0;
};

}  // namespace demarc::dp
