// What the daemon tells a service manager, heard on a NOTIFY_SOCKET of the test's own.
#include <time.h>

#include <chrono>

#include "integration/daemon_test.h"
#include "integration/notify_socket.h"
#include "integration/stopped_thread.h"

namespace ringcast::test {
namespace {

class ServiceNotifyTest : public DaemonTest {
 protected:
  void StartNotifying(const Arguments& arguments, std::chrono::microseconds watchdog = {}) {
    ServerOptions options;
    options.args = arguments;
    options.env = {{"NOTIFY_SOCKET", manager_.path()}};
    if (watchdog.count() > 0) {
      options.env.emplace_back("WATCHDOG_USEC", std::to_string(watchdog.count()));
    }
    Start(options);
  }
  NotifySocket& manager() { return manager_; }
  const TempDir& directory() const { return directory_; }

  std::string Next(const std::string& beginning) {
    return Must(manager_.NextThatBegins(beginning, kPatience));
  }
  bool Fed() { return manager_.NextThatBegins("WATCHDOG=1", kPatience).ok(); }

 private:
  TempDir directory_;
  NotifySocket manager_{directory_.File("notify")};
};

std::int64_t MonotonicMicros() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1'000'000} + now.tv_nsec / 1000;
}

// The number behind `key` in a message of lines KEY=VALUE.
std::int64_t NumberOf(const std::string& message, const std::string& key) {
  const std::size_t at = message.find(key + "=");
  if (at == std::string::npos) throw std::runtime_error("no " + key + " in " + message);
  return std::stoll(message.substr(at + key.size() + 1));
}

TEST_F(ServiceNotifyTest, ReadyIsTheFirstWordAndMeansThatEveryShardAccepts) {
  ProcessOptions options;
  const PortLease port;
  const PortLease admin;
  options.argv = {Server::Binary(),   "serve",
                  "--shards",         "8",
                  "--listen",         "127.0.0.1:" + std::to_string(port.port()),
                  "--admin",          "127.0.0.1:" + std::to_string(admin.port()),
                  "--publish-socket", directory().File("p.sock")};
  options.env = {{"NOTIFY_SOCKET", manager().path()}};
  const auto process = Must(Process::Start(options));
  EXPECT_EQ(Must(manager().Next(kPatience)), "READY=1");
  // Each has a listener of its own: connections fall to all of them, and none is refused.
  for (int i = 0; i < 64; ++i) {
    SseClient client = Must(SseClient::Open(port.port(), "/events/a", kPatience));
    EXPECT_EQ(client.head().status, 200);
  }
  HttpClient health = Must(HttpClient::ConnectTcp(admin.port(), kPatience));
  EXPECT_EQ(Must(health.Request("GET", "/readyz", kPatience)).status, 200);
  process->Signal(SIGTERM);
  EXPECT_EQ(Must(process->Wait(kPatience)), ExitStatus{.code = 0});
}

TEST_F(ServiceNotifyTest, StatusHoldsFigures) {
  StartNotifying({"--shards", "2"});
  std::vector<Stream> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(Follow("/events?channel=a&channel=b"));
  std::string status;
  const Deadline deadline = 60s;
  while (!status.starts_with("STATUS=3 connections, 2 channels, ") && !deadline.Passed()) {
    Publish("a", "x");
    if (auto told = manager().NextThatBegins("STATUS=", 100ms)) status = *told;
  }
  EXPECT_TRUE(status.starts_with("STATUS=3 connections, 2 channels, ")) << status;
  EXPECT_TRUE(status.ends_with(" events/s")) << status;
  EXPECT_NE(status, "STATUS=3 connections, 2 channels, 0 events/s");
}

TEST_F(ServiceNotifyTest, ReloadIsFramedAlsoWhenItIsRefused) {
  const std::string file = directory().Write("r.toml", "log-level = \"info\"\n");
  StartNotifying({"--config", file});
  EXPECT_EQ(Next("READY=1"), "READY=1");
  for (const char* text : {"log-level = \"debug\"\n", "log-level = \"loud\"\n"}) {
    directory().Write("r.toml", text);
    const std::int64_t before = MonotonicMicros();
    server().process().Signal(SIGHUP);
    const std::string reloading = Next("RELOADING=1");
    EXPECT_GE(NumberOf(reloading, "MONOTONIC_USEC"), before);
    EXPECT_LE(NumberOf(reloading, "MONOTONIC_USEC"), MonotonicMicros());
    EXPECT_EQ(Next("READY=1"), "READY=1");
  }
  Publish("a", "it goes on");
}

