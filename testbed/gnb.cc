// gnb: the stand-in for a gNB and its phones.
//
// It opens a TUN device in a namespace for its phones, wraps what it reads there in GTP-U with a PDU Session Container
// (TS 29.281, TS 38.415) and sends it to the user plane; what comes back it unwraps, by TEID, into the device. So any
// program of an unmodified Linux (`ping`, `iperf3`, `curl`) is a phone's application.
//
//   gnb --local 10.1.0.2 --peer 10.1.0.1 --ue-netns NETNS --tun DEVICE
//       --ue ADDRESS,UPLINK_TEID,DOWNLINK_TEID[,QFI] [--ue …]
//
// The two ends of the tunnels are IPv4 or IPv6 addresses. A phone's ADDRESS is an IPv4 address, an IPv6 prefix of 64
// bits (2001:db8:100:7::), or both with '+' between. Of what the kernel sends from link-local addresses, its Router
// Solicitations alone go into the tunnel: of the first phone that has a prefix.
//
// With ADDRESS "ethernet" the one phone there is has an Ethernet PDU session (TS 23.501 clause 5.6.10.2): DEVICE is a
// TAP device then, and every frame of it is the phone's.
//
// It also answers Echo Requests. On the end (SIGTERM) it prints what it counted as one JSON object. It shares no code
// with the data plane on purpose: a peer that has our mistakes would not show them.
#include <arpa/inet.h>
#include <linux/udp.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "testbed/netns.h"

namespace demarc::testbed {
namespace {

constexpr uint16_t kGtpuPort = 2152;
constexpr size_t kPacketMax = 9200;
constexpr int kBatch = 64;
// Mandatory 8 octets, 4 optional (sequence number, N-PDU number, next extension header), 4 PDU Session Container.
constexpr size_t kUplinkHeader = 16;
constexpr uint8_t kNoQfi = 255;

// The first half of an IPv6 address, as it is on the wire.
uint64_t first_half(const uint8_t* address) {
  uint64_t half;
  std::memcpy(&half, address, sizeof half);
  return half;
}

bool is_link_local(const uint8_t* address) { return address[0] == 0xfe && (address[1] & 0xc0) == 0x80; }

struct Ue {
  in_addr_t address;  // 0: none
  uint64_t prefix;    // 0: none
  uint32_t uplink_teid;
  uint32_t downlink_teid;
  uint8_t qfi;
  // An IPv4 prefix behind the phone; mask 0: none.
  in_addr_t framed = 0;
  in_addr_t framed_mask = 0;

  bool has_framed(in_addr_t a) const { return framed_mask != 0 && (a & framed_mask) == framed; }
  bool ethernet = false;
};

struct Counts {
  uint64_t uplink_packets = 0, downlink_packets = 0, unknown_source = 0, unknown_teid = 0, malformed = 0;
  uint64_t wrong_destination = 0, echo_requests = 0, wrong_qfi = 0;
};

// An address of either family with a port.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress parse_address(const std::string& text) {
  SocketAddress out;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (inet_pton(AF_INET, text.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(kGtpuPort);
    out.size = sizeof *ipv4;
  } else if (inet_pton(AF_INET6, text.c_str(), &ipv6->sin6_addr) == 1) {
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(kGtpuPort);
    out.size = sizeof *ipv6;
  } else {
    die("\"%s\" is not an IPv4 or IPv6 address", text.c_str());
  }
  return out;
}

class Gnb {
 public:
  Gnb(int udp, const SocketAddress& peer, int tun, const std::vector<Ue>& ues) : udp_(udp), peer_(peer), tun_(tun) {
    for (const Ue& ue : ues) {
      if (ue.address != 0) by_address_[ue.address] = ue;
      if (ue.prefix != 0) by_prefix_[ue.prefix] = ue;
      if (ue.ethernet) ethernet_ = ue;
      if (ue.prefix != 0 && solicits_.prefix == 0) solicits_ = ue;
      if (ue.framed_mask != 0) framed_.push_back(ue);
      by_teid_[ue.downlink_teid] = ue;
    }
  }

