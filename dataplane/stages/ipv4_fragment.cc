#include "dataplane/stages/ipv4_fragment.h"

#include <algorithm>
#include <cstring>

#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "dataplane/stages/oversize.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

constexpr size_t kIpv4HeaderBytesMax = 60;

// How a packet is cut.
struct Cut {
  size_t prefix_offset;  // of the tunnel's headers, which each fragment gets, from the mbuf's start
  size_t prefix_bytes;   // 0: the packet at prefix_offset is the one that is cut
  size_t header_bytes;   // of the first fragment
  size_t data_bytes;     // of the whole packet
  size_t first_data;     // of the first fragment, a multiple of 8
  size_t later_data;     // of each further one but the last
  uint8_t later_header[kIpv4HeaderBytesMax];  // with the options that are copied
  size_t later_header_bytes;

  size_t packet_offset() const { return prefix_offset + prefix_bytes; }
  size_t data_offset() const { return packet_offset() + header_bytes; }
  size_t fragments() const { return 1 + (data_bytes - first_data + later_data - 1) / later_data; }
};

// RFC 791 section 3.1: options with the copied flag are in every fragment, the others in the first alone. The header's
// bytes are all there; bounded by them.
void write_later_header(const uint8_t* header, Cut& cut) {
  std::memcpy(cut.later_header, header, sizeof(wire::Ipv4Header));
  size_t out = sizeof(wire::Ipv4Header);
  for (size_t at = sizeof(wire::Ipv4Header); at < cut.header_bytes && header[at] != 0;) {
    const size_t left = cut.header_bytes - at;
    const size_t bytes = header[at] == 1 ? 1 : left < 2 ? 0 : header[at + 1];
    if (bytes == 0 || bytes > left || (bytes < 2 && header[at] != 1))
      break;  // they lead nowhere: the rest stays behind
    if ((header[at] & 0x80) != 0) {
      std::memcpy(cut.later_header + out, header + at, bytes);
      out += bytes;
    }
    at += bytes;
  }
  while (out % 4 != 0) cut.later_header[out++] = 0;
  cut.later_header_bytes = out;
  cut.later_header[0] = static_cast<uint8_t>(0x40 | out / 4);
}

// False: the way out has no room for a header and 8 bytes.
bool plan(const StageContext& context, rte_mbuf* mbuf, const PacketMeta& meta, Cut& cut) {
  const bool inside = meta.fragment_inner && in_own_tunnel(meta);
  const AttachmentRow& egress = context.topology().attachment(meta.egress);
  // Outside of the tunnel only the link counts, for what is cut there is nobody's packet.
  const uint32_t mtu = in_own_tunnel(meta) && !inside ? uint32_t{egress.mtu} : sender_mtu(context.topology(), meta);
  cut.prefix_offset = meta.l3_offset;
  cut.prefix_bytes = inside ? meta.payload_offset - size_t{meta.l3_offset} : 0;
  const uint8_t* const header = bytes_at(mbuf, cut.packet_offset());
  cut.header_bytes = reinterpret_cast<const wire::Ipv4Header*>(header)->header_bytes();
  cut.data_bytes = packet_bytes(mbuf, cut.data_offset());
  write_later_header(header, cut);
  // What one buffer holds behind its headroom bounds the later fragments too.
  const size_t buffer = rte_pktmbuf_data_room_size(context.pool) - RTE_PKTMBUF_HEADROOM;
  const size_t later = std::min<size_t>(mtu, buffer - std::min(buffer, cut.prefix_bytes));
  if (mtu < cut.header_bytes + 8 || later < cut.later_header_bytes + 8) return false;
  cut.first_data = (mtu - cut.header_bytes) / 8 * 8;
  cut.later_data = (later - cut.later_header_bytes) / 8 * 8;
  return cut.first_data < cut.data_bytes;
}

void add_to(uint8_t* field, int delta) {
  uint16_t raw;
  std::memcpy(&raw, field, sizeof raw);
  raw = Be16::from_host(static_cast<uint16_t>(Be16::from_raw(raw).host() + delta)).raw();
  std::memcpy(field, &raw, sizeof raw);
}

// The headers of a tunnel of ours, around a packet that is `delta` bytes longer now. They have no UDP checksum.
void mend_prefix(StageContext& context, uint8_t* prefix, bool ipv6, int delta) {
  const size_t ip_bytes = ipv6 ? sizeof(wire::Ipv6Header) : sizeof(wire::Ipv4Header);
  add_to(prefix + ip_bytes + offsetof(wire::UdpHeader, length), delta);
  add_to(prefix + ip_bytes + sizeof(wire::UdpHeader) + offsetof(wire::GtpuHeader, length), delta);
  if (ipv6) return add_to(prefix + offsetof(wire::Ipv6Header, payload_length), delta);
  auto& ip = *reinterpret_cast<wire::Ipv4Header*>(prefix);
  add_to(prefix + offsetof(wire::Ipv4Header, total_length), delta);
  ip.identification = Be16::from_host(context.take_identification());  // RFC 6864: each outer packet has its own
  wire::ipv4_set_checksum(ip);
}

// `header`: of the fragment, written before but for its length, its place and its checksum.
void mend_header(uint8_t* header, size_t total_bytes, uint16_t place) {
  auto& ip = *reinterpret_cast<wire::Ipv4Header*>(header);
  ip.total_length = Be16::from_host(static_cast<uint16_t>(total_bytes));
  ip.fragment = Be16::from_host(place);
  wire::ipv4_set_checksum(ip);
}

