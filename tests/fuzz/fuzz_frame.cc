// The whole way of a frame, from the wire to its verdict, through real tables.
//
// Input: a byte with the port (bit 0), how the frame lies in its mbuf (bit 1: in two segments; bit 2: the NIC took the
// tag off) and whether held packets are looked at afterwards (bit 3); two bytes of that tag; the frame.
//
// Two worlds get the same frames. They differ only in what lies in the buffers around them, so that a byte read past
// the end of a frame shows as another outcome, sanitizer or not.
#include <memory>
#include <string>

#include "dataplane/tables/rule_compile.h"
#include "tests/dataplane/eal.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"
#include "tests/fuzz/target.h"

namespace {

using namespace demarc;
using namespace demarc::dp;
using namespace demarc::dp::test;

// With SDF filters that look at each field, and at last one that takes all.
SessionSpec filtered(SessionSpec spec) {
  SdfMatch each;
  each.protocol = wire::kProtocolUdp;
  each.remote_ports = {{5000, 5100}};
  each.tos = each.tos_mask = 0x80;
  SdfMatch protected_by_ah;
  protected_by_ah.spi = 1;
  SdfMatch labelled;
  labelled.flow_label = 0;
  std::vector<PdrDetail> details(spec.pdrs.size());
  for (PdrDetail& detail : details) detail.filters = {each, protected_by_ah, labelled, SdfMatch{}};
  spec.rules = compile_rules(spec.pdrs, details);
  return spec;
}

struct Pair {
  Pair() {
    for (World* world : {&zeros, &ones})
      for (const TestTenant& t : kTenants)
        for (unsigned n = 0; n < 2; ++n)  // the second one's peer has an IPv6 address
          if (!world->sessions().put(ipv6_session_of(t, n == 1, n))) std::abort();
    for (World* world : {&zeros, &ones})
      for (const TestTenant& t : kTenants)
        if (!world->sessions().put(filtered(session_of(t, 1))) ||
            !world->sessions().put(filtered(ipv6_session_of(t, false, 0))))
          std::abort();
  }
  World zeros{4};
  World ones{4};
};

Pair& worlds() {
  static Pair* const pair = [] {
    if (!start_eal(512)) std::abort();
    return new Pair;  // lives as long as the process: the EAL is not cleaned up under a fuzzer
  }();
  return *pair;
}

std::string outcome(World& world, const Received& frame, PortIndex port, bool poll, int garbage) {
  Received received = frame;
  received.garbage = garbage;
  const auto text = [](const Verdict& verdict) {
    std::string out = to_string(verdict.drops);
    for (const SentFrame& sent : verdict.sent)
      out += "|" + std::to_string(sent.port.value) + "," + std::to_string(sent.tenant.value) + "," +
             std::string(sent.frame.begin(), sent.frame.end());
    return out;
  };
  std::string result = text(world.receive(port, {received}));
  world.now_tsc += 1000;
  if (poll) result += "; later " + text(world.poll_held(world.now_tsc += 100'000'000));
  world.messages_to_agent();
  const std::string books = world.check_books();
  if (!books.empty()) std::fprintf(stderr, "%s\n", books.c_str());
  FUZZ_CHECK(books.empty());
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  if (bytes < 3) return 0;
  const uint8_t shape = data[0];
  const int tci = (shape & 4) != 0 ? data[1] << 8 | data[2] : -1;
  Received frame(ByteString(data + 3, data + bytes), {}, tci);
  if (frame.frame.size() > 1500) frame.frame.resize(1500);
  if ((shape & 2) != 0 && frame.frame.size() > 1) frame.segments = {frame.frame.size() / 2};
  const PortIndex port(shape & 1);
  Pair& pair = worlds();
  const std::string first = outcome(pair.zeros, frame, port, (shape & 8) != 0, 0x00);
  const std::string second = outcome(pair.ones, frame, port, (shape & 8) != 0, 0xff);
  FUZZ_CHECK(first == second);
  return 0;
}
