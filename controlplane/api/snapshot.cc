#include "controlplane/api/snapshot.h"

#include <fmt/format.h>

#include <ctime>

namespace demarc::cp {

Result<Names> all_tenants(const Model& model, const Call&) {
  Names names;
  for (const auto& [id, tenant] : model.tenants) names.emplace(id, tenant.name);
  return names;
}

Result<Names> tenant_of_path(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  return Names{{(*tenant)->id, (*tenant)->name}};
}

void with_snapshot(const CallPtr& call, Result<Names> (*tenants)(const Model&, const Call&),
                   std::function<void(const Snapshot&)> then, bool without_report) {
  auto snapshot = std::make_shared<Snapshot>();  // filled in on the io thread
  auto with_status = [snapshot, then = std::move(then)](LinkStatus status) {
    snapshot->link = std::move(status);
    then(*snapshot);
  };
  auto with_report = [call, snapshot, without_report, with_status](Result<schema::CountersReportT> report) {
    if (!report && !without_report) return call->reply->send(error_response(report.error()));
    if (report) snapshot->report = std::move(*report);
    call->backend->link->status(hop<LinkStatus>(call, with_status));
  };
  read_then(
      call, [call, tenants](const Model& model) { return tenants(model, *call); },
      [call, snapshot, with_report](Result<Names> names) {
        if (!names) return call->reply->send(error_response(names.error()));
        snapshot->tenants = std::move(*names);
        call->backend->link->counters(hop<Result<schema::CountersReportT>>(call, with_report));
      });
}

std::string hex64(uint64_t value) { return fmt::format("{:016x}", value); }

std::string hex_bytes(const std::vector<uint8_t>& bytes, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) out += fmt::format("{}{:02x}", i == 0 ? "" : separator, bytes[i]);
  return out;
}

std::string utc_time(uint64_t wall_ns) {
  if (wall_ns == 0) return "";
  const auto seconds = static_cast<std::time_t>(wall_ns / 1'000'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return std::string(text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc));
}

}  // namespace demarc::cp
