#include "controlplane/channel/requests.h"

#include <utility>
#include <vector>

#include "common/channel/channel_limits.h"

namespace demarc::cp {
namespace {

template <class MessageT>
schema::MessageUnion message(MessageT m) {
  schema::MessageUnion any;
  any.Set(std::move(m));
  return any;
}

schema::MessageUnion trace_request(uint64_t id, TenantId tenant, uint32_t packets) {
  schema::TraceRequestT request;
  request.request = id;
  request.tenant = tenant.value;
  request.packets = packets;
  return message(std::move(request));
}

}  // namespace

template <class Done>
void Requests::ask(Table<Done>& table, schema::MessageUnion message, uint64_t id, TenantId tenant, uint64_t wait_ns,
                   Done done) {
  if (auto sent = send_(std::move(message)); !sent) {
    done(tl::unexpected(sent.error()));
    return;
  }
  const uint64_t now = clock_.monotonic_ns();
  const uint64_t deadline = wait_ns > UINT64_MAX - now ? UINT64_MAX : now + wait_ns;
  table.emplace(id, Waiting<Done>{deadline, std::move(done), tenant});
}

void Requests::counters(OnCounters done) {
  schema::CountersRequestT request;
  request.request = ++last_id_;
  ask(counters_, message(std::move(request)), last_id_, {}, channel::kRequestTimeoutNs, std::move(done));
}

void Requests::neighbors(TenantId tenant, OnNeighbors done) {
  schema::NeighborRequestT request;
  request.request = ++last_id_;
  request.tenant = tenant.value;
  ask(neighbors_, message(std::move(request)), last_id_, tenant, channel::kRequestTimeoutNs, std::move(done));
}

void Requests::peers(TenantId tenant, OnPeers done) {
  schema::PeerRequestT request;
  request.request = ++last_id_;
  request.tenant = tenant.value;
  ask(peers_, message(std::move(request)), last_id_, tenant, channel::kRequestTimeoutNs, std::move(done));
}

void Requests::session_usage(TenantId tenant, Seid session, OnUsage done) {
  schema::SessionUsageRequestT request;
  request.request = ++last_id_;
  request.tenant = tenant.value;
  request.session = session.value;
  ask(usages_, message(std::move(request)), last_id_, tenant, channel::kRequestTimeoutNs, std::move(done));
}

void Requests::trace(TenantId tenant, uint32_t packets, uint64_t wait_ns, std::stop_token stop, OnTrace on_packets) {
  const uint64_t id = ++last_id_;
  ask(traces_, trace_request(id, tenant, packets), id, tenant, wait_ns, std::move(on_packets));
  if (const auto it = traces_.find(id); it != traces_.end()) it->second.stop = std::move(stop);
}

void Requests::capture(schema::CaptureRequestT order, std::stop_token stop, OnCapture on_packets) {
  const uint64_t id = ++last_id_;
  order.request = id;
  const TenantId tenant(order.tenant);
  const uint64_t wait_ns = uint64_t{order.duration_ms} * 1'000'000 + channel::kRequestTimeoutNs;
  ask(captures_, message(std::move(order)), id, tenant, wait_ns, std::move(on_packets));
  if (const auto it = captures_.find(id); it != captures_.end()) it->second.stop = std::move(stop);
}

template <class Done, class Report>
void Requests::answer(Table<Done>& table, Report report) {
  auto it = table.find(report.request);
  if (it == table.end()) return;
  const Done done = std::move(it->second.done);
  table.erase(it);
  done(std::move(report));
}

void Requests::on_counters(schema::CountersReportT report) { answer(counters_, std::move(report)); }

void Requests::on_neighbors(schema::NeighborReportT report) { answer(neighbors_, std::move(report)); }

void Requests::on_peers(schema::PeerReportT report) {
  if (!peers_.contains(report.request)) return;
  schema::PeerReportT& whole = peer_parts_[report.request];
  for (auto& peer : report.peers) whole.peers.push_back(std::move(peer));
  if (!report.last) return;
  whole.request = report.request;
  whole.last = true;
  schema::PeerReportT out = std::move(whole);
  peer_parts_.erase(report.request);
  answer(peers_, std::move(out));
}

void Requests::on_session_usage(schema::SessionUsageT report) {
  if (report.found) return answer(usages_, std::move(report));
  auto it = usages_.find(report.request);
  if (it == usages_.end()) return;
  const OnUsage done = std::move(it->second.done);
  usages_.erase(it);
  done(fail(ErrorCode::unavailable, "the data plane does not have this session, or not yet; \"show sync\" says why"));
}

template <class Done, class Report>
void Requests::answer_stream(Table<Done>& table, Report report) {
  if (report.last) return answer(table, std::move(report));
  auto it = table.find(report.request);
  if (it == table.end()) return;
  const Done on_packets = it->second.done;  // a copy: it may ask for another
  on_packets(std::move(report));
}

void Requests::on_trace(schema::TraceReportT report) { answer_stream(traces_, std::move(report)); }

void Requests::on_capture(schema::CaptureReportT report) { answer_stream(captures_, std::move(report)); }

template <class Done>
void Requests::expire(Table<Done>& table, uint64_t now) {
  std::vector<Done> late;
  for (auto it = table.begin(); it != table.end();) {
    const auto here = it++;
    if (here->second.deadline_ns > now) continue;
    late.push_back(std::move(here->second.done));
    table.erase(here);
  }
  for (Done& done : late)
    done(fail(ErrorCode::unavailable, "the data plane did not answer within " +
                                          std::to_string(channel::kRequestTimeoutNs / 1'000'000'000) + " s"));
}

template <class Report, class Done, class RequestEnd>
void Requests::expire_stream(Table<Done>& table, uint64_t now, RequestEnd request_end) {
  std::vector<std::pair<uint64_t, Waiting<Done>>> late;
  for (auto it = table.begin(); it != table.end();) {
    const auto here = it++;
    if (here->second.deadline_ns > now && !here->second.stop.stop_requested()) continue;
    late.emplace_back(here->first, std::move(here->second));
    table.erase(here);
  }
  for (auto& [id, waiting] : late) {
    (void)send_(request_end(id, waiting.tenant));  // when it is lost, the data plane's own limits end it
    Report report;
    report.request = id;
    report.last = true;
    waiting.done(std::move(report));
  }
}

void Requests::tick() {
  const uint64_t now = clock_.monotonic_ns();
  expire(counters_, now);
  expire(neighbors_, now);
  expire(peers_, now);
  expire(usages_, now);
  std::erase_if(peer_parts_, [this](const auto& part) { return !peers_.contains(part.first); });
  expire_stream<schema::TraceReportT>(traces_, now, [](uint64_t id, TenantId t) { return trace_request(id, t, 0); });
  expire_stream<schema::CaptureReportT>(captures_, now, [](uint64_t id, TenantId tenant) {
    schema::CaptureRequestT end;
    end.request = id;
    end.tenant = tenant.value;
    return message(std::move(end));
  });
}

void Requests::fail_all(const std::string& why) {
  const auto counters = std::exchange(counters_, {});
  const auto neighbors = std::exchange(neighbors_, {});
  const auto peers = std::exchange(peers_, {});
  peer_parts_.clear();
  const auto usages = std::exchange(usages_, {});
  const auto traces = std::exchange(traces_, {});
  const auto captures = std::exchange(captures_, {});
  const auto error = fail(ErrorCode::unavailable, why);
  for (const auto& [id, waiting] : counters) waiting.done(error);
  for (const auto& [id, waiting] : neighbors) waiting.done(error);
  for (const auto& [id, waiting] : peers) waiting.done(error);
  for (const auto& [id, waiting] : usages) waiting.done(error);
  for (const auto& [id, waiting] : traces) waiting.done(error);
  for (const auto& [id, waiting] : captures) waiting.done(error);
}

}  // namespace demarc::cp
