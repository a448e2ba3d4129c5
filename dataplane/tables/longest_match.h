// The longest-prefix match that an exact hash of prefixes and the lengths that there are make together.
#pragma once

#include "dataplane/tables/key_map.h"
#include "dataplane/tables/prefix_lengths.h"

namespace demarc::dp {

struct Session;

// For each i < n (at most 64) with out[i] null: out[i] = what `map` has for the longest prefix around keys[i], which is
// a whole address (length 128); null when there is none. `lengths` are those of the map's keys, by VRF: it is asked
// once for each, for all packets together. Prefetches the head line of what it found, and the line behind it.
void lookup_longest(const KeyMap<WideKey>& map, const PrefixLengths& lengths, const WideKey* keys, unsigned n,
                    const Session** out);

}  // namespace demarc::dp
