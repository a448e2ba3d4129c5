#include "controlplane/api/options_json.h"

namespace demarc::cp {
namespace {

const char* text_of(HeaderPolicy policy) { return policy == HeaderPolicy::pass ? "pass" : "drop"; }
const char* text_of(PeerPolicy policy) {
  return policy == PeerPolicy::any ? "any" : policy == PeerPolicy::learn ? "learn" : "strict";
}

HeaderPolicy header_policy(const json& body, const char* name, HeaderPolicy otherwise) {
  const auto it = body.find(name);
  if (it == body.end()) return otherwise;
  return *it == "pass" ? HeaderPolicy::pass : HeaderPolicy::drop;
}

PeerPolicy peer_policy(const json& body, PeerPolicy otherwise) {
  const auto it = body.find("peer_policy");
  if (it == body.end()) return otherwise;
  return *it == "any" ? PeerPolicy::any : *it == "learn" ? PeerPolicy::learn : PeerPolicy::strict;
}

}  // namespace

void add_rates(const Rates& r, json& out) {
  const Rates usual;
  if (r.uplink_bps != usual.uplink_bps) out["uplink_bps"] = r.uplink_bps;
  if (r.downlink_bps != usual.downlink_bps) out["downlink_bps"] = r.downlink_bps;
  if (r.uplink_pps != usual.uplink_pps) out["uplink_pps"] = r.uplink_pps;
  if (r.downlink_pps != usual.downlink_pps) out["downlink_pps"] = r.downlink_pps;
  if (r.burst_ms != usual.burst_ms) out["burst_ms"] = r.burst_ms;
}

Rates rates_from(const json& body, Rates r) {
  r.uplink_bps = body.value("uplink_bps", r.uplink_bps);
  r.downlink_bps = body.value("downlink_bps", r.downlink_bps);
  r.uplink_pps = body.value("uplink_pps", r.uplink_pps);
  r.downlink_pps = body.value("downlink_pps", r.downlink_pps);
  r.burst_ms = body.value("burst_ms", r.burst_ms);
  return r;
}

void add_options(const VrfOptions& o, json& out) {
  const VrfOptions usual;
  if (o.mtu != usual.mtu) out["mtu"] = o.mtu;
  if (o.tcp_mss != usual.tcp_mss) out["tcp_mss"] = o.tcp_mss;
  if (o.ue_to_ue != usual.ue_to_ue) out["ue_to_ue"] = o.ue_to_ue;
  if (o.ipv4_options != usual.ipv4_options) out["ipv4_options"] = text_of(o.ipv4_options);
  if (o.routing_headers != usual.routing_headers) out["routing_headers"] = text_of(o.routing_headers);
  add_rates(o.rates, out);
}

void add_options(const AttachmentOptions& o, json& out) {
  const AttachmentOptions usual;
  if (o.mtu != usual.mtu) out["mtu"] = o.mtu;
  if (o.fragment_ipv4 != usual.fragment_ipv4) out["fragment_ipv4"] = o.fragment_ipv4;
}

void add_options(const GtpuEndpointOptions& o, json& out) {
  const GtpuEndpointOptions usual;
  if (o.peer_policy != usual.peer_policy) out["peer_policy"] = text_of(o.peer_policy);
  if (o.outer_dont_fragment != usual.outer_dont_fragment) out["outer_dont_fragment"] = o.outer_dont_fragment;
}

VrfOptions options_from(const json& body, VrfOptions o) {
  o.mtu = body.value("mtu", o.mtu);
  o.tcp_mss = body.value("tcp_mss", o.tcp_mss);
  o.ue_to_ue = body.value("ue_to_ue", o.ue_to_ue);
  o.ipv4_options = header_policy(body, "ipv4_options", o.ipv4_options);
  o.routing_headers = header_policy(body, "routing_headers", o.routing_headers);
  o.rates = rates_from(body, o.rates);
  return o;
}

AttachmentOptions options_from(const json& body, AttachmentOptions o) {
  o.mtu = body.value("mtu", o.mtu);
  o.fragment_ipv4 = body.value("fragment_ipv4", o.fragment_ipv4);
  return o;
}

GtpuEndpointOptions options_from(const json& body, GtpuEndpointOptions o) {
  o.peer_policy = peer_policy(body, o.peer_policy);
  o.outer_dont_fragment = body.value("outer_dont_fragment", o.outer_dont_fragment);
  return o;
}

}  // namespace demarc::cp
