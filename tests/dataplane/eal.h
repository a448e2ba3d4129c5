// Starts DPDK's EAL for a test or a bench: no hugepages, no files, no devices, no other core taken. (--in-memory would
// say "no files" too, but DPDK 22.11 refuses it together with --no-huge.)
#pragma once

#include <pthread.h>
#include <rte_eal.h>
#include <sched.h>

#include <string>
#include <vector>

namespace demarc::dp::test {

// Once in a process; `memory_mb` is taken lazily by the kernel, so a generous number costs nothing. False: EAL refused,
// and has said why on stderr. Only one lcore is declared, and the caller's thread is left free to run on every CPU (the
// EAL would pin it, and with it each thread made later): a thread that needs an lcore id calls rte_thread_register().
inline bool start_eal(unsigned memory_mb) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (pthread_getaffinity_np(pthread_self(), sizeof cpus, &cpus) != 0) return false;
  int first = 0;
  while (first < CPU_SETSIZE - 1 && !CPU_ISSET(first, &cpus)) ++first;
  std::vector<std::string> arguments{"demarc-test",
                                     "--no-huge",
                                     "--no-shconf",
                                     "-m",
                                     std::to_string(memory_mb),
                                     "--no-pci",
                                     "--no-telemetry",
                                     "--lcores=0@" + std::to_string(first),
                                     "--log-level=lib.eal:error"};
  std::vector<char*> argv;
  for (std::string& a : arguments) argv.push_back(a.data());
  const bool started = rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0;
  pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus);
  return started;
}

}  // namespace demarc::dp::test
