// One object as one entry of the data plane's tables. Not for use outside of compile/.
#pragma once

#include <optional>

#include "common/channel/table_update.h"
#include "controlplane/model/objects.h"

namespace demarc::cp {

// None for what is the control plane's own affair: UE pools and API keys.
std::optional<channel::EntryKey> entry_key(const Object& object);

// For an object that has a key.
channel::TableUpdate entry_put(const Object& object);

}  // namespace demarc::cp
