// Which queue of a TAP interface gets a packet, when it has one for each worker.
//
// Left alone, the kernel moves a flow to the queue on which something of that flow was sent last. With the tunnels of
// many sessions between two addresses being one flow to it, packets of one session would change queues all the time and
// overtake each other. A program in its place (TUNSETSTEERINGEBPF) looks at nothing but the packet: G-PDUs go to the
// worker that their TEID names (teid_owner.h), all others by their addresses.
#pragma once

#include <linux/bpf.h>

#include <string>
#include <vector>

#include "common/base/result.h"

namespace demarc::dp {

// An eBPF socket filter that returns the queue, below `queues`, of a frame that starts with its Ethernet header. What
// is too short or no IP: 0.
std::vector<bpf_insn> tap_steering_program(unsigned queues);

// Gives the program to the TAP interface that this process has open under this name. Errors: `unavailable` with what
// the kernel said.
Status steer_tap(const std::string& interface, unsigned queues);

}  // namespace demarc::dp
