#include <benchmark/benchmark.h>
#include <rte_eal.h>

#include <cstdio>

#include "tests/dataplane/eal.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  // Enough for the hashes of a million sessions; the kernel gives a page when it is touched.
  if (!demarc::dp::test::start_eal(1024)) {
    std::fputs("the EAL did not start; its reason is above\n", stderr);
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  rte_eal_cleanup();
  return 0;
}
