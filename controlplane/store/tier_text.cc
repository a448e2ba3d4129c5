#include "controlplane/store/tier_text.h"

#include <fmt/format.h>

#include <array>

#include "controlplane/store/slashed_numbers.h"

namespace demarc::cp {

std::string tier_to_text(const Tier& t) {
  if (t == Tier{}) return {};
  return fmt::format("{}/{}/{}/{}", t.weight, t.guaranteed_pps, t.guaranteed_bps, t.workers);
}

bool tier_from_text(std::string_view text, Tier& t) {
  if (text.empty()) {
    t = {};
    return true;
  }
  std::array<uint64_t, 4> n{};
  if (!read_slashed_numbers(text, n) || n[0] > UINT16_MAX) return false;
  t = {static_cast<uint16_t>(n[0]), n[1], n[2], n[3]};
  return true;
}

}  // namespace demarc::cp
