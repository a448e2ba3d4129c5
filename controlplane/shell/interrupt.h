// Ctrl-C while a command runs: ends the command, not the shell.
#pragma once

#include <chrono>

namespace demarc::shell {

// While one is there SIGINT makes fd() readable instead of ending the process. At most one at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  int fd() const;
  void clear();  // before each command
};

// Sleeps; false when `interrupt_fd` (-1: none) became readable meanwhile.
bool sleep_unless_interrupted(std::chrono::milliseconds time, int interrupt_fd);

}  // namespace demarc::shell
