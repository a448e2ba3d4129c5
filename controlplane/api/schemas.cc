// The named shapes. Members of answers are in the order of README.md; numbers have the ranges of controlplane/model.
#include "common/defs/counter.h"
#include "controlplane/api/schema.h"

namespace demarc::cp {
namespace {

constexpr const char* kObjects = R"json({
"Name": {"type": "string", "maxLength": 32, "description": "a-z, 0-9, - and _; the first a letter"},
"Ipv4": {"type": "string", "format": "ipv4", "example": "10.0.0.1"},
"Ipv6": {"type": "string", "format": "ipv6", "example": "2001:db8::1"},
"Ip": {"type": "string", "format": "ip", "example": "2001:db8::1", "description": "an IPv4 or an IPv6 address"},
"IpPrefix": {"type": "string", "format": "ip-prefix", "example": "2001:db8:100::/48", "description": "of IPv4 or IPv6"},
"Mtu": {"type": "integer", "minimum": 0, "maximum": 9000, "description": "of IP packets, 1280 to 9000; 0: not bounded here"},
"Hex64": {"type": "string", "maxLength": 16, "description": "64 bits as 16 hexadecimal digits"},
"DataPlane": {"type": "string", "enum": ["applied", "pending", "refused"],
  "description": "applied: the data plane acknowledged. pending: stored, not yet acknowledged. refused: see data_plane_error"},
"Empty": {"type": "object", "properties": {}},
"Error": {"type": "object", "required": ["error"], "properties": {
  "error": {"type": "object", "required": ["code", "message"], "properties": {
    "code": {"type": "string", "enum": ["invalid", "unauthenticated", "forbidden", "not_found", "conflict", "exhausted",
      "internal", "unavailable", "method_not_allowed", "too_large", "too_many_calls"]},
    "message": {"type": "string"}}}}},
"Version": {"type": "object", "required": ["version", "store_schema"], "properties": {
  "version": {"type": "string"}, "store_schema": {"type": "integer", "minimum": 0}}},
"Bps": {"type": "integer", "minimum": 0, "maximum": 400000000000, "description": "bits a second of packets inside of tunnels, 64000 to 400000000000; 0: no limit"},
"Pps": {"type": "integer", "minimum": 0, "maximum": 1000000000, "description": "packets a second, 10 to 1000000000; 0: no limit"},
"BurstMs": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "how long at its rate a full bucket lasts; 50 when it is left out"},
"Rates": {"type": "object", "description": "a member that is left out stays as it is", "properties": {
  "uplink_bps": {"$ref": "#/components/schemas/Bps"},
  "downlink_bps": {"$ref": "#/components/schemas/Bps"},
  "uplink_pps": {"$ref": "#/components/schemas/Pps"},
  "downlink_pps": {"$ref": "#/components/schemas/Pps"},
  "burst_ms": {"$ref": "#/components/schemas/BurstMs"}}},
"Workers": {"type": "array", "maxItems": 64, "items": {"type": "integer", "minimum": 0, "maximum": 63},
  "description": "indexes of workers that are this tenant's alone; none: it shares those that are nobody's"},
"Weight": {"type": "integer", "minimum": 1, "maximum": 100, "description": "of what guarantees leave of a worker, in proportion to the others'"},
"GuaranteedPps": {"type": "integer", "minimum": 0, "maximum": 1000000000, "description": "packets a second, both ways together, 10 to 1000000000; 0: no guarantee"},
"GuaranteedBps": {"type": "integer", "minimum": 0, "maximum": 400000000000, "description": "bits a second of frames, both ways together, 64000 to 400000000000; 0: no guarantee"},
"TierOptions": {"type": "object", "description": "a member that is left out stays as it is", "properties": {
  "weight": {"$ref": "#/components/schemas/Weight"},
  "guaranteed_pps": {"$ref": "#/components/schemas/GuaranteedPps"},
  "guaranteed_bps": {"$ref": "#/components/schemas/GuaranteedBps"},
  "workers": {"$ref": "#/components/schemas/Workers"},
  "overbook": {"type": "boolean", "description": "take the guarantee though it is more than there is"}}},
"Tier": {"type": "object", "required": ["name", "weight"], "properties": {
  "name": {"type": "string", "enum": ["shared", "reserved", "dedicated"],
    "description": "dedicated: it has workers of its own. reserved: it has a guarantee. shared: neither"},
  "weight": {"$ref": "#/components/schemas/Weight"},
  "guaranteed_pps": {"$ref": "#/components/schemas/GuaranteedPps"},
  "guaranteed_bps": {"$ref": "#/components/schemas/GuaranteedBps"},
  "workers": {"$ref": "#/components/schemas/Workers"}}},
"TenantOptions": {"type": "object", "description": "a member that is left out stays as it is", "properties": {
  "uplink_bps": {"$ref": "#/components/schemas/Bps"},
  "downlink_bps": {"$ref": "#/components/schemas/Bps"},
  "uplink_pps": {"$ref": "#/components/schemas/Pps"},
  "downlink_pps": {"$ref": "#/components/schemas/Pps"},
  "burst_ms": {"$ref": "#/components/schemas/BurstMs"},
  "tier": {"$ref": "#/components/schemas/TierOptions"}}},
"NewTenant": {"type": "object", "required": ["name"], "properties": {"name": {"$ref": "#/components/schemas/Name"}}},
"Tenant": {"type": "object", "required": ["name", "id", "state", "vrfs", "attachments", "sessions", "tier"], "properties": {
  "name": {"$ref": "#/components/schemas/Name"},
  "id": {"type": "integer", "minimum": 1},
  "state": {"type": "string", "enum": ["active", "suspended"]},
  "vrfs": {"type": "integer", "minimum": 0},
  "attachments": {"type": "integer", "minimum": 0},
  "sessions": {"type": "integer", "minimum": 0},
  "tier": {"$ref": "#/components/schemas/Tier"},
  "uplink_bps": {"$ref": "#/components/schemas/Bps"},
  "downlink_bps": {"$ref": "#/components/schemas/Bps"},
  "uplink_pps": {"$ref": "#/components/schemas/Pps"},
  "downlink_pps": {"$ref": "#/components/schemas/Pps"},
  "burst_ms": {"$ref": "#/components/schemas/BurstMs"}}},
"VrfOptions": {"type": "object", "description": "of a core VRF; a member that is left out stays as it is", "properties": {
  "mtu": {"$ref": "#/components/schemas/Mtu"},
  "tcp_mss": {"type": "integer", "minimum": 0, "maximum": 8960, "description": "largest MSS that either end may announce over IPv4, 536 to 8960; over IPv6 20 less; 0: any"},
  "ue_to_ue": {"type": "boolean", "description": "a UE may reach another of this VRF"},
  "ipv4_options": {"$ref": "#/components/schemas/HeaderPolicy"},
  "routing_headers": {"$ref": "#/components/schemas/HeaderPolicy"},
  "uplink_bps": {"$ref": "#/components/schemas/Bps"},
  "downlink_bps": {"$ref": "#/components/schemas/Bps"},
  "uplink_pps": {"$ref": "#/components/schemas/Pps"},
  "downlink_pps": {"$ref": "#/components/schemas/Pps"},
  "burst_ms": {"$ref": "#/components/schemas/BurstMs"}}},
"HeaderPolicy": {"type": "string", "enum": ["drop", "pass"], "description": "of packets of UEs that carry IPv4 options, or an IPv6 routing header (type 0 never passes)"},
"Vrf": {"type": "object", "required": ["name", "role"], "properties": {
  "name": {"$ref": "#/components/schemas/Name"},
  "role": {"type": "string", "enum": ["access", "core"], "description": "access: N3, S1-U. core: N6, one a data network"},
  "mtu": {"$ref": "#/components/schemas/Mtu"},
  "tcp_mss": {"type": "integer", "minimum": 0, "maximum": 8960},
  "ue_to_ue": {"type": "boolean"},
  "ipv4_options": {"$ref": "#/components/schemas/HeaderPolicy"},
  "routing_headers": {"$ref": "#/components/schemas/HeaderPolicy"},
  "uplink_bps": {"$ref": "#/components/schemas/Bps"},
  "downlink_bps": {"$ref": "#/components/schemas/Bps"},
  "uplink_pps": {"$ref": "#/components/schemas/Pps"},
  "downlink_pps": {"$ref": "#/components/schemas/Pps"},
  "burst_ms": {"$ref": "#/components/schemas/BurstMs"}}},
"AttachmentOptions": {"type": "object", "description": "a member that is left out stays as it is", "properties": {
  "mtu": {"$ref": "#/components/schemas/Mtu"},
  "fragment_ipv4": {"type": "boolean", "description": "IPv4 packets that are larger than the MTU and may be fragmented are"}}},
"Attachment": {"type": "object", "required": ["name", "port", "vlan", "vrf"],
  "description": "with address, ipv6 or both; the link's IPv6 prefix has 32 to 127 bits", "properties": {
  "name": {"$ref": "#/components/schemas/Name"},
  "port": {"type": "string", "maxLength": 64, "description": "of the data plane's configuration"},
  "vlan": {"type": "integer", "minimum": 0, "maximum": 4094, "description": "0: untagged"},
  "outer_vlan": {"type": "integer", "minimum": 0, "maximum": 4094, "description": "802.1ad service tag around vlan; 0, as when it is left out: none"},
  "vrf": {"$ref": "#/components/schemas/Name"},
  "address": {"type": "string", "format": "ipv4-interface", "example": "10.1.0.1/24"},
  "ipv6": {"type": "string", "format": "ipv6-interface", "example": "2001:db8:1::1/64"},
  "mtu": {"$ref": "#/components/schemas/Mtu"},
  "fragment_ipv4": {"type": "boolean"}}},
"PeerPolicy": {"type": "string", "enum": ["strict", "any", "learn"], "description": "whose G-PDUs a tunnel takes: of its session's peer, of any, or of the first that sends"},
"GtpuEndpointOptions": {"type": "object", "description": "a member that is left out stays as it is", "properties": {
  "peer_policy": {"$ref": "#/components/schemas/PeerPolicy"},
  "outer_dont_fragment": {"type": "boolean", "description": "outer IPv4 headers have the DF bit"}}},
"GtpuEndpoint": {"type": "object", "required": ["name", "vrf"], "description": "with address, ipv6 or both", "properties": {
  "name": {"$ref": "#/components/schemas/Name"},
  "vrf": {"$ref": "#/components/schemas/Name"},
  "address": {"$ref": "#/components/schemas/Ipv4"},
  "ipv6": {"$ref": "#/components/schemas/Ipv6"},
  "peer_policy": {"$ref": "#/components/schemas/PeerPolicy"},
  "outer_dont_fragment": {"type": "boolean"}}},
"UePool": {"type": "object", "required": ["name", "vrf", "prefix"], "properties": {
  "name": {"$ref": "#/components/schemas/Name"},
  "vrf": {"$ref": "#/components/schemas/Name"},
  "prefix": {"$ref": "#/components/schemas/IpPrefix"}}},
"NextHop": {"type": "object", "required": ["gateway"], "properties": {
  "gateway": {"$ref": "#/components/schemas/Ip"},
  "attachment": {"$ref": "#/components/schemas/Name"}}},
"NewRoute": {"type": "object", "required": ["vrf", "prefix", "gateway"], "properties": {
  "vrf": {"$ref": "#/components/schemas/Name"},
  "prefix": {"$ref": "#/components/schemas/IpPrefix"},
  "gateway": {"$ref": "#/components/schemas/Ip"},
  "attachment": {"type": "string", "maxLength": 32, "description": "that the gateway is on; needed when it is link-local"},
  "more_next_hops": {"type": "array", "maxItems": 15, "items": {"$ref": "#/components/schemas/NextHop"}}}},
"Route": {"type": "object", "required": ["id", "vrf", "prefix", "gateway", "attachment"], "properties": {
  "id": {"type": "integer", "minimum": 1},
  "vrf": {"$ref": "#/components/schemas/Name"},
  "prefix": {"$ref": "#/components/schemas/IpPrefix"},
  "gateway": {"$ref": "#/components/schemas/Ip"},
  "attachment": {"$ref": "#/components/schemas/Name"},
  "more_next_hops": {"type": "array", "maxItems": 15, "items": {"$ref": "#/components/schemas/NextHop"}}}},
"NewKey": {"type": "object", "required": ["name"], "properties": {
  "name": {"$ref": "#/components/schemas/Name"},
  "tenant": {"$ref": "#/components/schemas/Name"}}},
"Key": {"type": "object", "required": ["name", "role"], "properties": {
  "name": {"$ref": "#/components/schemas/Name"},
  "role": {"type": "string", "enum": ["operator", "tenant"]},
  "tenant": {"$ref": "#/components/schemas/Name"}}},
"KeyWithToken": {"type": "object", "required": ["name", "role", "token"], "properties": {
  "name": {"$ref": "#/components/schemas/Name"},
  "role": {"type": "string", "enum": ["operator", "tenant"]},
  "tenant": {"$ref": "#/components/schemas/Name"},
  "token": {"type": "string", "description": "shown this once"}}}
})json";

