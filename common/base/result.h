// Result<T>: a value, or an error that a person can act on.
//
// The sentence of an error says what was wrong, with the value, and what would be right:
//   "prefix 10.0.0.0/33: the length must be from 0 to 32"
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace demarc {

enum class ErrorCode : uint8_t {
  invalid = 1,  // the input is malformed or out of range
  not_found,    // what it names does not exist
  conflict,     // it contradicts something that exists: a name taken, a prefix that overlaps
  exhausted,    // a table, pool or quota is full
  forbidden,    // the credential does not allow it
  unavailable,  // the other end or the disk cannot answer now; the same request may succeed later
  internal,     // our own fault
};

constexpr const char* error_code_name(ErrorCode c) {
  switch (c) {
    case ErrorCode::invalid: return "invalid";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::exhausted: return "exhausted";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace demarc
