// Turns: how many requests of one owner are under way at once. The others wait, in the order in which they came.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>

namespace demarc::cp {

// On the io thread only.
class Turns {
 public:
  explicit Turns(size_t most) : most_(most) {}

  // Calls `go` now, or when a turn of this owner is free. Each `go` is followed by one leave().
  void enter(const std::string& owner, std::function<void()> go) {
    Of& of = owners_[owner];
    if (of.under_way >= most_) return of.waiting.push_back(std::move(go));
    ++of.under_way;
    go();
  }
  void leave(const std::string& owner) {
    const auto it = owners_.find(owner);
    if (it == owners_.end()) return;
    if (it->second.waiting.empty()) {
      if (--it->second.under_way == 0) owners_.erase(it);
      return;
    }
    const auto next = std::move(it->second.waiting.front());
    it->second.waiting.pop_front();
    next();
  }

 private:
  struct Of {
    size_t under_way = 0;
    std::deque<std::function<void()>> waiting;
  };
  size_t most_;
  std::map<std::string, Of> owners_;
};

}  // namespace demarc::cp
