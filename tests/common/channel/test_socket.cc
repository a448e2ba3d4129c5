// Sockets, the directory and the lock of an ipc:// endpoint, and CURVE keys.
#include "common/channel/socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include <chrono>
#include <cstring>
#include <fstream>

#include "common/channel/channel_limits.h"
#include "common/channel/ipc_path.h"
#include "tests/common/channel/temp_dir.h"

namespace demarc::channel {
namespace {

using test::TempDir;

std::string text(const Bytes& b) { return std::string(b.begin(), b.end()); }
Bytes bytes(const std::string& s) { return Bytes(s.begin(), s.end()); }

// The next message within the time, or none.
std::optional<Socket::Incoming> receive(Socket& socket, int wait_ms = 3000) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (std::chrono::steady_clock::now() < end) {
    socket.wait(10);
    if (auto incoming = socket.receive()) return incoming;
  }
  return std::nullopt;
}

// Sends until somebody takes it; a ROUTER that guards itself by CURVE must be polled meanwhile.
bool send(Socket& from, const std::string& what, Socket* other = nullptr, int wait_ms = 3000) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (from.send({}, bytes(what)) != Socket::Sent::ok) {
    if (std::chrono::steady_clock::now() > end) return false;
    if (other != nullptr) other->wait(5);
    ::usleep(2000);
  }
  return true;
}

// ---- endpoints ----

TEST(ParseEndpoint, TakesWhatIsRightAndNamesWhatIsNot) {
  const struct {
    std::string text;
    bool right;
  } cases[] = {
      {"ipc:///run/x/y.sock", true},
      {"tcp://127.0.0.1:5555", true},
      {"tcp://[::1]:5555", true},
      {"tcp://host.example:1", true},
      {"", false},
      {"ipc://", false},
      {"ipc://relative", false},
      {"ipc://@abstract", false},
      {"ipc://*", false},
      {"ipc:///dir/", false},
      {"tcp://", false},
      {"tcp://host", false},
      {"tcp://:5555", false},
      {"tcp://host:0", false},
      {"tcp://host:65536", false},
      {"tcp://host:55x", false},
      {"inproc://x", false},
      {"udp://1.2.3.4:5", false},
      {"ipc:///" + std::string(107, 'a'), false},
      {"ipc:///" + std::string(106, 'a'), true},
  };
  for (const auto& c : cases) {
    auto endpoint = parse_endpoint(c.text);
    EXPECT_EQ(endpoint.has_value(), c.right) << c.text;
    if (endpoint) continue;
    EXPECT_NE(endpoint.error().message.find(c.text), std::string::npos) << "it names the value";
  }
}

// ---- the directory ----

TEST(IpcDirectory, IsMadeForUsAlone) {
  TempDir dir;
  auto endpoint = parse_endpoint("ipc://" + dir / "a/b/s.sock");
  ASSERT_TRUE(prepare_ipc_directory(*endpoint));
  struct stat st {};
  ASSERT_EQ(::stat((dir / "a/b").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700u);
  EXPECT_TRUE(prepare_ipc_directory(*endpoint)) << "again";
}

TEST(IpcDirectory, OpenToOthersIsRefused) {
  TempDir dir;
  for (mode_t mode : {0710, 0701, 0770, 0755, 0777}) {
    ASSERT_EQ(::chmod(dir.path().c_str(), mode), 0);
    auto status = prepare_ipc_directory(*parse_endpoint("ipc://" + dir / "s.sock"));
    ASSERT_FALSE(status) << mode;
    EXPECT_NE(status.error().message.find("must be 0700"), std::string::npos) << status.error().message;
  }
}

TEST(IpcDirectory, OfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  TempDir dir;
  ASSERT_EQ(::chown(dir.path().c_str(), 65534, 65534), 0);
  auto status = prepare_ipc_directory(*parse_endpoint("ipc://" + dir / "s.sock"));
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("belongs to user 65534"), std::string::npos) << status.error().message;
}

TEST(IpcDirectory, ALinkOrAFileIsNoDirectory) {
  TempDir dir;
  std::filesystem::create_directory(dir / "real");
  std::filesystem::create_symlink(dir / "real", dir / "link");
  EXPECT_FALSE(prepare_ipc_directory(*parse_endpoint("ipc://" + dir / "link/s.sock")));
  std::ofstream(dir / "file") << "x";
  EXPECT_FALSE(prepare_ipc_directory(*parse_endpoint("ipc://" + dir / "file/s.sock")));
}

