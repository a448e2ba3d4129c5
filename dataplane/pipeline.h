// The way of a packet through demarc, from the top to the bottom. One call handles one burst of one port.
//
//   ethernet_input → vlan_demux ┬→ arp_input ─────────────────────────────────────────────────────┐
//                               └→ ipv4_input ┬→ icmp_input ──────────────────────────┐           │
//                                             ├→ udp_input → gtpu_input ┬─────────────┤           │
//                                             │      session_uplink ←───┘             │           │
//                                             │      gtpu_peer_guard → pdr_match      │           │
//                                             │        → gtpu_decap ┬─────────────────┤           │
//                                             │                             ↓         ↓           ↓
//                                             └→ session_downlink → pdr_match → gtpu_encap → ipv4_route →
//                                                                                 neighbor_output → port_output
//
// Where there are several workers, owner_handoff stands between the session's lookup and pdr_match: packets of a
// session that another worker owns go to that worker, which looks the session up again and goes on from there.
//
// IPv6 goes the same way beside it: ipv6_input, icmpv6_input → nd_input, ipv6_route. The two families meet from
// udp_input to gtpu_encap, for what is outside and what is inside a tunnel may differ: from gtpu_decap on a packet is
// of the family that it has inside, from gtpu_encap on of its outer one. A Router Solicitation out of a tunnel goes
// from gtpu_decap by router_advertise to gtpu_encap.
//
// What comes out of a tunnel for another UE of its core VRF turns round: from gtpu_decap by ue_to_ue to
// session_downlink. From tunnel to tunnel (N9) it is from gtpu_decap to gtpu_encap.
//
// A core VRF with Ethernet sessions is an Ethernet network (bridge.h). Its frames go from vlan_demux by bridge_downlink
// to the session's lookup, pdr_match and gtpu_encap; and from gtpu_decap by bridge_uplink to bridge_output and
// port_output, or round to another session. Of those to a group copies follow their burst (run_flood). What is no IP
// goes from tunnel to tunnel as everything does.
//
// Before the route stages stands meter, where anybody has a rate: of the session's packets, whichever way they go.
//
// End Markers go beside the G-PDUs, by the session's lookup and gtpu_peer_guard, to gtpu_end_marker, which stands
// behind gtpu_encap: what came before one leaves before it.
//
// Fragments of tunnels' packets wait in reassemble, before udp_input. Packets that are larger than their way out leave
// the route stages for ipv4_fragment, which has a burst of its own (run_oversize). What a stage makes besides, in
// answer to a packet that it drops, follows its burst as one of its own (run_originated).
#pragma once

#include <rte_cycles.h>

#include <concepts>

#include "dataplane/stages/arp_input.h"
#include "dataplane/stages/bridge_downlink.h"
#include "dataplane/stages/bridge_flood.h"
#include "dataplane/stages/bridge_output.h"
#include "dataplane/stages/bridge_uplink.h"
#include "dataplane/stages/end.h"
#include "dataplane/stages/ethernet_input.h"
#include "dataplane/stages/gtpu_decap.h"
#include "dataplane/stages/gtpu_encap.h"
#include "dataplane/stages/gtpu_end_marker.h"
#include "dataplane/stages/gtpu_input.h"
#include "dataplane/stages/gtpu_peer_guard.h"
#include "dataplane/stages/icmp_input.h"
#include "dataplane/stages/icmpv6_input.h"
#include "dataplane/stages/ipv4_fragment.h"
#include "dataplane/stages/ipv4_input.h"
#include "dataplane/stages/ipv4_route.h"
#include "dataplane/stages/ipv6_input.h"
#include "dataplane/stages/ipv6_route.h"
#include "dataplane/stages/meter.h"
#include "dataplane/stages/nd_input.h"
#include "dataplane/stages/neighbor_output.h"
#include "dataplane/stages/owner_handoff.h"
#include "dataplane/stages/pdr_match.h"
#include "dataplane/stages/rate_check.h"
#include "dataplane/stages/reassemble.h"
#include "dataplane/stages/router_advertise.h"
#include "dataplane/stages/session_downlink.h"
#include "dataplane/stages/session_uplink.h"
#include "dataplane/stages/stage_context.h"
#include "dataplane/stages/stage_id.h"
#include "dataplane/stages/udp_input.h"
#include "dataplane/stages/ue_to_ue.h"
#include "dataplane/stages/usage.h"
#include "dataplane/stages/vlan_demux.h"
#include "dataplane/worker/admission.h"
#include "dataplane/worker/burst.h"
#include "dataplane/worker/capturer.h"
#include "dataplane/worker/counters.h"
#include "dataplane/worker/reassembly.h"
#include "dataplane/worker/tracer.h"

