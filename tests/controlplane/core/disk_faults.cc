#include "tests/controlplane/core/disk_faults.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>

namespace demarc::cp::test {
namespace {

struct Fault {
  std::atomic<int> calls_left = 0;  // 0: none is to fail
  std::atomic<int> error_number = 0;
  std::atomic<bool> failed = false;
};
Fault write_fault, sync_fault;

std::mutex watched_mutex;
std::string watched_directory;
std::map<std::string, std::string> synced;  // bytes by file name
std::set<std::string> durable_names;        // in the directory at its own last sync

bool fails(Fault& fault) {
  if (fault.failed) return true;
  if (fault.calls_left == 0 || --fault.calls_left != 0) return false;
  return fault.failed = true;
}

void keep_synced(int fd) {
  std::lock_guard guard(watched_mutex);
  if (watched_directory.empty()) return;
  char path[4096];
  const ssize_t n = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  if (n <= 0) return;
  const std::filesystem::path file(std::string(path, static_cast<size_t>(n)));
  if (file == watched_directory) {
    durable_names.clear();
    for (const auto& entry : std::filesystem::directory_iterator(file)) durable_names.insert(entry.path().filename());
  }
  if (file.parent_path() != watched_directory || !std::filesystem::is_regular_file(file)) return;
  std::ifstream in(file, std::ios::binary);
  synced[file.filename()] = {std::istreambuf_iterator<char>(in), {}};
}

int sync_with(long call, int fd) {
  if (fails(sync_fault)) {
    errno = sync_fault.error_number;
    return -1;
  }
  const int result = static_cast<int>(::syscall(call, fd));
  if (result == 0) keep_synced(fd);
  return result;
}

}  // namespace

void break_disk(DiskCall call, int nth, int error_number) {
  Fault& fault = call == DiskCall::write ? write_fault : sync_fault;
  fault.failed = false;
  fault.error_number = error_number;
  fault.calls_left = nth;
}

void disk_works() {
  for (Fault* fault : {&write_fault, &sync_fault}) {
    fault->calls_left = 0;
    fault->failed = false;
  }
}

bool disk_has_failed() { return write_fault.failed || sync_fault.failed; }

void watch_syncs(const std::string& directory) {
  std::lock_guard guard(watched_mutex);
  watched_directory = directory;
  synced.clear();
  durable_names.clear();
}

void write_synced_files(const std::string& directory) {
  std::lock_guard guard(watched_mutex);
  for (const auto& [name, bytes] : synced)
    if (durable_names.contains(name)) std::ofstream(directory + "/" + name, std::ios::binary) << bytes;
}

ssize_t pwrite_or_fail(int fd, const void* data, size_t size, off_t offset) {
  if (fails(write_fault)) {
    errno = write_fault.error_number;
    return -1;
  }
  return ::syscall(SYS_pwrite64, fd, data, size, offset);
}

int fsync_or_fail(int fd) { return sync_with(SYS_fsync, fd); }
int fdatasync_or_fail(int fd) { return sync_with(SYS_fdatasync, fd); }

}  // namespace demarc::cp::test

extern "C" {
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return demarc::cp::test::pwrite_or_fail(fd, data, size, offset);
}
int fsync(int fd) { return demarc::cp::test::fsync_or_fail(fd); }
int fdatasync(int fd) { return demarc::cp::test::fdatasync_or_fail(fd); }
}