constexpr const char* kSession = R"json({
"Teid": {"type": "integer", "minimum": 1, "maximum": 4294967295},
"Qfi": {"type": "integer", "minimum": 0, "maximum": 63},
"RuleId": {"type": "integer", "minimum": 1, "maximum": 4294967295},
"UpSeid": {"type": "integer", "minimum": 1, "maximum": 9007199254740991},
"UeIpv6": {"type": "string", "format": "ipv6-prefix-64", "example": "2001:db8:100:7::/64", "description": "the UE's IPv6 prefix; without a length of 64 bits"},
"FramedRoutes": {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/IpPrefix"}, "description": "more prefixes behind the UE, each beside a UE address of its family (TS 23.501 clause 5.6.14)"},
"Interface": {"type": "string", "enum": ["access", "core"]},
"Gate": {"type": "string", "enum": ["OPEN", "CLOSED"]},
"FTeid": {"type": "object", "required": ["endpoint"], "description": "without a teid demarcd draws one, the same for all PDRs at the endpoint", "properties": {
  "endpoint": {"$ref": "#/components/schemas/Name"}, "teid": {"$ref": "#/components/schemas/Teid"}}},
"OctetMask": {"type": "object", "required": ["value", "mask"], "properties": {
  "value": {"type": "integer", "minimum": 0, "maximum": 255, "description": "no bit outside of mask"},
  "mask": {"type": "integer", "minimum": 1, "maximum": 255}}},
"FlowDescription": {"type": "string", "maxLength": 512, "description": "permit out PROTOCOL from REMOTE [PORTS] to LOCAL [PORTS] (TS 29.212 clause 5.4.2), for both directions: REMOTE is the end that is not the UE. PROTOCOL: ip, 0 to 255 or a name; ends: any, an address or a prefix, ! before one that is not meant, assigned for the UE's own; PORTS: up to 8 like 80,1000-2000", "example": "permit out udp from 10.0.0.0/8 53 to assigned"},
"SdfFilterFields": {"type": "object", "description": "a packet matches when every member does", "properties": {
  "sdf_filter_id": {"type": "integer", "minimum": 1, "maximum": 4294967295},
  "flow_description": {"$ref": "#/components/schemas/FlowDescription"},
  "tos_traffic_class": {"$ref": "#/components/schemas/OctetMask"},
  "security_parameter_index": {"type": "integer", "minimum": 1, "maximum": 4294967295, "description": "of ESP or AH"},
  "flow_label": {"type": "integer", "minimum": 0, "maximum": 1048575, "description": "IPv6 only"}}},
"SdfFilter": {"oneOf": [{"$ref": "#/components/schemas/FlowDescription"}, {"$ref": "#/components/schemas/SdfFilterFields"}]},
"Mac": {"type": "string", "format": "mac", "example": "02:00:5e:00:53:01"},
"EthernetFilter": {"type": "object", "description": "of a session of type ethernet; a frame matches when every member does. Source and destination are the frame's own, whichever way it goes", "properties": {
  "ethernet_filter_id": {"type": "integer", "minimum": 1, "maximum": 4294967295},
  "destination": {"$ref": "#/components/schemas/Mac"},
  "source": {"$ref": "#/components/schemas/Mac"},
  "ethertype": {"type": "integer", "minimum": 1536, "maximum": 65535, "description": "behind the tags"},
  "c_vlan": {"type": "integer", "minimum": 0, "maximum": 4094, "description": "of the frame in the tunnel; 0: untagged"}}},
"PdnType": {"type": "string", "enum": ["ip", "ethernet", "unstructured"], "description": "ip, when it is left out: IPv4, IPv6 or both. ethernet: frames, between the tunnels and the one attachment of a core VRF. unstructured: anything, from tunnel to tunnel"},
"Pdi": {"type": "object", "required": ["source_interface", "network_instance"], "properties": {
  "source_interface": {"$ref": "#/components/schemas/Interface"},
  "network_instance": {"$ref": "#/components/schemas/Name"},
  "local_f_teid": {"$ref": "#/components/schemas/FTeid", "description": "of source interface access always; of core: of an N9 tunnel, whose network instance is an access VRF"},
  "ue_ip_address": {"$ref": "#/components/schemas/Ipv4"},
  "ue_ipv6": {"$ref": "#/components/schemas/UeIpv6"},
  "qfi": {"$ref": "#/components/schemas/Qfi"},
  "qfis": {"type": "array", "minItems": 1, "maxItems": 64, "items": {"$ref": "#/components/schemas/Qfi"}, "description": "instead of qfi: packets with one of them"},
  "sdf_filters": {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/SdfFilter"}, "description": "a packet matches when one of them does; none: every packet"},
  "ethernet_filters": {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/EthernetFilter"}, "description": "the same for frames"},
  "framed_routes": {"$ref": "#/components/schemas/FramedRoutes"}}},
"Pdr": {"type": "object", "required": ["pdr_id", "precedence", "far_id", "pdi"], "properties": {
  "pdr_id": {"type": "integer", "minimum": 1, "maximum": 65535},
  "precedence": {"type": "integer", "minimum": 0, "maximum": 4294967295},
  "far_id": {"$ref": "#/components/schemas/RuleId"},
  "qer_ids": {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/RuleId"}},
  "outer_header_removal": {"type": "boolean"},
  "pdi": {"$ref": "#/components/schemas/Pdi"}}},
"OuterHeaderCreation": {"type": "object", "required": ["endpoint", "teid", "peer_address"], "properties": {
  "endpoint": {"$ref": "#/components/schemas/Name"},
  "teid": {"$ref": "#/components/schemas/Teid"},
  "peer_address": {"$ref": "#/components/schemas/Ip"}}},
"TransportLevelMarking": {"type": "object", "required": ["tos"], "description": "(old & ~mask) | tos, of the packet as it leaves", "properties": {
  "tos": {"type": "integer", "minimum": 0, "maximum": 255},
  "mask": {"type": "integer", "minimum": 1, "maximum": 255, "description": "252, the DSCP, when it is left out"}}},
"ForwardingParameters": {"type": "object", "required": ["destination_interface", "network_instance"], "properties": {
  "destination_interface": {"$ref": "#/components/schemas/Interface"},
  "network_instance": {"$ref": "#/components/schemas/Name"},
  "outer_header_creation": {"$ref": "#/components/schemas/OuterHeaderCreation"},
  "transport_level_marking": {"$ref": "#/components/schemas/TransportLevelMarking"},
  "copy_dscp": {"type": "boolean", "description": "the outer header takes the inner one's DSCP, where it is not marked"}}},
"Far": {"type": "object", "required": ["far_id", "apply_action"], "properties": {
  "far_id": {"$ref": "#/components/schemas/RuleId"},
  "apply_action": {"type": "string", "enum": ["FORW", "DROP"]},
  "forwarding_parameters": {"$ref": "#/components/schemas/ForwardingParameters"}}},
"GateStatus": {"type": "object", "required": ["ul", "dl"], "properties": {
  "ul": {"$ref": "#/components/schemas/Gate"}, "dl": {"$ref": "#/components/schemas/Gate"}}},
"Qer": {"type": "object", "required": ["qer_id"], "properties": {
  "qer_id": {"$ref": "#/components/schemas/RuleId"},
  "gate_status": {"$ref": "#/components/schemas/GateStatus"},
  "qfi": {"$ref": "#/components/schemas/Qfi"},
  "rqi": {"type": "boolean", "description": "marked with the QFI: Reflective QoS"},
  "paging_policy_indicator": {"type": "integer", "minimum": 0, "maximum": 7, "description": "marked with the QFI"},
  "mbr": {"$ref": "#/components/schemas/QerBitRates", "description": "maximum, of all packets of the PDRs that name it together"},
  "gbr": {"$ref": "#/components/schemas/QerBitRates", "description": "guaranteed: at most the MBR, and no part of the AMBR"}}},
"QerBitRates": {"type": "object", "required": ["ul", "dl"], "properties": {
  "ul": {"$ref": "#/components/schemas/Bps"}, "dl": {"$ref": "#/components/schemas/Bps"}}},
"SessionRules": {"type": "object", "required": ["pdrs", "fars"], "properties": {
  "up_seid": {"$ref": "#/components/schemas/UpSeid"},
  "pdn_type": {"$ref": "#/components/schemas/PdnType"},
  "pdrs": {"type": "array", "minItems": 1, "maxItems": 64, "items": {"$ref": "#/components/schemas/Pdr"}},
  "fars": {"type": "array", "minItems": 1, "maxItems": 64, "items": {"$ref": "#/components/schemas/Far"}},
  "qers": {"type": "array", "maxItems": 16, "items": {"$ref": "#/components/schemas/Qer"}},
  "ambr": {"$ref": "#/components/schemas/Rates", "description": "of all packets of the session that are not below a GBR"}}},
"SessionShort": {"type": "object",
  "required": ["core_vrf", "endpoint", "peer_address", "peer_teid"],
  "description": "with ue_address (PDU session type IPv4), ue_ipv6 (IPv6) or both (IPv4v6); with neither and pdn_type ethernet (Ethernet)", "properties": {
  "up_seid": {"$ref": "#/components/schemas/UpSeid"},
  "pdn_type": {"$ref": "#/components/schemas/PdnType"},
  "ue_address": {"$ref": "#/components/schemas/Ipv4"},
  "ue_ipv6": {"$ref": "#/components/schemas/UeIpv6"},
  "framed_routes": {"$ref": "#/components/schemas/FramedRoutes"},
  "core_vrf": {"$ref": "#/components/schemas/Name"},
  "endpoint": {"$ref": "#/components/schemas/Name"},
  "teid": {"$ref": "#/components/schemas/Teid"},
  "peer_address": {"$ref": "#/components/schemas/Ip"},
  "peer_teid": {"$ref": "#/components/schemas/Teid"},
  "qfi": {"$ref": "#/components/schemas/Qfi"},
  "ambr_uplink_bps": {"$ref": "#/components/schemas/Bps"},
  "ambr_downlink_bps": {"$ref": "#/components/schemas/Bps"}}},
"NewSession": {"oneOf": [{"$ref": "#/components/schemas/SessionRules"}, {"$ref": "#/components/schemas/SessionShort"}]}
})json";

constexpr const char* kStatus = R"json({
"Drop": {"type": "object", "required": ["tenant", "reason", "packets", "sentence"], "properties": {
  "tenant": {"type": "string"}, "reason": {"type": "string"},
  "packets": {"type": "integer", "minimum": 0}, "sentence": {"type": "string"}}},
"Stage": {"type": "object", "required": ["stage", "calls", "packets", "cycles", "cycles_per_packet", "packets_per_call"],
  "properties": {
  "stage": {"type": "string"}, "calls": {"type": "integer"}, "packets": {"type": "integer"},
  "cycles": {"type": "integer"}, "cycles_per_packet": {"type": "number"}, "packets_per_call": {"type": "number"}}},
"Worker": {"type": "object", "required": ["worker", "core", "loops", "busy_loops", "load_percent", "packets",
  "cycles_per_packet", "stages"], "properties": {
  "worker": {"type": "integer"}, "core": {"type": "integer"}, "loops": {"type": "integer"},
  "busy_loops": {"type": "integer"},
  "load_percent": {"type": "number", "description": "cycles spent in turns that had packets, since the report before"},
  "packets": {"type": "integer", "description": "received or taken over from another worker, since the data plane's start"},
  "cycles_per_packet": {"type": "number"},
  "stages": {"type": "array", "items": {"$ref": "#/components/schemas/Stage"}}}},
"WorkerUse": {"type": "object", "required": ["tenant", "percent"], "properties": {
  "tenant": {"type": "string", "description": "\"-\" is the house"},
  "percent": {"type": "number", "description": "of all of the worker's cycles"}}},
"WorkerCapacity": {"type": "object", "required": ["worker", "core", "load_percent", "shed_packets", "tenants"], "properties": {
  "worker": {"type": "integer"}, "core": {"type": "integer"},
  "owner": {"type": "string", "description": "the tenant whose alone it is; absent: tenants share it"},
  "load_percent": {"type": "number", "description": "cycles spent in turns that had packets, since the report before"},
  "shed_packets": {"type": "integer", "description": "dropped early as overload, since the data plane's start"},
  "tenants": {"type": "array", "maxItems": 10, "items": {"$ref": "#/components/schemas/WorkerUse"}, "description": "the ten that use most of it, over the same time"},
  "others_percent": {"type": "number", "description": "of all others together; absent: there are none"}}},
"Guarantee": {"type": "object", "required": ["pps", "bps"], "properties": {
  "pps": {"type": "integer", "minimum": 0, "description": "packets a second"},
  "bps": {"type": "integer", "minimum": 0, "description": "bits a second"}}},
"Capacity": {"type": "object", "required": ["items", "why", "workers_known", "shared_workers", "for_sale", "sold", "left", "overbooked"], "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/WorkerCapacity"}},
  "why": {"type": "string", "description": "a sentence when the data plane does not answer; then there are no items"},
  "window_ms": {"type": "integer", "description": "how long the report before is ago; absent: there is none, figures are since the data plane's start"},
  "workers_known": {"type": "boolean", "description": "false: no data plane has been connected yet, one worker is assumed"},
  "shared_workers": {"type": "integer", "minimum": 0},
  "for_sale": {"$ref": "#/components/schemas/Guarantee", "description": "of the shared workers, together with what is sold"},
  "sold": {"$ref": "#/components/schemas/Guarantee", "description": "to tenants that share workers"},
  "left": {"$ref": "#/components/schemas/Guarantee"},
  "overbooked": {"type": "boolean", "description": "more is sold than there is"}}},
