// Which of a route's next hops a packet takes, where there are several. No stage.
#pragma once

#include <cstring>
#include <vector>

#include "dataplane/stages/flow_hash.h"
#include "dataplane/stages/stage_context.h"
#include "dataplane/tables/next_hop_groups.h"

namespace demarc::dp {

inline uint64_t gateway_number(const NextHop& hop) { return hop.gateway.raw(); }
inline uint64_t gateway_number(const NextHop6& hop) {
  uint64_t words[2];
  std::memcpy(words, hop.gateway.bytes.data(), sizeof words);
  return hash_mix(words[0], words[1]);
}

template <class Hop>
bool has_failed(const StageContext& context, const Hop& hop) {
  const auto key = NeighborTable::key(hop.egress, hop.gateway);
  NeighborAnswer answer;
  context.tables.neighbors->lookup(&key, 1, &answer);
  return answer.state == NeighborState::failed;
}

// Highest random weight: each flow has an order of all the next hops, and takes the first of it that has not failed. So
// a next hop that is lost moves its own flows and no others, and so does its return (RFC 2992 wants little more).
// `group` has 1..16.
template <class Hop>
const Hop& choose_next_hop(const StageContext& context, const std::vector<Hop>& group, uint64_t flow) {
  const Hop* first = nullptr;
  uint32_t refused = 0;
  for (size_t tries = 0; tries < group.size(); ++tries) {
    const Hop* best = nullptr;
    uint64_t best_weight = 0;
    size_t best_index = 0;
    for (size_t n = 0; n < group.size(); ++n) {
      if ((refused >> n & 1) != 0) continue;
      const uint64_t weight = hash_mix(flow, hash_mix(group[n].egress.value, gateway_number(group[n])));
      if (best != nullptr && weight <= best_weight) continue;
      best = &group[n];
      best_weight = weight;
      best_index = n;
    }
    if (first == nullptr) first = best;
    if (!has_failed(context, *best)) return *best;
    refused |= uint32_t{1} << best_index;
  }
  return *first;
}

}  // namespace demarc::dp
