#include "dataplane/agent/capture_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace demarc::dp {
namespace {

// Every other word would be taken for the name of a host, a network or a service, and be looked up.
constexpr std::array<std::string_view, 43> kWords{"host",
                                                  "net",
                                                  "port",
                                                  "portrange",
                                                  "src",
                                                  "dst",
                                                  "and",
                                                  "or",
                                                  "not",
                                                  "ether",
                                                  "ip",
                                                  "ip6",
                                                  "arp",
                                                  "tcp",
                                                  "udp",
                                                  "icmp",
                                                  "icmp6",
                                                  "sctp",
                                                  "proto",
                                                  "protochain",
                                                  "broadcast",
                                                  "multicast",
                                                  "less",
                                                  "greater",
                                                  "len",
                                                  "mask",
                                                  "tcpflags",
                                                  "tcp-fin",
                                                  "tcp-syn",
                                                  "tcp-rst",
                                                  "tcp-push",
                                                  "tcp-ack",
                                                  "tcp-urg",
                                                  "icmptype",
                                                  "icmpcode",
                                                  "icmp-echo",
                                                  "icmp-echoreply",
                                                  "icmp-unreach",
                                                  "icmp6type",
                                                  "icmp6code",
                                                  "ah",
                                                  "esp",
                                                  "rarp"};

bool is_number_or_address(std::string_view word) {
  if (word.starts_with("0x")) return word.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  const char* digits = word.find(':') == std::string_view::npos ? "0123456789.-" : "0123456789abcdefABCDEF.:-";
  return word.find_first_not_of(digits) == std::string_view::npos;
}

// The first word that pcap_compile would look up; empty: none.
std::string_view first_name(std::string_view text) {
  constexpr std::string_view kBetween = " \t\n()[]!&|=<>+*/%^,";
  for (size_t at = text.find_first_not_of(kBetween); at != std::string_view::npos;
       at = text.find_first_not_of(kBetween, at)) {
    const std::string_view word = text.substr(at, text.find_first_of(kBetween, at) - at);
    if (!is_number_or_address(word) && std::ranges::find(kWords, word) == kWords.end()) return word;
    at += word.size();
  }
  return {};
}

}  // namespace

Result<CaptureFilter> CaptureFilter::compile(const std::string& text) {
  CaptureFilter filter;
  if (text.empty()) return filter;
  if (text.size() > kTextMax)
    return fail(ErrorCode::invalid,
                fmt::format("filter of {} characters: it may have at most {}", text.size(), kTextMax));
  if (const std::string_view name = first_name(text); !name.empty())
    return fail(ErrorCode::invalid, fmt::format("filter \"{}\": \"{}\" is neither an address, a number nor a word of "
                                                "pcap-filter(7); names are not looked up",
                                                text, name));
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> dead(pcap_open_dead(DLT_EN10MB, 65535), &pcap_close);
  if (!dead) return fail(ErrorCode::exhausted, "no memory for a filter");
  if (pcap_compile(dead.get(), &filter.program_, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    return fail(ErrorCode::invalid,
                fmt::format("filter \"{}\": {}; see pcap-filter(7)", text, pcap_geterr(dead.get())));
  return filter;
}

bool CaptureFilter::takes(std::span<const uint8_t> bytes, uint32_t frame_bytes) const {
  if (program_.bf_insns == nullptr) return true;
  constexpr size_t kAddresses = 12, kTag = 4;
  size_t tags = 0;  // bytes of 802.1Q and 802.1ad tags
  while (tags < 2 * kTag && bytes.size() >= kAddresses + tags + kTag) {
    const unsigned type = bytes[kAddresses + tags] << 8 | bytes[kAddresses + tags + 1];
    if (type != 0x8100 && type != 0x88a8) break;
    tags += kTag;
  }
  std::vector<uint8_t> plain(bytes.begin(), bytes.end());
  if (tags != 0)
    plain.erase(plain.begin() + kAddresses, plain.begin() + kAddresses + static_cast<std::ptrdiff_t>(tags));
  pcap_pkthdr header{};
  header.caplen = static_cast<uint32_t>(plain.size());
  header.len = frame_bytes - static_cast<uint32_t>(tags);
  return pcap_offline_filter(&program_, &header, plain.data()) != 0;
}

}  // namespace demarc::dp
