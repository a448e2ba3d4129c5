// EthernetNetwork: the Ethernet sessions of one core VRF, and which MAC addresses live behind each of them (TS 23.501
// clause 5.6.10.2, TS 29.561 clause 8a).
//
// The agent says which sessions belong to it. Workers teach it the source addresses of the frames that sessions send,
// and ask it whose a destination is. A MAC address and the place of its session are one word, changed by
// compare-and-swap: a worker sees an address with its right session, or not at all. What is not heard of for
// kMacAgeSeconds is forgotten; until then no other session can take the address.
//
// Bounded: sessions by kPlacesMax, for each broadcast is copied to all of them; addresses by kMacsPerSession of each
// session; copies by kGroupFramesPerSecond. Every network has its memory to itself (33 KB), so that no tenant can fill
// another's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dataplane/tables/opaque_rules.h"

namespace demarc::dp {

struct Session;

class EthernetNetwork {
 public:
  static constexpr unsigned kPlacesMax = 64;
  static constexpr unsigned kMacsPerSession = 16;
  static constexpr uint64_t kMacAgeSeconds = 300;  // IEEE 802.1Q table 8-6
  static constexpr uint32_t kGroupFramesPerSecond = 1'000;

  enum class Learned : uint8_t {
    yes,
    taken,  // another session has the address
    full,   // the session has as many as it may, or there is no cell for this one
  };

  // `ticks_per_second`: of the TSC. `seed`: random, so that nobody can choose addresses that share cells.
  EthernetNetwork(uint64_t ticks_per_second, uint64_t seed) : second_ticks_(ticks_per_second), seed_(seed | 1) {}
  EthernetNetwork(const EthernetNetwork&) = delete;

  // ---- agent ----

  // Who is at the place: null for nobody, or nobody yet.
  void set(uint8_t place, const Session* session) { sessions_[place].store(session, std::memory_order_release); }
  // Forgets the addresses of the session at the place.
  void forget(uint8_t place);

  // ---- workers ---- now_tsc: of the burst.

  // Null: nobody. place: below kPlacesMax.
  const Session* session(uint8_t place) const { return sessions_[place].load(std::memory_order_acquire); }
  // The place of the session behind which the address is, or -1.
  int place_of(MacValue mac, uint64_t now_tsc) const;
  // By the worker that owns the session at the place.
  Learned learn(uint8_t place, MacValue mac, uint64_t now_tsc);
  // Whether one more frame to a group may be copied now. Counted by all workers together, about right.
  bool take_group_frame(uint64_t now_tsc);

 private:
  static constexpr unsigned kBucketBits = 8;
  static constexpr unsigned kBuckets = 1u << kBucketBits;  // twice as many cells as there can be addresses
  static constexpr unsigned kBucketCells = 8;

  struct Cell {
    std::atomic<uint64_t> word{0};  // MacValue << 16 | place + 1; 0: free
    std::atomic<uint64_t> seen{0};  // TSC
  };
  static uint64_t word_of(MacValue mac, uint8_t place) { return mac << 16 | (place + 1u); }
  static uint8_t place_in(uint64_t word) { return static_cast<uint8_t>((word & 0xffff) - 1); }
  Cell* bucket_of(MacValue mac) { return cells_ + (mac * seed_ >> (64 - kBucketBits)) * kBucketCells; }
  const Cell* bucket_of(MacValue mac) const { return const_cast<EthernetNetwork*>(this)->bucket_of(mac); }
  bool is_aged(const Cell& cell, uint64_t now_tsc) const {
    const auto age = static_cast<int64_t>(now_tsc - cell.seen.load(std::memory_order_relaxed));
    return age > static_cast<int64_t>(second_ticks_ * kMacAgeSeconds);
  }
  bool take(Cell& cell, uint64_t before, uint8_t place, MacValue mac, uint64_t now_tsc);
  bool release(Cell& cell, uint64_t before);
  bool has_room(uint8_t place, uint64_t now_tsc);

  const uint64_t second_ticks_;
  const uint64_t seed_;
  std::atomic<const Session*> sessions_[kPlacesMax] = {};
  std::atomic<uint32_t> macs_[kPlacesMax] = {};  // how many cells name the place
  uint64_t swept_[kPlacesMax] = {};              // TSC; of the owner alone
  std::atomic<uint64_t> window_{0};              // TSC at which the present second began
  std::atomic<uint32_t> group_frames_{0};        // in it
  alignas(64) Cell cells_[kBuckets * kBucketCells];
};

}  // namespace demarc::dp
