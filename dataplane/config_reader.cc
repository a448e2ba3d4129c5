#include "dataplane/config_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

namespace demarc::dp {
namespace {

std::string_view type_words(toml::node_type type) {
  switch (type) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "a boolean";
    default: return "a date or time";
  }
}

// The value as it may stand in a sentence: short, on one line.
std::string value_words(const toml::node& node) {
  if (node.is_table() || node.is_array()) return std::string(type_words(node.type()));
  if (const auto text = node.value_exact<std::string>()) return '"' + text->substr(0, 80) + '"';
  std::ostringstream out;
  node.visit([&out](const auto& v) {
    if constexpr (!toml::is_table<decltype(v)> && !toml::is_array<decltype(v)>) out << v;
  });
  return out.str();
}

}  // namespace

std::string toml_place(std::string_view file, const toml::source_region& where) {
  return fmt::format("{}, line {}", file, where.begin.line);
}

void TomlReader::fail_at(const toml::node& node, std::string what) {
  if (error_) error_ = fail(ErrorCode::invalid, toml_place(file_, node.source()) + ": " + what);
}

void TomlReader::refuse(std::string_view key, std::string_view why) {
  const toml::node* node = table_.get(key);
  if (node == nullptr) return fail_at(table_, fmt::format("{} has no '{}': {}", section_, key, why));
  fail_at(*node, fmt::format("{} {} = {}: {}", section_, key, value_words(*node), why));
}

const toml::node* TomlReader::take(std::string_view key) {
  known_.emplace_back(key);
  return error_ ? table_.get(key) : nullptr;
}

bool TomlReader::take_integer(std::string_view key, uint64_t min, uint64_t max, uint64_t& out) {
  const toml::node* node = take(key);
  if (node == nullptr) return false;
  const auto value = node->value_exact<int64_t>();
  if (!value || *value < 0 || static_cast<uint64_t>(*value) < min || static_cast<uint64_t>(*value) > max) {
    refuse(key, fmt::format("must be an integer from {} to {}", min, max));
    return false;
  }
  out = static_cast<uint64_t>(*value);
  return true;
}

void TomlReader::boolean(std::string_view key, bool& out) {
  const toml::node* node = take(key);
  if (node == nullptr) return;
  const auto value = node->value_exact<bool>();
  if (!value) return refuse(key, "must be true or false");
  out = *value;
}

void TomlReader::string(std::string_view key, std::string& out) {
  const toml::node* node = take(key);
  if (node == nullptr) return;
  const auto value = node->value_exact<std::string>();
  if (!value || value->empty()) return refuse(key, "must be a string that is not empty");
  if (std::any_of(value->begin(), value->end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    return refuse(key, "must not have control characters");
  }
  out = *value;
}

void TomlReader::word(std::string_view key, const std::vector<std::string_view>& words, size_t& out) {
  const toml::node* node = take(key);
  if (node == nullptr) return;
  const auto value = node->value_exact<std::string>();
  const auto at = value ? std::find(words.begin(), words.end(), *value) : words.end();
  if (at == words.end()) return refuse(key, fmt::format("must be one of \"{}\"", fmt::join(words, "\", \"")));
  out = static_cast<size_t>(at - words.begin());
}

void TomlReader::integers(std::string_view key, uint64_t max, size_t count_max, std::vector<uint16_t>& out) {
  const toml::node* node = take(key);
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->empty() || array->size() > count_max) {
    return refuse(key, fmt::format("must be an array of 1 to {} integers, as in [1, 2]", count_max));
  }
  std::vector<uint16_t> values;
  for (const toml::node& element : *array) {
    const auto value = element.value_exact<int64_t>();
    if (!value || *value < 0 || static_cast<uint64_t>(*value) > max) {
      return fail_at(element, fmt::format("{} {} has {}: each must be an integer from 0 to {}", section_, key,
                                          value_words(element), max));
    }
    if (std::find(values.begin(), values.end(), *value) != values.end()) {
      return fail_at(element, fmt::format("{} {} has {} twice: each must be there once", section_, key, *value));
    }
    values.push_back(static_cast<uint16_t>(*value));
  }
  out = std::move(values);
}

void TomlReader::finish() {
  for (const auto& [key, node] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
    return fail_at(node,
                   fmt::format("unknown key '{}' in {}: known are {}", key.str(), section_, fmt::join(known_, ", ")));
  }
}

}  // namespace demarc::dp
