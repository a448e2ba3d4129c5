#include "dataplane/tables/rule_compile.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

namespace demarc::dp {
namespace {

constexpr size_t kChunkRules = 64;

// A PDR, or one of its filters, of one direction and family.
struct Rule {
  const Pdr* pdr;
  uint8_t pdr_index;
  uint64_t qfis;
  const SdfMatch* filter;  // null: every packet
  const PdrDetail* detail;
};

using Range = std::pair<Ipv6Value, Ipv6Value>;  // first and last
using Ranges = std::vector<Range>;

Range range_of(const AddressMatch& a) {
  const unsigned bits = a.kind == AddressMatch::Kind::ipv4 ? 32 : 128;
  const Ipv6Value all = bits == 32 ? Ipv6Value{0xffffffff} : ~Ipv6Value{0};
  if (a.length == 0) return {a.first, all};
  return {a.first, a.length >= bits ? a.first : a.first | (all >> a.length)};  // a shift by all bits has no meaning
}

// The intervals that it takes.
Ranges ranges_of(const AddressMatch& a) {
  const Ipv6Value last_of_all = a.kind == AddressMatch::Kind::ipv4 ? Ipv6Value{0xffffffff} : ~Ipv6Value{0};
  if (a.kind == AddressMatch::Kind::any) return {{0, ~Ipv6Value{0}}};
  const Range range = range_of(a);
  if (!a.negated) return {range};
  Ranges out;
  if (range.first != 0) out.emplace_back(0, range.first - 1);
  if (range.second != last_of_all) out.emplace_back(range.second + 1, last_of_all);
  return out;
}

Ranges ranges_of(const std::vector<PortMatch>& ports) {
  if (ports.empty()) return {{0, 0xffff}};
  Ranges out;
  for (const PortMatch& p : ports) out.emplace_back(p.first, p.last);
  return out;
}

bool contains(const Ranges& ranges, Ipv6Value value) {
  return std::ranges::any_of(ranges, [&](const Range& r) { return r.first <= value && value <= r.second; });
}

class Writer {
 public:
  Writer() : words_(sizeof(RuleHead) / sizeof(uint64_t)) {}

  uint32_t reserve(size_t bytes, size_t alignment_words = 1) {
    while (words_.size() % alignment_words != 0) words_.push_back(0);
    const size_t at = words_.size();
    words_.resize(at + (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t));
    return static_cast<uint32_t>(at);
  }
  template <class T>
  uint32_t append(std::span<const T> values) {
    const uint32_t at = reserve(values.size_bytes(), alignof(T) > alignof(uint64_t) ? 2 : 1);
    std::memcpy(&words_[at], values.data(), values.size_bytes());
    return at;
  }
  template <class T>
  void store(uint32_t at, const T& value) {
    std::memcpy(static_cast<void*>(&words_[at]), &value, sizeof value);
  }
  size_t bytes() const { return words_.size() * sizeof(uint64_t); }
  std::vector<uint64_t> take() { return std::move(words_); }

 private:
  std::vector<uint64_t> words_;
};

class ChunkCompiler {
 public:
  ChunkCompiler(Writer& writer, std::span<const Rule> rules, bool from_tunnel, bool ipv6)
      : writer_(writer), rules_(rules), from_tunnel_(from_tunnel), ipv6_(ipv6) {
    chunk_.all = rules.size() == kChunkRules ? ~uint64_t{0} : (uint64_t{1} << rules.size()) - 1;
  }

  RuleChunk compile() {
    std::vector<uint8_t> pdrs;
    for (const Rule& r : rules_) pdrs.push_back(r.pdr_index);
    chunk_.pdrs = writer_.append<uint8_t>(pdrs);
    compile_keys();
    const auto any_qfi = [](const Rule& r) { return r.qfis == 0; };
    const auto any_protocol = [](const Rule& r) {
      return r.filter == nullptr || r.filter->protocol == SdfMatch::kAnyProtocol;
    };
    const auto any_tos = [](const Rule& r) { return r.filter == nullptr || r.filter->tos_mask == 0; };
    chunk_.qfi = octets(std::not_fn(any_qfi), [&](const Rule& r, uint8_t value) {
      return any_qfi(r) || (value < 64 && (r.qfis >> value & 1) != 0);
    });
    chunk_.protocol = octets(std::not_fn(any_protocol), [&](const Rule& r, uint8_t value) {
      return any_protocol(r) || r.filter->protocol == value;
    });
    chunk_.tos = octets(std::not_fn(any_tos), [&](const Rule& r, uint8_t value) {
      return any_tos(r) || (value & r.filter->tos_mask) == r.filter->tos;
    });
    compile_addresses();
    compile_transport();
    return chunk_;
  }

 private:
  // Bits of the rules for which `takes` is true.
  template <class Takes>
  uint64_t row(Takes takes) const {
    uint64_t bits = 0;
    for (size_t i = 0; i < rules_.size(); ++i)
      if (takes(rules_[i])) bits |= uint64_t{1} << i;
    return bits;
  }

