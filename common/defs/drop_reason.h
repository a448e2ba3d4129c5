// DropReason: why a packet ended. Generated from drop_reasons.def.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace demarc {

enum class DropReason : uint8_t {
#define DROP(name, sentence) name,
#include "common/defs/drop_reasons.def"
#undef DROP
};

struct DropReasonInfo {
  std::string_view name;
  std::string_view sentence;
};

inline constexpr DropReasonInfo kDropReasons[] = {
#define DROP(name, sentence) {#name, sentence},
#include "common/defs/drop_reasons.def"
#undef DROP
};

inline constexpr size_t kDropReasonCount = sizeof(kDropReasons) / sizeof(kDropReasons[0]);
static_assert(kDropReasonCount < 255, "DropReason is one byte and 255 means none");

// In a packet's metadata: not dropped.
inline constexpr uint8_t kNotDropped = 255;

constexpr std::string_view drop_reason_name(DropReason r) { return kDropReasons[static_cast<size_t>(r)].name; }

}  // namespace demarc
