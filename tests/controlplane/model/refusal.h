// Table of refused edits: what is tried, the code and words of the refusal. Each leaves the model exactly as it was.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/controlplane/model/world.h"

namespace demarc::cp::test {

struct Refusal {
  const char* description;
  std::function<Status(Edit&, World&)> attempt;
  ErrorCode code;
  std::vector<std::string> words;           // all are in the sentence
  std::vector<std::string> words_not = {};  // none is
};

// The Status of any Result.
template <class T>
Status status_of(Result<T> result) {
  if (result) return {};
  return tl::unexpected(result.error());
}
inline Status status_of(Status status) { return status; }

inline void expect_refused(const Refusal& c) {
  SCOPED_TRACE(c.description);
  World world;
  world.limits = DataPlaneLimits{100, 100, 100, 100, 100, 100, {"p0", "p1"}};
  const Model before = world.model;
  Edit edit = world.begin();
  const Status status = c.attempt(edit, world);
  ASSERT_FALSE(status.has_value()) << "was accepted";
  EXPECT_EQ(status.error().code, c.code) << error_code_name(status.error().code) << ": " << status.error().message;
  for (const std::string& w : c.words)
    EXPECT_NE(status.error().message.find(w), std::string::npos) << "no \"" << w << "\" in: " << status.error().message;
  for (const std::string& w : c.words_not)
    EXPECT_EQ(status.error().message.find(w), std::string::npos) << "\"" << w << "\" in: " << status.error().message;
  EXPECT_TRUE(edit.changes().empty());
  EXPECT_TRUE(world.model == before) << "the refusal changed the model";
}

}  // namespace demarc::cp::test
