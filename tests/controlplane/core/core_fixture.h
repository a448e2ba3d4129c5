// A core with its answers made synchronous.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "controlplane/core/core.h"
#include "tests/controlplane/store/stored_world.h"
#include "tests/controlplane/store/temp_dir.h"

namespace demarc::cp::test {

inline std::unique_ptr<Core> must_open_core(const std::string& path, Core::UpdateSink sink = nullptr,
                                            StoreOptions options = {}) {
  auto core = Core::open(path, std::move(sink), std::move(options));
  if (!core) throw std::runtime_error(core.error().message);
  (*core)->start();
  return std::move(*core);
}

inline Status write(Core& core, std::function<Status(Edit&)> mutate) {
  std::promise<Status> answer;
  core.write(std::move(mutate), [&answer](Status s) { answer.set_value(std::move(s)); });
  return answer.get_future().get();
}

inline Status add_tenant(Core& core, const std::string& name) {
  return write(core, [&name](Edit& e) -> Status {
    auto t = e.add_tenant(name);
    if (!t) return tl::unexpected(t.error());
    return {};
  });
}

inline Model copy_model(Core& core) {
  std::promise<Model> answer;
  core.read([&answer](const Model& m) { answer.set_value(m); });
  return answer.get_future().get();
}

// Keeps the core thread busy, so that what is submitted meanwhile waits together.
class Hold {
 public:
  explicit Hold(Core& core) {
    std::promise<void> reached;
    core.read([&](const Model&) {
      auto released = release_.get_future();
      reached.set_value();
      released.wait();
    });
    reached.get_future().wait();
  }
  ~Hold() { release_.set_value(); }

 private:
  std::promise<void> release_;
};

}  // namespace demarc::cp::test
