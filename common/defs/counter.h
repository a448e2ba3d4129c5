// Counter: what is counted for each tenant besides the drops. Generated from counters.def.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/defs/drop_reason.h"

namespace demarc {

enum class Counter : uint8_t {
#define COUNTER(name, unit, sentence) name,
#include "common/defs/counters.def"
#undef COUNTER
};

struct CounterInfo {
  std::string_view name;
  std::string_view unit;  // "packets" or "bytes"
  std::string_view sentence;
};

inline constexpr CounterInfo kCounters[] = {
#define COUNTER(name, unit, sentence) {#name, #unit, sentence},
#include "common/defs/counters.def"
#undef COUNTER
};

inline constexpr size_t kCounterCount = sizeof(kCounters) / sizeof(kCounters[0]);

// FNV-1a over the names of all counters and drop reasons in order. Both ends of the channel compare it in the hello:
// different lists would otherwise put numbers under wrong names.
constexpr uint64_t counter_list_fingerprint() {
  uint64_t h = 14695981039346656037ull;
  auto add = [&h](std::string_view s) {
    for (char c : s) h = (h ^ static_cast<uint8_t>(c)) * 1099511628211ull;
    h = (h ^ 0xff) * 1099511628211ull;
  };
  for (const auto& c : kCounters) add(c.name);
  for (const auto& d : kDropReasons) add(d.name);
  return h;
}

}  // namespace demarc
