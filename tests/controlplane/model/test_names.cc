#include <gtest/gtest.h>

#include "controlplane/model/validate_name.h"

namespace demarc::cp {
namespace {

struct NameCase {
  std::string name;
  bool good;
  std::string word;
};

TEST(ValidateName, TakesTheOneFormAndSaysWhatIsWrong) {
  const NameCase cases[] = {
      {"a", true, ""},
      {"acme-2_x", true, ""},
      {std::string(32, 'a'), true, ""},
      {"", false, "1 to 32"},
      {std::string(33, 'a'), false, "33 characters"},
      {"1acme", false, "first character must be a letter"},
      {"-acme", false, "first character must be a letter"},
      {"Acme", false, "first character must be a letter"},
      {"acMe", false, "\"M\""},
      {"ac me", false, "\" \""},
      {"ac\nme", false, "\"ac?me\""},
      {"ac/me", false, "\"/\""},
      {std::string("ac\0me", 5), false, "\"ac?me\""},
      {"caf\xc3\xa9", false, "caf"},
  };
  for (const NameCase& c : cases) {
    SCOPED_TRACE(c.name);
    const Status s = validate_name("tenant", c.name);
    EXPECT_EQ(s.has_value(), c.good);
    if (!s) {
      EXPECT_EQ(s.error().code, ErrorCode::invalid);
      EXPECT_NE(s.error().message.find(c.word), std::string::npos) << s.error().message;
      EXPECT_EQ(s.error().message.rfind("tenant name \"", 0), 0u) << s.error().message;
    }
  }
}

TEST(QuotedText, CutsLongText) { EXPECT_EQ(quoted_text(std::string(100, 'x')), "\"" + std::string(64, 'x') + "…\""); }

}  // namespace
}  // namespace demarc::cp
