// A capture file in the pcapng format (draft-ietf-opsawg-pcapng), little-endian, block by block. Written here because
// libpcap writes neither comments nor several interfaces.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace demarc::cp {

struct CapturedFrame {
  uint64_t wall_ns = 0;  // since 1970
  std::string_view port;
  bool sent = false;               // else received
  uint32_t length = 0;             // of the frame on the wire
  std::span<const uint8_t> bytes;  // its first bytes, at most `length` of them
  std::string comment;             // empty: none
};

// Each function returns blocks that go behind those returned before.
class PcapngWriter {
 public:
  // Section Header Block.
  std::string begin(std::string_view program) const;
  // Enhanced Packet Block; before the first of a port its Interface Description Block.
  std::string packet(const CapturedFrame& frame);
  // Interface Statistics Block of each port: `lost` (isb_ifdrop) stands at the first. `comment`: why it ended; empty:
  // none.
  std::string end(uint64_t wall_ns, uint64_t lost, std::string_view comment);

 private:
  std::string interface_block(std::string_view port) const;
  uint32_t interface_of(std::string_view port, std::string& out);

  std::map<std::string, uint32_t, std::less<>> interfaces_;  // by port: number, in the order of their blocks
};

}  // namespace demarc::cp
