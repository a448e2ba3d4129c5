// The file of a capture as it comes from demarcd: whole blocks of pcapng are written, and counted.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace demarc::shell {

class CaptureFile {
 public:
  // Makes the file, for its owner alone. "-" writes to `out`. Errors: it is there already, or cannot be made.
  static Result<CaptureFile> create(const std::string& path, std::ostream& out);

  // Any piece of the stream. Errors: it is not pcapng, or cannot be written (a full disk).
  Status take(std::string_view piece);
  // Errors: the last bytes cannot be written.
  Status close();

  uint64_t packets() const { return packets_; }
  uint64_t bytes() const { return bytes_; }
  // From the block that ends a capture; none when that did not come.
  std::optional<uint64_t> lost() const { return lost_; }
  const std::string& comment() const { return comment_; }  // why it ended, in that block; may be empty

 private:
  struct Close {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  CaptureFile() = default;
  Status write(std::string_view block);
  void look_at(std::string_view block);

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::ostream* out_ = nullptr;
  std::string pending_;  // the beginning of a block
  uint64_t packets_ = 0;
  uint64_t bytes_ = 0;
  std::optional<uint64_t> lost_;
  std::string comment_;
};

}  // namespace demarc::shell
