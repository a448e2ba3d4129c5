// An Ethernet filter as one field of a session's rules (session_rules.h), which may hold neither ',' nor ';':
//
//   id/destination/source/EtherType/C-VLAN, MAC addresses as hexadecimal numbers; what is absent is empty
#pragma once

#include <string>
#include <string_view>

#include "controlplane/model/objects.h"

namespace demarc::cp {

std::string ethernet_filter_to_text(const EthernetFilter& filter);
// False: the text is not what ethernet_filter_to_text() makes.
bool ethernet_filter_from_text(std::string_view text, EthernetFilter& filter);

}  // namespace demarc::cp