// ---- who serves it ----

TEST(IpcLock, ASecondOneIsRefusedInOneSentenceAndTheFirstGoesOn) {
  TempDir dir;
  const std::string endpoint = "ipc://" + dir / "s.sock";
  auto first = Socket::bind_router(endpoint, {});
  ASSERT_TRUE(first) << first.error().message;
  auto second = Socket::bind_router(endpoint, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find("another demarcd (process " + std::to_string(::getpid()) + ")"),
            std::string::npos)
      << second.error().message;
  auto client = Socket::connect_dealer(endpoint, {});
  ASSERT_TRUE(client);
  ASSERT_TRUE(send(**client, "hello"));
  auto got = receive(**first);
  ASSERT_TRUE(got);
  EXPECT_EQ(text(got->bytes), "hello");
  first->reset();
  EXPECT_FALSE(std::filesystem::exists(dir / "s.sock")) << "a clean end leaves no socket";
  EXPECT_TRUE(Socket::bind_router(endpoint, {})) << "free again";
}

TEST(IpcLock, ASocketThatADeadProcessLeftIsReplaced) {
  TempDir dir;
  const std::string path = dir / "s.sock";
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  // Alive, and no demarcd: not taken.
  auto refused = Socket::bind_router("ipc://" + path, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("another program listens there"), std::string::npos)
      << refused.error().message;
  ::close(fd);  // dead, and its file stays
  std::ofstream(path + ".lock") << "4242\n";
  EXPECT_TRUE(Socket::bind_router("ipc://" + path, {}));
  EXPECT_FALSE(std::filesystem::exists(path + ".lock")) << "it went with the socket";
}

