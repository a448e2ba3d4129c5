// The shell's history: one line each, in a file that its owner alone may read.
#pragma once

#include <string>
#include <vector>

namespace demarc::shell {

inline constexpr size_t kHistoryLines = 1000;

class HistoryFile {
 public:
  explicit HistoryFile(std::string path) : path_(std::move(path)) {}
  // The newest kHistoryLines; a file that has grown beyond twice that is cut to them. Empty when it cannot be read.
  std::vector<std::string> load() const;
  void append(const std::string& line) const;

 private:
  void write_all(const std::vector<std::string>& lines) const;
  std::string path_;
};

}  // namespace demarc::shell
