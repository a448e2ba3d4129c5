#include "dataplane/stages/gtpu_signalling.h"

#include "common/wire/gtpu_messages.h"
#include "dataplane/stages/consume.h"
#include "dataplane/stages/gtpu_datagram.h"

namespace demarc::dp {
namespace {

void consume_as(StageContext& context, Burst& burst, uint8_t i, Counter counter) {
  context.counters(burst.meta[i].tenant).add(counter, 1);
  consume(context, burst, i);
}

}  // namespace

bool ends_here(uint8_t message_type) {
  return message_type == wire::kGtpuEchoResponse || message_type == wire::kGtpuErrorIndication ||
         message_type == wire::kGtpuSupportedExtensionHeaders;
}

void take_signalling(StageContext& context, Burst& burst, uint8_t i, const wire::GtpuParse& gtpu) {
  const PacketMeta& meta = burst.meta[i];
  rte_mbuf* const mbuf = burst.mbuf[i];
  // Clause 5.1: their TEID is 0. Those that anybody sends fit one buffer by far.
  const size_t offset = size_t{meta.payload_offset} + gtpu.header_bytes;
  const size_t bytes = gtpu.message_bytes - gtpu.header_bytes;
  if (gtpu.teid.value != 0 || bytes > readable_bytes(mbuf, offset))
    return drop(burst, i, DropReason::gtpu_control_malformed);
  const wire::GtpuElements elements = wire::parse_gtpu_elements(bytes_at(mbuf, offset), bytes);
  if (!elements.well_formed) return drop(burst, i, DropReason::gtpu_control_malformed);

  ToAgent message{};
  message.attachment = meta.attachment;
  message.address = outer_addresses(mbuf, meta).source;
  message.tenant = meta.tenant;
  message.endpoint = meta.endpoint;
  message.tsc = burst.now_tsc;
  if (gtpu.message_type == wire::kGtpuSupportedExtensionHeaders) {
    if (!elements.has_extension_list) return drop(burst, i, DropReason::gtpu_control_malformed);
    return consume_as(context, burst, i, Counter::gtpu_extension_notifications_received);
  }
  const bool echo = gtpu.message_type == wire::kGtpuEchoResponse;
  if (echo) {
    if (!elements.has_recovery || !gtpu.has_sequence) return drop(burst, i, DropReason::gtpu_control_malformed);
    message.kind = ToAgent::Kind::gtpu_echo_response;
    message.sequence = gtpu.sequence;
  } else {
    if (!elements.has_teid || !elements.has_peer || elements.teid.value == 0)
      return drop(burst, i, DropReason::gtpu_control_malformed);
    message.kind = ToAgent::Kind::gtpu_error_indication;
    message.teid = elements.teid;
    message.peer = elements.peer;
  }
  if (!context.agent->send(message)) return drop(burst, i, DropReason::agent_queue_full);
  consume_as(context, burst, i,
             echo ? Counter::gtpu_echo_responses_received : Counter::gtpu_error_indications_received);
}

}  // namespace demarc::dp
