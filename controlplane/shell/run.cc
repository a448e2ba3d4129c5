#include "controlplane/shell/run.h"

#include <sstream>

#include "controlplane/shell/complete.h"
#include "controlplane/shell/format.h"
#include "controlplane/shell/help.h"
#include "controlplane/shell/interrupt.h"
#include "controlplane/shell/manual.h"
#include "controlplane/shell/pages.h"
#include "controlplane/shell/render.h"
#include "controlplane/shell/values.h"

namespace demarc::shell {
namespace {

Json parse_json(std::string_view text) { return Json::parse(text, nullptr, false); }

void print_as_is(const Screen& screen, const std::string& body) {
  screen.out << body;
  if (body.empty() || body.back() != '\n') screen.out << "\n";
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& w : words) out += (out.empty() ? "" : " ") + w;
  return out;
}

}  // namespace

int Runner::complain(int code, const std::string& sentence) {
  screen_.out.flush();
  screen_.err << "demarc: " << place_ << printable(sentence) << "\n";
  screen_.err.flush();
  return code;
}

int Runner::failed(const ClientError& error) {
  if (error.kind == ClientError::Kind::interrupted) return kInterrupted;
  return complain(kUnreachable, error.message);
}

int Runner::run(const Invocation& in, Where where) {
  if (in.has("help")) {
    screen_.out << (in.topic.empty() && where == Where::program ? help_program() : help_topic(in.topic));
    return kDone;
  }
  if (in.command->local != Local::no) return run_local(in, where);
  return in.has("watch") ? run_watch(in) : run_request(in);
}

int Runner::run_local(const Invocation& in, Where where) {
  if (in.command->local == Local::manual) {
    screen_.out << (in.get("format") == "markdown" ? manual_markdown() : manual_man());
  } else if (in.command->local == Local::help) {
    const std::string topic = joined(in.rest);
    const std::string text = topic.empty() && where == Where::program ? help_program() : help_topic(topic);
    if (text.empty()) return complain(kUsage, "there is no command \"" + topic + "\"; \"help\" lists them");
    screen_.out << text;
  } else if (in.command->local == Local::complete) {
    std::vector<std::string> before = in.rest;
    const std::string partial = before.empty() ? "" : before.back();
    if (!before.empty()) before.pop_back();
    for (const Candidate& c : shell::complete(before, partial, Where::program, names_).candidates)
      screen_.out << printable(c.text) << "\n";
  }
  return kDone;
}

int Runner::run_watch(const Invocation& in) {
  const auto seconds = parse_number(in.get("watch"));
  const std::chrono::milliseconds pause(1000 * (seconds ? *seconds : 2));
  for (bool reached = false;;) {
    // The page is made before the screen is cleared, so that it does not flicker.
    std::ostringstream page;
    Runner once(client_, Screen{page, screen_.err, screen_.colour, screen_.terminal}, names_, interrupt_fd_);
    once.set_place(place_);
    const int code = once.run_request(in);
    if (code == kDone && screen_.terminal) screen_.out << "\033[H\033[2J";
    screen_.out << page.str() << std::flush;
    // Somebody who watches wants to see demarcd come back.
    const bool wait_for_return = code == kUnreachable && reached && screen_.terminal;
    if ((code != kDone && !wait_for_return) || !screen_.out) return code;
    reached = true;
    if (!sleep_unless_interrupted(pause, interrupt_fd_)) return kInterrupted;
  }
}

int Runner::run_request(const Invocation& in) {
  const Result<Request> request = make_request(in);
  if (!request) return complain(kUsage, request.error().message);
  if (in.command->output.view == View::trace) return run_trace(in, *request);
  if (in.command->output.view == View::capture) return run_capture(in, *request);
  const size_t most = parse_number(in.get("limit")).value_or(kItemsMax);
  const auto response = in.command->repeatable() ? get_all(client_, *request, most) : client_.perform(*request);
  if (!response) return failed(response.error());
  if (response->status / 100 != 2) return show_refusal(in, *response);
  const int shown = show_answer(in, *response);
  const bool with_usage = in.command->output.view == View::session && !in.has("json");
  return shown == kDone && with_usage ? show_usage(*request) : shown;
}

// What is not known is said, and is no reason to fail: the rules were asked for.
int Runner::show_usage(const Request& session) {
  const auto response = client_.perform({.method = "GET", .target = session.target + "/usage", .body = {}});
  if (!response) return failed(response.error());
  const Json answer = parse_json(response->body);
  if (response->status / 100 == 2 && answer.is_object()) {
    render_usage(answer, screen_);
  } else {
    const bool says_why = answer.is_object() && answer.contains("error") && answer["error"].is_object();
    screen_.out << "usage  unknown"
                << (says_why ? ": " + printable(member_text(answer["error"], "message")) : std::string()) << "\n";
  }
  return kDone;
}

int Runner::show_answer(const Invocation& in, const Response& response) {
  const Json answer = parse_json(response.body);
  if (answer.is_discarded())
    return complain(kUnreachable, "what answers at " + client_.target().text() + " did not send JSON; is it demarcd?");
  if (in.has("json")) {
    print_as_is(screen_, response.body);
  } else if (const Status s = render(in, answer, screen_); !s) {
    return complain(kUnreachable, s.error().message);
  }
  const std::string data_plane = in.command->repeatable() ? "" : member_text(answer, "data_plane");
  if (data_plane == "pending")
    return complain(
        kPending,
        "stored, but the data plane has not applied it yet: it will as soon as it can; \"show sync\" says why");
  if (data_plane == "refused")
    return complain(kRefused, "stored, but the data plane refused it: " + member_text(answer, "data_plane_error"));
  return kDone;
}

int Runner::show_refusal(const Invocation& in, const Response& response) {
  if (in.has("json") && !parse_json(response.body).is_discarded()) print_as_is(screen_, response.body);
  return refusal_of(response.body, response.status);
}

int Runner::refusal_of(const std::string& body, unsigned status) {
  if (status == 401 && client_.target().token.empty())
    return complain(kRefused, "demarcd at " + client_.target().text() +
                                  " wants a key: give its token with --token-file FILE or in $DEMARC_TOKEN");
  const Json answer = parse_json(body);
  if (answer.is_object() && answer.contains("error") && answer["error"].is_object())
    return complain(kRefused, member_text(answer["error"], "message"));
  return complain(kRefused, "demarcd at " + client_.target().text() + " answered HTTP " + std::to_string(status) +
                                " and gave no reason; is it demarcd?");
}

int Runner::run_trace(const Invocation& in, const Request& request) {
  int code = kDone;
  uint64_t packets = 0;
  const auto response = client_.perform(request, [&](std::string_view line) {
    const Json packet = parse_json(line);
    if (in.has("json")) screen_.out << line << std::endl;
    if (packet.is_object() && packet.contains("error"))
      code = refusal_of(std::string(line), 200);
    else if (packet.is_discarded())
      code = complain(kUnreachable, "demarcd sent a line of trace that is not JSON");
    else if (const Status s = in.has("json") ? Status() : render_traced_packet(packet, screen_); !s)
      code = complain(kUnreachable, s.error().message);
    ++packets;
    return code == kDone && static_cast<bool>(screen_.out);
  });
  if (!response) return failed(response.error());
  if (response->status / 100 != 2) return show_refusal(in, *response);
  if (code == kDone && packets == 0 && !in.has("json"))
    return complain(kDone, "no packet of " + in.get("tenant") + " came in " + in.get("wait") + " s");
  return code;
}

}  // namespace demarc::shell
