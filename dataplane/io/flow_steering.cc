#include "dataplane/io/flow_steering.h"

#include <rte_byteorder.h>
#include <rte_flow.h>

#include "common/base/teid_owner.h"
#include "common/wire/gtpu.h"

namespace demarc::dp {

std::vector<TeidRule> teid_rules(unsigned queues) {
  const unsigned bits = teid_owner_bits(queues);
  std::vector<TeidRule> rules;
  for (uint32_t upper = 0; upper < uint32_t{1} << bits; ++upper) {
    const uint32_t value = bits == 0 ? 0 : upper << (32 - bits);
    rules.push_back({value, teid_owner_mask(queues), teid_owner(Teid(value), queues).value});
  }
  return rules;
}

namespace {

struct Wrapping {
  bool tagged;
  rte_flow_item_type ip;
};
constexpr Wrapping kWrappings[] = {{true, RTE_FLOW_ITEM_TYPE_IPV4},
                                   {true, RTE_FLOW_ITEM_TYPE_IPV6},
                                   {false, RTE_FLOW_ITEM_TYPE_IPV4},
                                   {false, RTE_FLOW_ITEM_TYPE_IPV6}};

// A rule in rte_flow's words. Points into itself.
class FlowRule {
 public:
  FlowRule(const Wrapping& wrapping, const TeidRule& rule) {
    attributes_.ingress = 1;
    udp_.hdr.dst_port = rte_cpu_to_be_16(wire::kGtpuPort);
    udp_mask_.hdr.dst_port = 0xffff;
    gtp_.teid = rte_cpu_to_be_32(rule.value);
    gtp_mask_.teid = rte_cpu_to_be_32(rule.mask);
    queue_.index = rule.queue;
    add({RTE_FLOW_ITEM_TYPE_ETH, nullptr, nullptr, nullptr});
    if (wrapping.tagged) add({RTE_FLOW_ITEM_TYPE_VLAN, nullptr, nullptr, nullptr});
    add({wrapping.ip, nullptr, nullptr, nullptr});
    add({RTE_FLOW_ITEM_TYPE_UDP, &udp_, nullptr, &udp_mask_});
    add({RTE_FLOW_ITEM_TYPE_GTPU, &gtp_, nullptr, &gtp_mask_});
    add({RTE_FLOW_ITEM_TYPE_END, nullptr, nullptr, nullptr});
    actions_[0] = {RTE_FLOW_ACTION_TYPE_QUEUE, &queue_};
    actions_[1] = {RTE_FLOW_ACTION_TYPE_END, nullptr};
  }
  FlowRule(const FlowRule&) = delete;

  bool valid(uint16_t ethdev) {
    rte_flow_error error;
    return rte_flow_validate(ethdev, &attributes_, items_, actions_, &error) == 0;
  }
  rte_flow* create(uint16_t ethdev) {
    rte_flow_error error;
    return rte_flow_create(ethdev, &attributes_, items_, actions_, &error);
  }

 private:
  void add(const rte_flow_item& item) { items_[size_++] = item; }

  rte_flow_attr attributes_{};
  rte_flow_item_udp udp_{}, udp_mask_{};
  rte_flow_item_gtp gtp_{}, gtp_mask_{};
  rte_flow_action_queue queue_{};
  rte_flow_item items_[6]{};
  rte_flow_action actions_[2]{};
  unsigned size_ = 0;
};

bool install(uint16_t ethdev, const Wrapping& wrapping, const std::vector<TeidRule>& rules) {
  for (const TeidRule& rule : rules)
    if (!FlowRule(wrapping, rule).valid(ethdev)) return false;
  std::vector<rte_flow*> made;
  for (const TeidRule& rule : rules) {
    made.push_back(FlowRule(wrapping, rule).create(ethdev));
    if (made.back() != nullptr) continue;
    made.pop_back();
    rte_flow_error error;
    for (rte_flow* flow : made) rte_flow_destroy(ethdev, flow, &error);
    return false;
  }
  return true;
}

}  // namespace

bool install_teid_rules(uint16_t ethdev, unsigned queues) {
  const std::vector<TeidRule> rules = teid_rules(queues);
  bool any = false;
  for (const Wrapping& wrapping : kWrappings) any = install(ethdev, wrapping, rules) || any;
  return any;
}

}  // namespace demarc::dp
