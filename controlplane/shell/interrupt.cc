#include "controlplane/shell/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace demarc::shell {
namespace {

int signal_fd = -1;  // what the handler writes to

void on_signal(int) {
  const int saved = errno;
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(signal_fd, &one, sizeof one);
  errno = saved;
}

}  // namespace

Interrupt::Interrupt() {
  signal_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
}

Interrupt::~Interrupt() {
  ::signal(SIGINT, SIG_DFL);
  ::close(signal_fd);
  signal_fd = -1;
}

int Interrupt::fd() const { return signal_fd; }

void Interrupt::clear() {
  uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(signal_fd, &count, sizeof count);
}

bool sleep_unless_interrupted(std::chrono::milliseconds time, int interrupt_fd) {
  const auto until = std::chrono::steady_clock::now() + time;
  pollfd watched{interrupt_fd, POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0) return true;
    if (::poll(&watched, 1, static_cast<int>(left)) > 0) return false;
  }
}

}  // namespace demarc::shell
