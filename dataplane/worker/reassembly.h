// Reassembly: fragments that wait for the rest of their datagram (RFC 791 section 3.2, RFC 8200 section 4.5). One a
// worker, used by that worker alone.
//
// What it is given is hostile: fragments that overlap, that never end, that are meant to fill it. So each bound is a
// tenant's own before it is the worker's; all memory is taken when it is made; and of a datagram whose fragments
// overlap nothing is kept (RFC 5722, for both families; a fragment that comes twice alone is only not taken again). All
// that a packet costs is one look into a hash with a secret seed and a walk over at most kPartsMax fragments.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <memory>

#include "common/base/ids.h"
#include "common/base/ip_address.h"
#include "common/defs/drop_reason.h"
#include "dataplane/worker/counters.h"

namespace demarc::dp {

// RFC 791: "source, destination, protocol, and identification"; of IPv6 the protocol is 0.
struct DatagramKey {
  IpAddress source;
  IpAddress destination;
  uint32_t identification = 0;
  VrfSlot vrf;
  TenantSlot tenant;
  uint8_t protocol = 0;
  uint8_t reserved = 0;
  bool operator==(const DatagramKey&) const = default;
};

// A fragment. Its bytes are those of the mbuf from data_offset to the end.
struct DatagramPart {
  rte_mbuf* mbuf = nullptr;
  uint32_t offset = 0;       // in the datagram, bytes
  uint16_t data_offset = 0;  // from the start of the mbuf's data
  uint16_t l3_offset = 0;
  bool more = false;
  uint32_t bytes() const { return mbuf->pkt_len - data_offset; }
};

class Reassembly {
 public:
  static constexpr unsigned kPartsMax = 16;  // of a datagram: 9,000 bytes in pieces of 576
  // That wait, at a worker; and no more than there is room left for, so that however many tenants fill their share
  // there is some for the next (a dynamic threshold, as HandoffRing has).
  static constexpr unsigned kDatagramsPerTenant = 32;
  static constexpr unsigned kPartsPerTenant = 64;
  static constexpr unsigned kDatagramsMax = 256;  // of all tenants
  static constexpr unsigned kPartsAllMax = 512;
  static constexpr uint32_t kDatagramBytesMax = 64'512;  // with any headers before them less than 65,535

  enum class Outcome : uint8_t {
    held,      // taken: it waits
    complete,  // `mbuf` is the datagram, with the headers of its first fragment, and the caller's
    dropped,   // not taken: `reason`; the caller still owns the mbuf
  };
  struct Answer {
    Outcome outcome = Outcome::dropped;
    DropReason reason = DropReason::fragment_table_full;
    rte_mbuf* mbuf = nullptr;
    uint16_t l3_offset = 0;  // of the datagram, from the start of its mbuf's data
    uint16_t data_offset = 0;
  };

  // `hold_ticks`: TSC ticks that a datagram's fragments wait from the first of them on. `tenant_slots`: below which
  // every tenant slot is.
  Reassembly(uint32_t tenant_slots, uint64_t hold_ticks);
  ~Reassembly();  // frees what it still holds
  Reassembly(const Reassembly&) = delete;

  // The fragment of a packet that counts as received. `counters`: the tenant's. Keeps the books of the fragments that
  // came before: held_packets, consumed_packets of those that a datagram is made of, drops of those that go with it.
  Answer add(const DatagramKey& key, const DatagramPart& part, TenantCounters& counters, uint64_t now_tsc);

  // Drops, as fragment_timeout, what has waited too long. One branch when nothing waits. `tenants`: [tenant slot].
  void poll(TenantCounters* tenants, uint64_t now_tsc) {
    if (parts_ != 0) drop_expired(tenants, now_tsc);
  }
  unsigned size() const { return parts_; }  // fragments held now

 private:
  struct Datagram {
    DatagramKey key;
    uint64_t deadline = 0;
    uint32_t total = 0;  // bytes; 0: the last fragment has not come
    uint32_t have = 0;   // bytes
    uint16_t count = 0;  // of parts; 0: free
    uint16_t next = 0;   // in its bucket, or among the free ones
    uint16_t older = 0;
    uint16_t newer = 0;
    std::array<DatagramPart, kPartsMax> parts;  // by offset
  };
  struct Share {
    uint16_t datagrams = 0;
    uint16_t parts = 0;
  };
  static constexpr uint16_t kNone = 0xffff;
  static constexpr unsigned kBuckets = 512;

  uint16_t* bucket_of(const DatagramKey& key);
  uint16_t find(const DatagramKey& key);
  uint16_t open(const DatagramKey& key, uint64_t now_tsc);
  void close(uint16_t index);
  void drop_all(uint16_t index, DropReason reason, TenantCounters& counters);
  Answer assemble(uint16_t index, TenantCounters& counters);
  void drop_expired(TenantCounters* tenants, uint64_t now_tsc);

  uint64_t hold_ticks_;
  uint64_t seed_;
  unsigned parts_ = 0;
  unsigned waiting_ = 0;  // datagrams
  uint16_t free_ = 0;
  uint16_t oldest_ = kNone;
  uint16_t newest_ = kNone;
  std::array<uint16_t, kBuckets> buckets_;
  std::unique_ptr<Datagram[]> datagrams_;
  std::unique_ptr<Share[]> shares_;  // [tenant slot]
};

}  // namespace demarc::dp