  template <class LooksAt, class Takes>
  RuleField octets(LooksAt looks_at, Takes takes) {
    if (std::ranges::none_of(rules_, looks_at)) return {};
    std::array<uint8_t, 256> classes{};
    std::vector<uint64_t> rows;
    for (unsigned value = 0; value < 256; ++value) {
      const uint64_t bits = row([&](const Rule& r) { return takes(r, static_cast<uint8_t>(value)); });
      const auto at = std::ranges::find(rows, bits);
      classes[value] = static_cast<uint8_t>(at - rows.begin());
      if (at == rows.end()) rows.push_back(bits);
    }
    if (rows.size() == 1 && rows[0] == chunk_.all) return {};
    return {writer_.append<uint8_t>(classes), writer_.append<uint64_t>(rows), static_cast<uint32_t>(rows.size())};
  }

  // `ranges(rule)`: the intervals that the rule takes, within 0..largest of Value.
  template <class Value, class RangesOf>
  RuleField intervals(RangesOf ranges) {
    const Ipv6Value largest = static_cast<Value>(~Value{0});
    struct Edge {
      Ipv6Value at;
      uint8_t rule;
      int8_t step;  // an interval of the rule begins here, or has ended before
    };
    std::vector<Edge> edges;
    for (size_t i = 0; i < rules_.size(); ++i) {
      for (const Range& range : ranges(rules_[i])) {
        edges.push_back({range.first, static_cast<uint8_t>(i), 1});
        if (range.second < largest) edges.push_back({range.second + 1, static_cast<uint8_t>(i), -1});
      }
    }
    std::ranges::sort(edges, {}, &Edge::at);
    std::vector<Value> values;
    std::vector<uint64_t> rows;
    std::array<int, kChunkRules> inside{};
    uint64_t bits = 0;
    Ipv6Value start = 0;
    for (size_t n = 0;; start = edges[n].at) {
      for (; n < edges.size() && edges[n].at == start; ++n) {
        const uint64_t bit = uint64_t{1} << edges[n].rule;
        bits = (inside[edges[n].rule] += edges[n].step) > 0 ? bits | bit : bits & ~bit;
      }
      if (rows.empty() || rows.back() != bits) {
        values.push_back(static_cast<Value>(start));
        rows.push_back(bits);
      }
      if (n == edges.size()) break;
    }
    if (rows.size() == 1 && rows[0] == chunk_.all) return {};
    return {writer_.append<Value>(values), writer_.append<uint64_t>(rows), static_cast<uint32_t>(rows.size())};
  }

  // Of several F-TEIDs or UE addresses in one session; with one there is nothing to tell apart. A framed route takes
  // the destinations in it, too.
  void compile_keys() {
    if (!from_tunnel_ && ipv6_) return;
    const auto keys = [this](const Rule& r) {
      const uint64_t key =
          from_tunnel_ ? SessionTable::uplink_key(r.pdr->endpoint, r.pdr->teid) : r.pdr->ue_ipv4.host();
      Ranges out{{key, key}};
      for (const AddressMatch& route : r.detail->framed)
        if (!from_tunnel_ && route.kind == AddressMatch::Kind::ipv4) out.push_back(range_of(route));
      return out;
    };
    const Ranges first = keys(rules_[0]);
    const bool all_one = std::ranges::all_of(rules_, [&](const Rule& r) { return keys(r) == first; });
    if (!all_one) chunk_.key = intervals<uint64_t>(keys);
  }

  void compile_addresses() {
    const auto remote = [](const Rule& r) {
      return ranges_of(r.filter == nullptr ? AddressMatch{} : r.filter->remote);
    };
    const auto local = [](const Rule& r) { return ranges_of(r.filter == nullptr ? AddressMatch{} : r.filter->local); };
    if (ipv6_) {
      chunk_.remote = intervals<Ipv6Value>(remote);
      chunk_.local = intervals<Ipv6Value>(local);
    } else {
      chunk_.remote = intervals<uint32_t>(remote);
      chunk_.local = intervals<uint32_t>(local);
    }
  }

  void compile_transport() {
    static const std::vector<PortMatch> any;
    chunk_.remote_port = intervals<uint16_t>(
        [](const Rule& r) { return ranges_of(r.filter == nullptr ? any : r.filter->remote_ports); });
    chunk_.local_port =
        intervals<uint16_t>([](const Rule& r) { return ranges_of(r.filter == nullptr ? any : r.filter->local_ports); });
    chunk_.without_ports = row([](const Rule& r) {
      return r.filter == nullptr || (r.filter->remote_ports.empty() && r.filter->local_ports.empty());
    });
    chunk_.without_spi = row([](const Rule& r) { return r.filter == nullptr || r.filter->spi == 0; });
    chunk_.spi = intervals<uint32_t>([](const Rule& r) {
      return r.filter == nullptr || r.filter->spi == 0 ? Ranges{{0, 0xffffffff}}
                                                       : Ranges{{r.filter->spi, r.filter->spi}};
    });
    chunk_.flow_label = intervals<uint32_t>([](const Rule& r) {
      return r.filter == nullptr || r.filter->flow_label == SdfMatch::kAnyFlowLabel
                 ? Ranges{{0, 0xffffffff}}
                 : Ranges{{r.filter->flow_label, r.filter->flow_label}};
    });
  }

