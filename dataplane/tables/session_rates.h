// The rates of one session: its AMBR and those of its QERs, and what is in their buckets.
//
// SessionRates is configuration, one a version of the session's block. SessionMeters is what the buckets hold, of the
// life of all versions (it belongs to SessionUsage): a put keeps it. Written by the session's owner alone; the agent
// only finds a place for QERs that are new.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/tables/shared_limits.h"
#include "dataplane/tables/token_bucket.h"

namespace demarc::dp {

struct QerMeter {
  uint32_t qer_id = 0;
  std::array<TokenBucket, kDirections> mbr;
  std::array<TokenBucket, kDirections> gbr;
};

struct SessionMeters {
  std::array<TokenBucket, kDirections> bits;  // AMBR
  std::array<TokenBucket, kDirections> packets;
  std::vector<std::unique_ptr<QerMeter>> qers;  // agent
};

inline constexpr size_t kMeteredQersMax = 16;

// TS 29.244 clauses 8.2.8 and 8.2.9. Below the GBR a packet is green and no part of the session's AMBR (TS 23.501
// clause 5.7.1.8: that is for flows without a GBR), up to the MBR yellow.
struct QerRates {
  uint32_t qer_id = 0;
  std::array<Rate, kDirections> mbr;  // of bits
  std::array<Rate, kDirections> gbr;
  QerMeter* meter = nullptr;  // SessionTable::put finds it
  bool operator==(const QerRates&) const = default;
};

struct SessionRates {
  Rates ambr;
  std::vector<QerRates> qers;     // 0..kMeteredQersMax
  std::vector<uint16_t> of_pdrs;  // [PDR's index in order of precedence]: bit i: qers[i] is its
  SessionMeters* meters = nullptr;
  uint64_t changed_tsc = 0;  // since when they are so; SessionTable::put takes the time if it is 0
};

// Each QER its own buckets, by its id; of ids that are new the place of one that is gone. Never more than
// kMeteredQersMax: what is in a bucket may then be another QER's, of the same session, at most a full bucket.
inline void place_meters(SessionRates& rates, SessionMeters& meters) {
  rates.meters = &meters;
  const auto named = [&](uint32_t id) {
    for (const QerRates& q : rates.qers)
      if (q.qer_id == id) return true;
    return false;
  };
  for (QerRates& q : rates.qers) {
    q.meter = nullptr;
    for (const auto& m : meters.qers)
      if (m->qer_id == q.qer_id) q.meter = m.get();
    if (q.meter != nullptr) continue;
    if (meters.qers.size() < kMeteredQersMax) {
      q.meter = meters.qers.emplace_back(std::make_unique<QerMeter>()).get();
    } else {
      for (const auto& m : meters.qers)
        if (!named(m->qer_id)) q.meter = m.get();
    }
    q.meter->qer_id = q.qer_id;
  }
}

}  // namespace demarc::dp
