// Carries out one command: request, answer, output, exit code.
#pragma once

#include <functional>
#include <string>

#include "controlplane/shell/http_client.h"
#include "controlplane/shell/names.h"
#include "controlplane/shell/parse.h"
#include "controlplane/shell/table.h"

namespace demarc::shell {

// Scripts trust these.
enum ExitCode : int {
  kDone = 0,
  kRefused = 1,        // by demarcd, or by the data plane
  kUsage = 2,          // the command line, or a file that it names
  kUnreachable = 3,    // demarcd
  kPending = 4,        // stored, but the data plane has not applied it yet
  kInterrupted = 130,  // Ctrl-C, as shells count it
};

class Runner {
 public:
  // `interrupt_fd` (-1: none) becomes readable when the command is to end.
  Runner(HttpClient client, Screen screen, NameLookup names, int interrupt_fd = -1)
      : client_(std::move(client)), screen_(screen), names_(std::move(names)), interrupt_fd_(interrupt_fd) {}

  // `where` decides which options help and completion speak of. `prefix` comes before each sentence of error.
  int run(const Invocation& invocation, Where where);

  // "demarc: <sentence>" to standard error. Returns `code`.
  int complain(int code, const std::string& sentence);
  // What comes before the sentences of a script: "line 3: ".
  void set_place(std::string place) { place_ = std::move(place); }
  const Screen& screen() const { return screen_; }

 private:
  int run_local(const Invocation& in, Where where);
  int run_watch(const Invocation& in);
  int run_request(const Invocation& in);
  int run_trace(const Invocation& in, const Request& request);
  int run_capture(const Invocation& in, const Request& request);  // run_capture.cc
  int show_answer(const Invocation& in, const Response& response);
  int show_usage(const Request& session);  // beside the session's rules
  int show_refusal(const Invocation& in, const Response& response);
  int refusal_of(const std::string& body, unsigned status);
  int failed(const ClientError& error);

  HttpClient client_;
  Screen screen_;
  NameLookup names_;
  int interrupt_fd_;
  std::string place_;
};

}  // namespace demarc::shell