"Nanoseconds": {"type": "integer", "minimum": 0, "description": "not exceeded by that part of the packets; up to an eighth too much. Absent: no packets"},
"Latency": {"type": "object", "required": ["tenant", "packets", "total_packets"],
  "description": "from receive to send, as the data plane sees it; total_: since its start, the others since the report before", "properties": {
  "tenant": {"type": "string"},
  "window_ms": {"type": "integer", "description": "how long the report before is ago; absent: there is none, all is since the data plane's start"},
  "packets": {"type": "integer", "minimum": 0}, "p50_ns": {"$ref": "#/components/schemas/Nanoseconds"},
  "p99_ns": {"$ref": "#/components/schemas/Nanoseconds"}, "p999_ns": {"$ref": "#/components/schemas/Nanoseconds"},
  "total_packets": {"type": "integer", "minimum": 0}, "total_p50_ns": {"$ref": "#/components/schemas/Nanoseconds"},
  "total_p99_ns": {"$ref": "#/components/schemas/Nanoseconds"}, "total_p999_ns": {"$ref": "#/components/schemas/Nanoseconds"}}},
"Port": {"type": "object", "required": ["port", "device", "mac", "link", "mtu", "rx_packets", "tx_packets", "rx_missed", "spread"],
  "properties": {
  "port": {"type": "string"}, "device": {"type": "string"}, "mac": {"type": "string"},
  "link": {"type": "string", "enum": ["up", "down"]}, "mtu": {"type": "integer"}, "rx_packets": {"type": "integer"},
  "tx_packets": {"type": "integer"}, "rx_missed": {"type": "integer"},
  "spread": {"type": "string", "description": "what brings packets to the worker that owns their session: one worker (there is no other), rte_flow (the port's flow rules, by the TEID), eBPF (the same by a program, on a TAP) or handoff (whoever received them)"}}},
