// HOSTILE list: the GTP-U header, its extension headers, and its messages.
#include "tests/dataplane/stages/hostile.h"

namespace demarc::dp::test {
namespace {

using D = DropReason;

ByteString filled(std::string_view head, size_t bytes) {
  ByteString out = hex(head);
  out.resize(bytes);
  return out;
}

// The message with its length field right.
ByteString sized(ByteString message) {
  return with_word(std::move(message), 2, static_cast<uint16_t>(message.size() - 8));
}

// A G-PDU whose extension headers begin with type `first` and are `link` again and again, and never end.
ByteString endless(const char* first, const char* link) {
  ByteString out = hex(std::string("34 ff 0000 00000064 0000 00 ") + first);
  while (out.size() + 4 < 1400) out = out + hex(link);
  return sized(out);
}

// A G-PDU of the IPv4 session with these extension headers, whose first is of type `first`.
ByteString extended(const char* first, const char* headers) {
  return sized(hex(std::string("34 ff 0000 00000064 0000 00 ") + first + headers) + ue_packet());
}

void add_header(std::vector<HostileRow>& rows) {
  const ByteString whole = gpdu(kUplinkTeid, ue_packet());
  const auto bytes = static_cast<uint16_t>(whole.size() - 8);
  const std::vector<HostileRow> more = {
      {"a datagram with nothing in it", ByteString{}, D::gtpu_truncated},
      {"seven bytes", hex("30 ff 0000 000000"), D::gtpu_truncated},
      {"version 0", with_byte(whole, 0, 0x10), D::gtpu_bad_version},
      {"version 2", with_byte(whole, 0, 0x50), D::gtpu_bad_version},
      {"GTP'", with_byte(whole, 0, 0x20), D::gtpu_bad_version},
      {"24 00 00 00 …", filled("24000000", 1400), D::gtpu_bad_version},
      {"34 00 00 00 …", filled("34000000", 1400), D::gtpu_truncated},
      {"length far beyond the datagram", with_word(whole, 2, 0xffff), D::gtpu_bad_length},
      {"length one beyond the datagram", with_word(whole, 2, bytes + 1), D::gtpu_bad_length},
      {"length one below the inner packet", with_word(whole, 2, bytes - 1), D::inner_malformed},
      {"length in the inner IP header", with_word(whole, 2, 19), D::inner_malformed},
      {"length 0 before an inner packet", with_word(whole, 2, 0), D::inner_malformed},
      {"S flag and length 0", hex("32 ff 0000 00000064 0000 00 00"), D::gtpu_truncated},
      {"S flag and length 3", hex("32 ff 0003 00000064 0000 00 00"), D::gtpu_truncated},
      {"N-PDU flag and nothing behind", hex("31 ff 0000 00000064"), D::gtpu_truncated},
      {"all flags, nothing behind", hex("37 ff 0000 00000064"), D::gtpu_truncated},
      {"G-PDU with nothing in it", hex("30 ff 0000 00000064"), D::inner_malformed},
  };
  rows.insert(rows.end(), more.begin(), more.end());
}

void add_extensions(std::vector<HostileRow>& rows) {
  constexpr Answer kNotified = Answer::extension_headers;
  const std::vector<HostileRow> more = {
      {"36ff0034… as reported", hex("36ff003400000001000000ff00"), D::gtpu_bad_length},
      {"36ff0034… with all its bytes", filled("36ff003400000001000000ff00", 60), D::gtpu_ext_len_zero},
      {"extension header of length 0", extended("85", "00 10 09 00"), D::gtpu_ext_len_zero},
      {"second extension header of length 0", extended("20", "01 0000 20 00 0000 00"), D::gtpu_ext_len_zero},
      {"E flag, a type, and no header", hex("34 ff 0004 00000064 0000 00 85"), D::gtpu_ext_truncated},
      {"extension header past the message", hex("34 ff 0008 00000064 0000 00 85 02 10 09 00"), D::gtpu_ext_truncated},
      {"extension header of 1,020 bytes", extended("20", "ff 0000 00"), D::gtpu_ext_truncated},
      {"a next type behind the last header", hex("34 ff 0008 00000064 0000 00 20 01 0000 20"), D::gtpu_ext_truncated},
      {"chain without end", endless("20", "01 0000 20"), D::gtpu_ext_too_many},
      {"chain without end, of the UDP Port", endless("40", "01 0868 40"), D::gtpu_ext_too_many},
      {"chain without end, of PDU Session Containers", endless("85", "01 1009 85"), D::gtpu_psc_malformed},
      {"two PDU Session Containers", extended("85", "01 1009 85 01 1005 00"), D::gtpu_psc_malformed},
      {"PDU Session Container without its time stamps", extended("85", "01 1809 00"), D::gtpu_psc_malformed},
      {"PDU Session Container with half of them", extended("85", "05 1809 000000000000000000000000000000 00 00"),
       D::gtpu_psc_malformed},
      {"PDU Session Container of type 2", extended("85", "01 2009 00"), D::gtpu_psc_malformed},
      {"PDU Session Container of the downlink", gpdu(kUplinkTeid, ue_packet(), 9, wire::PscPduType::downlink),
       D::gtpu_psc_malformed},
      {"unknown type, of the endpoint", extended("81", "01 0000 00"), D::gtpu_ext_unknown, kNotified},
      {"unknown type, of everybody", extended("ff", "01 0000 00"), D::gtpu_ext_unknown, kNotified},
      {"unknown type behind a known one", extended("85", "01 1009 c1 01 0000 00"), D::gtpu_ext_unknown, kNotified},
      {"unknown type in an End Marker", hex("34 fe 0008 00000064 0000 00 c1 01 0000 00"), D::gtpu_ext_unknown,
       kNotified},
      {"unknown type in an Echo Response", hex("36 02 000a 00000000 0007 00 c1 01 0000 00 0e 00"), D::gtpu_ext_unknown},
      {"unknown type in an Error Indication",
       hex("36 1a 0014 00000000 0000 00 c1 01 0868 00 10 000000a0 85 0004 0a010002"), D::gtpu_ext_unknown},
      {"unknown type in a Notification", hex("36 1f 000c 00000000 0000 00 c1 01 0000 00 8d 02 40 85"),
       D::gtpu_ext_unknown},
  };
  rows.insert(rows.end(), more.begin(), more.end());
}

void add_tunnels(std::vector<HostileRow>& rows) {
  const ByteString known = gpdu(kUplinkTeid, ue_packet(), 9);
  const std::vector<HostileRow> more = {
      {"unknown TEID", gpdu(0xdeadbeef, ue_packet()), D::gtpu_teid_unknown, Answer::error_indication},
      {"unknown TEID, and no packet in it", hex("30 ff 0000 deadbeef"), D::gtpu_teid_unknown, Answer::error_indication},
      {"TEID of the next in the table", gpdu(kUplinkTeid + 3, ue_packet()), D::gtpu_teid_unknown,
       Answer::error_indication},
      {"our own downlink TEID", gpdu(kGnbTeid, ue_packet()), D::gtpu_teid_unknown, Answer::error_indication},
      {"TEID of another of our endpoints",
       [](const Way& w) {
         const ByteString message = gpdu(kUplinkTeid, ue_packet());
         if (w.outer_ipv6) {
           const Ipv6Address from = address6("2001:db8:1::2"), to = address6("2001:db8:1::5");
           return w.frame(ipv6(from, to, 17, udp6(from, to, 2152, 2152, message)));
         }
         const Be32 from = address("10.1.0.2"), to = address("10.1.0.5");
         return w.frame(ipv4(from, to, 17, udp(from, to, 2152, 2152, message)));
       },
       D::gtpu_teid_unknown, Answer::error_indication},
      {"TEID 0 in a G-PDU", gpdu(0, ue_packet()), D::gtpu_teid_zero},
      {"TEID 0 in an End Marker", hex("30 fe 0000 00000000"), D::gtpu_teid_zero},
      {"End Marker of an unknown TEID", hex("30 fe 0000 deadbeef"), D::gtpu_teid_unknown},
      {"known TEID, wrong QFI", gpdu(kQfiTeid, ue_packet(1), 5), D::pdr_no_match},
      {"known TEID, no QFI", gpdu(kQfiTeid, ue_packet(1)), D::pdr_no_match},
      {"known TEID, wrong filter", gpdu(kFilterTeid, ue_packet(2), 9), D::pdr_no_match},
      {"known TEID, nothing that a filter could read", hex("30 ff 0000 00000066"), D::inner_malformed},
      {"another node's packet", [=](const Way& w) { return w.carry_from(3, known); }, D::gtpu_peer_unexpected},
      {"another node's End Marker", [](const Way& w) { return w.carry_from(3, hex("30 fe 0000 00000064")); },
       D::gtpu_peer_unexpected},
      {"the peer by its other family",
       [=](const Way& w) {
         return Way{w.tenant, !w.outer_ipv6}.carry(known);
       },
       D::gtpu_peer_unexpected},
  };
  rows.insert(rows.end(), more.begin(), more.end());
}

void add_signalling(std::vector<HostileRow>& rows) {
  const std::vector<HostileRow> more = {
      {"TEID in an Echo Request", hex("32 01 0004 00000064 0001 00 00"), D::gtpu_echo_teid_not_zero},
      {"TEID in an Echo Response", hex("32 02 0006 00000064 0007 00 00 0e 00"), D::gtpu_control_malformed},
      {"Echo Request cut in its sequence number", hex("32 01 0002 00000000 0001"), D::gtpu_truncated},
      {"Echo Response without Recovery", hex("32 02 0004 00000000 0007 00 00"), D::gtpu_control_malformed},
      {"Echo Response without a sequence number", hex("30 02 0002 00000000 0e 00"), D::gtpu_control_malformed},
      {"TEID in an Error Indication", hex("32 1a 0010 00000064 0000 00 00 10 00000064 85 0004 0a010002"),
       D::gtpu_control_malformed},
      {"Error Indication of TEID 0", hex("32 1a 0010 00000000 0000 00 00 10 00000000 85 0004 0a010002"),
       D::gtpu_control_malformed},
      {"Error Indication of nothing", hex("32 1a 0004 00000000 0000 00 00"), D::gtpu_control_malformed},
      {"Error Indication without a peer", hex("32 1a 0009 00000000 0000 00 00 10 000000a0"), D::gtpu_control_malformed},
      {"Error Indication, element past the end", hex("32 1a 0010 00000000 0000 00 00 10 000000a0 85 ffff 0a010002"),
       D::gtpu_control_malformed},
      {"Error Indication, peer of five bytes", hex("32 1a 0011 00000000 0000 00 00 10 000000a0 85 0005 0a01000200"),
       D::gtpu_control_malformed},
      {"Error Indication, peer of length 0", hex("32 1a 000c 00000000 0000 00 00 10 000000a0 85 0000"),
       D::gtpu_control_malformed},
      {"Notification without a list", hex("32 1f 0004 00000000 0000 00 00"), D::gtpu_control_malformed},
      {"Notification, list past the end", hex("32 1f 0006 00000000 0000 00 00 8d ff"), D::gtpu_control_malformed},
      {"message type 0", hex("30 00 0000 00000000"), D::gtpu_message_unsupported},
      {"message type 3", hex("30 03 0000 00000000"), D::gtpu_message_unsupported},
      {"message type 253", hex("30 fd 0000 00000000"), D::gtpu_message_unsupported},
      {"a type of GTP-C", hex("32 10 0004 00000000 0001 00 00"), D::gtpu_message_unsupported},
  };
  rows.insert(rows.end(), more.begin(), more.end());
}

}  // namespace

std::vector<HostileRow> hostile_gtpu_rows() {
  std::vector<HostileRow> rows;
  add_header(rows);
  add_extensions(rows);
  add_tunnels(rows);
  add_signalling(rows);
  return rows;
}

}  // namespace demarc::dp::test
