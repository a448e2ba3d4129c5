#include "controlplane/shell/capture_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace demarc::shell {
namespace {

// draft-ietf-opsawg-pcapng 3.1: type, length, body, length. demarcd writes little-endian.
constexpr size_t kBlockMin = 12;
constexpr size_t kBlockMax = 64 * 1024;
constexpr uint32_t kEnhancedPacket = 6, kInterfaceStatistics = 5;
constexpr uint16_t kComment = 1, kInterfaceDrops = 5;
constexpr size_t kStatisticsOptions = 8 + 12;  // behind interface and time

uint64_t number(std::string_view bytes, size_t at, size_t size) {
  uint64_t n = 0;
  for (size_t i = size; i-- > 0;) n = n << 8 | static_cast<unsigned char>(bytes[at + i]);
  return n;
}

}  // namespace

Result<CaptureFile> CaptureFile::create(const std::string& path, std::ostream& out) {
  CaptureFile file;
  file.path_ = path;
  if (path == "-") {
    file.out_ = &out;
    return file;
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    return fail(ErrorCode::conflict, "file " + path + " is there already; name one that is not, or remove it");
  if (fd < 0) return fail(ErrorCode::invalid, "file " + path + " cannot be made: " + std::strerror(errno));
  file.file_.reset(::fdopen(fd, "wb"));
  return file;
}

Status CaptureFile::take(std::string_view piece) {
  pending_ += piece;
  size_t at = 0;
  while (pending_.size() - at >= kBlockMin) {
    const std::string_view rest = std::string_view(pending_).substr(at);
    const uint64_t length = number(rest, 4, 4);
    if (length < kBlockMin || length > kBlockMax || length % 4 != 0)
      return fail(ErrorCode::invalid, "what came is not pcapng: a block of " + std::to_string(length) + " bytes");
    if (rest.size() < length) break;
    if (Status s = write(rest.substr(0, length)); !s) return s;
    look_at(rest.substr(0, length));
    at += length;
  }
  pending_.erase(0, at);
  return {};
}

Status CaptureFile::write(std::string_view block) {
  bytes_ += block.size();
  if (out_ != nullptr) {
    out_->write(block.data(), static_cast<std::streamsize>(block.size())).flush();
    return *out_ ? Status() : fail(ErrorCode::unavailable, "nobody reads the output any more");
  }
  if (std::fwrite(block.data(), 1, block.size(), file_.get()) == block.size()) return {};
  return fail(ErrorCode::exhausted, "file " + path_ + " cannot be written: " + std::strerror(errno));
}

void CaptureFile::look_at(std::string_view block) {
  const uint64_t type = number(block, 0, 4);
  if (type == kEnhancedPacket) ++packets_;
  if (type != kInterfaceStatistics) return;
  // Options: code, length, value, padding to 4.
  const size_t end = block.size() - 4;
  for (size_t at = kStatisticsOptions; at + 4 <= end;) {
    const uint64_t code = number(block, at, 2), length = number(block, at + 2, 2);
    at += 4;
    if (code == 0 || length > end - at) return;
    if (code == kInterfaceDrops && length == 8) lost_ = lost_.value_or(0) + number(block, at, 8);
    if (code == kComment) comment_ = block.substr(at, length);
    at += (length + 3) / 4 * 4;
  }
}

Status CaptureFile::close() {
  if (!file_) return {};
  if (std::fclose(file_.release()) == 0) return {};
  return fail(ErrorCode::exhausted, "file " + path_ + " cannot be written: " + std::strerror(errno));
}

}  // namespace demarc::shell
