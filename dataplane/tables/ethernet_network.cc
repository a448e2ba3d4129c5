#include "dataplane/tables/ethernet_network.h"

namespace demarc::dp {

// `before`: the cell's word as it was read. False: another worker was faster.
bool EthernetNetwork::take(Cell& cell, uint64_t before, uint8_t place, MacValue mac, uint64_t now_tsc) {
  // First the time: nobody shall find the new word and think it old.
  cell.seen.store(now_tsc, std::memory_order_relaxed);
  if (!cell.word.compare_exchange_strong(before, word_of(mac, place), std::memory_order_acq_rel)) return false;
  if (before != 0) macs_[place_in(before)].fetch_sub(1, std::memory_order_relaxed);
  macs_[place].fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool EthernetNetwork::release(Cell& cell, uint64_t before) {
  if (!cell.word.compare_exchange_strong(before, 0, std::memory_order_acq_rel)) return false;
  macs_[place_in(before)].fetch_sub(1, std::memory_order_relaxed);
  return true;
}

void EthernetNetwork::forget(uint8_t place) {
  for (Cell& cell : cells_) {
    const uint64_t word = cell.word.load(std::memory_order_relaxed);
    if (word != 0 && place_in(word) == place) release(cell, word);
  }
}

int EthernetNetwork::place_of(MacValue mac, uint64_t now_tsc) const {
  const Cell* const bucket = bucket_of(mac);
  for (unsigned i = 0; i < kBucketCells; ++i) {
    const uint64_t word = bucket[i].word.load(std::memory_order_acquire);
    if (word == 0 || word >> 16 != mac) continue;
    return is_aged(bucket[i], now_tsc) ? -1 : place_in(word);
  }
  return -1;
}

// Of a session that has all it may have, what it has not used for long makes room. To look for it is a walk over all
// cells, so it is done once a second at most.
bool EthernetNetwork::has_room(uint8_t place, uint64_t now_tsc) {
  if (macs_[place].load(std::memory_order_relaxed) < kMacsPerSession) return true;
  if (swept_[place] != 0 && now_tsc - swept_[place] < second_ticks_) return false;
  swept_[place] = now_tsc;
  for (Cell& cell : cells_) {
    const uint64_t word = cell.word.load(std::memory_order_relaxed);
    if (word != 0 && place_in(word) == place && is_aged(cell, now_tsc)) release(cell, word);
  }
  return macs_[place].load(std::memory_order_relaxed) < kMacsPerSession;
}

// Two sessions that begin to use one address at the same moment may both find a cell: the first in the bucket counts
// from then on, for all.
EthernetNetwork::Learned EthernetNetwork::learn(uint8_t place, MacValue mac, uint64_t now_tsc) {
  Cell* const bucket = bucket_of(mac);
  Cell* room = nullptr;
  uint64_t room_word = 0;
  for (unsigned i = 0; i < kBucketCells; ++i) {
    Cell& cell = bucket[i];
    const uint64_t word = cell.word.load(std::memory_order_acquire);
    if (word != 0 && word >> 16 == mac) {
      if (place_in(word) != place && !is_aged(cell, now_tsc)) return Learned::taken;
      if (place_in(word) == place) {
        // Once a second is enough, and leaves the line to the readers.
        if (now_tsc - cell.seen.load(std::memory_order_relaxed) >= second_ticks_)
          cell.seen.store(now_tsc, std::memory_order_relaxed);
        return Learned::yes;
      }
      if (!has_room(place, now_tsc)) return Learned::full;
      return take(cell, word, place, mac, now_tsc) ? Learned::yes : Learned::taken;
    }
    if (room == nullptr && (word == 0 || is_aged(cell, now_tsc))) {
      room = &cell;
      room_word = word;
    }
  }
  if (room == nullptr || !has_room(place, now_tsc)) return Learned::full;
  // Who loses the cell to another worker learns with its next frame.
  return take(*room, room_word, place, mac, now_tsc) ? Learned::yes : Learned::full;
}

bool EthernetNetwork::take_group_frame(uint64_t now_tsc) {
  uint64_t begin = window_.load(std::memory_order_relaxed);
  if (begin == 0 || static_cast<int64_t>(now_tsc - begin) >= static_cast<int64_t>(second_ticks_)) {
    if (window_.compare_exchange_strong(begin, now_tsc, std::memory_order_relaxed))
      group_frames_.store(0, std::memory_order_relaxed);
  }
  if (group_frames_.load(std::memory_order_relaxed) >= kGroupFramesPerSecond) return false;
  group_frames_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace demarc::dp
