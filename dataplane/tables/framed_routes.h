// FramedRoutes: the prefixes behind UEs besides their own addresses (TS 29.244 clauses 8.2.109 and 8.2.111, TS 23.501
// clause 5.6.14), each with the session that it is behind. Found by the longest prefix around a destination, of what is
// no UE's own address: those are asked for before, and are in tables of their own.
//
// One exact hash for both families: an IPv4 prefix is the part of ::ffff:0:0/96 that it is. Beside it each VRF has the
// lengths that it has routes of, at most eight a family, which bounds what a packet can cost; a VRF without routes
// has none, and a house without any asks for nothing at all.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/ipv6.h"
#include "common/base/result.h"
#include "dataplane/tables/key_map.h"
#include "dataplane/tables/prefix_lengths.h"
#include "dataplane/tables/publish.h"
#include "dataplane/tables/ue_ranges.h"

namespace demarc::dp {

struct Session;

class FramedRoutes {
 public:
  // Of a table of so many sessions.
  static uint32_t routes_max(uint32_t sessions) { return std::max(sessions / 4, uint32_t{1024}); }

  // `name`: as KeyMap's. Errors: those of KeyMap::create.
  static Result<std::unique_ptr<FramedRoutes>> create(uint32_t sessions, Reclaimer& reclaimer, const std::string& name);

  // ---- agent ----

  // Of the routes: what a route may be found by only once it has its place, and until its place is removed.
  KeyMap<WideKey>& map() { return *map_; }
  const KeyMap<WideKey>& map() const { return *map_; }

  // The places of new routes, taken back at the end unless they are kept.
  class NewPlaces {
   public:
    explicit NewPlaces(FramedRoutes& routes) : routes_(routes) {}
    ~NewPlaces() {
      for (const WideKey& key : added_) routes_.remove_place(key);
    }
    NewPlaces(const NewPlaces&) = delete;
    NewPlaces& operator=(const NewPlaces&) = delete;
    // `exhausted`: a route has a ninth length of its family in its VRF.
    Status add(std::span<const WideKey> keys);
    void keep() { added_.clear(); }

   private:
    FramedRoutes& routes_;
    std::vector<WideKey> added_;
  };
  void remove_place(const WideKey& key);

  // ---- workers ----

  bool empty() const { return places_.load(std::memory_order_relaxed) == 0; }
  // For each i < n (at most 64) with out[i] null: the session behind which keys[i], a SessionTable::downlink_key, is.
  void lookup(const uint64_t* keys, unsigned n, const Session** out) const;
  void lookup(const WideKey* keys, unsigned n, const Session** out) const;
  // As UeRanges::may_have.
  bool may_have(VrfSlot vrf, Be32 address) const { return ranges_.may_have(vrf, address); }
  bool may_have(VrfSlot vrf, const Ipv6Address& address) const { return ranges_.may_have(vrf, address); }

 private:
  explicit FramedRoutes(Reclaimer& reclaimer)
      : ipv4_lengths_(reclaimer), ipv6_lengths_(reclaimer), ranges_(reclaimer) {}
  PrefixLengths& lengths_of(const WideKey& key);
  bool add_place(const WideKey& key);

  std::unique_ptr<KeyMap<WideKey>> map_;
  PrefixLengths ipv4_lengths_;  // 97..128, as the keys have them
  PrefixLengths ipv6_lengths_;
  UeRanges ranges_;
  std::atomic<uint32_t> places_{0};  // written: agent; read: workers
};

// "framed route 10.9.0.0/24 in VRF slot 3"
std::string framed_text(const WideKey& key);

}  // namespace demarc::dp
