#include "controlplane/shell/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace demarc::shell {
namespace {

// Whole or not at all is not needed: a history may miss its last line.
void write_to(const std::string& path, int flags, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (fd < 0) return;
  // Also one that was there before, with more rights.
  if (::fchmod(fd, 0600) == 0) [[maybe_unused]]
    const auto written = ::write(fd, text.data(), text.size());
  ::close(fd);
}

}  // namespace

std::vector<std::string> HistoryFile::load() const {
  std::vector<std::string> lines;
  std::ifstream in(path_);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(line);
  const bool grown = lines.size() > 2 * kHistoryLines;
  if (lines.size() > kHistoryLines) lines.erase(lines.begin(), lines.end() - kHistoryLines);
  if (grown) write_all(lines);
  return lines;
}

void HistoryFile::append(const std::string& line) const {
  if (!path_.empty()) write_to(path_, O_APPEND, line + "\n");
}

void HistoryFile::write_all(const std::vector<std::string>& lines) const {
  std::string text;
  for (const std::string& l : lines) text += l + "\n";
  const std::string beside = path_ + ".new";
  write_to(beside, O_TRUNC, text);
  std::rename(beside.c_str(), path_.c_str());
}

}  // namespace demarc::shell
