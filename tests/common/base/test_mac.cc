#include <gtest/gtest.h>

#include "common/base/mac.h"

namespace demarc {
namespace {

TEST(MacText, GoesBothWays) {
  EXPECT_EQ(parse_mac("02:00:5e:00:53:0f")->value, 0x02005e00530fu);
  EXPECT_EQ(parse_mac("FF:ff:Ff:fF:ff:ff")->value, 0xffff'ffff'ffffu);
  EXPECT_EQ(to_string(Mac{0x02005e00530f}), "02:00:5e:00:53:0f");
  EXPECT_EQ(to_string(Mac{}), "00:00:00:00:00:00");
}

TEST(MacText, IsStrict) {
  for (const char* wrong :
       {"", "02", "02:00:5e:00:53:0", "02:00:5e:00:53:0f:", "02-00-5e-00-53-0f", "02:00:5e:00:53:0g", "0200.5e00.530f",
        "2:0:5e:0:53:f:0:0:", " 2:00:5e:00:53:0f", "02:00:5e:00:530:f"})
    EXPECT_FALSE(parse_mac(wrong)) << wrong;
  EXPECT_NE(parse_mac("x").error().message.find("02:00:5e:00:53:01"), std::string::npos);
}

}  // namespace
}  // namespace demarc
