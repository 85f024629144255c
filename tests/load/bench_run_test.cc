// Whole runs: against the real server, and against one that does wrong.
#include "load/bench_run.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <fstream>
#include <memory>

#include "load/bench_event.h"
#include "support/scripted_peer.h"
#include "support/server.h"

namespace ringcast {
namespace {

using test::ScriptedPeer;
using test::Server;

constexpr std::uint64_t kConnections = 2000;

using Outcome = std::variant<BenchReport, BenchFailure>;

std::unique_ptr<Outcome> RunOnce(const BenchOptions& options) {
  return std::make_unique<Outcome>(RunScenario(options, nullptr));
}

std::string Url(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port) + "/events/bench";
}

class BenchRun : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Server>> server = Server::Start();
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    options_.target = Url(server_->port());
    options_.connections = kConnections;
    options_.server_pids = {server_->process().pid()};
  }
  std::unique_ptr<Server> server_;
  BenchOptions options_;
};

TEST_F(BenchRun, HoldsAndCountsMemory) {
  options_.scenario = Scenario::kHold;
  options_.seconds = 0.2;
  const auto outcome = RunOnce(options_);
  const auto* report = std::get_if<BenchReport>(outcome.get());
  ASSERT_TRUE(report) << std::get<BenchFailure>(*outcome).message;
  EXPECT_TRUE(report->ok(false)) << Table(*report, false);
  EXPECT_EQ(report->connected, kConnections);
  EXPECT_GT(report->connect_seconds, 0);
  ASSERT_TRUE(report->user_bytes);
  EXPECT_GT(*report->user_bytes, 0);
  EXPECT_TRUE(report->server_cpu);
  EXPECT_TRUE(report->kernel_bytes);
}

TEST_F(BenchRun, FanoutDeliversEveryEventToAll) {
  options_.scenario = Scenario::kFanout;
  options_.publish = "unix:" + server_->publish_socket();
  options_.rate = 20;
  options_.seconds = 1;
  options_.workers = 2;
  const auto outcome = RunOnce(options_);
  const auto* report = std::get_if<BenchReport>(outcome.get());
  ASSERT_TRUE(report) << std::get<BenchFailure>(*outcome).message;
  EXPECT_TRUE(report->ok(false)) << Table(*report, false);
  EXPECT_EQ(report->published, 20u);
  EXPECT_EQ(report->deliveries, 20 * kConnections);
  EXPECT_EQ(report->latency_ns.Count(), 20 * kConnections);
  EXPECT_GE(report->publish_seconds, 0.95) << "an open loop keeps its times";
}

TEST_F(BenchRun, SaturateLosesNothing) {
  options_.scenario = Scenario::kSaturate;
  options_.connections = 200;
  options_.publish = "unix:" + server_->publish_socket();
  options_.seconds = 0.5;
  options_.payload_bytes = 1000;
  const auto outcome = RunOnce(options_);
  const auto* report = std::get_if<BenchReport>(outcome.get());
  ASSERT_TRUE(report) << std::get<BenchFailure>(*outcome).message;
  EXPECT_EQ(report->faults.lost, 0u) << Table(*report, true);
  EXPECT_TRUE(report->ok(true)) << Table(*report, true);
  EXPECT_GT(report->published, 100u);
  EXPECT_EQ(report->deliveries + report->faults.told, report->published * 200);
}

TEST_F(BenchRun, APostThatIsRefusedEndsTheRun) {
  // The admin listener knows no such path: the first POST must end the run.
  options_.scenario = Scenario::kFanout;
  options_.connections = 1;
  options_.publish = "http://127.0.0.1:" + std::to_string(server_->admin_port()) + "/nothing";
  const auto outcome = RunOnce(options_);
  const auto* failure = std::get_if<BenchFailure>(outcome.get());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->exit_code, EX_UNAVAILABLE);
  EXPECT_NE(failure->message.find("POST"), std::string::npos) << failure->message;
}

