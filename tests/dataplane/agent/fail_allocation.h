// An operator new that fails when it is told to. Links into one test program; a translation unit of its own, so that
// the compiler does not see through it.
#pragma once

namespace demarc::dp::test {

// The allocation with this number from now on fails, once, in this thread; 0: none.
extern thread_local long fail_allocation;
// When set, asked before one fails: false keeps it from failing, and the count stays at 1.
extern thread_local bool (*allocation_may_fail)();

}  // namespace demarc::dp::test