namespace demarc::dp {

// The last stage, which the worker owns: hands each packet of the lane to the port of its egress attachment
// (meta.egress; the frame is complete and starts at the mbuf's data). A packet that the port takes has fate `sent`,
// is counted (sent_packets, sent_bytes of meta.tenant) and its mbuf is no longer ours; any other is drop()ped as
// port_tx_full or port_down.
template <class T>
concept PortOutput = requires(T& ports, StageContext& context, Burst& burst, Lane& lane) {
  { ports.port_output(context, burst, lane) } -> std::same_as<void>;
};

// Runs stages and keeps their books: calls, packets and cycles of each, and the steps of a trace.
class StageRunner {
 public:
  // When the last stage had done.
  uint64_t now() const { return last_tsc_; }

  // `counters`: kStageCount of them, the worker's own.
  StageRunner(Burst& burst, Tracer& tracer, StageCounters* counters)
      : burst_(burst), tracer_(tracer), counters_(counters), last_tsc_(rte_rdtsc()) {}

  // `lane` is the one that the stage takes its packets from. Nothing is called for an empty lane.
  template <class Stage>
  void run(StageId id, Lane& lane, Stage&& stage) {
    if (lane.empty()) return;
    const unsigned packets = lane.size;
    if (burst_.traced) [[unlikely]] {
      const Lane before = lane;
      stage();
      tracer_.step(id, burst_, before);
    } else {
      stage();
    }
    const uint64_t now = rte_rdtsc();
    StageCounters& c = counters_[static_cast<size_t>(id)];
    c.calls.add(1);
    c.packets.add(packets);
    c.cycles.add(now - last_tsc_);
    last_tsc_ = now;
  }

