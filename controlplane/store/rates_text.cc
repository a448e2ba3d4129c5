#include "controlplane/store/rates_text.h"

#include <fmt/format.h>

#include <array>

#include "controlplane/store/slashed_numbers.h"

namespace demarc::cp {
std::string rates_to_text(const Rates& r) {
  if (r == Rates{}) return {};
  return fmt::format("{}/{}/{}/{}/{}", r.uplink_bps, r.downlink_bps, r.uplink_pps, r.downlink_pps, r.burst_ms);
}

bool rates_from_text(std::string_view text, Rates& r) {
  if (text.empty()) {
    r = {};
    return true;
  }
  std::array<uint64_t, 5> n{};
  if (!read_slashed_numbers(text, n) || n[4] > UINT16_MAX) return false;
  r = {n[0], n[1], n[2], n[3], static_cast<uint16_t>(n[4])};
  return true;
}

std::string qer_rates_to_text(const Qer& q) {
  return fmt::format("{}/{}/{}/{}", q.mbr.ul, q.mbr.dl, q.gbr.ul, q.gbr.dl);
}

bool qer_rates_from_text(std::string_view text, Qer& q) {
  std::array<uint64_t, 4> n{};
  if (!read_slashed_numbers(text, n)) return false;
  q.mbr = {n[0], n[1]};
  q.gbr = {n[2], n[3]};
  return true;
}

}  // namespace demarc::cp
