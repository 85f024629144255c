// A hundred reloads while thousands of subscribers are sent events: nobody is cut, nothing is lost.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "integration/raw_publisher.h"
#include "integration/reload_test.h"
#include "integration/subscriber_crowd.h"

namespace ringcast::test {
namespace {

constexpr std::size_t kSubscribers = 3000;
constexpr int kReloads = 100;
constexpr std::size_t kLines = 1500;
constexpr std::chrono::seconds kLong{300};

// Each differs from the one before in all that can change; the last is for a full server.
const std::vector<std::string>& Files() {
  static const std::vector<std::string> files = {
      "heartbeat = \"200ms\"\nretry = \"1s\"\nhistory-events = 10\nmax-lifetime = \"7d\"\n"
      "stall-timeout = \"5m\"\nmax-connections-per-ip = 1\nallow-origin = [\"*\"]\n",
      "heartbeat = \"off\"\nidle-timeout = \"off\"\nhistory-bytes = \"1KiB\"\n"
      "stall-timeout = \"10m\"\nmax-connections = 1\nmax-event-size = \"8MiB\"\n"
      "max-subscribers-per-channel = 1\n",
      "heartbeat = \"1h\"\nstall-timeout = \"4m\"\nconnection-rate-per-ip = 1\n"
      "max-publishers = 1\nhistory-memory = \"64MiB\"\nhistory-ttl = \"100ms\"\n",
      "stall-timeout = \"1h\"\nheartbeat = \"soon\"\n",  // refused
      "max-connections = 6000\nstall-timeout = \"1h\"\nlog-format = \"json\"\n"
      "history-events = \"off\"\nmax-lifetime = \"6d\"\n"};
  return files;
}

TEST_F(ReloadTest, AHundredReloadsUnderLoadCutNobodyAndLoseNothing) {
  ASSERT_TRUE(SubscriberCrowd::CanHold(kSubscribers));
  std::string text;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < kLines; ++i) {
    lines.push_back("line " + std::to_string(i) + " " + std::string(i % 200, 'x'));
    text += lines.back() + "\n";
  }
  StartWith("stall-timeout = \"5m\"\n");
  SubscriberCrowd crowd;
  for (std::size_t i = 0; i < kSubscribers; ++i) {
    const Status added = crowd.Add(server().port(), "log", text);
    ASSERT_TRUE(added) << added.error().message;
  }
  const Status connected = crowd.ReadUntilConnected(kLong);
  ASSERT_TRUE(connected) << connected.error().message;

  std::atomic<int> reloads{0};
  std::atomic<bool> published{false};
  std::thread reloader([&] {
    for (int i = 0; i < kReloads; ++i) {
      Reload(Files()[static_cast<std::size_t>(i) % Files().size()]);
      reloads.fetch_add(1);
    }
  });
  std::thread publisher([&] {
    RawPublisher binary = Must(RawPublisher::Connect(server().publish_socket()));
    for (std::size_t i = 0; i < kLines; ++i) {
      // Steadily, and the last lines only when the last reload has been.
      while (i * kReloads > static_cast<std::size_t>(reloads.load() + 1) * (kLines - 1)) {
        std::this_thread::sleep_for(1ms);
      }
      Must(binary.Send(RawPublisher::Frame(i + 1, "log", "", lines[i]), kLong));
      Must(binary.ReadIds(1, kLong));
    }
    published.store(true);
  });
  const Status complete = crowd.ReadUntilComplete(kLong);
  reloader.join();
  publisher.join();
  ASSERT_TRUE(complete) << complete.error().message;
  EXPECT_TRUE(published.load());
  EXPECT_EQ(crowd.lines(), kSubscribers * kLines);

  const Json stats = Stats();
  EXPECT_EQ(stats["connections"]["streams"].Number(), kSubscribers);
  EXPECT_EQ(stats["connections"]["accepted"].Number(), kSubscribers) << "nobody came again";
  EXPECT_EQ(stats["gaps"].Number(), 0u);
  EXPECT_EQ(Metric("ringcast_reloads_total{result=\"ok\"}"), std::to_string(kReloads * 4 / 5));
  EXPECT_EQ(Metric("ringcast_reloads_total{result=\"refused\"}"), std::to_string(kReloads / 5));
}

}  // namespace
}  // namespace ringcast::test