  void run(int signal_fd) {
    std::array<pollfd, 3> polled{{{signal_fd, POLLIN, 0}, {udp_, POLLIN, 0}, {tun_, POLLIN, 0}}};
    for (;;) {
      poll(polled.data(), polled.size(), -1);
      if (polled[0].revents) return;
      if (polled[1].revents) downlink();
      if (polled[2].revents) uplink();
    }
  }
  const Counts& counts() const { return counts_; }

 private:
  void uplink() {
    for (int i = 0; i < kBatch; ++i) {
      uint8_t* inner = buffer_.data() + kUplinkHeader;
      const ssize_t n = read(tun_, inner, kPacketMax - kUplinkHeader);
      if (n < 0) return;
      if (!ethernet_.ethernet && (n < 20 || is_housekeeping(inner, static_cast<size_t>(n)))) continue;
      const Ue* ue = ethernet_.ethernet ? &ethernet_ : sender(inner, static_cast<size_t>(n));
      if (ue == nullptr) {
        ++counts_.unknown_source;
        continue;
      }
      const size_t header = write_header(inner, *ue, static_cast<size_t>(n));
      ++counts_.uplink_packets;
      // A full socket buffer or a peer that is away loses the packet, as the air does.
      if (sendto(udp_, inner - header, static_cast<size_t>(n) + header, 0, peer_.get(), peer_.size) < 0) continue;
    }
  }

  // Multicast listener reports and the like, which the kernel sends by itself (RFC 3810, RFC 4861).
  static bool is_housekeeping(const uint8_t* inner, size_t size) {
    if (inner[0] >> 4 != 6 || size < 41) return false;
    const bool solicitation = inner[6] == IPPROTO_ICMPV6 && inner[40] == 133;
    return (is_link_local(inner + 8) || first_half(inner + 8) == 0) && !solicitation;
  }

  // Whose packet it is; null for nobody's.
  const Ue* sender(const uint8_t* inner, size_t size) const {
    if (inner[0] >> 4 == 4) {
      in_addr_t source;
      std::memcpy(&source, inner + 12, 4);
      if (const auto ue = by_address_.find(source); ue != by_address_.end()) return &ue->second;
      for (const Ue& ue : framed_)
        if (ue.has_framed(source)) return &ue;
      return nullptr;
    }
    if (inner[0] >> 4 != 6 || size < 40) return nullptr;
    if (is_link_local(inner + 8)) return solicits_.prefix != 0 ? &solicits_ : nullptr;
    const auto ue = by_prefix_.find(first_half(inner + 8));
    return ue == by_prefix_.end() ? nullptr : &ue->second;
  }

  // Is the packet of `size` bytes for this phone? Router Advertisements go to its link-local address or to all nodes.
  static bool is_for(const Ue& ue, const uint8_t* inner, size_t size) {
    if (ue.ethernet) return true;
    if (inner[0] >> 4 == 6) {
      const uint8_t* destination = inner + 24;
      return size >= 40 && ue.prefix != 0 &&
             (first_half(destination) == ue.prefix || is_link_local(destination) || destination[0] == 0xff);
    }
    in_addr_t destination;
    std::memcpy(&destination, inner + 16, 4);
    return (ue.address != 0 && destination == ue.address) || ue.has_framed(destination);
  }

  // Before `inner`. TS 29.281 5.1: version 1, PT 1, E as needed; TS 38.415 5.5.2.2: UL PDU Session Information, type 1.
  static size_t write_header(uint8_t* inner, const Ue& ue, size_t inner_size) {
    const bool container = ue.qfi != kNoQfi;
    const size_t size = container ? kUplinkHeader : 8;
    const size_t length = inner_size + size - 8;
    uint8_t* p = inner - size;
    p[0] = container ? 0x34 : 0x30;
    p[1] = 255;
    p[2] = static_cast<uint8_t>(length >> 8);
    p[3] = static_cast<uint8_t>(length);
    const uint32_t teid = htonl(ue.uplink_teid);
    std::memcpy(p + 4, &teid, 4);
    if (container) {
      const uint8_t rest[8] = {0, 0, 0, 0x85, 1, 0x10, ue.qfi, 0};
      std::memcpy(p + 8, rest, sizeof rest);
    }
    return size;
  }