TEST_F(BenchRun, IdleWorkersDoNoHarm) {
  options_.scenario = Scenario::kFanout;
  options_.publish = "unix:" + server_->publish_socket();
  options_.connections = 3;
  options_.workers = 5;  // two of them have nothing to do
  options_.rate = 50;
  options_.seconds = 0.2;
  const auto outcome = RunOnce(options_);
  const auto* report = std::get_if<BenchReport>(outcome.get());
  ASSERT_TRUE(report) << std::get<BenchFailure>(*outcome).message;
  EXPECT_TRUE(report->ok(false)) << Table(*report, false);
  EXPECT_EQ(report->deliveries, 30u);
}

TEST_F(BenchRun, WritesItsReportsAndTellsByItsExitCode) {
  options_.scenario = Scenario::kFanout;
  options_.publish = "unix:" + server_->publish_socket();
  options_.connections = 10;
  options_.seconds = 0.1;
  options_.hgrm_file = server_->directory().File("x.hgrm");
  options_.json_file = server_->directory().File("x.json");
  EXPECT_EQ(RunBench(options_), EX_OK);
  EXPECT_TRUE(std::ifstream(options_.hgrm_file).good());
  EXPECT_TRUE(std::ifstream(options_.json_file).good());
  options_.json_file = server_->directory().File("no/such/directory");
  EXPECT_EQ(RunBench(options_), EX_IOERR);
  options_.connections = 0;
  EXPECT_EQ(RunBench(options_), EX_USAGE);
}

TEST(BenchRunAgainst, NobodyIsAFailure) {
  const test::PortLease port;
  const auto outcome = RunOnce({.target = Url(port.port()), .connections = 10});
  const auto* failure = std::get_if<BenchFailure>(outcome.get());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->exit_code, EX_UNAVAILABLE);
  EXPECT_NE(failure->message.find("refused"), std::string::npos) << failure->message;
}

TEST(BenchRunAgainst, AServerThatOnlyClosesIsAFailure) {
  ScriptedPeer peer({}, ScriptedPeer::Ending::kClose);
  const auto outcome = RunOnce({.target = Url(peer.port()), .connections = 1});
  const auto* failure = std::get_if<BenchFailure>(outcome.get());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->exit_code, EX_UNAVAILABLE);
  EXPECT_NE(failure->message.find("closed"), std::string::npos) << failure->message;
}

// Runs one subscriber against a server that sends `events` and then ends the stream.
std::unique_ptr<Outcome> RunAgainst(const std::vector<std::string>& events) {
  std::vector<std::string> pieces = {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"};
  pieces.insert(pieces.end(), events.begin(), events.end());
  ScriptedPeer peer(pieces, ScriptedPeer::Ending::kClose);
  return RunOnce({.scenario = Scenario::kFanout, .target = Url(peer.port()), .connections = 1});
}

std::string EventBlock(std::uint64_t seq) {
  std::string data;
  WriteBenchEvent(data, seq, 0, kMinPayloadBytes);
  return "data: " + data + "\n\n";
}

TEST(BenchRunAgainst, AServerThatDoesRight) {
  const auto outcome = RunAgainst({EventBlock(1), EventBlock(2), EventBlock(3)});
  const auto* report = std::get_if<BenchReport>(outcome.get());
  ASSERT_TRUE(report) << std::get<BenchFailure>(*outcome).message;
  EXPECT_TRUE(report->ok(false)) << Table(*report, false);
  EXPECT_EQ(report->deliveries, 3u);
}

TEST(BenchRunAgainst, AServerThatLosesAndDoubles) {
  const auto outcome = RunAgainst({EventBlock(1), EventBlock(4), EventBlock(3), EventBlock(4),
                                   "data: who are you\n\n", EventBlock(5).substr(0, 20)});
  const auto* report = std::get_if<BenchReport>(outcome.get());
  ASSERT_TRUE(report) << std::get<BenchFailure>(*outcome).message;
  EXPECT_FALSE(report->ok(true));
  EXPECT_EQ(report->faults.lost, 1u);
  EXPECT_EQ(report->faults.reordered, 1u);
  EXPECT_EQ(report->faults.duplicated, 1u);
  EXPECT_EQ(report->faults.foreign, 1u);
  EXPECT_EQ(report->truncated, 1u);
}

}  // namespace
}  // namespace ringcast
