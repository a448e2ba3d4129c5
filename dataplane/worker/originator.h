// Originator: the packets that a stage makes besides those that it was given: answers to what is dropped (an Error
// Indication, an ICMP error). One a worker.
//
// A stage asks for a place, writes an IP packet there, and goes on; the packet it answers ends as it would have ended.
// What was made waits in a burst of its own until the pipeline has done with the one at hand, and then takes the way
// that Way names (run_originated in pipeline.h). Whatever was made here is never answered again.
#pragma once

#include <cstdint>
#include <memory>

#include "common/base/ip_address.h"
#include "dataplane/worker/answer_limiter.h"
#include "dataplane/worker/burst.h"
#include "dataplane/worker/counters.h"

struct rte_mempool;

namespace demarc::dp {

class Originator {
 public:
  enum class Way : uint8_t {
    route,    // by the routes of meta.vrf
    session,  // meta.vrf is a core VRF: into the tunnel of the UE that the destination is
  };
  struct Packet {
    uint8_t* ip = nullptr;       // where the IP header goes; the bytes are not cleared
    PacketMeta* meta = nullptr;  // l3_offset, tenant, attachment and vrf as the cause has them: vrf may be changed
    explicit operator bool() const { return ip != nullptr; }
  };

  // `tenants`: [tenant slot], the worker's counters; `pool`: for packets of its own. All outlive it.
  Originator(rte_mempool* pool, TenantCounters* tenants, AnswerLimiter limiter);
  ~Originator();  // frees what was made and did not go
  Originator(const Originator&) = delete;

  // Room for a packet of `bytes` from its IP header on, in answer to one with the metadata `cause`, which `peer` sent.
  // `ipv6`: the family of what will be written. Nothing, counted as answers_suppressed of the tenant, when the peer or
  // the tenant had its answers, or there is no buffer or place; nothing, too, for a cause that was made here itself.
  // Otherwise the packet counts as originated and must be written.
  Packet answer(const PacketMeta& cause, AnswerClass c, const IpAddress& peer, size_t bytes, bool ipv6, Way way,
                uint64_t now_tsc);
  // The same without a limit and with nobody to answer: for what the agent asks to be sent.
  Packet originate(const PacketMeta& like, size_t bytes, bool ipv6, Way way);

  bool empty() const { return burst_->size == 0; }
  // What was made, for the pipeline, which ends all of it and then calls clear().
  Burst& burst() { return *burst_; }
  Lane& route() { return route_; }      // of either family, as meta.ipv6 says
  Lane& session() { return session_; }  // the same
  void clear();

 private:
  rte_mempool* pool_;
  TenantCounters* tenants_;
  AnswerLimiter limiter_;
  std::unique_ptr<Burst> burst_;
  Lane route_;
  Lane session_;
};

}  // namespace demarc::dp
