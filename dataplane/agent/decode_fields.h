// Checks of single values that decode.cc and decode_session.cc share.
#pragma once

#include <fmt/format.h>

#include <flatbuffers/flatbuffers.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/agent/decode.h"

namespace demarc::dp {

// The bytes of an entry at an address that scalars may be read from: a vector of bytes inside a message promises no
// alignment, so bytes that lie badly are copied once.
class AlignedBytes {
 public:
  explicit AlignedBytes(std::string_view bytes) : data_(bytes.data()), size_(bytes.size()) {
    if (reinterpret_cast<uintptr_t>(data_) % alignof(uint64_t) == 0) return;
    copy_ = std::make_unique<uint64_t[]>(size_ / sizeof(uint64_t) + 1);
    std::memcpy(copy_.get(), data_, size_);
    data_ = reinterpret_cast<const char*>(copy_.get());
  }
  const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(data_); }
  size_t size() const { return size_; }

 private:
  const char* data_;
  size_t size_;
  std::unique_ptr<uint64_t[]> copy_;
};

// The entry as a table, or null when the bytes are not one within the channel's limits.
template <class Table>
const Table* verified(const AlignedBytes& bytes) {
  if (bytes.size() < 8 || bytes.size() > channel::kEntryBytesMax) return nullptr;
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), channel::kMessageDepthMax, channel::kEntryTablesMax);
  if (!verifier.VerifyBuffer<Table>(nullptr)) return nullptr;
  return flatbuffers::GetRoot<Table>(bytes.data());
}

// An `invalid` about an entry: "<entry>: <sentence>".
template <class... Args>
tl::unexpected<Error> refuse(const channel::EntryKey& key, fmt::format_string<Args...> sentence, Args&&... args) {
  return fail(ErrorCode::invalid, describe(key) + ": " + fmt::format(sentence, std::forward<Args>(args)...));
}

// The bytes of an optional IPv6 address, called `what` in the sentence; :: when there are none.
inline Result<Ipv6Address> decode_ipv6(const channel::EntryKey& key, const std::string& what,
                                       const flatbuffers::Vector<uint8_t>* bytes) {
  if (bytes == nullptr || bytes->size() == 0) return Ipv6Address{};
  const auto address = ipv6_from_bytes({bytes->data(), bytes->size()});
  if (!address) return refuse(key, "{} of {} bytes: an IPv6 address has 16", what, bytes->size());
  return *address;
}

}  // namespace demarc::dp