  void downlink() {
    for (int i = 0; i < kBatch; ++i) {
      sockaddr_storage from{};
      socklen_t from_size = sizeof from;
      const ssize_t n =
          recvfrom(udp_, buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&from), &from_size);
      if (n < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        continue;  // an ICMP error of an earlier send
      }
      if (n < 8 || buffer_[0] >> 5 != 1) {
        ++counts_.malformed;
        continue;
      }
      if (buffer_[1] == 1) {
        answer_echo(static_cast<size_t>(n), from, from_size);
      } else if (buffer_[1] == 255) {
        deliver(static_cast<size_t>(n));
      }
    }
  }

  void answer_echo(size_t size, const sockaddr_storage& from, socklen_t from_size) {
    ++counts_.echo_requests;
    if (size < 12) return;
    // Echo Response with the request's sequence number and a Recovery IE (TS 29.281 7.2.2).
    const uint8_t response[14] = {0x32, 2, 0, 6, 0, 0, 0, 0, buffer_[8], buffer_[9], 0, 0, 14, 0};
    sendto(udp_, response, sizeof response, 0, reinterpret_cast<const sockaddr*>(&from), from_size);
  }

  void deliver(size_t size) {
    uint32_t teid;
    std::memcpy(&teid, buffer_.data() + 4, 4);
    const auto ue = by_teid_.find(ntohl(teid));
    if (ue == by_teid_.end()) {
      ++counts_.unknown_teid;
      return;
    }
    size_t at = 8;
    uint8_t qfi = kNoQfi;
    if (!skip_optional(size, at, qfi) || size < at + (ethernet_.ethernet ? 14 : 20)) {
      ++counts_.malformed;
      return;
    }
    if (qfi != ue->second.qfi) ++counts_.wrong_qfi;
    if (!is_for(ue->second, buffer_.data() + at, size - at)) {
      ++counts_.wrong_destination;
      return;
    }
    ++counts_.downlink_packets;
    if (write(tun_, buffer_.data() + at, size - at) < 0) return;
  }

  // Moves `at` behind the optional fields and extension headers, and finds the QFI of a DL PDU Session Information.
  bool skip_optional(size_t size, size_t& at, uint8_t& qfi) const {
    if ((buffer_[0] & 7) == 0) return true;
    if (size < 12) return false;
    uint8_t next = (buffer_[0] & 4) ? buffer_[11] : 0;
    at = 12;
    while (next != 0) {
      if (at >= size || buffer_[at] == 0) return false;
      const size_t length = size_t{buffer_[at]} * 4;
      if (at + length > size) return false;
      if (next == 0x85) qfi = buffer_[at + 2] & 0x3f;
      next = buffer_[at + length - 1];
      at += length;
    }
    return true;
  }

  int udp_;
  SocketAddress peer_;
  int tun_;
  std::unordered_map<in_addr_t, Ue> by_address_;
  std::vector<Ue> framed_;  // those that have such a prefix
  std::unordered_map<uint64_t, Ue> by_prefix_;
  Ue solicits_{};
  Ue ethernet_{};  // with `ethernet`: the only one
  std::unordered_map<uint32_t, Ue> by_teid_;
  std::array<uint8_t, kPacketMax> buffer_{};
  Counts counts_;
};

// "10.45.0.7", "2001:db8:100:7::", "192.168.7.0/24" for a prefix behind the phone, or several with '+' between.
void parse_phone(const std::string& text, Ue& ue) {
  if (text == "ethernet") {
    ue.ethernet = true;
    return;
  }
  const size_t plus = text.find('+');
  const std::string one = text.substr(0, plus);
  const size_t slash = one.find('/');
  const SocketAddress parsed = parse_address(one.substr(0, slash));
  if (slash != std::string::npos) {
    const unsigned long length = std::strtoul(one.c_str() + slash + 1, nullptr, 10);
    if (parsed.storage.ss_family != AF_INET || length < 1 || length > 32)
      die("--ue: \"%s\" must be an IPv4 prefix", one.c_str());
    ue.framed_mask = htonl(0xffffffffu << (32 - length));
    ue.framed = reinterpret_cast<const sockaddr_in*>(&parsed.storage)->sin_addr.s_addr & ue.framed_mask;
  } else if (parsed.storage.ss_family == AF_INET) {
    ue.address = reinterpret_cast<const sockaddr_in*>(&parsed.storage)->sin_addr.s_addr;
  } else {
    ue.prefix = first_half(reinterpret_cast<const sockaddr_in6*>(&parsed.storage)->sin6_addr.s6_addr);
  }
  if (plus != std::string::npos) parse_phone(text.substr(plus + 1), ue);
}

Ue parse_ue(const std::string& text) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() < 3 || parts.size() > 4)
    die("--ue \"%s\": it must be ADDRESS,UPLINK_TEID,DOWNLINK_TEID[,QFI]", text.c_str());
  auto number = [&](const std::string& n, unsigned long max) {
    char* end = nullptr;
    const unsigned long v = std::strtoul(n.c_str(), &end, 0);
    if (n.empty() || *end != 0 || v > max)
      die("--ue \"%s\": \"%s\" must be a number up to %lu", text.c_str(), n.c_str(), max);
    return v;
  };
  Ue ue{0, 0, static_cast<uint32_t>(number(parts[1], 0xffffffff)), static_cast<uint32_t>(number(parts[2], 0xffffffff)),
        kNoQfi};
  parse_phone(parts[0], ue);
  if (parts.size() == 4) ue.qfi = static_cast<uint8_t>(number(parts[3], 63));
  return ue;
}

