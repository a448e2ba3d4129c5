#include "tests/dataplane/agent/fail_allocation.h"

#include <cstdlib>
#include <new>

namespace demarc::dp::test {

thread_local long fail_allocation = 0;
thread_local bool (*allocation_may_fail)() = nullptr;

}  // namespace demarc::dp::test

void* operator new(size_t size) {
  using namespace demarc::dp::test;
  bool fails = false;
  if (fail_allocation > 1) {
    --fail_allocation;
  } else if (fail_allocation == 1 && (allocation_may_fail == nullptr || allocation_may_fail())) {
    fail_allocation = 0;
    fails = true;
  }
  void* p = fails ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
// Who asks this way copes with the answer (std::stable_sort does): not an allocation that a transaction depends on.
void* operator new(size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
