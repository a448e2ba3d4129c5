// A session with one F-TEID and one UE address, in which every field can be told from `number` and `version`: a reader
// that finds a mixture has found a torn or freed block.
#pragma once

#include "dataplane/tables/session_table.h"

namespace demarc::dp::test {

inline constexpr TenantSlot kTenant{3};
inline constexpr GtpuEndpointSlot kEndpoint{5};
inline constexpr VrfSlot kAccessVrf{6};
inline constexpr VrfSlot kCoreVrf{7};

inline Teid teid_of(uint32_t number) { return Teid{0x1000 + number}; }
inline Be32 ue_of(uint32_t number) { return Be32::from_host(0x0a000000 + number); }

inline Pdr uplink_pdr(uint16_t id, Teid teid, uint8_t far_index = 0) {
  Pdr p{};
  p.precedence = 100;
  p.pdr_id = id;
  p.far_index = far_index;
  p.vrf = kAccessVrf;
  p.endpoint = kEndpoint;
  p.teid = teid;
  p.qfi_match = kQfiAny;
  return p;
}

inline Pdr downlink_pdr(uint16_t id, Be32 ue, uint8_t far_index = 0) {
  Pdr p{};
  p.precedence = 100;
  p.pdr_id = id;
  p.far_index = far_index;
  p.source_core = true;
  p.vrf = kCoreVrf;
  p.ue_ipv4 = ue;
  p.qfi_match = kQfiAny;
  p.qfi_mark = 9;
  return p;
}

inline SessionSpec sample_session(uint32_t number, uint32_t version = 0) {
  SessionSpec spec{
      Seid{number + 1}, kTenant, {uplink_pdr(1, teid_of(number), 0), downlink_pdr(2, ue_of(number), 1)}, {}};
  for (Pdr& p : spec.pdrs) p.precedence = version;
  Far far{};
  far.forward = true;
  far.vrf = kCoreVrf;
  far.far_id = version;
  far.teid = teid_of(number);
  spec.fars = {far, far};
  return spec;
}

// Whether `s` is sample_session(number, v) for some v, whole.
inline bool is_whole(const Session& s, uint32_t number) {
  if (s.up_seid != Seid{number + 1} || s.tenant != kTenant || s.pdr_count != 2 || s.far_count != 2) return false;
  const uint32_t version = s.pdrs()[0].precedence;
  return s.pdrs()[0].teid == teid_of(number) && s.pdrs()[1].ue_ipv4 == ue_of(number) &&
         s.pdrs()[1].precedence == version && s.fars()[0].far_id == version && s.fars()[1].far_id == version &&
         s.fars()[1].teid == teid_of(number);
}

inline const Session* uplink(const SessionTable& t, Teid teid, GtpuEndpointSlot endpoint = kEndpoint) {
  const uint64_t key = SessionTable::uplink_key(endpoint, teid);
  const Session* found = nullptr;
  t.lookup_uplink(&key, 1, &found);
  return found;
}

inline const Session* downlink(const SessionTable& t, Be32 ue, VrfSlot vrf = kCoreVrf) {
  const uint64_t key = SessionTable::downlink_key(vrf, ue);
  const Session* found = nullptr;
  t.lookup_downlink(&key, 1, &found);
  return found;
}

}  // namespace demarc::dp::test
