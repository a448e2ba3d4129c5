#include "common/channel/zap.h"

#include <zmq.h>

#include <array>
#include <iterator>
#include <vector>

namespace demarc::channel {
namespace {

constexpr int kFramesMax = 16;  // a request has 7 (RFC 27); more are not kept

// All frames of one request, or none when there is no request.
std::vector<std::string> receive_frames(void* socket) {
  std::vector<std::string> frames;
  bool more = true;
  for (int i = 0; more; ++i) {
    zmq_msg_t part;
    zmq_msg_init(&part);
    if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
      zmq_msg_close(&part);
      return {};
    }
    more = zmq_msg_more(&part) != 0;
    if (i < kFramesMax) frames.emplace_back(static_cast<const char*>(zmq_msg_data(&part)), zmq_msg_size(&part));
    zmq_msg_close(&part);
  }
  return frames;
}

}  // namespace

Result<std::unique_ptr<ZapHandler>> ZapHandler::open(void* context, const std::string& peer_public_key_z85) {
  std::array<char, 32> key{};
  if (zmq_z85_decode(reinterpret_cast<uint8_t*>(key.data()), peer_public_key_z85.c_str()) == nullptr)
    return fail(ErrorCode::invalid, "the other end's public key is not 40 Z85 characters");
  void* socket = zmq_socket(context, ZMQ_REP);
  const int no = 0;
  if (socket == nullptr || zmq_setsockopt(socket, ZMQ_LINGER, &no, sizeof(no)) != 0 ||
      zmq_bind(socket, "inproc://zeromq.zap.01") != 0) {
    const std::string why = zmq_strerror(zmq_errno());
    if (socket != nullptr) zmq_close(socket);
    return fail(ErrorCode::unavailable, "authentication of the channel's peers: " + why);
  }
  return std::unique_ptr<ZapHandler>(new ZapHandler(socket, std::string(key.data(), key.size())));
}

ZapHandler::~ZapHandler() { zmq_close(socket_); }

void ZapHandler::answer() {
  for (auto frames = receive_frames(socket_); !frames.empty(); frames = receive_frames(socket_)) {
    // version, request id, domain, address, identity, mechanism, credentials: the client's public key
    const bool known = frames.size() == 7 && frames[0] == "1.0" && frames[5] == "CURVE" && frames[6] == peer_key_;
    const std::string reply[] = {
        "1.0", frames.size() > 1 ? frames[1] : "", known ? "200" : "400", known ? "OK" : "unknown key", "", ""};
    for (size_t i = 0; i < std::size(reply); ++i)
      zmq_send(socket_, reply[i].data(), reply[i].size(), i + 1 < std::size(reply) ? ZMQ_SNDMORE : 0);
  }
}

}  // namespace demarc::channel
