#include "tests/dataplane/agent/fail_allocation.h"

#include <cstdlib>
#include <new>

namespace demarc::dp::test {

thread_local long fail_allocation = 0;

}  // namespace demarc::dp::test

void* operator new(size_t size) {
  long& left = demarc::dp::test::fail_allocation;
  const bool fails = left > 0 && --left == 0;
  void* p = fails ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
