// Rows 63 to 65 with a program of others: slowhttptest keeps as many slow requests, slow bodies and
// slow readers open as it can, and meanwhile everybody else is served as ever.
#include <filesystem>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

constexpr const char* kAttacker = "/usr/bin/slowhttptest";
constexpr const char* kSeconds = "20";
constexpr const char* kConnections = "2000";  // of each kind, opened over the whole time
constexpr const char* kPerSecond = "100";

using SlowAttackTest = DaemonTest;

TEST_F(SlowAttackTest, Row063To065_OthersAreServedAllTheTime) {
  if (!std::filesystem::exists(kAttacker)) {
    GTEST_SKIP() << kAttacker << " is not here; tools/setup --test installs it";
  }
  Start({"--header-timeout", "5s", "--stall-timeout", "5s", "--shards", "2"});
  const std::string url = "http://127.0.0.1:" + std::to_string(server().port()) + "/events/a";
  Stream witness = Follow("/events/a");
  std::vector<std::unique_ptr<Process>> attackers;
  for (const std::vector<std::string>& kind :
       {std::vector<std::string>{"-H", "-i", "1", "-x", "24"},
        std::vector<std::string>{"-B", "-i", "1", "-s", "8192", "-x", "10"},
        std::vector<std::string>{"-X", "-w", "256", "-y", "512", "-n", "1", "-z", "16"}}) {
    ProcessOptions options;
    options.argv = {kAttacker,  "-u", url,      "-c", kConnections, "-r",
                    kPerSecond, "-l", kSeconds, "-p", "3"};
    options.argv.insert(options.argv.end(), kind.begin(), kind.end());
    attackers.push_back(Must(Process::Start(options)));
  }
  const auto attacked = [&] {
    bool running = false;
    for (const auto& attacker : attackers) running = attacker->Running() || running;
    return running;
  };
  std::size_t served = 0;
  std::uint64_t most = 0;
  for (const Deadline deadline = 120s; attacked() && !deadline.Passed(); ++served) {
    Stream newcomer = Follow("/events/a");
    const std::string id = Publish("a", std::string(1000, 'x'));
    ASSERT_EQ(newcomer.Next().id, id);
    ASSERT_EQ(witness.Next().id, id);
    ASSERT_EQ(Get("/health").status, 200);
    most = std::max(most, Connections());
    std::this_thread::sleep_for(20ms);
  }
  for (const auto& attacker : attackers) {
    EXPECT_TRUE(attacker->Wait(kPatience).ok()) << attacker->stdout_text();
  }
  EXPECT_GE(most, 200u) << "that was no attack";
  EXPECT_GE(served, 20u);
  EXPECT_TRUE(Eventually([&] { return Connections() == 1; }, 30s)) << Connections();
  RecordProperty("served", static_cast<int>(served));
  RecordProperty("most_connections", static_cast<int>(most));
}

}  // namespace
}  // namespace ringcast::test
