// StageId: generated from stages.def.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace demarc::dp {

enum class StageId : uint8_t {
#define STAGE(name, sentence) name,
#include "dataplane/stages/stages.def"
#undef STAGE
};

struct StageInfo {
  std::string_view name;
  std::string_view sentence;
};

inline constexpr StageInfo kStages[] = {
#define STAGE(name, sentence) {#name, sentence},
#include "dataplane/stages/stages.def"
#undef STAGE
};
inline constexpr size_t kStageCount = sizeof(kStages) / sizeof(kStages[0]);

}  // namespace demarc::dp