// Fragment number n, counted from 0, begins with byte start(n) of the data.
size_t start_of(const Cut& cut, size_t n) { return n == 0 ? 0 : cut.first_data + (n - 1) * cut.later_data; }
size_t bytes_of(const Cut& cut, size_t n) {
  return std::min(n == 0 ? cut.first_data : cut.later_data, cut.data_bytes - start_of(cut, n));
}

// RFC 791 section 3.2: a fragment that is cut again keeps its offset and its MF.
uint16_t place_of(const Cut& cut, size_t n, const wire::Ipv4Header& whole) {
  const size_t offset = whole.fragment_offset() + start_of(cut, n) / 8;
  const bool more = n + 1 < cut.fragments() || whole.more_fragments();
  return static_cast<uint16_t>(offset | (more ? 0x2000 : 0));
}

// Null: no buffer. `whole` is not changed.
rte_mbuf* make_later(StageContext& context, rte_mbuf* whole, const Cut& cut, size_t n, bool ipv6) {
  rte_mbuf* const mbuf = rte_pktmbuf_alloc(context.pool);
  if (mbuf == nullptr) return nullptr;
  const size_t data = bytes_of(cut, n);
  const size_t headers = cut.prefix_bytes + cut.later_header_bytes;
  auto* const out = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(mbuf, static_cast<uint16_t>(headers + data)));
  if (out == nullptr) {
    rte_pktmbuf_free(mbuf);
    return nullptr;
  }
  std::memcpy(out, bytes_at(whole, cut.prefix_offset), cut.prefix_bytes);
  std::memcpy(out + cut.prefix_bytes, cut.later_header, cut.later_header_bytes);
  const auto from = static_cast<uint32_t>(cut.data_offset() + start_of(cut, n));
  const void* const bytes = rte_pktmbuf_read(whole, from, static_cast<uint32_t>(data), out + headers);
  if (bytes != nullptr && bytes != out + headers) std::memcpy(out + headers, bytes, data);
  const auto& ip = *reinterpret_cast<const wire::Ipv4Header*>(bytes_at(whole, cut.packet_offset()));
  mend_header(out + cut.prefix_bytes, cut.later_header_bytes + data, place_of(cut, n, ip));
  if (cut.prefix_bytes != 0) {
    const size_t before = cut.header_bytes + cut.data_bytes;
    mend_prefix(context, out, ipv6, static_cast<int>(cut.later_header_bytes + data) - static_cast<int>(before));
  }
  return mbuf;
}

void make_first(StageContext& context, rte_mbuf* mbuf, const Cut& cut, bool ipv6) {
  uint8_t* const header = bytes_at(mbuf, cut.packet_offset());
  const uint16_t place = place_of(cut, 0, *reinterpret_cast<const wire::Ipv4Header*>(header));
  cut_to(mbuf, static_cast<uint32_t>(cut.data_offset() + cut.first_data));
  mend_header(header, cut.header_bytes + cut.first_data, place);
  if (cut.prefix_bytes == 0) return;
  mend_prefix(context, bytes_at(mbuf, cut.prefix_offset), ipv6,
              static_cast<int>(cut.first_data) - static_cast<int>(cut.data_bytes));
}

}  // namespace

void ipv4_fragment(StageContext& context, Burst& burst, uint8_t i, Burst& out, Lane& route, Lane& route_ipv6) {
  const PacketMeta& meta = burst.meta[i];
  Cut cut;
  out.size = 0;
  reset_burst(out);
  if (context.pool == nullptr || !plan(context, burst.mbuf[i], meta, cut) || cut.fragments() > kBurstMax)
    return drop(burst, i, DropReason::encap_too_big);
  const auto fragments = static_cast<uint8_t>(cut.fragments());
  for (uint8_t n = 1; n < fragments; ++n) {
    out.mbuf[n] = make_later(context, burst.mbuf[i], cut, n, meta.ipv6);
    if (out.mbuf[n] != nullptr) continue;
    rte_pktmbuf_free_bulk(&out.mbuf[1], n - 1u);
    return drop(burst, i, DropReason::buffer_none);
  }
  make_first(context, burst.mbuf[i], cut, meta.ipv6);
  out.mbuf[0] = burst.mbuf[i];
  out.size = fragments;
  out.port = burst.port;
  out.now_tsc = burst.now_tsc;
  for (uint8_t n = 0; n < fragments; ++n) {
    out.meta[n] = meta;
    if (n != 0) {
      out.meta[n].l3_offset = 0;
      out.meta[n].payload_offset = static_cast<uint16_t>(cut.prefix_bytes);
    }
    (meta.ipv6 ? route_ipv6 : route).push(n);
  }
  // The first one stands for the whole packet.
  out.uplink = burst.uplink >> i & 1;
  out.downlink = burst.downlink >> i & 1;
  out.uncounted = ~uint64_t{1} | (burst.uncounted >> i & 1);
  out.inner_bytes[0] = burst.inner_bytes[i];
  TenantCounters& counters = context.counters(meta.tenant);
  counters.add(Counter::ipv4_fragments_made, fragments);
  counters.add(Counter::originated_packets, fragments - 1u);
}

}  // namespace demarc::dp
