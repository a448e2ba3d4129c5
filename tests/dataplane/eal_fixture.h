// Include it in a test program that needs the EAL: it is started once before the first test and cleaned up after the
// last. Nothing else is to be done; gtest_main may be the main.
#pragma once

#include <gtest/gtest.h>

#include "tests/dataplane/eal.h"

namespace demarc::dp::test {

class EalEnvironment final : public ::testing::Environment {
 public:
  void SetUp() override {
    started_ = start_eal(256);
    ASSERT_TRUE(started_) << "the EAL did not start; its reason is on stderr";
  }
  void TearDown() override {
    if (started_) rte_eal_cleanup();
  }

 private:
  bool started_ = false;
};

// GoogleTest owns it. An inline variable: one environment however many files include this.
inline ::testing::Environment* const eal_environment = ::testing::AddGlobalTestEnvironment(new EalEnvironment);

}  // namespace demarc::dp::test
