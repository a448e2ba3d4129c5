#include "dataplane/tables/session_table.h"

#include <rte_prefetch.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/base/ip_address.h"
#include "dataplane/tables/framed_routes.h"
#include "dataplane/tables/key_map.h"
#include "dataplane/tables/longest_match.h"
#include "dataplane/tables/network_place.h"
#include "dataplane/tables/owner_choice.h"
#include "dataplane/tables/prefix_lengths.h"
#include "dataplane/tables/session_block.h"
#include "dataplane/tables/ue_ranges.h"

namespace demarc::dp {
namespace {

struct SessionName {
  uint64_t up_seid;
  uint64_t tenant;  // wide, so that there is no padding and all bytes may be hashed
  bool operator==(const SessionName&) const = default;
};
static_assert(sizeof(SessionName) == 16);

struct HashSessionName {
  size_t operator()(const SessionName& n) const {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(&n), sizeof n});
  }
};

uint64_t value_of(const Session* s) { return reinterpret_cast<uint64_t>(s); }

std::string hex(uint64_t v) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  do text.insert(text.begin(), digits[v & 15]);
  while ((v >>= 4) != 0);
  return "0x" + text;
}

std::string uplink_text(uint64_t key) {
  return "TEID " + hex(key & 0xffffffff) + " of GTP-U endpoint slot " + std::to_string(key >> 32);
}

std::string downlink_text(uint64_t key) {
  return "UE address " + demarc::to_string(Ipv4Address{Be32::from_raw(static_cast<uint32_t>(key)).host()}) +
         " in VRF slot " + std::to_string(key >> 32);
}

std::string prefix_text(const WideKey& key) {
  return "UE prefix " + demarc::to_string(Ipv6Prefix{key.address, static_cast<uint8_t>(key.length)}) + " in VRF slot " +
         std::to_string(key.slot);
}

// What putting a session does to the keys of one direction and family.
template <class Key>
struct Change {
  KeyMap<Key>& map;
  std::vector<Key> added, kept, removed;

  Change(KeyMap<Key>& m, const std::vector<Key>& before, const std::vector<Key>& after) : map(m) {
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(added));
    std::set_intersection(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(kept));
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(removed));
  }

  template <class Text>
  Status check(Text text, const char* kind) const {
    for (const Key& key : added) {
      const auto taken = map.find(key);
      if (taken)
        return fail(ErrorCode::conflict, text(key) + " belongs to session " +
                                             hex(reinterpret_cast<const Session*>(*taken)->up_seid.value) +
                                             " already; give this one another");
    }
    const uint64_t wanted = uint64_t{map.size()} + added.size() - removed.size();
    if (wanted > map.keys_max())
      return fail(ErrorCode::exhausted, "the session table is full: " + std::to_string(wanted) + " " + kind + " for " +
                                            std::to_string(map.keys_max()) +
                                            " places; start the data plane with a larger capacity");
    if (!map.has_slots(static_cast<uint32_t>(added.size())))
      return fail(ErrorCode::unavailable,
                  "the session table waits for a worker to let go of removed sessions; try again in a moment");
    return {};
  }

  // The only step that can fail; then none of them is left.
  bool add(const Session* s) const {
    for (size_t i = 0; i < added.size(); ++i) {
      if (map.put(added[i], value_of(s))) continue;
      undo_add(i);
      return false;
    }
    return true;
  }
  void undo_add(size_t count) const {
    for (size_t i = 0; i < count; ++i) map.remove(added[i]);
  }
  // Cannot fail: other data for a key that is there takes no slot.
  void finish(const Session* s) const {
    for (const Key& key : kept) map.put(key, value_of(s));
    for (const Key& key : removed) map.remove(key);
  }
};

struct Changes {
  Change<uint64_t> uplink, downlink;
  Change<WideKey> downlink_ipv6;
  Change<WideKey> framed;

