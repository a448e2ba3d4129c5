// "capture": demarcd's answer goes into a file as it comes; people get a sentence about it.
#include "controlplane/shell/capture_file.h"
#include "controlplane/shell/format.h"
#include "controlplane/shell/run.h"

namespace demarc::shell {

int Runner::run_capture(const Invocation& in, const Request& request) {
  const std::string path = in.get("file");
  Result<CaptureFile> made = CaptureFile::create(path, screen_.out);
  if (!made) return complain(kUsage, made.error().message);
  CaptureFile file = std::move(*made);
  Status written;
  const auto response = client_.perform(request, nullptr, [&](std::string_view piece) {
    written = file.take(piece);
    return static_cast<bool>(written);
  });
  if (Status closed = file.close(); written && !closed) written = closed;
  if (file.bytes() == 0 && path != "-") std::remove(path.c_str());
  if (response && response->status / 100 != 2) return show_refusal(in, *response);
  if (!written) return complain(kUnreachable, written.error().message);
  if (!response && response.error().kind != ClientError::Kind::interrupted) return failed(response.error());
  const bool no_file = file.bytes() == 0 && path != "-";
  std::string sentence = no_file
                             ? "no packet came, so no file was made"
                             : std::to_string(file.packets()) + " packets in " + (path == "-" ? "the output" : path);
  if (!response)
    sentence += ", up to the interruption";
  else
    sentence += ", " + std::to_string(file.lost().value_or(0)) + " more were lost";
  if (!file.comment().empty()) sentence += "; it ended because " + file.comment();
  screen_.err << "demarc: " << place_ << printable(sentence) << "\n";
  screen_.err.flush();
  return response ? kDone : kInterrupted;
}

}  // namespace demarc::shell
