#pragma once

#include <cstdint>

namespace demarc::dp {

// What a worker does with a turn that had no packet.
enum class Idle : uint8_t {
  poll,   // the next turn at once: lowest latency, a whole core
  pause,  // the CPU's pause instruction a few times: kinder to the other thread of a core
  sleep,  // after some empty turns sleep 50 µs: for a lab with fewer cores than workers
};

}  // namespace demarc::dp
