#include "common/base/flow_description.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/base/text.h"

namespace demarc {
namespace {

struct Protocol {
  std::string_view name;
  uint8_t number;
};
constexpr std::array kProtocols = {Protocol{"icmp", 1},   Protocol{"igmp", 2},     Protocol{"tcp", 6},
                                   Protocol{"udp", 17},   Protocol{"dccp", 33},    Protocol{"gre", 47},
                                   Protocol{"esp", 50},   Protocol{"ah", 51},      Protocol{"icmpv6", 58},
                                   Protocol{"sctp", 132}, Protocol{"udplite", 136}};
constexpr uint8_t kEsp = 50;
constexpr uint8_t kAh = 51;
constexpr uint32_t kFlowLabelMax = 0xfffff;

bool has_ports(uint16_t protocol) {
  return protocol == SdfFilter::kAnyProtocol || protocol == 6 || protocol == 17 || protocol == 33 || protocol == 132 ||
         protocol == 136;
}

// The words of the text, one after the other.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) { skip(); }
  bool empty() const { return rest_.empty(); }
  std::string_view peek() const { return rest_.substr(0, std::min(rest_.find_first_of(kBlanks), rest_.size())); }
  std::string_view take() {
    const std::string_view word = peek();
    rest_.remove_prefix(word.size());
    skip();
    return word;
  }

 private:
  static constexpr std::string_view kBlanks = " \t";
  void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }
  std::string_view rest_;
};

std::string shown(std::string_view word) { return word.empty() ? "the end" : quoted(word); }

Status expect(Words& words, std::string_view wanted, const char* why) {
  const std::string_view word = words.take();
  if (word == wanted) return {};
  return fail(ErrorCode::invalid, "flow description: " + shown(word) + " where " + quoted(wanted) + " must be" + why +
                                      "; it looks like \"permit out 17 from 10.0.0.0/8 53 to assigned\"");
}

template <class Number>
bool read_number(std::string_view text, Number& value) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && rest == text.data() + text.size() && !text.empty();
}

Result<uint16_t> parse_protocol(std::string_view word) {
  if (word == "ip") return SdfFilter::kAnyProtocol;
  for (const Protocol& p : kProtocols)
    if (p.name == word) return uint16_t{p.number};
  uint8_t number = 0;
  if (read_number(word, number)) return uint16_t{number};
  return fail(ErrorCode::invalid, "flow description: protocol " + shown(word) +
                                      "; it is a number from 0 to 255, \"ip\" for any, or a name like tcp, udp, icmp, "
                                      "icmpv6, sctp, esp");
}

Result<FlowAddress> parse_address(std::string_view word) {
  FlowAddress out;
  std::string_view text = word;
  if (text.starts_with('!')) {
    out.negated = true;
    text.remove_prefix(1);
  }
  const bool ipv6 = text.find(':') != text.npos;
  std::string whole(text);
  if (text.find('/') == text.npos) whole += ipv6 ? "/128" : "/32";
  const auto invalid = [&](const std::string& why) {
    return fail(ErrorCode::invalid, "flow description: " + shown(word) + " is no address: " + why +
                                        "; \"any\", an address, a prefix, or ! and one of the latter would be right");
  };
  if (ipv6) {
    const auto prefix = parse_ipv6_prefix(whole);
    if (!prefix) return invalid(prefix.error().message);
    out.prefix = *prefix;
  } else {
    const auto prefix = parse_ipv4_prefix(whole);
    if (!prefix) return invalid(prefix.error().message);
    out.prefix = *prefix;
  }
  if (out.negated && std::visit([](const auto& p) { return p.length == 0; }, out.prefix))
    return fail(ErrorCode::invalid,
                "flow description: " + quoted(word) + " leaves no address; use \"any\" or a prefix");
  return out;
}

