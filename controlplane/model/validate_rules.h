// The single rules of a session. Not for use outside of model/.
#pragma once

#include "common/base/result.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

inline constexpr uint8_t kQfiMax = 63;          // 6 bits, TS 38.415 clause 5.5.3.3
inline constexpr uint8_t kPagingPolicyMax = 7;  // 3 bits, TS 38.415 clause 5.5.3.7

Status validate_qer(const Qer& qer);
Status validate_far(const Model& model, const Session& session, const Far& far);
// The session's FARs are valid already.
Status validate_pdr(const Model& model, const Session& session, const Pdr& pdr);

}  // namespace demarc::cp