"Neighbor": {"type": "object", "required": ["attachment", "address", "mac", "state", "age_ms"], "properties": {
  "attachment": {"type": "string"}, "address": {"$ref": "#/components/schemas/Ip"}, "mac": {"type": "string"},
  "state": {"type": "string"}, "age_ms": {"type": "integer"}}},
"NewQuota": {"type": "object", "description": "one of both at least", "properties": {
  "limit": {"type": "integer", "minimum": 0, "maximum": 4294967295, "description": "at most as many as the data plane holds; below what the tenant has, nothing is taken away and nothing new is let in"},
  "reserved": {"type": "integer", "minimum": 0, "maximum": 4294967295, "description": "at most the limit; only of what a table of the data plane bounds, and what is left there"}}},
"Quota": {"type": "object", "required": ["what", "about"], "properties": {
  "what": {"type": "string", "example": "f_teids"},
  "about": {"type": "string", "description": "in words", "example": "local F-TEIDs in its sessions"},
  "unit": {"type": "string", "enum": ["bit/s", "packet/s", "call/s"], "description": "absent: things, which are counted"},
  "used": {"type": "integer", "minimum": 0, "description": "of a rate in the last report's half second, of API calls in the last second; absent: not known now"},
  "limit": {"type": "integer", "minimum": 0, "description": "never more than this; absent: none"},
  "own": {"type": "boolean", "description": "true: set for this tenant; absent: what all have"},
  "note": {"type": "string", "description": "what else is to know about a change"},
  "reserved": {"type": "integer", "minimum": 0, "description": "of the limit: free for this tenant whatever the others have; absent: no table of the data plane bounds these, or none has been connected"}}},
