#include "controlplane/compile/compile.h"

#include <algorithm>
#include <map>
#include <set>

#include "controlplane/compile/entries.h"
#include "controlplane/model/session_keys.h"

namespace demarc::cp {
namespace {

using channel::EntryKey;
using channel::TableUpdate;
using schema::EntryKind;

// What happened to one entry in the course of the changes.
struct History {
  bool was_there = false;              // before the first change
  bool is_there = false;               // after the last
  bool removed_between = false;        // at least once
  bool stood_on_removed = false;       // a session that named a VRF or endpoint which is removed
  std::vector<const Change*> changes;  // those since the last removal, none of which is a removal
};

const Object& object_of(const Change& c) { return c.after ? *c.after : *c.before; }

std::map<EntryKey, History> histories(std::span<const Change> changes) {
  std::map<EntryKey, History> out;
  for (const Change& c : changes) {
    const auto key = entry_key(object_of(c));
    if (!key) continue;
    auto [it, is_first] = out.try_emplace(*key);
    History& h = it->second;
    if (is_first) h.was_there = c.before.has_value();
    h.is_there = c.after.has_value();
    if (c.after) {
      h.changes.push_back(&c);
    } else {
      h.removed_between = true;
      h.changes.clear();
    }
  }
  return out;
}

// Sessions are changed by putting them again, but what a put session stood on before may be removed in the same go, and
// removals come first.
void mark_stood_on_removed(std::span<const Change> changes, std::map<EntryKey, History>& all) {
  std::set<uint64_t> vrfs, endpoints;
  for (const auto& [key, h] : all) {
    if (h.is_there) continue;
    if (key.kind == EntryKind::vrf) vrfs.insert(key.id);
    if (key.kind == EntryKind::gtpu_endpoint) endpoints.insert(key.id);
  }
  if (vrfs.empty() && endpoints.empty()) return;
  for (const Change& c : changes) {
    const Session* before = c.before ? std::get_if<Session>(&*c.before) : nullptr;
    if (before == nullptr) continue;
    const SessionKeys keys = session_keys(*before);
    const bool stood =
        std::any_of(keys.vrfs.begin(), keys.vrfs.end(), [&](VrfId v) { return vrfs.contains(v.value); }) ||
        std::any_of(keys.endpoints.begin(), keys.endpoints.end(),
                    [&](GtpuEndpointId e) { return endpoints.contains(e.value); });
    if (stood) all.at(*entry_key(*c.before)).stood_on_removed = true;
  }
}

std::vector<EntryKey> removals(const std::map<EntryKey, History>& all) {
  std::vector<EntryKey> keys;
  for (const auto& [key, h] : all)
    if (h.was_there && (!h.is_there || h.removed_between || h.stood_on_removed)) keys.push_back(key);
  std::stable_sort(keys.begin(), keys.end(), [](const EntryKey& a, const EntryKey& b) { return a.kind > b.kind; });
  return keys;
}

// The changes whose `after` is to be put, in order of dependence and else as they happened.
std::vector<const Change*> puts(const std::map<EntryKey, History>& all) {
  std::vector<const Change*> out;
  for (const auto& [key, h] : all) {
    if (h.changes.empty()) continue;
    if (key.kind == EntryKind::session) {
      out.insert(out.end(), h.changes.begin(), h.changes.end());
    } else {
      out.push_back(h.changes.back());
    }
  }
  // All of one span, so their addresses are their order in time.
  std::sort(out.begin(), out.end(), [](const Change* a, const Change* b) {
    const EntryKind ka = entry_key(*a->after)->kind, kb = entry_key(*b->after)->kind;
    return ka != kb ? ka < kb : a < b;
  });
  return out;
}

template <class Map>
void put_all(const Map& objects, std::vector<TableUpdate>& out) {
  for (const auto& [id, object] : objects) out.push_back(entry_put(object));
}

}  // namespace

std::vector<TableUpdate> compile(std::span<const Change> changes) {
  std::map<EntryKey, History> all = histories(changes);
  mark_stood_on_removed(changes, all);
  std::vector<TableUpdate> out;
  for (const EntryKey& key : removals(all)) out.push_back(channel::remove(key));
  for (const Change* c : puts(all)) out.push_back(entry_put(*c->after));
  return out;
}

std::vector<TableUpdate> compile_all(const Model& model) {
  std::vector<TableUpdate> out;
  out.reserve(model.tenants.size() + model.vrfs.size() + model.attachments.size() + model.endpoints.size() +
              model.routes.size() + model.sessions.size());
  put_all(model.tenants, out);
  put_all(model.vrfs, out);
  put_all(model.attachments, out);
  put_all(model.endpoints, out);
  put_all(model.routes, out);
  put_all(model.sessions, out);
  return out;
}

}  // namespace demarc::cp
