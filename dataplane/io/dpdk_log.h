// DPDK's log: into ours at level debug, and its last error kept, so that it can stand in the one sentence that a person
// gets to read.
#pragma once

#include <string>

namespace demarc::dp {

// Before the EAL starts; once in a process.
void dpdk_log_capture();
// The last line that DPDK logged as a warning or worse since forget(), or nothing. Start-up only: not to be called
// while workers run.
std::string dpdk_log_last_error();
void dpdk_log_forget_errors();

}  // namespace demarc::dp
