#include "common/channel/curve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <vector>

#include "common/base/text.h"

namespace demarc::channel {
namespace {

constexpr size_t kKeyCharacters = 40;  // Z85 of 32 bytes

Result<std::string> read_key(const std::string& path, bool secret) {
  const std::string what = std::string(secret ? "secret" : "public") + " key file " + path + ": ";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(ErrorCode::not_found, what + errno_text());
  struct stat st {};
  std::array<char, kKeyCharacters + 8> text{};
  const bool known = ::fstat(fd, &st) == 0;
  const ssize_t n = ::read(fd, text.data(), text.size());
  const std::string why = errno_text();
  ::close(fd);
  if (!known || n < 0) return fail(ErrorCode::unavailable, what + why);
  if (secret && (st.st_mode & 077) != 0)
    return fail(ErrorCode::forbidden, what + "others may read it; its mode must be 0600");
  std::string key(text.data(), static_cast<size_t>(n));
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  std::array<uint8_t, 32> raw{};
  if (key.size() != kKeyCharacters || zmq_z85_decode(raw.data(), key.c_str()) == nullptr)
    return fail(ErrorCode::invalid,
                what + "it must hold one line of 40 Z85 characters, as `demarcd --make-curve-keys DIR` writes");
  return key;
}

Status write_key(const std::string& path, const char* key, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0)
    return fail(errno == EEXIST ? ErrorCode::conflict : ErrorCode::unavailable,
                "key file " + path + ": " + errno_text());
  const std::string line = std::string(key) + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
  const std::string why = errno_text();
  ::close(fd);
  if (written) return {};
  ::unlink(path.c_str());
  return fail(ErrorCode::unavailable, "key file " + path + ": " + why);
}

}  // namespace

Result<CurveKeys> read_curve_keys(const CurveFiles& files) {
  if (files.secret_key.empty() || files.peer_public_key.empty())
    return fail(ErrorCode::invalid, std::string("a channel over tcp:// needs CURVE keys, and ") +
                                        (files.secret_key.empty() ? "our secret key" : "the other end's public key") +
                                        " is not configured; `demarcd --make-curve-keys DIR` makes them");
  auto secret = read_key(files.secret_key, true);
  if (!secret) return tl::unexpected(secret.error());
  auto peer = read_key(files.peer_public_key, false);
  if (!peer) return tl::unexpected(peer.error());
  std::array<char, kKeyCharacters + 1> public_key{};
  if (zmq_curve_public(public_key.data(), secret->c_str()) != 0)
    return fail(ErrorCode::invalid, "secret key file " + files.secret_key + ": no CURVE key");
  return CurveKeys{*secret, public_key.data(), *peer};
}

Status make_curve_keys(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(ErrorCode::unavailable, "directory " + directory + ": " + errno_text());
  struct File {
    std::string path;
    const char* key;
    mode_t mode;
  };
  std::array<char, kKeyCharacters + 1> public_keys[2], secret_keys[2];
  std::vector<File> files;
  const char* names[2] = {"demarcd", "demarc-dp"};
  for (int i = 0; i < 2; ++i) {
    if (zmq_curve_keypair(public_keys[i].data(), secret_keys[i].data()) != 0)
      return fail(ErrorCode::unavailable, std::string("CURVE keys: ") + zmq_strerror(zmq_errno()));
    files.push_back({directory + "/" + names[i] + ".secret", secret_keys[i].data(), 0600});
    files.push_back({directory + "/" + names[i] + ".public", public_keys[i].data(), 0644});
  }
  for (size_t i = 0; i < files.size(); ++i) {
    if (auto s = write_key(files[i].path, files[i].key, files[i].mode); !s) {
      while (i-- > 0) ::unlink(files[i].path.c_str());  // nothing half done
      return s;
    }
  }
  return {};
}

}  // namespace demarc::channel
