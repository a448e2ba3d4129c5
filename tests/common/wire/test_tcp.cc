#include <gtest/gtest.h>

#include "common/wire/tcp.h"
#include "tests/common/wire/fixture.h"

namespace demarc::wire {
namespace {

using test::ByteString;
using test::for_each_cut;
using test::hex;

// Ports 4000 to 5000, SYN, with `options` (a multiple of 4 bytes) and a right checksum, without a pseudo header.
ByteString syn(const ByteString& options, uint8_t flags = kTcpSyn) {
  ByteString out = hex("0fa0 1388 00000001 00000000 00 00 ffff 0000 0000");
  out[12] = static_cast<uint8_t>((kTcpHeaderBytes + options.size()) / 4 << 4);
  out[13] = flags;
  out.insert(out.end(), options.begin(), options.end());
  const uint16_t checksum = checksum_finish(checksum_add(0, out.data(), out.size())).raw();
  std::memcpy(out.data() + kTcpChecksumOffset, &checksum, sizeof checksum);
  return out;
}

struct Case {
  const char* description;
  ByteString input;
  size_t expect_value_at;  // 0: left as it is
};

TEST(Tcp, ClampsTheMssOfASyn) {
  const Case cases[] = {
      {"alone", syn(hex("020405b4")), 22},
      {"behind a NOP: at an odd offset", syn(hex("01020405b4010101")), 23},
      {"behind others", syn(hex("0402 080a 0000000100000000 0204 05b4")), 34},
      {"SYN and ACK", syn(hex("020405b4"), 0x12), 22},
      {"no SYN", syn(hex("020405b4"), 0x10), 0},
      {"not larger", syn(hex("020404b0")), 0},
      {"much smaller", syn(hex("02040200")), 0},
      {"no options", syn({}), 0},
      {"an option of length 0", syn(hex("0300 0000 020405b4")), 0},
      {"an option of length 1", syn(hex("0301 0000 020405b4")), 0},
      {"an option past the end", syn(hex("03ff 0000 020405b4")), 0},
      {"end of options before it", syn(hex("00000000 020405b4")), 0},
      {"MSS of length 3", syn(hex("020305b4")), 0},
      {"MSS of length 6", syn(hex("020605b4 00000000")), 0},
      {"the kind alone at the end", syn(hex("01010102")), 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    ByteString packet = c.input;
    ASSERT_TRUE(checksum_is_right(checksum_add(0, packet.data(), packet.size())));
    EXPECT_EQ(tcp_clamp_mss(packet.data(), packet.size(), 1200), c.expect_value_at != 0);
    if (c.expect_value_at == 0) {
      EXPECT_EQ(packet, c.input);
      continue;
    }
    ByteString expected = c.input;
    expected[c.expect_value_at] = 1200 >> 8;
    expected[c.expect_value_at + 1] = 1200 & 0xff;
    expected[16] = packet[16];
    expected[17] = packet[17];
    EXPECT_EQ(packet, expected);
    EXPECT_TRUE(checksum_is_right(checksum_add(0, packet.data(), packet.size())));
  }
}

TEST(Tcp, CutAtEveryByte) {
  const ByteString whole = syn(hex("0402 080a 0000000100000000 0204 05b4"));
  for_each_cut(whole, [&whole](const uint8_t* data, size_t bytes) {
    ByteString copy(data, data + bytes);
    EXPECT_EQ(tcp_clamp_mss(copy.data(), copy.size(), 1200), bytes == whole.size());
  });
}

TEST(Tcp, AHeaderLengthPastTheEndIsLeftAlone) {
  ByteString packet = syn(hex("020405b4"));
  packet[12] = 0xf0;
  EXPECT_FALSE(tcp_clamp_mss(packet.data(), packet.size(), 1200));
  packet[12] = 0x40;
  EXPECT_FALSE(tcp_clamp_mss(packet.data(), packet.size(), 1200));
}

}  // namespace
}  // namespace demarc::wire
