#include "dataplane/io/dpdk_log.h"

#include <rte_log.h>
#include <spdlog/spdlog.h>
#include <stdio.h>

#include <mutex>
#include <string_view>

namespace demarc::dp {
namespace {

std::mutex mutex;
std::string last_error;

ssize_t write_line(void*, const char* text, size_t size) {
  std::string_view line(text, size);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ' || line.back() == '.')) line.remove_suffix(1);
  if (line.empty()) return static_cast<ssize_t>(size);
  spdlog::debug("dpdk: {}", line);
  const int level = rte_log_cur_msg_loglevel();
  if (level >= 1 && level <= static_cast<int>(RTE_LOG_WARNING)) {
    const std::lock_guard lock(mutex);
    last_error.assign(line);
  }
  return static_cast<ssize_t>(size);
}

}  // namespace

void dpdk_log_capture() {
  FILE* stream = fopencookie(nullptr, "w", {nullptr, write_line, nullptr, nullptr});
  if (stream == nullptr) return;
  setvbuf(stream, nullptr, _IOLBF, BUFSIZ);
  rte_openlog_stream(stream);
}

std::string dpdk_log_last_error() {
  const std::lock_guard lock(mutex);
  return last_error;
}

void dpdk_log_forget_errors() {
  const std::lock_guard lock(mutex);
  last_error.clear();
}

}  // namespace demarc::dp
