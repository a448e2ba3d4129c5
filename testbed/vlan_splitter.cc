// vlan_splitter: a switch with one trunk and an access port for each VLAN, in user space.
//
// The trunk is a network device that a data plane's port ends at (the kernel's side of its TAP). A leg is a TAP device
// of our own in another namespace: what comes from the trunk with the leg's VLAN goes to it without the tag, what it
// sends goes to the trunk with the tag. The kernel's 802.1Q module is not needed. The trunk may vanish and return (the
// data plane was restarted): the legs stay, their frames are lost meanwhile, as with a pulled cable.
//
//   vlan_splitter --trunk DEVICE --leg VLAN:NETNS:DEVICE [--leg …]      (VLAN 0: untagged)
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <vector>

#include "testbed/netns.h"

namespace demarc::testbed {
namespace {

constexpr size_t kFrameMax = 9200;
constexpr int kBatch = 64;

struct Leg {
  uint16_t vlan;
  int fd;
};

class Trunk {
 public:
  explicit Trunk(std::string device) : device_(std::move(device)) {}
  int fd() const { return fd_; }

  // Opens when the device is there. Returns whether it is open now.
  bool open_if_there() {
    if (fd_ >= 0) return true;
    const unsigned index = if_nametoindex(device_.c_str());
    if (index == 0) return false;
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
    if (fd < 0) die("AF_PACKET socket: %s", std::strerror(errno));
    const int one = 1;
    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
    // The kernel takes the tag out of the frame and gives it beside it.
    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one);
    const int bytes = 8 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(index);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close(fd);
      return false;  // it went away between the two calls
    }
    fd_ = fd;
    return true;
  }

  void lost() {
    close(fd_);
    fd_ = -1;
  }

 private:
  std::string device_;
  int fd_ = -1;
};

class Splitter {
 public:
  Splitter(Trunk trunk, std::vector<Leg> legs) : trunk_(std::move(trunk)), legs_(std::move(legs)) {
    by_vlan_.fill(-1);
    for (const Leg& leg : legs_) by_vlan_[leg.vlan] = leg.fd;
  }

  void run(int signal_fd) {
    std::vector<pollfd> polled;
    for (;;) {
      polled.assign({{signal_fd, POLLIN, 0}, {trunk_.open_if_there() ? trunk_.fd() : -1, POLLIN, 0}});
      for (const Leg& leg : legs_) polled.push_back({leg.fd, POLLIN, 0});
      poll(polled.data(), polled.size(), trunk_.fd() < 0 ? 20 : 1000);
      if (polled[0].revents) return;
      if (polled[1].revents) from_trunk();
      for (size_t i = 0; i < legs_.size(); ++i)
        if (polled[i + 2].revents & POLLIN) from_leg(legs_[i]);
    }
  }

 private:
  struct Slot {
    iovec part;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(tpacket_auxdata))> control;
    std::array<uint8_t, kFrameMax> frame;
  };

  void from_trunk() {
    std::array<mmsghdr, kBatch> messages{};
    for (int i = 0; i < kBatch; ++i) {
      slots_[i].part = {slots_[i].frame.data(), kFrameMax};
      messages[i].msg_hdr = {nullptr, 0, &slots_[i].part, 1, slots_[i].control.data(), slots_[i].control.size(), 0};
    }
    const int n = recvmmsg(trunk_.fd(), messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (n < 0) {
      if (errno != EAGAIN && errno != EINTR) trunk_.lost();
      return;
    }
    for (int i = 0; i < n; ++i) {
      const int leg = by_vlan_[vlan_of(messages[i].msg_hdr) & 0x0fff];
      // A full TAP queue loses the frame, as a switch does.
      if (leg >= 0 && write(leg, slots_[i].frame.data(), messages[i].msg_len) < 0) continue;
    }
  }

  static uint16_t vlan_of(const msghdr& message) {
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(const_cast<msghdr*>(&message), c)) {
      if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA) continue;
      tpacket_auxdata aux;
      std::memcpy(&aux, CMSG_DATA(c), sizeof aux);
      if (aux.tp_status & TP_STATUS_VLAN_VALID) return aux.tp_vlan_tci;
    }
    return 0;
  }

  void from_leg(const Leg& leg) {
    constexpr size_t kAddresses = 12, kTag = 4;
    for (int i = 0; i < kBatch; ++i) {
      uint8_t* frame = slots_[0].frame.data();
      // Read behind the room of a tag, then move the two addresses to the front.
      const ssize_t n = read(leg.fd, frame + kTag, kFrameMax - kTag);
      if (n < ETH_HLEN) return;
      size_t size = static_cast<size_t>(n);
      const uint8_t* start = frame + kTag;
      if (leg.vlan != 0) {
        std::memmove(frame, frame + kTag, kAddresses);
        frame[12] = 0x81;
        frame[13] = 0x00;
        frame[14] = static_cast<uint8_t>(leg.vlan >> 8);
        frame[15] = static_cast<uint8_t>(leg.vlan);
        start = frame;
        size += kTag;
      }
      if (trunk_.fd() < 0) continue;
      if (send(trunk_.fd(), start, size, 0) < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EMSGSIZE)
        trunk_.lost();
    }
  }

  Trunk trunk_;
  std::vector<Leg> legs_;
  std::array<int, 4096> by_vlan_;
  std::vector<Slot> slots_ = std::vector<Slot>(kBatch);
};

Leg parse_leg(const std::string& text) {
  const size_t first = text.find(':'), second = text.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos)
    die("leg \"%s\": it must be VLAN:NETNS:DEVICE, for example 101:lab-acme-gnb:n3", text.c_str());
  char* end = nullptr;
  const unsigned long vlan = std::strtoul(text.c_str(), &end, 10);
  if (end != text.c_str() + first || vlan > 4094) die("leg \"%s\": the VLAN must be 0 to 4094", text.c_str());
  const std::string netns = text.substr(first + 1, second - first - 1);
  return {static_cast<uint16_t>(vlan), open_tuntap(netns, text.substr(second + 1), IFF_TAP)};
}

int run(int argc, char** argv) {
  std::string trunk;
  std::vector<Leg> legs;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--trunk") {
      trunk = argv[i + 1];
    } else if (option == "--leg") {
      legs.push_back(parse_leg(argv[i + 1]));
    } else {
      die("unknown option %s; there are --trunk DEVICE and --leg VLAN:NETNS:DEVICE", argv[i]);
    }
  }
  if (trunk.empty() || legs.empty()) die("usage: vlan_splitter --trunk DEVICE --leg VLAN:NETNS:DEVICE [--leg ...]");
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const int signal_fd = signalfd(-1, &stop, SFD_CLOEXEC);
  std::printf("ready\n");
  std::fflush(stdout);
  Splitter(Trunk(trunk), std::move(legs)).run(signal_fd);
  return 0;
}

}  // namespace
}  // namespace demarc::testbed

int main(int argc, char** argv) { return demarc::testbed::run(argc, argv); }