int open_udp(const std::string& local, const std::string& peer) {
  const SocketAddress ours = parse_address(local), theirs = parse_address(peer);
  if (ours.storage.ss_family != theirs.storage.ss_family)
    die("--local %s and --peer %s must be of one family", local.c_str(), peer.c_str());
  const int fd = socket(ours.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int bytes = 8 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  // Over IPv6 tunnels may come without a UDP checksum (RFC 6935), which the kernel refuses by default.
  const int yes = 1;
  if (ours.storage.ss_family == AF_INET6) setsockopt(fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, &yes, sizeof yes);
  // Not connected: the peer chooses the source port of each G-PDU (TS 29.281 4.4.2.3).
  if (bind(fd, ours.get(), ours.size) != 0)
    die("cannot bind UDP %s, port %u: %s", local.c_str(), kGtpuPort, std::strerror(errno));
  return fd;
}

int run(int argc, char** argv) {
  std::string local, peer, netns, tun = "ue0";
  std::vector<Ue> ues;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    if (option == "--local")
      local = value;
    else if (option == "--peer")
      peer = value;
    else if (option == "--ue-netns")
      netns = value;
    else if (option == "--tun")
      tun = value;
    else if (option == "--ue")
      ues.push_back(parse_ue(value));
    else
      die("unknown option %s; there are --local, --peer, --ue-netns, --tun and --ue", option.c_str());
  }
  if (local.empty() || peer.empty() || ues.empty())
    die("usage: gnb --local ADDRESS --peer ADDRESS [--ue-netns NETNS] [--tun DEVICE] --ue "
        "ADDRESS,UL_TEID,DL_TEID[,QFI]");
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const int signal_fd = signalfd(-1, &stop, SFD_CLOEXEC);
  const bool ethernet = ues[0].ethernet;
  for (const Ue& ue : ues)
    if (ue.ethernet && ues.size() > 1) die("a phone with an Ethernet session is alone at its gNB; start one more gnb");
  Gnb gnb(open_udp(local, peer), parse_address(peer), open_tuntap(netns, tun, ethernet ? IFF_TAP : IFF_TUN), ues);
  std::printf("ready\n");
  std::fflush(stdout);
  gnb.run(signal_fd);
  const Counts& c = gnb.counts();
  std::printf(
      "{\"uplink_packets\":%lu,\"downlink_packets\":%lu,\"unknown_source\":%lu,\"unknown_teid\":%lu,"
      "\"malformed\":%lu,\"wrong_destination\":%lu,\"wrong_qfi\":%lu,\"echo_requests\":%lu}\n",
      c.uplink_packets, c.downlink_packets, c.unknown_source, c.unknown_teid, c.malformed, c.wrong_destination,
      c.wrong_qfi, c.echo_requests);
  return 0;
}

}  // namespace
}  // namespace demarc::testbed

int main(int argc, char** argv) { return demarc::testbed::run(argc, argv); }
