// The real Link as a LinkView.
#include "controlplane/api/api.h"
#include "controlplane/api/link_view.h"

namespace demarc::cp {
namespace {

class LinkAdapter final : public LinkView {
 public:
  explicit LinkAdapter(Link& link) : link_(link) {}
  void flush(TenantId tenant, uint64_t wait_ns, std::function<void(Result<bool>)> done) override {
    link_.flush(tenant, wait_ns, std::move(done));
  }
  void status(std::function<void(const LinkStatus&)> done) override { link_.status(std::move(done)); }
  void counters(std::function<void(Result<schema::CountersReportT>)> done) override { link_.counters(std::move(done)); }
  CountersWindow last_counters() const override { return link_.last_counters(); }
  void neighbors(TenantId tenant, std::function<void(Result<schema::NeighborReportT>)> done) override {
    link_.neighbors(tenant, std::move(done));
  }
  void peers(TenantId tenant, std::function<void(Result<schema::PeerReportT>)> done) override {
    link_.peers(tenant, std::move(done));
  }
  void session_usage(TenantId tenant, Seid session, std::function<void(Result<schema::SessionUsageT>)> done) override {
    link_.session_usage(tenant, session, std::move(done));
  }
  void trace(TenantId tenant, uint32_t packets, uint64_t wait_ns, std::stop_token stop,
             std::function<void(Result<schema::TraceReportT>)> on_packets) override {
    link_.trace(tenant, packets, wait_ns, std::move(stop), std::move(on_packets));
  }
  void capture(schema::CaptureRequestT order, std::stop_token stop,
               std::function<void(Result<schema::CaptureReportT>)> on_packets) override {
    link_.capture(std::move(order), std::move(stop), std::move(on_packets));
  }

 private:
  Link& link_;
};

}  // namespace

Result<std::unique_ptr<Api>> Api::open(boost::asio::io_context& io, ApiConfig config, Core& core, Link& link,
                                       const Clock& clock) {
  return open(io, std::move(config), core, std::make_unique<LinkAdapter>(link), clock);
}

}  // namespace demarc::cp