"Peer": {"type": "object", "required": ["endpoint", "address", "state", "sessions", "echo_requests", "echo_responses"], "properties": {
  "endpoint": {"type": "string", "description": "the GTP-U endpoint from which it is seen"},
  "address": {"type": "string", "description": "IPv4 or IPv6"},
  "state": {"type": "string", "enum": ["unknown", "up", "lost"]},
  "sessions": {"type": "integer", "description": "that name it"},
  "last_seen_ms": {"type": "integer", "description": "since its last Echo Response; absent: none yet"},
  "round_trip_us": {"type": "integer", "description": "of its last Echo Response; absent: none yet"},
  "echo_requests": {"type": "integer"}, "echo_responses": {"type": "integer"}}},
"SessionDrop": {"type": "object", "required": ["reason", "packets", "sentence"], "properties": {
  "reason": {"type": "string", "description": "\"other\": of reasons beyond the first ten of this session, together"},
  "packets": {"type": "integer"}, "sentence": {"type": "string"}}},
"SessionUsage": {"type": "object", "required": ["up_seid", "uplink_packets", "uplink_bytes", "downlink_packets", "downlink_bytes", "dropped_packets", "drops"],
  "description": "of packets inside of the session's tunnels, since the data plane was given the session; a replaced session keeps it", "properties": {
  "up_seid": {"type": "integer"},
  "uplink_packets": {"type": "integer", "description": "from the UE, forwarded"},
  "uplink_bytes": {"type": "integer", "description": "their bytes from the inner IP header on"},
  "downlink_packets": {"type": "integer", "description": "to the UE, forwarded"},
  "downlink_bytes": {"type": "integer", "description": "their bytes from the inner IP header on"},
  "dropped_packets": {"type": "integer", "description": "the sum of drops"},
  "drops": {"type": "array", "items": {"$ref": "#/components/schemas/SessionDrop"}}}},
