// Rates as one text: "UPLINK_BPS/DOWNLINK_BPS/UPLINK_PPS/DOWNLINK_PPS/BURST_MS"; without any it is empty.
#pragma once

#include <string>
#include <string_view>

#include "controlplane/model/objects.h"

namespace demarc::cp {

std::string rates_to_text(const Rates& rates);
// False for what is malformed.
bool rates_from_text(std::string_view text, Rates& rates);

// "UL_MBR/DL_MBR/UL_GBR/DL_GBR" of a QER, in bits a second.
std::string qer_rates_to_text(const Qer& qer);
bool qer_rates_from_text(std::string_view text, Qer& qer);

}  // namespace demarc::cp