TEST_F(ServiceNotifyTest, StoppingAsksForTheTimeOfTheDrain) {
  StartNotifying({"--drain-timeout", "10m", "--stall-timeout", "10s"});
  std::vector<Stream> streams;
  for (int i = 0; i < 20; ++i) streams.push_back(Follow("/events/a"));
  server().process().Signal(SIGTERM);
  const std::string stopping = Next("STOPPING=1");
  EXPECT_GE(NumberOf(stopping, "EXTEND_TIMEOUT_USEC"), 600'000'000);
  EXPECT_LE(NumberOf(stopping, "EXTEND_TIMEOUT_USEC"), 660'000'000);
  EXPECT_TRUE(Next("STATUS=").starts_with("STATUS=draining, "));
  EXPECT_EQ(Must(server().process().Wait(kPatience)), ExitStatus{.code = 0});
}

TEST_F(ServiceNotifyTest, ADeadManagerIsToldOnceAndDoesNotStopIt) {
  ServerOptions options;
  options.env = {{"NOTIFY_SOCKET", directory().File("nobody")}, {"WATCHDOG_USEC", "100000"}};
  Start(options);
  const std::string told = "the service manager does not hear us";
  ASSERT_TRUE(LogSays(told));
  for (int i = 0; i < 5; ++i) server().process().Signal(SIGHUP);
  Publish("a", "x");
  EXPECT_EQ(server().Stop().value(), ExitStatus{.code = 0});
  const std::string log = server().log();
  EXPECT_EQ(log.find(told, log.find(told) + 1), std::string::npos) << log;
}

using ServiceWatchdogTest = ServiceNotifyTest;

TEST_F(ServiceWatchdogTest, IsFedWhileTheDaemonLivesAndDrains) {
  StartNotifying({"--drain-timeout", "2s"}, 400ms);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Fed()) << i;
  std::vector<Stream> streams;
  for (int i = 0; i < 300; ++i) streams.push_back(Follow("/events/a"));
  server().process().Signal(SIGTERM);
  Next("STOPPING=1");
  // Shards end one by one; nobody waits for those that have.
  EXPECT_TRUE(Fed());
  EXPECT_EQ(Must(server().process().Wait(kPatience)), ExitStatus{.code = 0});
}

TEST_F(ServiceWatchdogTest, IsNotFedUnlessWanted) {
  StartNotifying({});
  for (std::string message; !message.starts_with("STATUS=");) {
    message = Must(manager().Next(kPatience));
    EXPECT_FALSE(message.starts_with("WATCHDOG")) << message;
  }
}

// A reload waits for a thread that does not take up the new settings; the watchdog is looked after
// meanwhile, as at any time.
TEST_F(ServiceWatchdogTest, IsLookedAfterDuringAReload) {
  const std::string file = directory().Write("r.toml", "heartbeat = \"15s\"\n");
  StartNotifying({"--config", file, "--shards", "2"}, 1'000ms);
  ASSERT_TRUE(Fed());
  const StoppedThread stopped(server().process().pid(), "shard-1");
  directory().Write("r.toml", "heartbeat = \"10s\"\n");
  server().process().Signal(SIGHUP);
  Next("RELOADING=1");
  ASSERT_TRUE(LogSays("standing still threads=shard-1"));
  // The reload itself tells of the thread when it gives up, which is later.
  EXPECT_EQ(server().log().find("is not through"), std::string::npos) << server().log();
}

class ServiceWatchdogOfThreadTest : public ServiceNotifyTest,
                                    public ::testing::WithParamInterface<const char*> {};

TEST_P(ServiceWatchdogOfThreadTest, IsNotFedWhileTheThreadStandsStill) {
  constexpr auto kTimeout = 1'000ms;
  StartNotifying({"--shards", "2"}, kTimeout);
  ASSERT_TRUE(Fed());
  {
    const StoppedThread stopped(server().process().pid(), GetParam());
    // All may have gone round between the last message and the stop, so one more may come; not
    // after the log has told of this thread alone.
    const std::string told = std::string("standing still threads=") + GetParam() + " for_ms=";
    ASSERT_TRUE(LogSays(told));
    manager().Drain();
    EXPECT_FALSE(manager().NextThatBegins("WATCHDOG=1", kTimeout).ok());
  }
  EXPECT_TRUE(Fed());
  Publish("a", "it goes on");
}

INSTANTIATE_TEST_SUITE_P(Every, ServiceWatchdogOfThreadTest,
                         ::testing::Values("shard-0", "shard-1", "sequencer", "admin"),
                         [](const auto& thread) {
                           std::string name = thread.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace ringcast::test
