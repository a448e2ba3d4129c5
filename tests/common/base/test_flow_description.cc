#include "common/base/flow_description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace demarc {
namespace {

using ::testing::HasSubstr;

TEST(FlowDescription, ReadAndWrittenBack) {
  struct Case {
    const char* text;
    const char* written;  // null: the same
  };
  const Case cases[] = {
      {"permit out ip from any to assigned", nullptr},
      {"permit out ip from any to any", "permit out ip from any to assigned"},
      {"permit out 17 from 10.0.0.0/8 53 to assigned", nullptr},
      {"permit out udp from 10.0.0.0/8 53 to assigned", "permit out 17 from 10.0.0.0/8 53 to assigned"},
      {"permit out 6 from 198.51.100.1 80,443,8000-8999 to 10.45.0.2 1024-65535", nullptr},
      {"permit out 6 from 198.51.100.1/32 to assigned", "permit out 6 from 198.51.100.1 to assigned"},
      {"permit out ip from !10.0.0.0/8 to assigned", nullptr},
      {"permit out 0 from 0.0.0.0/0 to assigned", nullptr},
      {"permit out 58 from 2001:db8::/32 to 2001:db8:45::/64", nullptr},
      {"permit out 6 from !2001:db8::1 443 to assigned 0-65535", nullptr},
      {"  permit\tout  ip from any  to assigned ", "permit out ip from any to assigned"},
      {"permit out 255 from any to assigned", nullptr},
      {"permit out sctp from any 1-1 to assigned", "permit out 132 from any 1 to assigned"},
  };
  for (const Case& c : cases) {
    const auto filter = parse_flow_description(c.text);
    ASSERT_TRUE(filter) << c.text << ": " << filter.error().message;
    const std::string written = c.written == nullptr ? c.text : c.written;
    EXPECT_EQ(flow_description(*filter), written);
    EXPECT_EQ(parse_flow_description(written), *filter) << written;
  }
}

TEST(FlowDescription, Fields) {
  const auto f = parse_flow_description("permit out 6 from !10.0.0.0/8 80,443-444 to 10.45.0.2 5000").value();
  EXPECT_EQ(f.protocol, 6);
  EXPECT_EQ(std::get<Ipv4Prefix>(f.remote->prefix), (Ipv4Prefix{0x0a000000, 8}));
  EXPECT_TRUE(f.remote->negated);
  EXPECT_EQ(f.remote_ports, (std::vector<FlowPorts>{{80, 80}, {443, 444}}));
  EXPECT_EQ(std::get<Ipv4Prefix>(f.local->prefix), (Ipv4Prefix{0x0a2d0002, 32}));
  EXPECT_EQ(f.local_ports, (std::vector<FlowPorts>{{5000, 5000}}));
  EXPECT_TRUE(f.has_flow());
  EXPECT_FALSE(parse_flow_description("permit out ip from any to assigned")->has_flow());
}

TEST(FlowDescription, RefusalsNameTheWord) {
  struct Case {
    const char* text;
    const char* named;
  };
  const Case cases[] = {
      {"", "the end where \"permit\""},
      {"deny out ip from any to assigned", "\"deny\" where \"permit\""},
      {"permit in ip from any to assigned", "\"in\" where \"out\""},
      {"permit out", "protocol the end"},
      {"permit out 256 from any to assigned", "protocol \"256\""},
      {"permit out -1 from any to assigned", "protocol \"-1\""},
      {"permit out quic from any to assigned", "protocol \"quic\""},
      {"permit out ip to assigned", "\"to\" where \"from\""},
      {"permit out ip from assigned to any", "\"assigned\" behind \"from\""},
      {"permit out ip from any assigned", "\"assigned\" where \"to\""},
      {"permit out ip from to assigned", "\"to\" is no address"},
      {"permit out ip from 10.0.0.1/8 to assigned", "it would be 10.0.0.0/8"},
      {"permit out ip from 10.0.0/8 to assigned", "\"10.0.0/8\" is no address"},
      {"permit out ip from !any to assigned", "\"!any\" is no address"},
      {"permit out ip from !0.0.0.0/0 to assigned", "\"!0.0.0.0/0\" leaves no address"},
      {"permit out ip from 2001:db8::1/32 to assigned", "2001:db8::/32"},
      {"permit out 6 from any 80- to assigned", "\"80-\""},
      {"permit out 6 from any 80,,81 to assigned", "in \"80,,81\""},
      {"permit out 6 from any 65536 to assigned", "\"65536\""},
      {"permit out 6 from any 9-8 to assigned", "\"9-8\""},
      {"permit out 6 from any 1,2,3,4,5,6,7,8,9 to assigned", "9 port ranges"},
      {"permit out 1 from any 80 to assigned", "ports with protocol 1"},
      {"permit out ip from 10.0.0.0/8 to 2001:db8::/32", "different families"},
      {"permit out 6 from any to assigned established", "\"established\" behind its end"},
      {"permit out 6 from any to assigned 80 90", "\"90\" behind its end"},
  };
  for (const Case& c : cases) {
    const auto filter = parse_flow_description(c.text);
    ASSERT_FALSE(filter) << c.text;
    EXPECT_EQ(filter.error().code, ErrorCode::invalid);
    EXPECT_THAT(filter.error().message, HasSubstr(c.named)) << c.text;
  }
}

TEST(FlowDescription, CutAtEveryByte) {
  const std::string whole = "permit out 6 from !2001:db8::/32 80,443-444 to 2001:db8:45::/64 5000-6000";
  for (size_t size = 0; size < whole.size(); ++size) (void)parse_flow_description(whole.substr(0, size));
  EXPECT_TRUE(parse_flow_description(whole));
}

TEST(SdfFilter, FieldsThatExcludeEachOther) {
  const auto refused = [](const char* named, SdfFilter f) {
    const Status s = check_sdf_filter(f);
    ASSERT_FALSE(s) << named;
    EXPECT_THAT(s.error().message, HasSubstr(named));
  };
  SdfFilter f;
  f.tos = 0xff;
  f.tos_mask = 0xfc;
  refused("ToS 255", f);
  f = {};
  f.spi = 1;
  f.protocol = 17;
  refused("security parameter index with protocol 17", f);
  f = {};
  f.flow_label = 1 << 20;
  refused("flow label 1048576", f);
  f.flow_label = 1;
  f.local = FlowAddress{Ipv4Prefix{0, 0}, false};
  refused("flow label and an IPv4", f);
  f.local.reset();
  EXPECT_TRUE(check_sdf_filter(f));
}

}  // namespace
}  // namespace demarc