TEST(IpcLock, WhatIsNoSocketIsNotRemoved) {
  TempDir dir;
  std::ofstream(dir / "s.sock") << "precious";
  auto refused = Socket::bind_router("ipc://" + dir / "s.sock", {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("is not a socket"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(std::filesystem::exists(dir / "s.sock"));
}

// ---- messages ----

TEST(Socket, CarriesMessagesBothWays) {
  TempDir dir;
  const std::string endpoint = "ipc://" + dir / "s.sock";
  auto router = Socket::bind_router(endpoint, {});
  auto dealer = Socket::connect_dealer(endpoint, {});
  ASSERT_TRUE(router && dealer);
  ASSERT_TRUE(send(**dealer, "up"));
  auto up = receive(**router);
  ASSERT_TRUE(up);
  EXPECT_EQ((*router)->send(up->from, bytes("down")), Socket::Sent::ok);
  auto down = receive(**dealer);
  ASSERT_TRUE(down);
  EXPECT_EQ(text(down->bytes), "down");
  EXPECT_EQ((*router)->send("nobody", bytes("x")), Socket::Sent::unreachable);
  dealer->reset();
  Socket::Sent sent = Socket::Sent::ok;
  for (int i = 0; i < 300 && sent != Socket::Sent::unreachable; ++i, ::usleep(10'000))
    sent = (*router)->send(up->from, bytes("x"));
  EXPECT_EQ(sent, Socket::Sent::unreachable) << "a peer that has gone is noticed";
}

TEST(Socket, WithoutAnybodyThereNothingIsKept) {
  TempDir dir;
  auto dealer = Socket::connect_dealer("ipc://" + dir / "s.sock", {});
  ASSERT_TRUE(dealer);
  EXPECT_EQ((*dealer)->send({}, bytes("old")), Socket::Sent::full);
}

TEST(Socket, ThrowsAwayMessagesOfManyPartsAndOverTheLimit) {
  TempDir dir;
  const std::string endpoint = "ipc://" + dir / "s.sock";
  auto router = Socket::bind_router(endpoint, {});
  ASSERT_TRUE(router);
  void* context = zmq_ctx_new();
  auto open = [&] {
    void* s = zmq_socket(context, ZMQ_DEALER);
    const int zero = 0;
    zmq_setsockopt(s, ZMQ_LINGER, &zero, sizeof(zero));
    EXPECT_EQ(zmq_connect(s, endpoint.c_str()), 0);
    return s;
  };
  void* rude = open();
  for (int i = 0; i < 50; ++i) zmq_send(rude, "part", 4, i < 49 ? ZMQ_SNDMORE : 0);
  zmq_send(rude, "single", 6, 0);
  auto got = receive(**router);
  ASSERT_TRUE(got);
  EXPECT_EQ(text(got->bytes), "single");
  EXPECT_EQ((*router)->discarded(), 1u);
  void* large = open();
  const Bytes too_much(kMessageBytesMax + 1);
  zmq_send(large, too_much.data(), too_much.size(), 0);
  EXPECT_FALSE(receive(**router, 500));
  zmq_send(rude, "still here", 10, 0);
  EXPECT_TRUE(receive(**router));
  zmq_close(rude);
  zmq_close(large);
  zmq_ctx_term(context);
}

// ---- CURVE ----

TEST(Curve, TcpWithoutKeysIsRefused) {
  for (auto* open : {Socket::bind_router, Socket::connect_dealer}) {
    auto socket = open("tcp://127.0.0.1:45731", {});
    ASSERT_FALSE(socket);
    EXPECT_NE(socket.error().message.find("needs CURVE keys"), std::string::npos) << socket.error().message;
  }
  TempDir dir;
  EXPECT_FALSE(Socket::bind_router("ipc://" + dir / "s.sock", {"/a", "/b"})) << "and ipc:// with keys as well";
}

TEST(Curve, KeyFilesAreWrittenOnceAndChecked) {
  TempDir dir;
  ASSERT_TRUE(make_curve_keys(dir / "keys"));
  struct stat st {};
  ASSERT_EQ(::stat((dir / "keys/demarcd.secret").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
  auto again = make_curve_keys(dir / "keys");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::conflict);

  const CurveFiles right{dir / "keys/demarcd.secret", dir / "keys/demarc-dp.public"};
  EXPECT_TRUE(read_curve_keys(right));
  EXPECT_FALSE(read_curve_keys({right.secret_key, ""}));
  EXPECT_FALSE(read_curve_keys({dir / "nothing", right.peer_public_key}));
  std::ofstream(dir / "short") << "abc\n";
  EXPECT_FALSE(read_curve_keys({right.secret_key, dir / "short"}));
  ::chmod(right.secret_key.c_str(), 0644);
  auto open = read_curve_keys(right);
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().message.find("its mode must be 0600"), std::string::npos) << open.error().message;
}

TEST(Curve, KeysThatWereHalfWrittenLeaveNothing) {
  TempDir dir;
  std::ofstream(dir / "demarc-dp.public") << "mine\n";
  ASSERT_FALSE(make_curve_keys(dir.path()));
  EXPECT_FALSE(std::filesystem::exists(dir / "demarcd.secret"));
  EXPECT_TRUE(std::filesystem::exists(dir / "demarc-dp.public"));
}

TEST(Curve, OnlyThePeerWhoseKeyIsConfiguredGetsIn) {
  TempDir dir, others;
  ASSERT_TRUE(make_curve_keys(dir.path()));
  ASSERT_TRUE(make_curve_keys(others.path()));
  const std::string endpoint = "tcp://127.0.0.1:45732";
  auto router = Socket::bind_router(endpoint, {dir / "demarcd.secret", dir / "demarc-dp.public"});
  ASSERT_TRUE(router) << router.error().message;
  auto friendly = Socket::connect_dealer(endpoint, {dir / "demarc-dp.secret", dir / "demarcd.public"});
  auto stranger = Socket::connect_dealer(endpoint, {others / "demarc-dp.secret", dir / "demarcd.public"});
  auto misled = Socket::connect_dealer(endpoint, {dir / "demarc-dp.secret", others / "demarcd.public"});
  ASSERT_TRUE(friendly && stranger && misled);
  ASSERT_TRUE(send(**friendly, "friend", router->get()));
  auto got = receive(**router);
  ASSERT_TRUE(got);
  EXPECT_EQ(text(got->bytes), "friend");
  EXPECT_FALSE(send(**stranger, "stranger", router->get(), 700));
  EXPECT_FALSE(send(**misled, "misled", router->get(), 700));
  EXPECT_FALSE(receive(**router, 200));
}

}  // namespace
}  // namespace demarc::channel
