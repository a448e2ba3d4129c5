#include "dataplane/stages/flow_hash.h"

#include <cstring>

#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

uint64_t word_at(const uint8_t* data) {
  uint64_t word;
  std::memcpy(&word, data, sizeof word);
  return word;
}

bool has_ports(uint8_t protocol) { return protocol == wire::kProtocolTcp || protocol == wire::kProtocolUdp; }

// The two ports at `offset`, when the protocol has some and they can be read.
uint64_t mix_ports(uint64_t hash, rte_mbuf* mbuf, uint8_t protocol, size_t offset) {
  if (!has_ports(protocol) || readable_bytes(mbuf, offset) < 4) return hash;
  uint32_t ports;
  std::memcpy(&ports, bytes_at(mbuf, offset), sizeof ports);
  return hash_mix(hash, ports);
}

}  // namespace

uint64_t inner_flow_hash(rte_mbuf* mbuf, size_t offset, uint64_t seed) {
  const size_t readable = readable_bytes(mbuf, offset);
  const uint8_t* const packet = bytes_at(mbuf, offset);
  uint64_t hash = seed;
  if (readable >= sizeof(wire::Ipv4Header) && packet[0] >> 4 == 4) {
    const auto& ip = *reinterpret_cast<const wire::Ipv4Header*>(packet);
    hash = hash_mix(hash_mix(hash, word_at(packet + offsetof(wire::Ipv4Header, source))), ip.protocol);
    return ip.is_fragment() ? hash : mix_ports(hash, mbuf, ip.protocol, offset + ip.header_bytes());
  }
  if (readable < sizeof(wire::Ipv6Header) || packet[0] >> 4 != 6) return hash;
  for (size_t at = offsetof(wire::Ipv6Header, source); at < sizeof(wire::Ipv6Header); at += 8)
    hash = hash_mix(hash, word_at(packet + at));
  const auto& ip = *reinterpret_cast<const wire::Ipv6Header*>(packet);
  hash = hash_mix(hash, ip.next_header);
  return mix_ports(hash, mbuf, ip.next_header, offset + sizeof ip);
}

uint64_t flow_hash(rte_mbuf* mbuf, const PacketMeta& meta) {
  if (!in_own_tunnel(meta)) return inner_flow_hash(mbuf, meta.l3_offset, 0);
  if (meta.opaque) return meta.far().teid.value;  // its bytes are no IP packet, whatever they look like
  return inner_flow_hash(mbuf, meta.payload_offset, meta.far().teid.value);
}

}  // namespace demarc::dp
