// One connection of the HTTP server. Its insides, and Beast with them, are in http_connection.cc alone.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>

#include "controlplane/api/http_server.h"

namespace demarc::cp {

class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  // Breaks off whatever is under way.
  virtual void close() = 0;
};

// What the server and its connections share. On the io thread only.
struct HttpShared {
  boost::asio::io_context& io;
  HttpLimits limits;
  HttpServer::Handle handle;              // empty: the server has stopped
  std::set<HttpConnection*> connections;  // all that live
};

// Reads and answers requests on `socket` until either end closes it. `*count` says how many connections of the same
// listening socket live.
void serve_connection(std::shared_ptr<HttpShared> shared, std::shared_ptr<size_t> count, bool tcp,
                      boost::asio::generic::stream_protocol::socket socket);

}  // namespace demarc::cp
