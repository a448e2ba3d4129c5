// A capture of a tenant's packets, as a pcapng file that comes piece by piece.
#include <fmt/format.h>

#include <stop_token>

#include "common/defs/drop_reason.h"
#include "controlplane/api/handlers.h"
#include "controlplane/capture/pcapng.h"

namespace demarc::cp::handlers {
namespace {

using Report = Result<schema::CaptureReportT>;

// What a client may have waiting: more is not written, and counted as lost.
constexpr size_t kBacklogBytesMax = 1024 * 1024;

std::string comment_of(const schema::CapturedPacketT& packet) {
  std::string comment;
  if (packet.drop < kDropReasonCount)
    comment = fmt::format("dropped: {}: {}", kDropReasons[packet.drop].name, kDropReasons[packet.drop].sentence);
  if (packet.session != 0) comment += fmt::format("{}session {:#x}", comment.empty() ? "" : "; ", packet.session);
  return comment;
}

// One under way. On the io thread; its end may come on any.
struct Capturing {
  Capturing(CallPtr c, TenantId t, uint64_t most) : call(std::move(c)), tenant(t), bytes_left(most) {
    call->backend->captures.begin(tenant);
  }
  Capturing(const Capturing&) = delete;
  ~Capturing() {
    if (!over) call->backend->post([backend = call->backend, of = tenant] { backend->captures.end(of); });
  }

  CallPtr call;
  TenantId tenant;
  uint64_t bytes_left;
  std::stop_source stop;
  PcapngWriter file;
  uint64_t lost = 0;  // here; the data plane's own are added at the end
  bool begun = false;
  bool over = false;

  void end() {
    if (!std::exchange(over, true)) call->backend->captures.end(tenant);
  }

  void begin() {
    if (std::exchange(begun, true)) return;
    call->reply->begin({.status = call->route->status,
                        .content_type = "application/x-pcapng",
                        .body = file.begin("demarc " DEMARC_VERSION)});
  }

  void report(const Report& report) {
    if (over) return;
    if (!report) return failed(report.error());
    if (!begun && !report->error.empty()) return failed({ErrorCode::invalid, report->error});
    begin();
    for (const auto& packet : report->packets) add(*packet);
    if (report->last) return finish(report->lost, report->error);
    if (bytes_left == 0) end_early(report->lost);
  }

  void add(const schema::CapturedPacketT& packet) {
    if (bytes_left == 0) return;
    if (call->reply->backlog_bytes() > kBacklogBytesMax) {
      ++lost;
      return;
    }
    std::string block = file.packet({.wall_ns = packet.wall_ns,
                                     .port = packet.port,
                                     .sent = packet.direction == 1,
                                     .length = packet.length,
                                     .bytes = packet.bytes,
                                     .comment = comment_of(packet)});
    bytes_left = block.size() > bytes_left ? 0 : bytes_left - block.size();
    if (bytes_left != 0) call->reply->chunk(std::move(block));
  }

  void end_early(uint64_t lost_below) {
    stop.request_stop();
    finish(lost_below, "the file has as many bytes as were asked for");
  }

  void finish(uint64_t lost_below, std::string_view why) {
    end();
    call->reply->chunk(file.end(call->backend->clock.wall_ns(), lost + lost_below, why));
    call->reply->end();
  }

  // The status of the answer cannot say it any more once packets went out: then the last block does.
  void failed(const Error& error) {
    if (begun) return finish(0, error.message);
    end();
    call->reply->send(error_response(error));
  }

  void client_gone() {
    end();
    stop.request_stop();
  }
};

std::string too_many(const std::string& tenant, uint64_t most, size_t under_way) {
  if (most == 0) return fmt::format("tenant {} may have no captures", tenant);
  return fmt::format("tenant {} may have {} capture{} at a time, and {} under way; wait until one has ended", tenant,
                     most, most == 1 ? "" : "s", under_way == 1 ? "one is" : fmt::format("{} are", under_way));
}

schema::CaptureRequestT order_of(const json& body, TenantId tenant) {
  schema::CaptureRequestT order;
  order.tenant = tenant.value;
  order.packets = body["packets"].get<uint32_t>();
  order.duration_ms = body["wait_s"].get<uint32_t>() * 1000;
  order.snap_length = body.value("snap_length", uint16_t{256});
  order.drops_only = body.value("drops_only", false);
  order.session = body.value("up_seid", uint64_t{0});
  order.filter = body.value("filter", std::string());
  return order;
}

void start(const CallPtr& call, TenantId tenant, uint64_t most) {
  constexpr uint64_t kFileBytes = 100'000'000;
  const size_t under_way = call->backend->captures.of(tenant);
  if (under_way >= most)
    return call->reply->send(error_response({ErrorCode::exhausted, too_many(call->param("t"), most, under_way)}));
  auto capturing = std::make_shared<Capturing>(call, tenant, call->body.value("max_bytes", kFileBytes));
  call->reply->watch([capturing] { capturing->client_gone(); });
  call->backend->link->capture(order_of(call->body, tenant), capturing->stop.get_token(),
                               hop<Report>(call, [capturing](const Report& report) { capturing->report(report); }));
}

}  // namespace

void capture(const CallPtr& call) {
  call->backend->core.look([call](const Edit& edit) {
    const auto found = call->tenant(edit.model());
    if (!found) {
      call->backend->post([call, error = found.error()] { call->reply->send(error_response(error)); });
      return;
    }
    const TenantId tenant = (*found)->id;
    const uint64_t most = edit.quota(tenant, Shared::captures).limit;
    call->backend->post([call, tenant, most] { start(call, tenant, most); });
  });
}

}  // namespace demarc::cp::handlers