  Writer& writer_;
  std::span<const Rule> rules_;
  bool from_tunnel_;
  bool ipv6_;
  RuleChunk chunk_;
};

// Whether the filter can take packets of the family at all.
bool has_family(const SdfMatch& filter, bool ipv6) {
  const auto other = ipv6 ? AddressMatch::Kind::ipv4 : AddressMatch::Kind::ipv6;
  return filter.remote.kind != other && filter.local.kind != other &&
         (ipv6 || filter.flow_label == SdfMatch::kAnyFlowLabel);
}

// A PDR that names UE addresses is for their families, one without for both.
bool has_family(const Pdr& pdr, bool ipv6) {
  const bool ipv4 = pdr.ue_ipv4 != Be32{};
  if (!ipv4 && pdr.ue_ipv6 == 0) return true;
  return ipv6 ? pdr.ue_ipv6 != 0 : ipv4;
}

unsigned group_of(const Pdr& pdr) {
  if (!pdr.source_core) return kRulesFromAccess;
  return pdr.teid == Teid{0} ? kRulesFromCore : kRulesFromN9;
}

std::vector<Rule> rules_of(std::span<const Pdr> pdrs, std::span<const PdrDetail> details, unsigned group, bool ipv6) {
  std::vector<Rule> out;
  for (size_t i = 0; i < pdrs.size(); ++i) {
    const Pdr& pdr = pdrs[i];
    if (group_of(pdr) != group || !has_family(pdr, ipv6)) continue;
    uint64_t qfis = details[i].qfis;
    if (qfis == 0 && pdr.qfi_match < 64) qfis = uint64_t{1} << pdr.qfi_match;
    Rule rule{&pdr, static_cast<uint8_t>(i), qfis, nullptr, &details[i]};
    if (details[i].filters.empty()) out.push_back(rule);
    for (const SdfMatch& filter : details[i].filters) {
      rule.filter = &filter;
      if (has_family(filter, ipv6)) out.push_back(rule);
    }
  }
  return out;
}

uint32_t write_chunks(Writer& writer, std::span<const Rule> rules, bool from_tunnel, bool ipv6) {
  if (rules.empty()) return 0;
  const uint32_t at = writer.reserve(sizeof(RuleChunk));
  RuleChunk chunk =
      ChunkCompiler(writer, rules.first(std::min(rules.size(), kChunkRules)), from_tunnel, ipv6).compile();
  if (rules.size() > kChunkRules) chunk.next = write_chunks(writer, rules.subspan(kChunkRules), from_tunnel, ipv6);
  writer.store(at, chunk);
  return at;
}

bool contains(const AddressMatch& a, Ipv6Value address) { return contains(ranges_of(a), address); }
bool contains(const std::vector<PortMatch>& ports, const Flow& flow, uint16_t port) {
  return ports.empty() || (flow.has_ports && contains(ranges_of(ports), port));
}

}  // namespace

bool matches(const SdfMatch& f, const Flow& flow, bool ipv6) {
  return has_family(f, ipv6) && (f.protocol == SdfMatch::kAnyProtocol || f.protocol == flow.protocol) &&
         contains(f.remote, flow.remote) && contains(f.local, flow.local) &&
         contains(f.remote_ports, flow, flow.remote_port) && contains(f.local_ports, flow, flow.local_port) &&
         (flow.tos & f.tos_mask) == f.tos && (f.spi == 0 || (flow.has_spi && f.spi == flow.spi)) &&
         (f.flow_label == SdfMatch::kAnyFlowLabel || f.flow_label == flow.flow_label);
}

std::vector<uint64_t> compile_rules(std::span<const Pdr> pdrs, std::span<const PdrDetail> details) {
  const bool plain = std::ranges::all_of(details, [](const PdrDetail& d) { return d.qfis == 0 && d.filters.empty(); });
  if (plain && pdrs.size() <= kUncompiledPdrsMax) return {};
  Writer writer;
  RuleHead head;
  for (unsigned group = 0; group < kRuleGroups; ++group)
    for (const bool ipv6 : {false, true})
      head.first_chunk[group][ipv6] =
          write_chunks(writer, rules_of(pdrs, details, group, ipv6), group != kRulesFromCore, ipv6);
  head.words = static_cast<uint32_t>(writer.bytes() / sizeof(uint64_t));
  writer.store(0, head);
  return writer.take();
}

}  // namespace demarc::dp
