// The process that test_kill kills: adds tenants as fast as it can and writes the name of each acknowledged one, a line
// each, to standard output. Arguments: path of the store, prefix of the names.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "controlplane/core/core.h"

int main(int argc, char** argv) {
  using namespace demarc;
  if (argc != 3) return 2;
  auto core = cp::Core::open(argv[1], nullptr);
  if (!core) {
    std::fprintf(stderr, "%s\n", core.error().message.c_str());
    return 1;
  }
  (*core)->start();
  std::atomic<int> in_flight = 0;
  for (unsigned i = 0;; ++i) {
    const std::string name = argv[2] + std::to_string(i);
    while (in_flight >= 8) std::this_thread::yield();
    ++in_flight;
    (*core)->write(
        [name](cp::Edit& e) -> Status {
          auto t = e.add_tenant(name);
          if (!t) return tl::unexpected(t.error());
          auto v = e.add_vrf({.id = {}, .tenant = t->id, .name = "internet", .role = cp::VrfRole::core});
          if (!v) return tl::unexpected(v.error());
          return {};
        },
        [name, &in_flight](Status s) {
          --in_flight;
          const std::string line = (s ? "" : "!") + name + "\n";
          if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(3);
        });
  }
}
