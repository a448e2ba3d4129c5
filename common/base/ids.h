// Strong types for everything that is named by a number.
//
// Two ids of different kinds never compare, convert or mix by accident: a TEID cannot be passed where a VRF is
// asked for. All values here are in host byte order; what is on the wire is Be16/Be32/Be64 (byte_order.h).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace demarc {

template <class Tag, class Rep>
struct Id {
  using rep = Rep;
  Rep value{};

  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  constexpr auto operator<=>(const Id&) const = default;
};

// Given by the control plane's store; unique for the life of the installation, never used again. 0 means "none".
using TenantId = Id<struct TenantIdTag, uint32_t>;
using VrfId = Id<struct VrfIdTag, uint32_t>;
using AttachmentId = Id<struct AttachmentIdTag, uint32_t>;
using GtpuEndpointId = Id<struct GtpuEndpointIdTag, uint32_t>;
using UePoolId = Id<struct UePoolIdTag, uint32_t>;
using RouteId = Id<struct RouteIdTag, uint32_t>;

// The user plane's own SEID of a session (TS 29.244 clause 5.6.2: CP and UP each have theirs). 0 is never given.
using Seid = Id<struct SeidTag, uint64_t>;

// Tunnel Endpoint Identifier, TS 29.281 clause 5.1. 0 is only right in messages that belong to no tunnel.
using Teid = Id<struct TeidTag, uint32_t>;

// 802.1Q VLAN identifier. 1..4094 are VLANs; 0 stands for "no tag" and for a priority tag (802.1Q clause 6.9.1
// handles a priority-tagged frame like an untagged one); 4095 is reserved and never valid.
using VlanId = Id<struct VlanIdTag, uint16_t>;
inline constexpr VlanId kUntagged{0};
inline constexpr VlanId kVlanMax{4094};

// Dense indices inside the data plane: a row of a table there. Given by the agent, used again after release.
// Slot 0 of the tenants is the house itself: it is charged for what cannot be charged to a tenant.
using TenantSlot = Id<struct TenantSlotTag, uint16_t>;
using VrfSlot = Id<struct VrfSlotTag, uint32_t>;
using AttachmentSlot = Id<struct AttachmentSlotTag, uint32_t>;
using GtpuEndpointSlot = Id<struct GtpuEndpointSlotTag, uint32_t>;
using PortIndex = Id<struct PortIndexTag, uint16_t>;
inline constexpr TenantSlot kHouse{0};

}  // namespace demarc

template <class Tag, class Rep>
struct std::hash<demarc::Id<Tag, Rep>> {
  size_t operator()(demarc::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value); }
};
