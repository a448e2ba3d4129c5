// TomlReader: takes the values of one TOML table, each by its key, checked for type and range, and refuses what is
// left. The first thing that is wrong is kept; after it nothing else is looked at, so that a person reads one sentence.
#pragma once

#include <toml++/toml.h>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace demarc::dp {

class TomlReader {
 public:
  // `section` as a person would look for it: "[dataplane]". `error` collects the first error of several readers.
  TomlReader(const toml::table& table, std::string_view file, std::string section, Status& error)
      : table_(table), file_(file), section_(std::move(section)), error_(error) {}

  // Each leaves `out` alone when the key is not there.
  template <class Int>
  void integer(std::string_view key, uint64_t min, uint64_t max, Int& out) {
    uint64_t v = out;
    if (take_integer(key, min, max, v)) out = static_cast<Int>(v);
  }
  void boolean(std::string_view key, bool& out);
  void string(std::string_view key, std::string& out);
  // One of `words`; `out` becomes its index.
  void word(std::string_view key, const std::vector<std::string_view>& words, size_t& out);
  // An array of 1..`count_max` distinct integers.
  void integers(std::string_view key, uint64_t max, size_t count_max, std::vector<uint16_t>& out);

  // Refuses the value of `key` ("must be …"); with a key that is not there, the section.
  void refuse(std::string_view key, std::string_view why);
  // Refuses keys that nobody asked for. To be called last.
  void finish();

 private:
  const toml::node* take(std::string_view key);
  bool take_integer(std::string_view key, uint64_t min, uint64_t max, uint64_t& out);
  void fail_at(const toml::node& node, std::string what);

  const toml::table& table_;
  std::string_view file_;
  std::string section_;
  Status& error_;
  std::vector<std::string> known_;
};

// "FILE, line N".
std::string toml_place(std::string_view file, const toml::source_region& where);

}  // namespace demarc::dp
