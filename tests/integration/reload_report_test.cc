// What a reload says: what has changed, what needs a restart, what is wrong; and that nothing
// changes when something is.
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "integration/reload_test.h"

namespace ringcast::test {
namespace {

class ReloadReportTest : public ReloadTest {
 protected:
  static bool Has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(ReloadReportTest, NamesWhatHasChangedAndWhatNeedsARestart) {
  StartWith("heartbeat = \"15s\"\n", {"--shards", "2"});
  EXPECT_EQ(Metric("ringcast_reloads_total{result=\"ok\"}"), "0");
  EXPECT_EQ(Metric("ringcast_config_last_reload_successful"), "1");
  const std::string started = Metric("ringcast_config_last_reload_success_timestamp_seconds");
  EXPECT_TRUE(Has(Reload(), "reloaded: no change"));
  const std::string outcome = Reload(
      "heartbeat = \"20s\"\npin-shards = true\nallow-origin = [\"https://a.example\"]\n"
      "connection-burst-per-ip = 5\n");
  EXPECT_TRUE(Has(outcome,
                  "reloaded: allow-origin none -> https://a.example, connection-burst-per-ip auto "
                  "-> 5, heartbeat 15s -> 20s; needs a restart: pin-shards"))
      << outcome;
  EXPECT_EQ(OptionInForce("heartbeat"), "20s");
  EXPECT_EQ(OptionInForce("pin-shards"), "false") << "it is not in force";
  EXPECT_EQ(OptionInForce("shards"), "2");
  EXPECT_EQ(Metric("ringcast_reloads_total{result=\"ok\"}"), "2");
  EXPECT_EQ(Metric("ringcast_config_last_reload_successful"), "1");
  EXPECT_GE(std::stoull(Metric("ringcast_config_last_reload_success_timestamp_seconds")),
            std::stoull(started));
  EXPECT_TRUE(Has(Reload(), "reloaded: no change; needs a restart: pin-shards"))
      << "said as long as it is so";
}

TEST_F(ReloadReportTest, WhatAFlagSaysAFileDoesNotChange) {
  StartWith("", {"--heartbeat", "200ms"});
  EXPECT_TRUE(Has(Reload("heartbeat = \"1h\"\nlisten = \"127.0.0.1:1\"\n"), "no change"));
  Stream stream = Follow("/events/a");
  Must(stream.client.WaitForComments(2, kPatience));
}

TEST_F(ReloadReportTest, EveryMistakeIsToldAndNothingChanges) {
  StartWith("retry = \"3s\"\nlog-level = \"info\"\n");
  const std::string outcome = Reload(
      "retry = \"7s\"\nheartbeat = \"soon\"\n  no-such-option = 1\nlog-level = \"error\"\n"
      "max-publishers = 0\n");
  EXPECT_TRUE(Has(outcome, "reload refused, nothing has changed mistakes=3")) << outcome;
  EXPECT_TRUE(LogSays(file() + ":2:13: heartbeat: \"soon\""));
  EXPECT_TRUE(LogSays(file() + ":3:3: unknown key"));
  EXPECT_TRUE(LogSays(file() + ":5:18: max-publishers: \"0\" is out of range"));
  EXPECT_EQ(OptionInForce("retry"), "3s");
  EXPECT_EQ(Follow("/events/a").connected.retry, 3000u);
  EXPECT_EQ(Metric("ringcast_reloads_total{result=\"refused\"}"), "1");
  EXPECT_EQ(Metric("ringcast_reloads_total{result=\"ok\"}"), "0");
  EXPECT_EQ(Metric("ringcast_config_last_reload_successful"), "0");

  EXPECT_TRUE(Has(Reload("retry = \"7s\"\n"), "reloaded: retry 3s -> 7s"));
  EXPECT_EQ(Metric("ringcast_config_last_reload_successful"), "1");
}

TEST_F(ReloadReportTest, NamesThatThisMachineDoesNotKnowAreRefused) {
  StartWith("retry = \"3s\"\n");
  const std::string outcome = Reload(
      "retry = \"7s\"\npublish-users = [\"no-such-user\", \"root\"]\n"
      "publish-groups = [\"no-such-group\"]\npublish-mode = \"0600\"\n");
  EXPECT_TRUE(Has(outcome, "reload refused, nothing has changed mistakes=2")) << outcome;
  EXPECT_TRUE(LogSays("publish-users: this machine has no no-such-user"));
  EXPECT_TRUE(LogSays("publish-groups: this machine has no no-such-group"));
  EXPECT_EQ(OptionInForce("retry"), "3s");
  EXPECT_EQ(OptionInForce("publish-mode"), "0660");
}

TEST_F(ReloadReportTest, AFileThatHasGoneIsRefused) {
  StartWith("retry = \"3s\"\n");
  std::filesystem::remove(file());
  EXPECT_TRUE(Has(Reload(), "reload refused"));
  EXPECT_TRUE(LogSays(file() + ": cannot read the configuration file"));
  EXPECT_EQ(OptionInForce("retry"), "3s");
}

TEST_F(ReloadReportTest, TheLogChangesItsLevelAndForm) {
  StartWith("log-level = \"info\"\nlog-format = \"text\"\n");
  EXPECT_TRUE(Has(Reload("log-level = \"debug\"\nlog-format = \"json\"\n"), "{\"")) << "JSON";
  Publish("a", "x");
  EXPECT_TRUE(LogSays("publisher connected"));
  const std::string quieter = Reload("log-level = \"error\"\nlog-format = \"text\"\n");
  EXPECT_TRUE(Has(quieter, "log-level debug -> error, log-format json -> text")) << quieter;
  const std::string before = server().log();
  server().process().Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return Metric("ringcast_reloads_total{result=\"ok\"}") == "3"; }));
  EXPECT_EQ(server().log(), before) << "no more than errors";
  EXPECT_TRUE(Has(Reload("log-level = \"loud\"\n"), "reload refused"));
}

TEST_F(ReloadReportTest, AServerThatIsEndingEndsAllTheSame) {
  StartWith("drain-timeout = \"1h\"\n");
  std::vector<Stream> streams;
  for (int i = 0; i < 200; ++i) streams.push_back(Follow("/events/a"));
  server().process().Signal(SIGTERM);
  EXPECT_TRUE(LogSays("draining"));
  server().process().Signal(SIGHUP);
  EXPECT_EQ(Must(server().process().Wait(kPatience)), ExitStatus{.code = 0});
}

}  // namespace
}  // namespace ringcast::test
