// Both ends of the conversation on one table, with a wire between them that a test can cut, and a clock that it steps.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/channel/conversation.h"
#include "controlplane/channel/flushes.h"
#include "controlplane/channel/outbox.h"
#include "dataplane/agent/channel_client_conversation.h"
#include "tests/controlplane/channel/fake_data_plane.h"

namespace demarc::test {

// One direction. `fault` sees each message with its number (from 1) and the queue, and puts into it what arrives.
class Wire {
 public:
  using Queue = std::deque<channel::Bytes>;
  using Fault = std::function<void(Queue&, channel::Bytes, uint64_t number)>;
  void put(const channel::Bytes& bytes) {
    ++sent;
    if (fault) return fault(queue, bytes, sent);
    queue.push_back(bytes);
  }
  Queue queue;
  Fault fault;
  uint64_t sent = 0;
};

// A demarc-dp: dies when it is destroyed.
struct DataPlaneEnd {
  DataPlaneEnd(const Clock& clock, uint64_t boot_id, std::string route_name)
      : route(std::move(route_name)), conversation(clock, boot_id, plane, [this](const channel::Bytes& b) {
          up.put(b);
          return true;
        }) {}
  std::string route;
  FakeDataPlane plane;
  Wire up, down;
  dp::ClientConversation conversation;
};

// A demarcd. What it should hold comes from outside (`truth`), as from its store.
struct ControlEnd {
  ControlEnd(const Clock& clock, uint64_t boot_id,
             std::function<channel::Socket::Sent(const std::string&, const channel::Bytes&)> send)
      : conversation(clock, boot_id, outbox,
                     {std::move(send), [this](cp::DataPlaneLimits l) { limits.push_back(l); },
                      [this](const schema::EventT& e) { events.push_back(e.text); },
                      [this](schema::CountersReportT) { ++counters; },
                      [this](const std::string& sentence) { refusals.push_back(sentence); }}),
        flushes(clock, outbox, conversation) {}
  cp::Outbox outbox;
  cp::Conversation conversation;
  cp::Flushes flushes;
  std::vector<cp::DataPlaneLimits> limits;
  std::vector<std::string> events, refusals;
  size_t counters = 0;
};

class Bench {
 public:
  Bench() { start_control(); }

  // `loaded`: it has read its store, in which nothing is yet.
  void start_control(bool loaded = true) {
    control = std::make_unique<ControlEnd>(clock, ++boots, [this](const std::string& route, const channel::Bytes& b) {
      for (auto& end : planes) {
        if (end->route != route) continue;
        end->down.put(b);
        return channel::Socket::Sent::ok;
      }
      return channel::Socket::Sent::unreachable;
    });
    if (loaded) control->outbox.apply({});
  }
  DataPlaneEnd& start_data_plane() {
    const uint64_t id = ++boots;
    planes.push_back(std::make_unique<DataPlaneEnd>(clock, id, "route" + std::to_string(id)));
    return *planes.back();
  }
  // Messages once in each direction, then a step of time.
  void turn(uint64_t step_ns = 10'000'000) {
    for (auto& end : planes) end->conversation.tick();
    for (auto& end : planes)
      for (auto batch = std::exchange(end->up.queue, {}); !batch.empty(); batch.pop_front())
        if (control) control->conversation.receive(end->route, batch.front());
    if (control) {
      control->conversation.tick();
      control->flushes.check();
    }
    for (auto& end : planes)
      for (auto batch = std::exchange(end->down.queue, {}); !batch.empty(); batch.pop_front())
        end->conversation.receive(batch.front());
    clock.now_ns += step_ns;
  }
  void run(uint64_t ns, uint64_t step_ns = 10'000'000) {
    for (uint64_t t = 0; t < ns; t += step_ns) turn(step_ns);
  }
  // How long until it is true, at most `ns`; UINT64_MAX when it never was.
  uint64_t until(const std::function<bool()>& done, uint64_t ns) {
    const uint64_t start = clock.now_ns;
    while (!done()) {
      if (clock.now_ns - start > ns) return UINT64_MAX;
      turn();
    }
    return clock.now_ns - start;
  }
  bool in_sync() const { return control->conversation.status().in_sync; }

  ManualClock clock{};
  uint64_t boots = 0;
  std::vector<std::unique_ptr<DataPlaneEnd>> planes;
  std::unique_ptr<ControlEnd> control;
};

inline constexpr uint64_t kSecond = 1'000'000'000;

}  // namespace demarc::test
