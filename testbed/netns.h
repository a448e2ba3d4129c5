// Helpers of the testbed's programs: entering a network namespace by its name, opening TUN and TAP devices in it.
// These programs end with a sentence on the first thing that cannot be set up; they are tools, not services.
#pragma once

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace demarc::testbed {

[[noreturn, gnu::format(printf, 1, 2)]] inline void die(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vfprintf(stderr, format, args);
  va_end(args);
  std::fputc('\n', stderr);
  std::exit(1);
}

// The calling thread is in `name` (of `ip netns`) while this lives; an empty name changes nothing.
class InNamespace {
 public:
  explicit InNamespace(const std::string& name) {
    if (name.empty()) return;
    home_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    const int there = open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
    if (home_ < 0 || there < 0 || setns(there, CLONE_NEWNET) != 0)
      die("network namespace %s: %s; `ip netns list` shows those that exist", name.c_str(), std::strerror(errno));
    close(there);
  }
  ~InNamespace() {
    if (home_ < 0) return;
    if (setns(home_, CLONE_NEWNET) != 0) die("cannot return to the first network namespace: %s", std::strerror(errno));
    close(home_);
  }
  InNamespace(const InNamespace&) = delete;
  InNamespace& operator=(const InNamespace&) = delete;

 private:
  int home_ = -1;
};

// A TUN (IFF_TUN) or TAP (IFF_TAP) device without packet information, non-blocking, in namespace `netns`. It is gone
// when the descriptor is closed.
inline int open_tuntap(const std::string& netns, const std::string& device, short kind) {
  const InNamespace in(netns);
  const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) die("/dev/net/tun: %s; the kernel needs TUN/TAP and this program root", std::strerror(errno));
  ifreq request{};
  if (device.empty() || device.size() >= IFNAMSIZ)
    die("device name \"%s\": it must have 1 to %d characters", device.c_str(), IFNAMSIZ - 1);
  std::memcpy(request.ifr_name, device.c_str(), device.size());
  request.ifr_flags = static_cast<short>(kind | IFF_NO_PI);
  if (ioctl(fd, TUNSETIFF, &request) != 0)
    die("device %s in namespace \"%s\": %s", device.c_str(), netns.c_str(), std::strerror(errno));
  return fd;
}

}  // namespace demarc::testbed