  Status check() const {
    if (Status s = uplink.check(uplink_text, "TEIDs"); !s) return s;
    if (Status s = downlink.check(downlink_text, "UE addresses"); !s) return s;
    if (Status s = downlink_ipv6.check(prefix_text, "UE prefixes"); !s) return s;
    return framed.check(framed_text, "framed routes");
  }
  // False: none of the keys is left.
  bool add(const Session* s) const {
    if (!uplink.add(s)) return false;
    if (!downlink.add(s)) {
      uplink.undo_add(uplink.added.size());
      return false;
    }
    if (downlink_ipv6.add(s)) {
      if (framed.add(s)) return true;
      downlink_ipv6.undo_add(downlink_ipv6.added.size());
    }
    downlink.undo_add(downlink.added.size());
    uplink.undo_add(uplink.added.size());
    return false;
  }
  void finish(const Session* s) const {
    uplink.finish(s);
    downlink.finish(s);
    downlink_ipv6.finish(s);
    framed.finish(s);
  }
};

// The lengths of new prefixes, taken back unless they are kept.
class AddedLengths {
 public:
  explicit AddedLengths(PrefixLengths& lengths) : lengths_(lengths) {}
  ~AddedLengths() {
    for (const auto& [vrf, length] : added_) lengths_.remove(vrf, length);
  }
  Status add(const std::vector<WideKey>& prefixes) {
    added_.reserve(prefixes.size());
    for (const WideKey& key : prefixes) {
      const auto length = static_cast<uint8_t>(key.length);
      if (!lengths_.add(VrfSlot{key.slot}, length))
        return fail(ErrorCode::exhausted, prefix_text(key) + " has a ninth length; a VRF can have UE prefixes of " +
                                              std::to_string(PrefixLengths::kMax) + " different ones");
      added_.emplace_back(VrfSlot{key.slot}, length);
    }
    return {};
  }
  void keep() { added_.clear(); }

 private:
  PrefixLengths& lengths_;
  std::vector<std::pair<VrfSlot, uint8_t>> added_;
};

}  // namespace

struct SessionTable::Impl {
  Reclaimer& reclaimer;
  uint32_t capacity;
  OwnerChoice owners;
  std::unique_ptr<KeyMap<uint64_t>> uplink;
  std::unique_ptr<KeyMap<uint64_t>> downlink;
  std::unique_ptr<KeyMap<WideKey>> downlink_ipv6;
  std::unique_ptr<FramedRoutes> framed;
  PrefixLengths prefix_lengths;
  UeRanges ue_ranges;
  EthernetNetworks ethernet;
  std::unordered_map<SessionName, SessionBlock, HashSessionName> index;
  size_t block_bytes = 0;
  size_t rule_bytes = 0;
  std::atomic<uint32_t> rated{0};  // sessions that have rates. written: agent; read: workers

  static SessionName name_of(TenantSlot tenant, Seid up_seid) { return {up_seid.value, tenant.value}; }

  // Frees the block once no worker looks at it.
  void retire(SessionBlock block) {
    reclaimer.retire([s = block.release()] { FreeSession{}(s); });
  }
  void count_in(const Session& s) {
    block_bytes += session_block_bytes(s);
    rule_bytes += compiled_rules(s).size_bytes();
    if (s.rates != nullptr) rated.fetch_add(1, std::memory_order_relaxed);
  }
  void count_out(const Session& s) {
    block_bytes -= session_block_bytes(s);
    rule_bytes -= compiled_rules(s).size_bytes();
    if (s.rates != nullptr) rated.fetch_sub(1, std::memory_order_relaxed);
  }
  // Is there room for the compiled rules of a session that replaces `before` (null: none)? Which tenant may have how
  // much of it is for the control plane to say, which knows a bound before it sends them.
  Status check_rule_bytes(const SessionSpec& spec, const Session* before) const {
    const size_t added = spec.rules.size() * sizeof(uint64_t);
    if (added == 0) return {};
    const size_t removed = before == nullptr ? 0 : compiled_rules(*before).size_bytes();
    const size_t bytes = rule_bytes + added - removed;
    const size_t most = rule_bytes_max(capacity);
    if (bytes <= most) return {};
    return fail(ErrorCode::exhausted, "no room for the session's SDF filters: compiled, all of them would take " +
                                          std::to_string(bytes) + " bytes of " + std::to_string(most) +
                                          "; use fewer filters, or sessions with them");
  }
};

