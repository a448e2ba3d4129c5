#include "dataplane/stages/rate_check.h"

#include "dataplane/stages/ue_limits.h"
#include "dataplane/tables/session_rates.h"

namespace demarc::dp {
namespace {

struct Question {
  size_t direction;
  uint64_t bits;
  uint64_t now_tsc;
  uint64_t hz;
};

// An empty rate lets everything through.
bool fills(TokenBucket& bucket, const Rate& rate, uint64_t first, uint64_t units, const Question& q,
           uint64_t changed_tsc) {
  if (!rate) return true;
  bucket.refill(rate, first, q.now_tsc, q.hz, changed_tsc);
  return bucket.has(units, q.hz);
}

// The session's own levels. `paid` is called at the end, for all of them together.
class SessionLevels {
 public:
  SessionLevels(const PacketMeta& meta, const Question& q) : q_(q), rates_(meta.session->rates) {
    if (rates_ == nullptr) return;
    qers_ = rates_->of_pdrs[static_cast<size_t>(&meta.pdr() - meta.session->pdrs())];
  }

  uint8_t ask() {
    if (rates_ == nullptr) return kNotDropped;
    for (unsigned left = qers_; left != 0; left &= left - 1) {
      const QerRates& qer = rates_->qers[static_cast<size_t>(__builtin_ctz(left))];
      if (!fills(qer.meter->mbr[q_.direction], qer.mbr[q_.direction], kLargestPacketBits, q_.bits, q_,
                 rates_->changed_tsc))
        return code(DropReason::rate_qer);
      if (qer.gbr[q_.direction] && fills(qer.meter->gbr[q_.direction], qer.gbr[q_.direction], kLargestPacketBits,
                                         q_.bits, q_, rates_->changed_tsc))
        guaranteed_ = true;
    }
    if (guaranteed_) return kNotDropped;
    const DirectionRates& ambr = rates_->ambr[q_.direction];
    const bool conforms =
        fills(rates_->meters->bits[q_.direction], ambr.bits, kLargestPacketBits, q_.bits, q_, rates_->changed_tsc) &&
        fills(rates_->meters->packets[q_.direction], ambr.packets, 1, 1, q_, rates_->changed_tsc);
    return conforms ? kNotDropped : code(DropReason::rate_session);
  }

  void pay() {
    if (rates_ == nullptr) return;
    for (unsigned left = qers_; left != 0; left &= left - 1) {
      const QerRates& qer = rates_->qers[static_cast<size_t>(__builtin_ctz(left))];
      if (qer.mbr[q_.direction]) qer.meter->mbr[q_.direction].take(q_.bits, q_.hz);
      TokenBucket& gbr = qer.meter->gbr[q_.direction];
      if (qer.gbr[q_.direction] && gbr.has(q_.bits, q_.hz)) gbr.take(q_.bits, q_.hz);
    }
    if (guaranteed_) return;
    const DirectionRates& ambr = rates_->ambr[q_.direction];
    if (ambr.bits) rates_->meters->bits[q_.direction].take(q_.bits, q_.hz);
    if (ambr.packets) rates_->meters->packets[q_.direction].take(1, q_.hz);
  }

 private:
  const Question& q_;
  const SessionRates* rates_;
  unsigned qers_ = 0;  // bit i: rates_->qers[i] is the PDR's
  bool guaranteed_ = false;
};

const LimitsRow* limits_of(const LimitsRow& row) { return row.state == nullptr ? nullptr : &row; }

}  // namespace

uint8_t check_rates(StageContext& context, const PacketMeta& meta, Direction direction, size_t inner_bytes,
                    uint64_t now_tsc) {
  const Question q{static_cast<size_t>(direction), 8 * uint64_t{inner_bytes}, now_tsc, context.tsc_hz};
  SessionLevels session(meta, q);
  if (const uint8_t reason = session.ask(); reason != kNotDropped) return reason;
  const Topology& topology = context.topology();
  const VrfRow* const vrf_row = core_vrf(topology, meta);
  const LimitsRow* const vrf = vrf_row == nullptr ? nullptr : limits_of(vrf_row->limits);
  const LimitsRow* const tenant = limits_of(topology.tenant_limits(meta.tenant));
  const unsigned worker = context.worker.value;
  if (vrf != nullptr && !vrf->state->conforms(vrf->shared, worker, direction, q.bits, now_tsc, q.hz))
    return code(DropReason::rate_vrf);
  if (tenant != nullptr && !tenant->state->conforms(tenant->shared, worker, direction, q.bits, now_tsc, q.hz)) {
    if (vrf != nullptr) vrf->state->release(vrf->shared, worker, direction);
    return code(DropReason::rate_tenant);
  }
  session.pay();
  if (vrf != nullptr) vrf->state->pay(vrf->shared, worker, direction, q.bits);
  if (tenant != nullptr) tenant->state->pay(tenant->shared, worker, direction, q.bits);
  return kNotDropped;
}

}  // namespace demarc::dp
