#include "dataplane/agent/capturing.h"

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <algorithm>
#include <array>
#include <memory>

namespace demarc::dp {
namespace {

constexpr uint16_t kSnapLengthMin = 64;

// What is wrong with a request's numbers; empty: nothing.
std::string complaint(const schema::CaptureRequest& r) {
  if (r.packets() > Capturing::kPacketsMax)
    return fmt::format("{} packets: a capture may have at most {}", r.packets(), Capturing::kPacketsMax);
  if (r.snap_length() < kSnapLengthMin || r.snap_length() > kCaptureBytesMax)
    return fmt::format("{} bytes of a packet: it must be from {} to {}", r.snap_length(), kSnapLengthMin,
                       kCaptureBytesMax);
  if (r.duration_ms() == 0 || r.duration_ms() > Capturing::kDurationMsMax)
    return fmt::format("{} ms: a capture lasts from 1 to {}", r.duration_ms(), Capturing::kDurationMsMax);
  return {};
}

std::vector<uint8_t> bytes_of(const rte_mbuf* m) {
  std::vector<uint8_t> bytes(rte_pktmbuf_pkt_len(m));
  size_t at = 0;
  for (const rte_mbuf* segment = m; segment != nullptr; segment = segment->next) {
    const uint16_t n = rte_pktmbuf_data_len(segment);
    std::copy_n(rte_pktmbuf_mtod(segment, const uint8_t*), n, bytes.begin() + static_cast<std::ptrdiff_t>(at));
    at += n;
  }
  return bytes;
}

}  // namespace

void Capturing::refuse(uint64_t request, std::string error) {
  schema::CaptureReportT report;
  report.request = request;
  report.last = true;
  report.error = std::move(error);
  send_(report);
}

void Capturing::start(const schema::CaptureRequest& r, uint64_t now_ns) {
  const TenantId tenant(r.tenant());
  const auto slot = state_.slots.of(schema::EntryKind::tenant).find(tenant, tenant.value);
  if (!slot) return r.packets() == 0 ? void() : refuse(r.request(), {});
  const TenantSlot at(static_cast<uint16_t>(*slot));
  const auto under_way = captures_.find(at);
  if (under_way != captures_.end() && under_way->second.request == r.request()) {
    if (r.packets() == 0) finish(under_way);
    return;  // else: said twice
  }
  if (r.packets() == 0) return;  // the end of one that is over
  if (std::string why = complaint(r); !why.empty()) return refuse(r.request(), std::move(why));
  auto filter = CaptureFilter::compile(r.filter() == nullptr ? "" : r.filter()->str());
  if (!filter) return refuse(r.request(), filter.error().message);
  if (under_way != captures_.end()) finish(under_way, "another capture of this tenant began");
  if (captures_.size() >= kCapturesMax)
    return refuse(r.request(), fmt::format("{} captures are under way, more than that this data plane has no buffers "
                                           "for; wait until one has ended",
                                           kCapturesMax));
  Capture& capture = captures_[at];
  capture.request = r.request();
  capture.tenant = tenant;
  capture.generation = ++generation_ == 0 ? ++generation_ : generation_;
  capture.left = r.packets();
  capture.end_ns = now_ns + uint64_t{r.duration_ms()} * 1'000'000;
  capture.lost_before = lost(at);
  capture.filter = std::move(*filter);
  for (WorkerShared& worker : workers_)
    worker.capture.control->ask(at, capture.generation, r.session(), r.snap_length(), r.drops_only());
}

void Capturing::stop() {
  for (const auto& [slot, capture] : captures_)
    for (WorkerShared& worker : workers_) worker.capture.control->end(slot);
  captures_.clear();
}

Capturing::Captures::iterator Capturing::finish(Captures::iterator it, std::string error) {
  for (WorkerShared& worker : workers_) worker.capture.control->end(it->first);
  send(it->first, it->second, /*last=*/true, std::move(error));
  return captures_.erase(it);
}

uint64_t Capturing::lost(TenantSlot slot) const {
  uint64_t n = 0;
  for (const WorkerShared& worker : workers_) n += worker.capture.lost[slot.value].read();
  return n;
}

void Capturing::send(TenantSlot slot, Capture& capture, bool last, std::string error) {
  capture.ready.request = capture.request;
  capture.ready.lost = lost(slot) - capture.lost_before;
  capture.ready.last = last;
  capture.ready.error = std::move(error);
  send_(capture.ready);
  capture.ready = {};
  capture.ready_bytes = 0;
}

bool Capturing::over(TenantSlot slot, const Capture& capture, uint64_t now_ns) const {
  const auto now_at = state_.slots.of(schema::EntryKind::tenant).find(capture.tenant, capture.tenant.value);
  return capture.left == 0 || now_ns >= capture.end_ns || now_at != slot.value;
}

void Capturing::poll(uint64_t now_ns, uint64_t wall_ns, uint64_t tsc) {
  for (WorkerShared& worker : workers_) drain(worker, wall_ns, tsc);
  for (auto it = captures_.begin(); it != captures_.end();) {
    if (over(it->first, it->second, now_ns)) {
      it = finish(it);
      continue;
    }
    if (!it->second.ready.packets.empty()) send(it->first, it->second, /*last=*/false);
    ++it;
  }
}

// At most kReportBytesMax a turn: what waits longer fills its tenant's share of the ring, and is lost there.
void Capturing::drain(WorkerShared& worker, uint64_t wall_ns, uint64_t tsc) {
  std::array<void*, 32> copies;
  for (size_t bytes = 0; bytes < kReportBytesMax;) {
    const unsigned n = rte_ring_sc_dequeue_burst(worker.capture.ring, copies.data(), copies.size(), nullptr);
    if (n == 0) return;
    for (unsigned i = 0; i < n; ++i) {
      auto* copy = static_cast<rte_mbuf*>(copies[i]);
      bytes += rte_pktmbuf_pkt_len(copy);
      take(worker, copy, wall_ns, tsc);
      const TenantSlot tenant = static_cast<const CaptureMark*>(rte_mbuf_to_priv(copy))->tenant;
      worker.capture.taken[tenant.value].add(copy->nb_segs);
      rte_pktmbuf_free(copy);
    }
  }
}

std::string Capturing::port_name(uint16_t index) const {
  const auto port = std::ranges::find(state_.ports, PortIndex(index), &AgentPort::index);
  return port == state_.ports.end() ? std::string() : port->name;
}

void Capturing::take(const WorkerShared& worker, rte_mbuf* copy, uint64_t wall_ns, uint64_t tsc) {
  const CaptureMark& mark = *static_cast<const CaptureMark*>(rte_mbuf_to_priv(copy));
  const auto it = captures_.find(mark.tenant);
  if (it == captures_.end() || it->second.generation != mark.generation) return;  // of one that is over
  Capture& capture = it->second;
  if (capture.left == 0) return;
  std::vector<uint8_t> bytes = bytes_of(copy);
  if (!capture.filter.takes(bytes, mark.frame_bytes)) return;
  auto packet = std::make_unique<schema::CapturedPacketT>();
  const double age_s = tsc > mark.tsc ? static_cast<double>(tsc - mark.tsc) / static_cast<double>(rte_get_tsc_hz()) : 0;
  packet->wall_ns = wall_ns - static_cast<uint64_t>(age_s * 1e9);
  packet->worker = worker.index;
  packet->port = port_name(mark.port);
  packet->direction = static_cast<uint8_t>(mark.direction);
  packet->drop = mark.drop;
  packet->session = mark.up_seid;
  packet->length = mark.frame_bytes;
  packet->bytes = std::move(bytes);
  capture.ready_bytes += packet->bytes.size();
  capture.ready.packets.push_back(std::move(packet));
  --capture.left;
  if (capture.ready_bytes >= kReportBytesMax) send(mark.tenant, capture, /*last=*/false);
}

}  // namespace demarc::dp
