// Bearer tokens: 32 random bytes in base64url on the wire, a hash of them in the store.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace demarc::cp {

inline constexpr size_t kTokenBytes = 32;
inline constexpr size_t kTokenHashBytes = 32;

struct NewToken {
  std::string token;  // base64url without padding, 43 characters: shown once, kept nowhere
  std::string hash;   // crypto_generichash of the 32 bytes
};

NewToken make_token();

// The hash of a token as it came in a request; empty when it cannot be a token of ours.
std::optional<std::string> hash_token(std::string_view token);

// In a time that does not depend on where they differ.
bool same_hash(std::string_view a, std::string_view b);

}  // namespace demarc::cp
