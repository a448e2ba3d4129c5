// An SDF filter as one field of a session's rules (session_rules.h), which may hold neither ',' nor ';':
//
//   id/ToS/mask/SPI/flow label/flow description, with + between ports instead of a comma; no flow label is empty
#pragma once

#include <string>
#include <string_view>

#include "common/base/flow_description.h"

namespace demarc::cp {

std::string sdf_filter_to_text(const SdfFilter& filter);
// False: the text is not what sdf_filter_to_text() makes.
bool sdf_filter_from_text(std::string_view text, SdfFilter& filter);

}  // namespace demarc::cp
