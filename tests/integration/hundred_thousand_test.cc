// A hundred thousand subscribers in one server process that may hold 20,000 descriptors.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <variant>

#include "integration/daemon_test.h"
#include "load/bench_run.h"
#include "support/port_lease.h"
#include "support/sanitized.h"

namespace ringcast::test {
namespace {

constexpr std::uint64_t kSubscribers = 100'000;
constexpr std::uint64_t kDescriptors = 20'000;
constexpr std::uint64_t kEvents = 6;
constexpr double kMostUserBytes = 256;  // of memory for an idle subscriber
// What the kernel holds for both ends of the connections, with room to spare.
constexpr std::uint64_t kMemoryNeeded = std::uint64_t{3} << 30;

std::uint64_t AvailableMemory() {
  std::ifstream file("/proc/meminfo");
  std::uint64_t kilobytes = 0;
  for (std::string name; file >> name;) {
    if (name == "MemAvailable:" && file >> kilobytes) break;
  }
  return kilobytes * 1024;
}

class HundredThousandTest : public DaemonTest {};

TEST_F(HundredThousandTest, AllGetABroadcast) {
  if (AvailableMemory() < kMemoryNeeded) GTEST_SKIP() << "needs 3 GiB of memory";
  // On every address of 127.0.0.0/8: one has only some 28,000 ports for the other ends.
  const PortLease port;
  ServerOptions server_options;
  server_options.args = {"--listen", "0.0.0.0:" + std::to_string(port.port()), "--max-connections",
                         std::to_string(kSubscribers)};
  server_options.max_files = kDescriptors;
  Start(server_options);

  BenchOptions options;
  options.scenario = Scenario::kFanout;
  options.target = "http://127.0.0.1:" + std::to_string(port.port()) + "/events/all";
  options.connections = kSubscribers;
  options.publish = "unix:" + server().publish_socket();
  options.rate = 1;
  options.seconds = static_cast<double>(kEvents) / options.rate;
  options.drain_seconds = 20;
  options.server_pids = {server().process().pid()};
  const auto outcome =
      std::make_unique<std::variant<BenchReport, BenchFailure>>(RunScenario(options, nullptr));
  const auto* report = std::get_if<BenchReport>(outcome.get());
  ASSERT_TRUE(report) << std::get<BenchFailure>(*outcome).message;
  std::cout << Table(*report, false);

  EXPECT_EQ(report->connected, kSubscribers);
  EXPECT_EQ(report->published, kEvents);
  EXPECT_EQ(report->deliveries, kEvents * kSubscribers);
  EXPECT_TRUE(report->ok(false));
  ASSERT_TRUE(report->user_bytes);
  if (!kSanitized) {
    EXPECT_LE(*report->user_bytes, kMostUserBytes);
  }

  // One process, and its connections are no descriptors of it.
  const auto descriptors = std::filesystem::directory_iterator(
      "/proc/" + std::to_string(server().process().pid()) + "/fd");
  EXPECT_LT(std::distance(begin(descriptors), end(descriptors)), 1000);
  // They have all been reset by now, and the server has noticed every one.
  EXPECT_TRUE(Eventually([this] { return Connections() == 0; }, 60s)) << Connections();
}

}  // namespace
}  // namespace ringcast::test