Result<std::vector<FlowPorts>> parse_ports(std::string_view word) {
  std::vector<FlowPorts> out;
  for (std::string_view rest = word;;) {
    const size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    const size_t dash = item.find('-');
    FlowPorts ports;
    const bool read = dash == item.npos ? read_number(item, ports.first) && read_number(item, ports.last)
                                        : read_number(item.substr(0, dash), ports.first) &&
                                              read_number(item.substr(dash + 1), ports.last);
    if (!read || ports.first > ports.last)
      return fail(ErrorCode::invalid, "flow description: " + quoted(item) + " in " + quoted(word) +
                                          " is no port or range of ports from 0 to 65535; they look like 80,443,"
                                          "1000-2000");
    out.push_back(ports);
    if (comma == rest.npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (out.size() > SdfFilter::kPortRangesMax)
    return fail(ErrorCode::invalid, "flow description: " + std::to_string(out.size()) + " port ranges in " +
                                        quoted(word) + "; at most " + std::to_string(SdfFilter::kPortRangesMax));
  return out;
}

bool is_ports(std::string_view word) { return !word.empty() && word[0] >= '0' && word[0] <= '9'; }

Status parse_end(Words& words, bool is_local, std::optional<FlowAddress>& address, std::vector<FlowPorts>& ports) {
  const std::string_view word = words.take();
  if (word == "assigned" && !is_local)
    return fail(ErrorCode::invalid,
                "flow description: \"assigned\" behind \"from\": it is the UE's own address, and the direction \"out\" "
                "is towards the UE; write the remote end first: from REMOTE to assigned");
  if (word != "any" && word != "assigned") {
    auto parsed = parse_address(word);
    if (!parsed) return tl::unexpected(std::move(parsed.error()));
    address = *parsed;
  }
  if (!is_ports(words.peek())) return {};
  auto parsed = parse_ports(words.take());
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  ports = std::move(*parsed);
  return {};
}

std::string text_of(const std::optional<FlowAddress>& address, const char* none) {
  if (!address) return none;
  std::string text = std::visit([](const auto& p) { return to_string(p); }, address->prefix);
  const std::string host = address->is_ipv6() ? "/128" : "/32";
  if (text.ends_with(host)) text.resize(text.size() - host.size());
  return (address->negated ? "!" : "") + text;
}

std::string text_of(const std::vector<FlowPorts>& ports) {
  std::string text;
  for (const FlowPorts& p : ports) {
    text += (text.empty() ? " " : ",") + std::to_string(p.first);
    if (p.last != p.first) text += "-" + std::to_string(p.last);
  }
  return text;
}

}  // namespace

Result<SdfFilter> parse_flow_description(std::string_view text) {
  SdfFilter out;
  Words words(text);
  if (Status s = expect(words, "permit", " (a filter permits; what no rule takes is dropped)"); !s)
    return tl::unexpected(std::move(s.error()));
  if (Status s = expect(words, "out", " (towards the UE; for what comes from it the ends are swapped)"); !s)
    return tl::unexpected(std::move(s.error()));
  const auto protocol = parse_protocol(words.take());
  if (!protocol) return tl::unexpected(protocol.error());
  out.protocol = *protocol;
  Status s = expect(words, "from", "");
  if (s) s = parse_end(words, false, out.remote, out.remote_ports);
  if (s) s = expect(words, "to", "");
  if (s) s = parse_end(words, true, out.local, out.local_ports);
  if (s && !words.empty())
    s = fail(ErrorCode::invalid, "flow description: " + shown(words.peek()) +
                                     " behind its end; options are not used (TS 29.212 clause 5.4.2)");
  if (s) s = check_sdf_filter(out);
  if (!s) return tl::unexpected(std::move(s.error()));
  return out;
}

std::string flow_description(const SdfFilter& f) {
  return "permit out " + (f.protocol == SdfFilter::kAnyProtocol ? "ip" : std::to_string(f.protocol)) + " from " +
         text_of(f.remote, "any") + text_of(f.remote_ports) + " to " + text_of(f.local, "assigned") +
         text_of(f.local_ports);
}

Status check_sdf_filter(const SdfFilter& f) {
  const auto invalid = [](std::string sentence) {
    return fail(ErrorCode::invalid, "SDF filter: " + std::move(sentence));
  };
  if (f.remote && f.local && f.remote->is_ipv6() != f.local->is_ipv6())
    return invalid(text_of(f.remote, "") + " and " + text_of(f.local, "") + " are of different families; no packet is");
  if (!has_ports(f.protocol) && (!f.remote_ports.empty() || !f.local_ports.empty()))
    return invalid(
        "ports with protocol " + std::to_string(f.protocol) +
        "; TCP (6), UDP (17), DCCP (33), SCTP (132) and UDP-Lite (136) have some, and \"ip\" stands for all");
  if ((f.tos & ~f.tos_mask) != 0)
    return invalid("ToS " + std::to_string(f.tos) + " has bits outside of its mask " + std::to_string(f.tos_mask));
  if (f.spi != 0 && f.protocol != SdfFilter::kAnyProtocol && f.protocol != kEsp && f.protocol != kAh)
    return invalid("a security parameter index with protocol " + std::to_string(f.protocol) +
                   "; only ESP (50) and AH (51) have one");
  if (!f.flow_label) return {};
  if (*f.flow_label > kFlowLabelMax)
    return invalid("flow label " + std::to_string(*f.flow_label) + "; it must be from 0 to 1048575");
  if ((f.remote && !f.remote->is_ipv6()) || (f.local && !f.local->is_ipv6()))
    return invalid("a flow label and an IPv4 address; only IPv6 has flow labels");
  return {};
}

}  // namespace demarc