 private:
  Burst& burst_;
  Tracer& tracer_;
  StageCounters* counters_;
  uint64_t last_tsc_;
};

// Route, next hop, port, end: the part of the way that packets share which were held with those that were not.
template <PortOutput Ports>
void run_output(StageContext& context, Burst& burst, StageRunner& stages, Tracer& tracer, Ports& ports, Lane& route,
                Lane& route_ipv6, Lane& output) {
  stages.run(StageId::neighbor_output, route, [&] { neighbor_output(context, burst, route, output); });
  stages.run(StageId::neighbor_output, route_ipv6, [&] { neighbor_output_ipv6(context, burst, route_ipv6, output); });
  stages.run(StageId::port_output, output, [&] { ports.port_output(context, burst, output); });
  count_forwarded(context, burst);
  tracer.finish(burst);
  end_drops(context, burst);
}

// Packets that are larger than their way out takes leave as fragments, one packet after the other, in a burst beside
// the one that they came in; after that one's end, for traces and captures know packets by their place in a burst.
template <PortOutput Ports>
void run_oversize(StageContext& context, Burst& burst, Tracer& tracer, StageCounters* counters, Ports& ports,
                  Lane& oversize) {
  Burst& fragments = *context.own_packets;
  for (uint8_t i : oversize) {
    Lane one, route, route_ipv6, output;
    one.push(i);
    StageRunner stages(burst, tracer, counters);
    stages.run(StageId::ipv4_fragment, one, [&] { ipv4_fragment(context, burst, i, fragments, route, route_ipv6); });
    if (fragments.size == 0) {
      end_drops(context, burst);
      continue;
    }
    StageRunner fragment_stages(fragments, tracer, counters);
    run_output(context, fragments, fragment_stages, tracer, ports, route, route_ipv6, output);
    burst.meta[i].fate = PacketFate::cut;
  }
  tracer.finish(burst);
  end_drops(context, burst);
}

// Where packets are whose session is to be found, and where they may get to without one.
struct SessionLanes {
  Lane uplink, downlink, downlink_ipv6;
  Lane end_markers;
  Lane route, route_ipv6, output;
  Lane frames;  // for Ethernet sessions
  Lane bridge;  // from them, for the attachments of their networks
  Lane flood;   // ended, but for the copies that are made of it: run_flood
};

// The first moment at which the session is known: packets of another worker's sessions leave for that worker.
inline void hand_over(StageContext& context, Burst& burst, StageRunner& stages, Lane& lane) {
  if (context.handoff == nullptr || lane.empty()) return;
  stages.run(StageId::owner_handoff, lane, [&] { owner_handoff(context, burst, lane); });
  send_handed(context);  // after the trace's step: the next is the other worker's
}

// From the session to the end.
template <PortOutput Ports>
void run_sessions(StageContext& context, Burst& burst, StageRunner& stages, Tracer& tracer, StageCounters* counters,
                  Ports& ports, SessionLanes& lanes) {
  // No structured binding: clang before 16 does not capture those.
  Lane &uplink = lanes.uplink, &downlink = lanes.downlink, &downlink_ipv6 = lanes.downlink_ipv6;
  Lane &end_markers = lanes.end_markers, &route = lanes.route, &route_ipv6 = lanes.route_ipv6;
  Lane &output = lanes.output, &frames = lanes.frames, &bridge = lanes.bridge, &flood = lanes.flood;
  Lane for_ues, solicitations, encap, oversize, from_ethernet;
  stages.run(StageId::session_uplink, uplink, [&] { session_uplink(context, burst, uplink); });
  hand_over(context, burst, stages, uplink);
  stages.run(StageId::session_uplink, end_markers, [&] { session_end_marker(context, burst, end_markers); });
  hand_over(context, burst, stages, end_markers);
  stages.run(StageId::gtpu_peer_guard, uplink, [&] { gtpu_peer_guard(context, burst, uplink); });
  stages.run(StageId::gtpu_peer_guard, end_markers, [&] { gtpu_peer_guard(context, burst, end_markers); });
  stages.run(StageId::pdr_match, uplink, [&] { pdr_match(context, burst, uplink); });
  stages.run(StageId::gtpu_decap, uplink, [&] {
    gtpu_decap(context, burst, uplink, {encap, route, route_ipv6, solicitations, from_ethernet, for_ues});
  });
  stages.run(StageId::ue_to_ue, for_ues, [&] {
    ue_to_ue(context, burst, for_ues, {downlink, downlink_ipv6, route, route_ipv6});
  });
  stages.run(StageId::bridge_uplink, from_ethernet, [&] {
    bridge_uplink(context, burst, from_ethernet, {frames, bridge, flood});
  });
  stages.run(StageId::router_advertise, solicitations, [&] { router_advertise(context, burst, solicitations, encap); });

  stages.run(StageId::session_downlink, downlink, [&] { session_downlink(context, burst, downlink); });
  stages.run(StageId::session_downlink, downlink_ipv6, [&] { session_downlink_ipv6(context, burst, downlink_ipv6); });
  stages.run(StageId::session_downlink, frames, [&] { session_downlink_frames(context, burst, frames); });
  append(downlink, downlink_ipv6);
  append(downlink, frames);
  hand_over(context, burst, stages, downlink);
  stages.run(StageId::pdr_match, downlink, [&] { pdr_match(context, burst, downlink); });
  append(encap, downlink);
  stages.run(StageId::gtpu_encap, encap, [&] { gtpu_encap(context, burst, encap, route, route_ipv6); });
  // Last: an End Marker says that nothing of its tunnel comes behind it (TS 29.281 clause 7.3.2).
  stages.run(StageId::gtpu_end_marker, end_markers,
             [&] { gtpu_end_marker(context, burst, end_markers, route, route_ipv6); });

  if (!meters_nothing(context))
    for (Lane* const lane : {&route, &route_ipv6, &bridge})
      stages.run(StageId::meter, *lane, [&] { meter(context, burst, *lane); });
  stages.run(StageId::ipv4_route, route, [&] { ipv4_route(context, burst, route, oversize); });
  stages.run(StageId::ipv6_route, route_ipv6, [&] { ipv6_route(context, burst, route_ipv6, oversize); });
  stages.run(StageId::bridge_output, bridge, [&] { bridge_output(context, burst, bridge, output); });
  run_output(context, burst, stages, tracer, ports, route, route_ipv6, output);
  if (!oversize.empty()) [[unlikely]]
    run_oversize(context, burst, tracer, counters, ports, oversize);
}

// What the stages made in answer to packets of the burst, and what the agent asked for, as a burst of its own: its
// packets go the rest of the way that others go, and end as exactly one of the same.
template <PortOutput Ports>
[[gnu::noinline]] void run_originated(StageContext& context, Tracer& tracer, StageCounters* counters, Ports& ports,
                                      uint64_t now_tsc) {
  Originator& originator = *context.originator;
  Burst& burst = originator.burst();
  burst.now_tsc = now_tsc;
  burst.uplink = burst.downlink = 0;
  burst.uncounted = ~uint64_t{0};
  StageRunner stages(burst, tracer, counters);
  SessionLanes lanes;
  for (const uint8_t i : originator.route()) {
    const PacketMeta& meta = burst.meta[i];
    (meta.opaque ? lanes.bridge : meta.ipv6 ? lanes.route_ipv6 : lanes.route).push(i);
  }
  for (const uint8_t i : originator.session()) {
    const PacketMeta& meta = burst.meta[i];
    if (meta.opaque) burst.uncounted &= ~(uint64_t{1} << i);  // the copy of somebody's frame
    (meta.opaque ? lanes.frames : meta.ipv6 ? lanes.downlink_ipv6 : lanes.downlink).push(i);
  }
  run_sessions(context, burst, stages, tracer, counters, ports, lanes);
  originator.clear();
}

// Frames to groups of Ethernet networks, which have ended as consumed: their copies, frame by frame, as a burst of
// their own. After the frames' own burst, for the copies of one may be as many as a burst takes.
template <PortOutput Ports>
[[gnu::noinline]] void run_flood(StageContext& context, Burst& burst, Tracer& tracer, StageCounters* counters,
                                 Ports& ports, const Lane& flood) {
  for (const uint8_t i : flood) {
    if (!context.originator->empty()) run_originated(context, tracer, counters, ports, burst.now_tsc);
    bridge_flood(context, burst.mbuf[i], burst.meta[i]);
    rte_pktmbuf_free(burst.mbuf[i]);
    if (!context.originator->empty()) run_originated(context, tracer, counters, ports, burst.now_tsc);
  }
}

// The caller has filled burst.size, port, now_tsc and mbuf, and called reset_burst(). Afterwards every packet is sent,
// dropped, held or consumed, and none of the mbufs is the caller's any more.
template <PortOutput Ports>
void run_burst(StageContext& context, Burst& burst, Tracer& tracer, StageCounters* counters, Ports& ports) {
  StageRunner stages(burst, tracer, counters);
  Lane input = all_of(burst);
  SessionLanes lanes;
  Lane &uplink = lanes.uplink, &downlink = lanes.downlink, &downlink_ipv6 = lanes.downlink_ipv6;
  Lane &end_markers = lanes.end_markers, &route = lanes.route, &route_ipv6 = lanes.route_ipv6;
  Lane &output = lanes.output, &frames = lanes.frames, &flood = lanes.flood;
  Lane arp, ipv4, ipv6, bridged, icmp, icmpv6, nd, udp, fragments;

  const Lane received = input;
  stages.run(StageId::ethernet_input, input, [&] { ethernet_input(context, burst, input); });
  const Lane tagged = input;
  stages.run(StageId::vlan_demux, input, [&] { vlan_demux(context, burst, input, arp, ipv4, ipv6, bridged); });
  burst.sorted_tsc = stages.now();
  tracer.start(burst);
  if (context.capture != nullptr) context.capture->received(burst);
  tracer.step(StageId::ethernet_input, burst, received);
  tracer.step(StageId::vlan_demux, burst, tagged);

  stages.run(StageId::bridge_downlink, bridged, [&] { bridge_downlink(context, burst, bridged, frames, flood); });
  stages.run(StageId::arp_input, arp, [&] { arp_input(context, burst, arp, output); });
  stages.run(StageId::ipv4_input, ipv4, [&] { ipv4_input(context, burst, ipv4, icmp, udp, downlink, fragments); });
  stages.run(StageId::ipv6_input, ipv6,
             [&] { ipv6_input(context, burst, ipv6, icmpv6, udp, downlink_ipv6, fragments); });
  stages.run(StageId::icmp_input, icmp, [&] { icmp_input(context, burst, icmp, route); });
  stages.run(StageId::icmpv6_input, icmpv6, [&] { icmpv6_input(context, burst, icmpv6, nd, route_ipv6); });
  stages.run(StageId::nd_input, nd, [&] { nd_input(context, burst, nd, output); });
  stages.run(StageId::reassemble, fragments, [&] { reassemble(context, burst, fragments, udp); });
  stages.run(StageId::udp_input, udp, [&] { udp_input(context, burst, udp); });
  stages.run(StageId::gtpu_input, udp, [&] {
    gtpu_input(context, burst, udp, {uplink, end_markers, route, route_ipv6});
  });
  run_sessions(context, burst, stages, tracer, counters, ports, lanes);
  if (!flood.empty()) [[unlikely]]
    run_flood(context, burst, tracer, counters, ports, flood);
  if (!context.originator->empty()) [[unlikely]]
    run_originated(context, tracer, counters, ports, burst.now_tsc);
}

// Packets that another worker handed over, as HandoffRing::take() gives them, with now_tsc set: from the lookup of
// their session on.
template <PortOutput Ports>
void run_taken_over(StageContext& context, Burst& burst, Tracer& tracer, StageCounters* counters, Ports& ports) {
  StageRunner stages(burst, tracer, counters);
  SessionLanes lanes;
  Lane input = all_of(burst);
  stages.run(StageId::handoff_input, input, [&] {
    for (const uint8_t i : input) {
      const PacketMeta& meta = burst.meta[i];
      // Who received it may have had time for it; this worker has not.
      if (context.admission != nullptr && !meta.guaranteed &&
          !context.admission->take_share(context.topology().tenant(meta.tenant), meta.tenant, burst.now_tsc))
          [[unlikely]] {
        drop(burst, i, DropReason::overload);
        continue;
      }
      Lane& downlink = meta.opaque ? lanes.frames : meta.ipv6 ? lanes.downlink_ipv6 : lanes.downlink;
      (meta.end_marker ? lanes.end_markers : meta.teid.value != 0 ? lanes.uplink : downlink).push(i);
    }
  });
  run_sessions(context, burst, stages, tracer, counters, ports, lanes);
  count_released(context, burst);
  if (!lanes.flood.empty()) [[unlikely]]
    run_flood(context, burst, tracer, counters, ports, lanes.flood);
  if (!context.originator->empty()) [[unlikely]]
    run_originated(context, tracer, counters, ports, burst.now_tsc);
}

// Once a turn: packets whose next hop has answered go on, those that waited in vain are dropped. `burst` is scratch; if
// none waited it is left as it is.
template <PortOutput Ports>
void run_held(StageContext& context, Burst& burst, Tracer& tracer, StageCounters* counters, Ports& ports,
              uint64_t now_tsc) {
  context.reassembly->poll(context.tenants, now_tsc);
  if (context.hold->size() == 0) return;
  Lane ready, ready_ipv6, output;
  burst.size = 0;
  burst.sorted_tsc = now_tsc;
  reset_burst(burst);
  context.hold->poll(now_tsc, context.tables, burst, ready);
  if (burst.size == 0) return;
  count_released(context, burst);
  keep_if(ready, [&](uint8_t i) {
    if (burst.meta[i].ipv6) ready_ipv6.push(i);
    return !burst.meta[i].ipv6;
  });
  StageRunner stages(burst, tracer, counters);
  run_output(context, burst, stages, tracer, ports, ready, ready_ipv6, output);
  if (!context.originator->empty()) [[unlikely]]
    run_originated(context, tracer, counters, ports, now_tsc);
}

}  // namespace demarc::dp