SessionTable::~SessionTable() = default;

namespace {

VrfSlot vrf_of(uint64_t downlink_key) { return VrfSlot{static_cast<uint32_t>(downlink_key >> 32)}; }

void add_to(UeRanges& ranges, const Changes& changes) {
  for (const uint64_t key : changes.downlink.added) ranges.add(vrf_of(key), Be32::from_raw(static_cast<uint32_t>(key)));
  for (const WideKey& key : changes.downlink_ipv6.added)
    ranges.add(VrfSlot{key.slot}, Ipv6Prefix{key.address, static_cast<uint8_t>(key.length)});
}

void remove_from(UeRanges& ranges, const std::vector<uint64_t>& keys, const std::vector<WideKey>& ipv6_keys) {
  for (const uint64_t key : keys) ranges.remove_ipv4(vrf_of(key));
  for (const WideKey& key : ipv6_keys) ranges.remove_ipv6(VrfSlot{key.slot});
}

}  // namespace

Result<std::unique_ptr<SessionTable>> SessionTable::create(uint32_t capacity, Reclaimer& reclaimer, const char* name,
                                                           unsigned workers) {
  const std::string base = name;
  if (workers < 1 || workers > kWorkersMax)
    return fail(ErrorCode::invalid, "sessions for " + std::to_string(workers) + " workers; there can be from 1 to " +
                                        std::to_string(kWorkersMax));
  if (base.empty() || base.size() > 16)
    return fail(ErrorCode::invalid, "table name \"" + base + "\"; it must have from 1 to 16 characters");
  const auto keys = static_cast<uint32_t>(std::min<uint64_t>(uint64_t{capacity} * 2, UINT32_MAX));
  auto uplink = KeyMap<uint64_t>::create(keys, reclaimer, base + "_ul");
  if (!uplink) return tl::unexpected<Error>(uplink.error());
  auto downlink = KeyMap<uint64_t>::create(keys, reclaimer, base + "_dl");
  if (!downlink) return tl::unexpected<Error>(downlink.error());
  auto downlink_ipv6 = KeyMap<WideKey>::create(keys, reclaimer, base + "_d6");
  if (!downlink_ipv6) return tl::unexpected<Error>(downlink_ipv6.error());
  auto framed = FramedRoutes::create(capacity, reclaimer, base + "_fr");
  if (!framed) return tl::unexpected<Error>(framed.error());
  std::unique_ptr<SessionTable> made(new SessionTable);
  made->impl_.reset(new Impl{.reclaimer = reclaimer,
                             .capacity = capacity,
                             .owners = OwnerChoice(workers),
                             .uplink = std::move(*uplink),
                             .downlink = std::move(*downlink),
                             .downlink_ipv6 = std::move(*downlink_ipv6),
                             .framed = std::move(*framed),
                             .prefix_lengths = PrefixLengths(reclaimer),
                             .ue_ranges = UeRanges(reclaimer),
                             .ethernet = EthernetNetworks(reclaimer),
                             .index = {}});
  made->impl_->index.reserve(capacity);
  return made;
}

