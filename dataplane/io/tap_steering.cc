#include "dataplane/io/tap_steering.h"

#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "common/base/teid_owner.h"
#include "common/wire/ethernet.h"
#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"

namespace demarc::dp {
namespace {

// Registers that calls leave alone; loads from the packet need the context in R6 and leave their result in R0.
constexpr uint8_t kResult = BPF_REG_0;
constexpr uint8_t kContext = BPF_REG_6;
constexpr uint8_t kL3 = BPF_REG_7;   // offset of the IP header
constexpr uint8_t kUdp = BPF_REG_8;  // offset of the UDP header
constexpr uint8_t kSum = BPF_REG_9;  // of the addresses

// A program as it is written: jumps go to labels ahead.
class Assembler {
 public:
  // R0 = the bytes at `at` + `offset`, in host byte order. Past the packet's end the program ends and returns 0.
  void load(uint8_t size, uint8_t at, int32_t offset) { add(BPF_LD | BPF_IND | size, 0, at, offset); }
  void operate(uint8_t operation, uint8_t to, int32_t value) { add(BPF_ALU64 | BPF_K | operation, to, 0, value); }
  void operate_with(uint8_t operation, uint8_t to, uint8_t from) { add(BPF_ALU64 | BPF_X | operation, to, from, 0); }
  void jump(const char* label) { jump_if(BPF_JA, 0, label); }
  void jump_if(uint8_t condition, int32_t value, const char* label) {
    jumps_.emplace_back(program_.size(), label);
    add(BPF_JMP | BPF_K | condition, condition == BPF_JA ? 0 : kResult, 0, value);
  }
  void label(const char* name) { labels_[name] = program_.size(); }
  void exit() { add(BPF_JMP | BPF_EXIT, 0, 0, 0); }

  std::vector<bpf_insn> done() {
    for (const auto& [from, to] : jumps_) program_[from].off = static_cast<int16_t>(labels_.at(to) - from - 1);
    return std::move(program_);
  }

 private:
  void add(int code, uint8_t to, uint8_t from, int32_t value) {
    bpf_insn i{};
    i.code = static_cast<uint8_t>(code);
    i.dst_reg = to & 0xf;
    i.src_reg = from & 0xf;
    i.imm = value;
    program_.push_back(i);
  }

  std::vector<bpf_insn> program_;
  std::vector<std::pair<size_t, std::string>> jumps_;
  std::map<std::string, size_t> labels_;
};

// kL3 and, in R0, the EtherType behind at most two tags.
void find_ip_header(Assembler& a) {
  a.operate(BPF_MOV, kL3, 14);
  a.load(BPF_H, kL3, -2);
  for (const auto& [tag, end] : {std::pair{"tag1", "tagged1"}, std::pair{"tag2", "tagged2"}}) {
    a.jump_if(BPF_JEQ, 0x8100, tag);
    a.jump_if(BPF_JEQ, 0x88a8, tag);
    a.jump(end);
    a.label(tag);
    a.operate(BPF_ADD, kL3, 4);
    a.load(BPF_H, kL3, -2);
    a.label(end);
  }
}

// R0 = the addresses, folded; the same both ways.
void sum_addresses(Assembler& a, int32_t first, int32_t end) {
  a.operate(BPF_MOV, kSum, 0);
  for (int32_t offset = first; offset < end; offset += 4) {
    a.load(BPF_W, kL3, offset);
    a.operate_with(BPF_XOR, kSum, kResult);
  }
  a.operate_with(BPF_MOV, kResult, kSum);
  for (const int32_t bits : {16, 8}) {
    a.operate_with(BPF_MOV, kSum, kResult);
    a.operate(BPF_RSH, kSum, bits);
    a.operate_with(BPF_XOR, kResult, kSum);
  }
  a.jump("found");
}

}  // namespace

std::vector<bpf_insn> tap_steering_program(unsigned queues) {
  Assembler a;
  a.operate_with(BPF_MOV, kContext, BPF_REG_1);
  find_ip_header(a);
  a.jump_if(BPF_JEQ, wire::kEtherTypeIpv4, "ipv4");
  a.jump_if(BPF_JEQ, wire::kEtherTypeIpv6, "ipv6");
  a.operate(BPF_MOV, kResult, 0);
  a.exit();

  a.label("ipv4");
  a.load(BPF_H, kL3, 6);
  a.operate(BPF_AND, kResult, 0x3fff);  // fragments go by their addresses, all of one datagram to one queue
  a.jump_if(BPF_JNE, 0, "ipv4_addresses");
  a.load(BPF_B, kL3, 9);
  a.jump_if(BPF_JNE, wire::kProtocolUdp, "ipv4_addresses");
  a.load(BPF_B, kL3, 0);
  a.operate(BPF_AND, kResult, 0xf);
  a.operate(BPF_LSH, kResult, 2);
  a.operate_with(BPF_MOV, kUdp, kResult);
  a.operate_with(BPF_ADD, kUdp, kL3);
  a.load(BPF_H, kUdp, 2);
  a.jump_if(BPF_JEQ, wire::kGtpuPort, "gtpu");
  a.label("ipv4_addresses");
  sum_addresses(a, 12, 20);

  a.label("ipv6");
  a.load(BPF_B, kL3, 6);
  a.jump_if(BPF_JNE, wire::kProtocolUdp, "ipv6_addresses");
  a.operate_with(BPF_MOV, kUdp, kL3);
  a.operate(BPF_ADD, kUdp, 40);
  a.load(BPF_H, kUdp, 2);
  a.jump_if(BPF_JEQ, wire::kGtpuPort, "gtpu");
  a.label("ipv6_addresses");
  sum_addresses(a, 8, 40);

  a.label("gtpu");  // signalling has TEID 0, and goes to the first worker
  a.load(BPF_W, kUdp, 8 + 4);
  a.operate(BPF_RSH, kResult, 32 - static_cast<int32_t>(teid_owner_bits(queues)));
  a.label("found");
  a.operate(BPF_MOD, kResult, static_cast<int32_t>(queues));
  a.exit();
  return a.done();
}

namespace {

// The driver keeps its descriptors to itself; the kernel tells which they are.
std::optional<int> tap_descriptor(const std::string& interface) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    if (std::filesystem::read_symlink(entry.path(), error) != "/dev/net/tun") continue;
    const int fd = std::atoi(entry.path().filename().c_str());
    ifreq request{};
    if (ioctl(fd, TUNGETIFF, &request) == 0 && interface == request.ifr_name) return fd;
  }
  return std::nullopt;
}

}  // namespace

Status steer_tap(const std::string& interface, unsigned queues) {
  const std::vector<bpf_insn> program = tap_steering_program(queues);
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  load.insns = reinterpret_cast<uint64_t>(program.data());
  load.insn_cnt = static_cast<uint32_t>(program.size());
  load.license = reinterpret_cast<uint64_t>("Dual MIT/GPL");
  int loaded = static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load));
  if (loaded < 0)
    return fail(ErrorCode::unavailable, fmt::format("the kernel takes no eBPF program: {}", std::strerror(errno)));
  const std::optional<int> tap = tap_descriptor(interface);
  const bool taken = tap && ioctl(*tap, TUNSETSTEERINGEBPF, &loaded) == 0;
  const int why = errno;
  close(loaded);
  if (taken) return {};
  return fail(ErrorCode::unavailable, fmt::format("the TAP interface {} takes no eBPF program: {}", interface,
                                                  tap ? std::strerror(why) : "it is not open here"));
}

}  // namespace demarc::dp
