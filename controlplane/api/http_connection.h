// One connection of the HTTP server. Its insides, and Beast with them, are in http_connection.cc alone.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>
#include <string>

#include "controlplane/api/http_server.h"
#include "controlplane/api/turns.h"

namespace demarc::cp {

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  // Breaks off whatever is under way.
  virtual void close() = 0;

  // What the server looks at to find out who makes place.
  bool tcp = false;
  bool open = true;
  bool waiting = true;  // for a request, or for the rest of a stranger's: nothing is lost when it is closed
  std::string address;  // of the other end; over TCP
  std::string owner;    // of the last credential that it showed; empty: a stranger
  uint64_t turn = 0;    // rises with every request of all connections: the least has been silent for longest
};

// What the server and its connections share. On the io thread only.
struct HttpShared {
  boost::asio::io_context& io;
  HttpLimits limits;
  HttpServer::Admit admit;
  HttpServer::Handle handle;              // empty: the server has stopped
  std::set<HttpConnection*> connections;  // all that live; closed ones are on their way out
  Turns turns;
  uint64_t turn = 0;

  // The number of open connections over this kind of socket.
  size_t open_connections(bool tcp) const;
  // Sees to room for one more over TCP from this address. False: there is none.
  bool make_room_for_stranger(const std::string& address);
  // Sees to it that its owner has no more connections than it may. False: this one is too many.
  bool make_room_for_owner(HttpConnection& connection);
};

// Reads and answers requests on `socket` until either end closes it. `address` is the other end's, over TCP.
void serve_connection(std::shared_ptr<HttpShared> shared, bool tcp, std::string address,
                      boost::asio::generic::stream_protocol::socket socket);

}  // namespace demarc::cp
