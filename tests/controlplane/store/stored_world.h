// The world of tests/controlplane/model/world.h, written through the store.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "controlplane/store/store.h"
#include "tests/controlplane/model/world.h"

namespace demarc::cp::test {

// Opens; the test ends when that fails.
inline std::unique_ptr<Store> must_open(const std::string& path, StoreOptions options = {}) {
  auto store = Store::open(path, std::move(options));
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

inline Status write_all(Store& store, const std::vector<Change>& changes) {
  if (Status s = store.begin(); !s) return s;
  if (Status s = store.write(changes); !s) {
    store.rollback();
    return s;
  }
  return store.commit();
}

// The same two tenants as World makes, with the changes that made them.
struct StoredWorld {
  Model model;
  CountingIds counting;
  std::optional<DataPlaneLimits> limits;
  TenantObjects acme, bravo;
  ApiKey ops;

  explicit StoredWorld(Store& store) {
    Edit edit(model, counting.ids, limits);
    acme = add_tenant_objects(edit, "acme", 100);
    bravo = add_tenant_objects(edit, "bravo", 200);
    ops = edit.add_key({0, "ops", KeyRole::operator_, {}, std::string(32, 'o')}).value();
    const Status s = write_all(store, edit.changes());
    if (!s) throw std::runtime_error(s.error().message);
  }
  Edit begin() { return Edit(model, counting.ids, limits); }
};

}  // namespace demarc::cp::test
