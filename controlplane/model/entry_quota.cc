#include "controlplane/model/entry_quota.h"

namespace demarc::cp {
namespace {

struct Kind {
  const char* name;
  const char* words;
};
constexpr Kind kKinds[] = {
#define QUOTA(name, words) {#name, words},
#include "controlplane/model/quota_kinds.def"
#undef QUOTA
};
static_assert(std::size(kKinds) == kQuotaKinds);

}  // namespace

const char* quota_name(Shared what) { return kKinds[static_cast<size_t>(what)].name; }
const char* quota_words(Shared what) { return kKinds[static_cast<size_t>(what)].words; }

std::optional<Shared> quota_of_name(std::string_view name) {
  for (size_t n = 0; n < kQuotaKinds; ++n)
    if (kKinds[n].name == name) return static_cast<Shared>(n);
  return std::nullopt;
}

const std::string& quota_names() {
  static const std::string all = [] {
    std::string out;
    for (const Kind& kind : kKinds) out += (out.empty() ? "" : " ") + std::string(kind.name);
    return out;
  }();
  return all;
}

}  // namespace demarc::cp
