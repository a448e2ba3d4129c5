#include "dataplane/agent/decode_opaque.h"

#include "dataplane/agent/decode_fields.h"

namespace demarc::dp {
namespace {

using channel::EntryKey;

constexpr uint16_t kVlanIdMax = 4094;
constexpr uint16_t kEtherTypeMin = 0x0600;  // IEEE 802.3 clause 3.2.6: what is less is a length

const char* name_of(schema::PdnType type) {
  return type == schema::PdnType::ethernet ? "ethernet" : type == schema::PdnType::ip ? "ip" : "unstructured";
}

// kMacAny when there is none.
Result<MacValue> decode_mac(const EntryKey& key, const std::string& what, const flatbuffers::Vector<uint8_t>* bytes) {
  if (bytes == nullptr || bytes->size() == 0) return kMacAny;
  if (bytes->size() != 6) return refuse(key, "{} of {} bytes: a MAC address has 6", what, bytes->size());
  return mac_value(bytes->data());
}

}  // namespace

Result<std::vector<EthernetFilter>> decode_ethernet_filters(const EntryKey& key, const schema::PdrEntry& pdr) {
  std::vector<EthernetFilter> out;
  if (pdr.ethernet_filters() == nullptr) return out;
  if (pdr.ethernet_filters()->size() > channel::kPdrFiltersMax)
    return refuse(key, "PDR {}: {} Ethernet filters: at most {} are allowed", pdr.pdr_id(),
                  pdr.ethernet_filters()->size(), channel::kPdrFiltersMax);
  for (const schema::EthernetFilter* from : *pdr.ethernet_filters()) {
    const std::string subject = fmt::format("PDR {}: Ethernet filter {}", pdr.pdr_id(), out.size() + 1);
    const auto destination = decode_mac(key, subject + ": destination", from->destination());
    if (!destination) return tl::unexpected(destination.error());
    const auto source = decode_mac(key, subject + ": source", from->source());
    if (!source) return tl::unexpected(source.error());
    if (from->ethertype() > EthernetFilter::kAnyType || from->ethertype() < kEtherTypeMin)
      return refuse(key, "{}: EtherType {:#x}: must be from 0x600 to 0xffff, or 0x10000 for any", subject,
                    from->ethertype());
    if (from->c_vlan() > kVlanIdMax && from->c_vlan() != EthernetFilter::kAnyVlan)
      return refuse(key, "{}: C-VLAN {}: must be from 1 to {}, 0 for untagged, or 65535 for any", subject,
                    from->c_vlan(), kVlanIdMax);
    out.push_back({*destination, *source, from->ethertype(), from->c_vlan()});
  }
  return out;
}

Status check_pdr_type(const EntryKey& key, const schema::PdrEntry& pdr, schema::PdnType type) {
  const auto has = [](const auto* vector) { return vector != nullptr && vector->size() != 0; };
  if (type != schema::PdnType::ethernet && has(pdr.ethernet_filters()))
    return refuse(key, "PDR {}: Ethernet filters in a session of type {}", pdr.pdr_id(), name_of(type));
  if (type == schema::PdnType::ip) return {};
  if (pdr.ue_ipv4() != 0 || has(pdr.ue_ipv6()))
    return refuse(key, "PDR {}: a UE address in a session of type {}", pdr.pdr_id(), name_of(type));
  if (has(pdr.sdf_filters()) || has(pdr.framed_routes()))
    return refuse(key, "PDR {}: {} in a session of type {}", pdr.pdr_id(),
                  has(pdr.sdf_filters()) ? "SDF filters" : "framed routes", name_of(type));
  return {};
}

VrfId ethernet_vrf(const SessionValue& session) {
  for (const PdrValue& pdr : session.pdrs)
    if (pdr.source_core && pdr.teid == Teid{0}) return pdr.vrf;
  for (const FarValue& far : session.fars)
    if (far.forward && !far.outer_header_creation) return far.vrf;
  return {};
}

Status check_opaque_session(const EntryKey& key, const SessionValue& session) {
  if (session.pdn_type == schema::PdnType::ip) return {};
  const VrfId network = ethernet_vrf(session);
  size_t filters = 0;
  for (const PdrValue& pdr : session.pdrs) {
    filters += pdr.ethernet_filters.size();
    const FarValue& far = session.fars[pdr.far_index];
    const bool to_network = far.forward && !far.outer_header_creation;
    const bool from_network = pdr.teid == Teid{0};
    if (session.pdn_type == schema::PdnType::unstructured && (from_network || to_network))
      return refuse(key,
                    "PDR {}: a core VRF as its {} in a session of type unstructured, which goes from tunnel to "
                    "tunnel",
                    pdr.pdr_id, from_network ? "source" : "destination");
    if (to_network && pdr.source_core)
      return refuse(key, "PDR {}: from the core side back to a core VRF, in a session of type ethernet", pdr.pdr_id);
    if ((from_network && pdr.vrf != network) || (to_network && far.vrf != network))
      return refuse(key, "PDR {}: vrf {} besides vrf {}: an Ethernet session has one core VRF", pdr.pdr_id,
                    from_network && pdr.vrf != network ? pdr.vrf.value : far.vrf.value, network.value);
  }
  for (const FarValue& far : session.fars)
    if (far.copy_dscp)
      return refuse(key, "FAR {}: copies a DSCP, in a session of type {}", far.far_id, name_of(session.pdn_type));
  if (filters > OpaqueRules::kFiltersMax)
    return refuse(key, "{} Ethernet filters: at most {} are allowed in a session", filters, OpaqueRules::kFiltersMax);
  return {};
}

}  // namespace demarc::dp
