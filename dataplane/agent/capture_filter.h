// A filter of pcap-filter(7), compiled by libpcap. In the agent, so that no worker waits for it.
#pragma once

#include <pcap/pcap.h>

#include <cstdint>
#include <span>
#include <string>

#include "common/base/result.h"

namespace demarc::dp {

class CaptureFilter {
 public:
  static constexpr size_t kTextMax = 512;

  CaptureFilter() = default;  // takes everything
  // Errors: `invalid`, with libpcap's sentence.
  static Result<CaptureFilter> compile(const std::string& text);
  CaptureFilter(CaptureFilter&& other) noexcept : program_(other.program_) { other.program_ = {}; }
  CaptureFilter& operator=(CaptureFilter&& other) noexcept {
    std::swap(program_, other.program_);
    return *this;
  }
  ~CaptureFilter() { pcap_freecode(&program_); }

  // Of an Ethernet frame; `frame_bytes` is its length, of which `bytes` has the first. The filter sees it without its
  // VLAN tags: they are the tenant's attachments, and "udp" is to mean the same on all of them.
  bool takes(std::span<const uint8_t> bytes, uint32_t frame_bytes) const;

 private:
  bpf_program program_{};  // without instructions: everything
};

}  // namespace demarc::dp