"TenantSync": {"type": "object", "required": ["tenant", "entries", "digest", "why"], "properties": {
  "tenant": {"type": "string"}, "entries": {"type": "integer"}, "digest": {"$ref": "#/components/schemas/Hex64"},
  "data_plane_entries": {"type": "integer"}, "data_plane_digest": {"$ref": "#/components/schemas/Hex64"},
  "equal": {"type": "boolean", "description": "like the two before it, absent while the data plane is not connected"},
  "why": {"type": "string", "description": "what the data plane refused, in its words; empty when it refused nothing"}}},
"SyncDataPlane": {"type": "object", "required": ["boot_id", "version", "started"], "properties": {
  "boot_id": {"$ref": "#/components/schemas/Hex64"}, "version": {"type": "string"}, "started": {"type": "string"}}},
"Sync": {"type": "object", "required": ["connected", "in_sync", "why", "boot_id", "data_plane", "epoch", "transactions",
  "resyncs", "waiting_updates", "items"], "properties": {
  "connected": {"type": "boolean"}, "in_sync": {"type": "boolean"},
  "why": {"type": "string", "description": "a sentence when not connected or not in sync; else empty"},
  "boot_id": {"$ref": "#/components/schemas/Hex64"}, "data_plane": {"$ref": "#/components/schemas/SyncDataPlane"},
  "epoch": {"type": "integer"}, "transactions": {"type": "integer"}, "resyncs": {"type": "integer"},
  "waiting_updates": {"type": "integer"},
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/TenantSync"}}}},
"CaptureOrder": {"type": "object", "required": ["packets", "wait_s"], "properties": {
  "packets": {"type": "integer", "minimum": 1, "maximum": 1000000, "description": "ends after so many"},
  "wait_s": {"type": "integer", "minimum": 1, "maximum": 3600, "description": "ends after so many seconds"},
  "max_bytes": {"type": "integer", "minimum": 1000, "maximum": 1000000000, "description": "ends after so many bytes of file; 100000000"},
  "snap_length": {"type": "integer", "minimum": 64, "maximum": 9216, "description": "bytes kept of a packet; 256"},
  "drops_only": {"type": "boolean", "description": "only packets that are dropped"},
  "up_seid": {"type": "integer", "minimum": 1, "description": "only packets of this session"},
  "filter": {"type": "string", "maxLength": 512, "description": "of pcap-filter(7); it sees frames without their VLAN tags"}}},
"TraceOrder": {"type": "object", "required": ["packets", "wait_s"], "properties": {
  "packets": {"type": "integer", "minimum": 1, "maximum": 1000},
  "wait_s": {"type": "integer", "minimum": 1, "maximum": 300}}},
"TraceStep": {"type": "object", "required": ["stage", "cycles", "note"], "properties": {
  "stage": {"type": "string"}, "cycles": {"type": "integer", "description": "since the packet was received"},
  "note": {"type": "string"}}},
"TracedPacket": {"type": "object", "required": ["packet", "worker", "port", "length", "head", "steps"], "properties": {
  "packet": {"type": "integer"}, "worker": {"type": "integer"}, "port": {"type": "string"},
  "length": {"type": "integer", "description": "of the frame as received"},
  "head": {"type": "string", "description": "its first bytes, hexadecimal"},
  "steps": {"type": "array", "items": {"$ref": "#/components/schemas/TraceStep"}},
  "drop": {"type": "string", "description": "the reason; absent when it was not dropped"},
  "drop_sentence": {"type": "string"}}},
"Any": {"type": "object"}
})json";

