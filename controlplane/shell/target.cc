#include "controlplane/shell/target.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "controlplane/shell/values.h"

namespace demarc::shell {
namespace {

constexpr size_t kTokenMax = 4096;
// sun_path of a sockaddr_un has 108 bytes, the last one 0 (unix(7)).
constexpr size_t kSocketPathMax = 107;

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorCode::invalid, std::move(message)); }

Result<Target> parse_url(const std::string& url) {
  const std::string sample = "; it looks like http://10.0.0.1:8080";
  if (url.starts_with("https://"))
    return invalid("--url " + url +
                   ": demarcd speaks HTTP without TLS; give http:// to a TLS proxy on this machine or to a tunnel");
  if (!url.starts_with("http://")) return invalid("--url " + url + " is not a URL of demarcd" + sample);
  std::string rest = url.substr(7);
  while (!rest.empty() && rest.back() == '/') rest.pop_back();
  Target t;
  const bool bracket = rest.starts_with('[');
  const size_t host_end = bracket ? rest.find(']') : rest.find(':');
  if (host_end == std::string::npos) return invalid("--url " + url + " has no port" + sample);
  t.host = bracket ? rest.substr(1, host_end - 1) : rest.substr(0, host_end);
  rest = rest.substr(host_end + (bracket ? 1 : 0));
  if (t.host.empty() || !rest.starts_with(':')) return invalid("--url " + url + " is not a URL of demarcd" + sample);
  t.port = rest.substr(1);
  const auto port = t.port.starts_with("0x") ? Result<uint64_t>(0) : parse_number(t.port);
  if (!port || *port == 0 || *port > 65535) return invalid("--url " + url + ": the port is from 1 to 65535" + sample);
  return t;
}

Result<std::string> read_token(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return invalid("token file " + path + " cannot be read: " + std::strerror(errno));
  std::string text(kTokenMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  if (text.empty()) return invalid("token file " + path + " is empty; it holds the token that \"key add\" printed");
  return text;
}

// RFC 6750 2.1: a token is of these characters. Anything else could also end the header line.
Status check_token(const std::string& token) {
  const bool good = token.size() <= kTokenMax &&
                    std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > ' ' && c < 127; });
  if (good) return {};
  return invalid("the token is not one of demarcd's: it is one word of at most 4096 letters, digits and -._~+/=");
}

}  // namespace

std::string Target::text() const {
  if (!socket_path.empty()) return socket_path;
  return "http://" + (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + port;
}

Result<Target> choose_target(const Invocation& program, const Environment& environment) {
  if (!program.has("url")) {
    if (program.has("token-file"))
      return invalid("--token-file goes with --url; whoever may open the unix socket needs no key");
    const char* from_environment = environment("DEMARC_SOCKET");
    Target t;
    t.socket_path = program.has("socket")                                   ? program.get("socket")
                    : from_environment != nullptr && *from_environment != 0 ? from_environment
                                                                            : "/run/demarc/api.sock";
    if (t.socket_path.size() > kSocketPathMax)
      return invalid("the socket's path has " + std::to_string(t.socket_path.size()) +
                     " bytes; a unix socket's has at most " + std::to_string(kSocketPathMax));
    return t;
  }
  if (program.has("socket")) return invalid("--socket and --url do not go together: give the one to use");
  Result<Target> t = parse_url(program.get("url"));
  if (!t) return t;
  const char* token = environment("DEMARC_TOKEN");
  if (program.has("token-file")) {
    Result<std::string> read = read_token(program.get("token-file"));
    if (!read) return tl::unexpected<Error>(read.error());
    t->token = *read;
  } else if (token != nullptr) {
    t->token = token;
  }
  if (Status s = check_token(t->token); !s) return tl::unexpected<Error>(s.error());
  return t;
}

}  // namespace demarc::shell
