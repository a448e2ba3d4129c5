// A MAC address for a TAP port that stays the same when demarc-dp is started again: by default net_tap makes up a new
// one each time, and every neighbor would go on sending to the old one for a minute.
#pragma once

#include <string>

namespace demarc::dp {

// As devargs want it, "02:12:34:56:78:9a". Locally administered and unicast (IEEE 802 clause 8.4); made from the
// interface's name, the network namespace and the machine, so that neighbors of one link hardly ever share it.
std::string stable_tap_mac(const std::string& interface);

}  // namespace demarc::dp
