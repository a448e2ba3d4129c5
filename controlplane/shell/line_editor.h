// A line from a terminal, with history and completion. libedit is in line_editor.cc alone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controlplane/shell/complete.h"

namespace demarc::shell {

class LineEditor {
 public:
  enum class Read : uint8_t {
    line,
    cancelled,  // Ctrl-C
    end,        // Ctrl-D, or the terminal is gone
  };
  using Complete = std::function<Completion(const std::vector<std::string>& before, const std::string& partial)>;

  // `history_path` empty: none is kept. A history that cannot be read or written is no reason to stop.
  LineEditor(std::string prompt, std::string history_path, Complete complete);
  ~LineEditor();

  Read read(std::string& line);
  // To the history, and to its file (mode 0600).
  void remember(const std::string& line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::shell
