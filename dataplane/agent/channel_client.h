// ChannelClient: the data plane's end of the channel, on a ZeroMQ DEALER. One thread; nothing happens outside poll()
// and the send functions. The conversation itself is in channel_client_conversation.h, which knows no socket.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/channel/socket.h"
#include "common/schema/channel_generated.h"
#include "dataplane/agent/channel_handler.h"

namespace demarc::dp {

struct ChannelClientConfig {
  std::string endpoint;          // ipc:///PATH or tcp://HOST:PORT
  channel::CurveFiles curve;     // needed for tcp://, refused for ipc://
  const Clock* clock = nullptr;  // outlives the client
};

// What went wrong or was thrown away since the start, for people who look for a fault.
struct ChannelClientCounts {
  uint64_t hellos_sent = 0;
  uint64_t malformed = 0;    // failed the verifier or a limit
  uint64_t other_epoch = 0;  // of another epoch, or before a hello was answered
  uint64_t unexpected = 0;   // a kind of message that this end does not take
  uint64_t send_failed = 0;  // the socket would not take it: nobody there, or the queue is full
  uint64_t transactions_applied = 0;
  uint64_t transactions_refused = 0;
  uint64_t transactions_repeated = 0;
  uint64_t resyncs_asked = 0;  // gaps
};

class ChannelClient {
 public:
  // `handler` outlives the client. Errors: a bad endpoint, a directory that is not safe, keys that are missing.
  // Does not wait for demarcd.
  static Result<std::unique_ptr<ChannelClient>> open(ChannelClientConfig config, ChannelHandler& handler);
  ~ChannelClient();

  // Waits at most `timeout_ms` (0: not at all) for a message, handles what is there (at most 64 messages), and does
  // what the time asks for. Call at least every 50 ms.
  void poll(int timeout_ms);

  // Unsolicited; without a connection they do nothing and return false.
  bool send_capture(const schema::CaptureReportT& report);
  bool send_trace(const schema::TraceReportT& report);
  bool send_event(schema::EventT event);  // number and wall_ns are filled in
  bool send_counters();                   // now, besides those that are sent each kReportIntervalNs

  bool connected() const;
  uint64_t epoch() const;    // 0: none yet
  uint64_t boot_id() const;  // ours, random at open()
  const ChannelClientCounts& counts() const;

 private:
  ChannelClient();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::dp
