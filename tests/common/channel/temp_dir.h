// A directory that goes when the test ends.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace demarc::test {

class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/demarc-test-XXXXXX";
    path_ = ::mkdtemp(name) == nullptr ? "/nonexistent" : name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace demarc::test