json counters_schema() {
  json properties{{"tenant", {{"type", "string"}, {"description", "\"-\" is the house"}}}};
  json required{"tenant"};
  for (const auto& counter : kCounters) {
    const std::string name(counter.name);
    properties[name] = {{"type", "integer"}, {"minimum", 0}, {"description", std::string(counter.sentence)}};
    required.push_back(name);
  }
  properties["dropped_packets"] = {{"type", "integer"}, {"minimum", 0}, {"description", "the sum of all drops"}};
  properties["balance"] = {{"type", "integer"},
                           {"description", "received + originated - sent - consumed - held - dropped: 0 when exact"}};
  required.push_back("dropped_packets");
  required.push_back("balance");
  return {{"type", "object"}, {"required", required}, {"properties", properties}};
}

json counters_list_schema() {
  return json::parse(R"json({"type": "object", "required": ["boot_id", "started", "items"], "properties": {
    "boot_id": {"$ref": "#/components/schemas/Hex64"}, "started": {"type": "string"},
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Counters"}}}})json");
}

json read_all() {
  json all = json::object();
  for (const char* text : {kObjects, kSession, kStatus}) all.update(json::parse(text));
  all["Counters"] = counters_schema();
  all["CountersList"] = counters_list_schema();
  return all;
}

}  // namespace

const json& schemas() {
  static const json all = read_all();
  return all;
}

}  // namespace demarc::cp
