#include "dataplane/agent/decode_rates.h"

#include "dataplane/agent/decode_fields.h"

namespace demarc::dp {

using channel::EntryKey;

namespace {

constexpr uint64_t kBpsMin = 64'000, kBpsMax = 400'000'000'000;
constexpr uint64_t kPpsMin = 10, kPpsMax = 1'000'000'000;
constexpr uint16_t kBurstMsMin = 1, kBurstMsMax = 1'000, kBurstMsOfQer = 50, kBurstMsOfGuarantee = 50;
constexpr uint16_t kWeightMax = 100;

Status check_rate(const EntryKey& key, const std::string& what, uint64_t rate, uint64_t min, uint64_t max) {
  if (rate == 0 || (rate >= min && rate <= max)) return {};
  return refuse(key, "{} of {} a second: must be from {} to {}, or 0 for no limit", what, rate, min, max);
}

}  // namespace

Result<Rates> decode_rates(const EntryKey& key, const schema::Rates* rates) {
  if (rates == nullptr) return Rates{};
  if (rates->burst_ms() < kBurstMsMin || rates->burst_ms() > kBurstMsMax)
    return refuse(key, "burst of {} ms: must be from {} to {}", rates->burst_ms(), kBurstMsMin, kBurstMsMax);
  const uint64_t bps[] = {rates->uplink_bps(), rates->downlink_bps()};
  const uint64_t pps[] = {rates->uplink_pps(), rates->downlink_pps()};
  Rates out;
  for (size_t d = 0; d < kDirections; ++d) {
    const std::string way = d == 0 ? "uplink" : "downlink";
    if (auto ok = check_rate(key, way + " rate in bits", bps[d], kBpsMin, kBpsMax); !ok)
      return tl::unexpected(ok.error());
    if (auto ok = check_rate(key, way + " rate in packets", pps[d], kPpsMin, kPpsMax); !ok)
      return tl::unexpected(ok.error());
    out[d] = {bit_rate(bps[d], rates->burst_ms()), packet_rate(pps[d], rates->burst_ms())};
  }
  return out;
}

Result<Rate> decode_bit_rate(const EntryKey& key, const std::string& what, uint64_t bps) {
  if (auto ok = check_rate(key, what + " in bits", bps, kBpsMin, kBpsMax); !ok) return tl::unexpected(ok.error());
  return bit_rate(bps, kBurstMsOfQer);
}

Result<TierValue> decode_tier(const EntryKey& key, const schema::Tier* tier) {
  TierValue out;
  if (tier == nullptr) return out;
  if (tier->weight() < 1 || tier->weight() > kWeightMax)
    return refuse(key, "weight {}: must be from 1 to {}", tier->weight(), kWeightMax);
  if (auto ok = check_rate(key, "guarantee of packets", tier->guaranteed_pps(), kPpsMin, kPpsMax); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = check_rate(key, "guarantee of bits", tier->guaranteed_bps(), kBpsMin, kBpsMax); !ok)
    return tl::unexpected(ok.error());
  out.weight = tier->weight();
  out.guarantee[static_cast<size_t>(Direction::uplink)] = {bit_rate(tier->guaranteed_bps(), kBurstMsOfGuarantee),
                                                           packet_rate(tier->guaranteed_pps(), kBurstMsOfGuarantee)};
  out.workers = tier->workers();
  return out;
}

}  // namespace demarc::dp
