// SIGHUP and the times of connections: on streams that are there, and on those that come.
#include <thread>

#include "integration/reload_test.h"
#include "integration/request_text.h"

namespace ringcast::test {
namespace {

using ReloadTimesTest = ReloadTest;

TEST_F(ReloadTimesTest, AHeartbeatIsHeardByOldAndNewStreams) {
  StartWith("heartbeat = \"off\"\nidle-timeout = \"off\"\n");
  Stream old = Follow("/events/a");
  EXPECT_NE(Reload("heartbeat = \"200ms\"\nidle-timeout = \"off\"\n")
                .find("reloaded: heartbeat off -> 200ms"),
            std::string::npos);
  Stream fresh = Follow("/events/a");
  Must(old.client.WaitForComments(3, kPatience));
  Must(fresh.client.WaitForComments(3, kPatience));

  Reload("heartbeat = \"off\"\n");
  // All that was sent before is read when the event has come; after it there is no heartbeat.
  Publish("a", "x");
  EXPECT_EQ(old.Next().data, "x");
  const std::uint64_t heard = old.client.decoder().comments();
  const std::string sent = Metric("ringcast_heartbeats_total");
  ExpectQuiet(old, 1s);
  EXPECT_EQ(old.client.decoder().comments(), heard);
  EXPECT_EQ(Metric("ringcast_heartbeats_total"), sent);
}

TEST_F(ReloadTimesTest, AnIdleTimeoutEndsOldAndNewStreams) {
  StartWith("idle-timeout = \"7d\"\n");
  Stream old = Follow("/events/a");
  Reload("idle-timeout = \"400ms\"\n");
  Stream fresh = Follow("/events/a");
  EXPECT_EQ(old.client.WaitForEnd(kPatience), StreamEnd::kTruncated);
  EXPECT_EQ(fresh.client.WaitForEnd(kPatience), StreamEnd::kTruncated);
  EXPECT_EQ(Closed("idle"), 2u);
}

TEST_F(ReloadTimesTest, ALongerIdleTimeoutSparesOldStreams) {
  StartWith("idle-timeout = \"2s\"\n");
  Stream old = Follow("/events/a");
  Reload("idle-timeout = \"1h\"\n");
  if (Closed("idle") > 0) GTEST_SKIP() << "the machine took two seconds for the reload";
  ExpectQuiet(old, 3s);
  Publish("a", "x");
  EXPECT_EQ(old.Next().data, "x");
}

TEST_F(ReloadTimesTest, ALifetimeEndsOldAndNewStreams) {
  StartWith("");
  Stream old = Follow("/events/a");
  Reload("max-lifetime = \"1h\"\n");
  Stream an_hour = Follow("/events/a");
  Reload("max-lifetime = \"500ms\"\n");
  Stream fresh = Follow("/events/a");
  for (Stream* stream : {&old, &an_hour, &fresh}) {
    EXPECT_EQ(stream->client.WaitForEnd(kPatience), StreamEnd::kTruncated);
  }
  EXPECT_EQ(Closed("lifetime"), 3u);
}

TEST_F(ReloadTimesTest, AStallTimeoutCutsAClientThatHasStoppedReading) {
  StartWith("stall-timeout = \"1h\"\n");
  SseRequest request = From("", "/events/a");
  request.connect.receive_buffer_bytes = 4096;
  Stream slow = Follow(request);
  const std::string data(100'000, 'x');
  ASSERT_TRUE(Eventually([&] {
    Publish("a", data);
    return Metric("ringcast_stalls_total") != "0";
  }));
  EXPECT_EQ(Streams(), 1u);
  Reload("stall-timeout = \"500ms\"\n");
  EXPECT_TRUE(Eventually([&] { return Closed("stalled") == 1; }));
}

TEST_F(ReloadTimesTest, AHeaderTimeoutHoldsForRequestsThatBegin) {
  StartWith("header-timeout = \"10m\"\n");
  HttpClient old = Send("GET /events/a HT");
  Reload("header-timeout = \"300ms\"\n");
  HttpClient fresh = Send("GET /events/a HT");
  EXPECT_EQ(Must(fresh.ReadResponse(kPatience)).status, 408);
  Must(old.Send("TP/1.1\r\nHost: h\r\nAccept: application/json\r\n\r\n", kPatience));
  EXPECT_EQ(Must(old.ReadResponse(kPatience)).status, 406) << "it began under the old one";
}

TEST_F(ReloadTimesTest, ClientsAreToldTheNewRetry) {
  StartWith("retry = \"3s\"\n");
  EXPECT_EQ(Follow("/events/a").connected.retry, 3000u);
  Reload("retry = \"4321ms\"\n");
  EXPECT_EQ(Follow("/events/a").connected.retry, 4321u);
}

TEST_F(ReloadTimesTest, ADrainTakesTheNewTime) {
  StartWith("drain-timeout = \"1h\"\n");
  std::vector<Stream> streams;
  // 2 ms of drain for each connection: together a minute.
  const int count = 300;
  for (int i = 0; i < count; ++i) streams.push_back(Follow("/events/a"));
  Reload("drain-timeout = \"off\"\n");
  EXPECT_EQ(OptionInForce("drain-timeout"), "off");
  EXPECT_EQ(Must(server().Stop()), ExitStatus{.code = 0});
  for (Stream& stream : streams) EXPECT_NE(stream.client.WaitForEnd(kPatience), StreamEnd::kOpen);
}

}  // namespace
}  // namespace ringcast::test