Status SessionTable::put(const SessionSpec& spec) {
  if (Status s = check_rules(spec); !s) return s;
  Impl& t = *impl_;
  const auto at = t.index.find(Impl::name_of(spec.tenant, spec.up_seid));
  const bool replaces = at != t.index.end();
  if (!replaces && t.index.size() >= t.capacity)
    return fail(ErrorCode::exhausted, "the session table is full: " + std::to_string(t.index.size()) + " of " +
                                          std::to_string(t.capacity) +
                                          " sessions; remove some or start the data plane with a larger capacity");
  if (Status s = t.check_rule_bytes(spec, replaces ? at->second.get() : nullptr); !s) return s;
  const SessionKeys before = replaces ? keys_of(*at->second) : SessionKeys{};
  const SessionKeys after = keys_of(spec);
  const Changes changes{{*t.uplink, before.uplink, after.uplink},
                        {*t.downlink, before.downlink, after.downlink},
                        {*t.downlink_ipv6, before.downlink_ipv6, after.downlink_ipv6},
                        {t.framed->map(), before.framed, after.framed}};
  if (Status s = changes.check(); !s) return s;
  AddedLengths lengths(t.prefix_lengths);
  if (Status s = lengths.add(changes.downlink_ipv6.added); !s) return s;
  FramedRoutes::NewPlaces places(*t.framed);
  if (Status s = places.add(changes.framed.added); !s) return s;

  const OpaqueRules* const opaque_before = replaces ? at->second->opaque : nullptr;
  NetworkPlace place(t.ethernet);
  if (Status s = place.find(opaque_before, spec.opaque); !s) return s;

  const WorkerIndex owner = replaces     ? at->second->owner
                            : spec.owner ? *spec.owner
                                         : t.owners.choose(after.uplink, spec.workers);
  UsageRef usage = replaces ? UsageRef(at->second->usage) : spec.usage ? spec.usage : UsageRef::make();
  SessionBlock block = usage ? make_session_block(spec, owner, std::move(usage), place.place()) : nullptr;
  if (!block) return fail(ErrorCode::exhausted, "no memory for one more session; give the data plane more");
  add_to(t.ue_ranges, changes);  // before a packet can find the session
  if (!changes.add(block.get())) {
    remove_from(t.ue_ranges, changes.downlink.added, changes.downlink_ipv6.added);
    t.retire(std::move(block));  // a worker may have found it
    return fail(ErrorCode::unavailable, "the session table has no slot for one more key now; try again in a moment");
  }
  changes.finish(block.get());
  lengths.keep();
  places.keep();
  for (const WideKey& key : changes.framed.removed) t.framed->remove_place(key);
  place.keep(*block, opaque_before);
  remove_from(t.ue_ranges, changes.downlink.removed, changes.downlink_ipv6.removed);
  for (const WideKey& key : changes.downlink_ipv6.removed)
    t.prefix_lengths.remove(VrfSlot{key.slot}, static_cast<uint8_t>(key.length));
  t.count_in(*block);
  if (!replaces) {
    t.index.emplace(Impl::name_of(spec.tenant, spec.up_seid), std::move(block));
    t.owners.add(owner);
    return {};
  }
  t.count_out(*at->second);
  t.retire(std::exchange(at->second, std::move(block)));
  return {};
}

Status SessionTable::remove(TenantSlot tenant, Seid up_seid) {
  Impl& t = *impl_;
  const auto at = t.index.find(Impl::name_of(tenant, up_seid));
  if (at == t.index.end())
    return fail(ErrorCode::not_found, "there is no session " + hex(up_seid.value) + " to remove");
  const SessionKeys keys = keys_of(*at->second);
  for (uint64_t key : keys.uplink) t.uplink->remove(key);
  for (uint64_t key : keys.downlink) t.downlink->remove(key);
  remove_from(t.ue_ranges, keys.downlink, keys.downlink_ipv6);
  for (const WideKey& key : keys.downlink_ipv6) {
    t.downlink_ipv6->remove(key);
    t.prefix_lengths.remove(VrfSlot{key.slot}, static_cast<uint8_t>(key.length));
  }
  for (const WideKey& key : keys.framed) {
    t.framed->map().remove(key);
    t.framed->remove_place(key);
  }
  if (const OpaqueRules* opaque = at->second->opaque; opaque != nullptr && opaque->network != nullptr)
    t.ethernet.leave(opaque->vrf, opaque->place);
  t.count_out(*at->second);
  t.owners.remove(at->second->owner);
  t.retire(std::move(at->second));
  t.index.erase(at);
  return {};
}

void SessionTable::set_owner(TenantSlot tenant, Seid up_seid, WorkerIndex owner) {
  const auto at = impl_->index.find(Impl::name_of(tenant, up_seid));
  if (at == impl_->index.end()) return;
  auto* const session = const_cast<Session*>(at->second.get());
  impl_->owners.remove(session->owner);
  impl_->owners.add(owner);
  __atomic_store_n(&session->owner.value, owner.value, __ATOMIC_RELAXED);
}

