#include "controlplane/auth/token.h"

#include <sodium.h>

#include <stdexcept>

namespace demarc::cp {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr size_t kTextMax = sodium_base64_ENCODED_LEN(kTokenBytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

// Once a process, before the first use (https://doc.libsodium.org/usage). Thread-safe, may be called again.
void start_sodium() {
  static const int started = sodium_init();
  if (started < 0) throw std::runtime_error("libsodium cannot start: no source of random numbers");
}

std::string hash_bytes(const unsigned char* bytes) {
  std::string hash(kTokenHashBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(), bytes, kTokenBytes, nullptr, 0);
  return hash;
}

}  // namespace

NewToken make_token() {
  start_sodium();
  unsigned char bytes[kTokenBytes];
  randombytes_buf(bytes, sizeof(bytes));
  char text[kTextMax];
  sodium_bin2base64(text, sizeof(text), bytes, sizeof(bytes), kVariant);
  NewToken made{text, hash_bytes(bytes)};
  sodium_memzero(bytes, sizeof(bytes));
  sodium_memzero(text, sizeof(text));
  return made;
}

std::optional<std::string> hash_token(std::string_view token) {
  start_sodium();
  if (token.size() != kTextMax - 1) return std::nullopt;  // kTextMax counts the closing NUL
  unsigned char bytes[kTokenBytes];
  size_t length = 0;
  const int failed =
      sodium_base642bin(bytes, sizeof(bytes), token.data(), token.size(), nullptr, &length, nullptr, kVariant);
  if (failed != 0 || length != sizeof(bytes)) return std::nullopt;
  std::string hash = hash_bytes(bytes);
  sodium_memzero(bytes, sizeof(bytes));
  return hash;
}

bool same_hash(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace demarc::cp
