#include "controlplane/capture/pcapng.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace demarc::cp {
namespace {

// Section and names: draft-ietf-opsawg-pcapng 4 and 3.5.
constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kInterfaceStatistics = 5;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint16_t kComment = 1;          // opt_comment
constexpr uint16_t kUserApplication = 4;  // shb_userappl
constexpr uint16_t kInterfaceName = 2;    // if_name
constexpr uint16_t kTimeResolution = 9;   // if_tsresol
constexpr uint16_t kPacketFlags = 2;      // epb_flags
constexpr uint16_t kInterfaceDrops = 5;   // isb_ifdrop
constexpr uint16_t kLinkEthernet = 1;
constexpr uint8_t kNanoseconds = 9;  // 10^-9
constexpr uint32_t kInbound = 1, kOutbound = 2;

template <class T>
void put(std::string& out, T value) {
  for (size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void pad(std::string& out) { out.resize((out.size() + 3) / 4 * 4); }

void put_option(std::string& out, uint16_t code, std::string_view value) {
  value = value.substr(0, std::numeric_limits<uint16_t>::max());
  put<uint16_t>(out, code);
  put<uint16_t>(out, static_cast<uint16_t>(value.size()));
  out += value;
  pad(out);
}

template <class T>
void put_number_option(std::string& out, uint16_t code, T value) {
  std::string bytes;
  put<T>(bytes, value);
  put_option(out, code, bytes);
}

void end_options(std::string& out) { put<uint32_t>(out, 0); }

// The length stands on both sides of a block (3.1).
std::string block(uint32_t type, const std::string& body) {
  std::string out;
  const auto length = static_cast<uint32_t>(body.size() + 12);
  put<uint32_t>(out, type);
  put<uint32_t>(out, length);
  out += body;
  put<uint32_t>(out, length);
  return out;
}

void put_time(std::string& out, uint64_t wall_ns) {
  put<uint32_t>(out, static_cast<uint32_t>(wall_ns >> 32));
  put<uint32_t>(out, static_cast<uint32_t>(wall_ns));
}

}  // namespace

std::string PcapngWriter::begin(std::string_view program) const {
  std::string body;
  put<uint32_t>(body, 0x1a2b3c4d);  // byte order
  put<uint16_t>(body, 1);           // version 1.0
  put<uint16_t>(body, 0);
  put<uint64_t>(body, ~uint64_t{0});  // length of the section: not known
  put_option(body, kUserApplication, program);
  end_options(body);
  return block(kSectionHeader, body);
}

std::string PcapngWriter::interface_block(std::string_view port) const {
  std::string body;
  put<uint16_t>(body, kLinkEthernet);
  put<uint16_t>(body, 0);
  put<uint32_t>(body, 0);  // snap length: none
  put_option(body, kInterfaceName, port);
  put_number_option<uint8_t>(body, kTimeResolution, kNanoseconds);
  end_options(body);
  return block(kInterfaceDescription, body);
}

uint32_t PcapngWriter::interface_of(std::string_view port, std::string& out) {
  if (const auto it = interfaces_.find(port); it != interfaces_.end()) return it->second;
  out += interface_block(port);
  const auto number = static_cast<uint32_t>(interfaces_.size());
  interfaces_.emplace(port, number);
  return number;
}

std::string PcapngWriter::packet(const CapturedFrame& frame) {
  std::string out, body;
  put<uint32_t>(body, interface_of(frame.port, out));
  put_time(body, frame.wall_ns);
  put<uint32_t>(body, static_cast<uint32_t>(frame.bytes.size()));
  put<uint32_t>(body, std::max(frame.length, static_cast<uint32_t>(frame.bytes.size())));
  body.append(reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size());
  pad(body);
  if (!frame.comment.empty()) put_option(body, kComment, frame.comment);
  put_number_option<uint32_t>(body, kPacketFlags, frame.sent ? kOutbound : kInbound);
  end_options(body);
  return out + block(kEnhancedPacket, body);
}

std::string PcapngWriter::end(uint64_t wall_ns, uint64_t lost, std::string_view comment) {
  std::string out;
  if (interfaces_.empty()) interface_of("-", out);
  for (uint32_t number = 0; number < interfaces_.size(); ++number) {
    std::string body;
    put<uint32_t>(body, number);
    put_time(body, wall_ns);
    if (number == 0 && !comment.empty()) put_option(body, kComment, comment);
    put_number_option<uint64_t>(body, kInterfaceDrops, number == 0 ? lost : 0);
    end_options(body);
    out += block(kInterfaceStatistics, body);
  }
  return out;
}

}  // namespace demarc::cp