WorkerIndex SessionTable::choose_owner(const Session& session, uint64_t allowed) const {
  return impl_->owners.choose(keys_of(session).uplink, allowed);
}

unsigned SessionTable::workers() const { return impl_->owners.workers(); }
bool SessionTable::has_rates() const { return impl_->rated.load(std::memory_order_relaxed) != 0; }
void SessionTable::follow_teids(bool follow) { impl_->owners.follow_teids(follow); }
uint32_t SessionTable::owned_by(WorkerIndex worker) const { return impl_->owners.sessions(worker); }

const Session* SessionTable::find(TenantSlot tenant, Seid up_seid) const {
  const auto at = impl_->index.find(Impl::name_of(tenant, up_seid));
  return at == impl_->index.end() ? nullptr : at->second.get();
}

const Session* SessionTable::find_prefix(VrfSlot vrf, const UePrefix& prefix) const {
  const auto found = impl_->downlink_ipv6->find(prefix_key(vrf, prefix));
  return found ? reinterpret_cast<const Session*>(*found) : nullptr;
}

const Session* SessionTable::find_framed(VrfSlot vrf, const UePrefix& prefix) const {
  const auto found = impl_->framed->map().find(prefix_key(vrf, prefix));
  return found ? reinterpret_cast<const Session*>(*found) : nullptr;
}

uint32_t SessionTable::size() const { return static_cast<uint32_t>(impl_->index.size()); }
uint32_t SessionTable::capacity() const { return impl_->capacity; }

size_t SessionTable::memory_bytes() const {
  // A node of the index: the entry, its hash and a pointer to the next.
  constexpr size_t kNode = sizeof(std::pair<const SessionName, SessionBlock>) + sizeof(size_t) + sizeof(void*);
  return sizeof(SessionTable) + sizeof(Impl) + impl_->uplink->memory_bytes() + impl_->downlink->memory_bytes() +
         impl_->downlink_ipv6->memory_bytes() + impl_->framed->map().memory_bytes() + impl_->block_bytes +
         impl_->index.bucket_count() * sizeof(void*) + impl_->index.size() * (kNode + sizeof(SessionUsage));
}

namespace {

void lookup(const KeyMap<uint64_t>& map, const uint64_t* keys, unsigned n, const Session** out) {
  std::array<void*, KeyMap<uint64_t>::kLookupMax> found;
  const uint64_t hits = map.lookup(keys, n, found.data());
  for (unsigned i = 0; i < n; ++i) {
    if ((hits >> i & 1) == 0) {
      out[i] = nullptr;
      continue;
    }
    out[i] = static_cast<const Session*>(found[i]);
    rte_prefetch0(out[i]);
    rte_prefetch0(out[i] + 1);
  }
}

}  // namespace

void SessionTable::lookup_uplink(const uint64_t* keys, unsigned n, const Session** out) const {
  lookup(*impl_->uplink, keys, n, out);
}

bool SessionTable::may_be_ue(VrfSlot vrf, Be32 destination) const {
  return impl_->ue_ranges.may_have(vrf, destination) || impl_->framed->may_have(vrf, destination);
}

bool SessionTable::may_be_ue(VrfSlot vrf, const Ipv6Address& destination) const {
  return impl_->ue_ranges.may_have(vrf, destination) || impl_->framed->may_have(vrf, destination);
}

EthernetNetwork* SessionTable::ethernet_network(VrfSlot vrf) const { return impl_->ethernet.find(vrf); }

void SessionTable::lookup_downlink(const uint64_t* keys, unsigned n, const Session** out) const {
  lookup(*impl_->downlink, keys, n, out);
  if (!impl_->framed->empty()) [[unlikely]]
    impl_->framed->lookup(keys, n, out);
}

void SessionTable::lookup_downlink(const WideKey* keys, unsigned n, const Session** out) const {
  std::fill_n(out, n, nullptr);
  lookup_longest(*impl_->downlink_ipv6, impl_->prefix_lengths, keys, n, out);
  if (!impl_->framed->empty()) [[unlikely]]
    impl_->framed->lookup(keys, n, out);
}

}  // namespace demarc::dp
