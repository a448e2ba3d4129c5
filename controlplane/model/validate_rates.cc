#include "controlplane/model/validate_rates.h"

#include "controlplane/model/checks.h"

namespace demarc::cp {
namespace {

constexpr uint64_t kBpsMin = 64'000, kBpsMax = 400'000'000'000;
constexpr uint64_t kPpsMin = 10, kPpsMax = 1'000'000'000;
constexpr uint16_t kBurstMsMax = 1'000;

Status check_bps(uint64_t bps, const char* what, const std::string& subject) {
  if (bps == 0 || (bps >= kBpsMin && bps <= kBpsMax)) return {};
  return failf(ErrorCode::invalid, "{}: {} of {} bit/s: must be from {} to {}, or 0 for no limit", subject, what, bps,
               kBpsMin, kBpsMax);
}

Status check_pps(uint64_t pps, const char* what, const std::string& subject) {
  if (pps == 0 || (pps >= kPpsMin && pps <= kPpsMax)) return {};
  return failf(ErrorCode::invalid, "{}: {} of {} packets/s: must be from {} to {}, or 0 for no limit", subject, what,
               pps, kPpsMin, kPpsMax);
}

}  // namespace

Status check_rates(const Rates& rates, const std::string& subject) {
  if (Status s = check_bps(rates.uplink_bps, "uplink", subject); !s) return s;
  if (Status s = check_bps(rates.downlink_bps, "downlink", subject); !s) return s;
  if (Status s = check_pps(rates.uplink_pps, "uplink", subject); !s) return s;
  if (Status s = check_pps(rates.downlink_pps, "downlink", subject); !s) return s;
  if (rates.burst_ms >= 1 && rates.burst_ms <= kBurstMsMax) return {};
  return failf(ErrorCode::invalid, "{}: burst of {} ms: must be from 1 to {}", subject, rates.burst_ms, kBurstMsMax);
}

Status check_qer_rates(const Qer& qer, const std::string& subject) {
  if (Status s = check_bps(qer.mbr.ul, "uplink MBR", subject); !s) return s;
  if (Status s = check_bps(qer.mbr.dl, "downlink MBR", subject); !s) return s;
  if (Status s = check_bps(qer.gbr.ul, "uplink GBR", subject); !s) return s;
  if (Status s = check_bps(qer.gbr.dl, "downlink GBR", subject); !s) return s;
  if (qer.gbr.ul <= qer.mbr.ul && qer.gbr.dl <= qer.mbr.dl) return {};
  return failf(ErrorCode::invalid,
               "{}: GBR of {} and {} bit/s (up and down) above the MBR of {} and {}: it can be at most that", subject,
               qer.gbr.ul, qer.gbr.dl, qer.mbr.ul, qer.mbr.dl);
}

}  // namespace demarc::cp
