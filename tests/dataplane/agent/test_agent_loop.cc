// The Agent as launch makes it, with nobody at the other end of the channel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "dataplane/agent/agent.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

class AgentLoop : public ::testing::Test {
 protected:
  AgentLoop() {
    std::string pattern = (std::filesystem::temp_directory_path() / "demarc-agent-XXXXXX").string();
    directory = mkdtemp(pattern.data());
    world.applier.reset();  // the agent has its own
    config.channel_endpoint = "ipc://" + directory + "/channel";
    config.capacities = world.capacities;
    config.ports = world.ports;
    config.clock = &clock;
  }
  ~AgentLoop() override { std::filesystem::remove_all(directory); }

  World world;
  std::string directory;
  AgentConfig config;
  SystemClock clock;
};

TEST_F(AgentLoop, RefusesABadEndpoint) {
  config.channel_endpoint = "carrier-pigeon://loft";
  const auto agent = Agent::create(config, world.tables, world.reclaimer, world.workers);
  ASSERT_FALSE(agent);
  EXPECT_THAT(agent.error().message, ::testing::HasSubstr("carrier-pigeon"));
}

TEST_F(AgentLoop, RefusesMoreTenantsThanWorkersCount) {
  config.capacities.tenants = world.workers[0].tenant_slots;
  const auto agent = Agent::create(config, world.tables, world.reclaimer, world.workers);
  ASSERT_FALSE(agent);
  EXPECT_THAT(agent.error().message, ::testing::HasSubstr("tenants"));
}

TEST_F(AgentLoop, RunsAndStopsWithoutAPeer) {
  auto agent = Agent::create(config, world.tables, world.reclaimer, world.workers);
  ASSERT_TRUE(agent) << agent.error().message;
  ASSERT_NE(world.tables.topology.load(), nullptr);
  // What a worker says about a row that is not there is read and does no harm.
  ToAgent message{
      ToAgent::Kind::neighbor_wanted, AttachmentSlot(5), Be32::from_host(ip(10, 1, 0, 2)), {}, TenantSlot(1)};
  ASSERT_EQ(rte_ring_sp_enqueue_elem(world.workers[1].to_agent, &message, sizeof message), 0);
  std::atomic<bool> stop{false};
  std::thread loop([&] { (*agent)->run(stop); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto start = std::chrono::steady_clock::now();
  stop = true;
  loop.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500));
  EXPECT_EQ(rte_ring_count(world.workers[1].to_agent), 0u);
  EXPECT_EQ(world.workers[1].to_agent_taken[1].read(), 1u);
  agent->reset();
  EXPECT_EQ(world.tables.topology.load(), nullptr);
}

}  // namespace
}  // namespace demarc::dp::test
