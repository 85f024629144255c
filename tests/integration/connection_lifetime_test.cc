// How long a connection lives: heartbeats, idle and lifetime limits, request deadlines, stray
// bytes, and clients that go.
#include <chrono>
#include <thread>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

using ConnectionLifetimeTest = DaemonTest;
using Clock = std::chrono::steady_clock;

TEST_F(ConnectionLifetimeTest, HeartbeatsOnlyWhenQuiet) {
  Start({"--heartbeat", "400ms"});
  Stream quiet = Follow("/events/quiet");
  Stream busy = Follow("/events/busy");
  SseRequest request;
  request.target = "/events/quiet";
  request.minor_version = 0;
  Stream old = Follow(request);
  constexpr int kEvents = 40;
  for (int i = 0; i < kEvents; ++i) {
    Publish("busy", std::to_string(i));
    EXPECT_EQ(busy.Next().data, std::to_string(i));
    std::this_thread::sleep_for(50ms);
  }
  // Two seconds have passed: 5 at 400 ms, and each comes up to a quarter earlier.
  for (Stream* stream : {&quiet, &old}) {
    EXPECT_TRUE(stream->client.WaitForComments(4, kPatience).ok());
    EXPECT_LE(stream->client.decoder().comments(), 10u);
    EXPECT_EQ(stream->client.decoder().last_comment(), "");
    EXPECT_EQ(stream->client.decoder().empty_blocks(), 0u) << "some clients make an event of them";
  }
  EXPECT_EQ(busy.client.decoder().comments(), 0u);
  EXPECT_TRUE(busy.client.WaitForComments(1, kPatience).ok()) << "it is quiet now";
  EXPECT_GE(Stats()["heartbeats"].Number(), 9u);
}

TEST_F(ConnectionLifetimeTest, NoHeartbeatWithinAnEvent) {
  Start({"--heartbeat", "100ms"});
  SseRequest request;
  request.target = "/events/big";
  request.connect.receive_buffer_bytes = 4096;
  Stream stream = Follow(request);
  const std::string data(1 << 20, 'x');
  Publish("big", data);
  std::this_thread::sleep_for(600ms);  // the socket is full, in the middle of the event
  EXPECT_TRUE(stream.Next().data == data);
  EXPECT_TRUE(stream.client.WaitForComments(1, kPatience).ok());
  EXPECT_EQ(stream.client.end(), StreamEnd::kOpen);
}

TEST_F(ConnectionLifetimeTest, HeartbeatsCanBeSwitchedOff) {
  Start({"--heartbeat", "off"});
  Stream stream = Follow("/events/demo");
  EXPECT_FALSE(stream.client.WaitForComments(1, 500ms).ok());
  EXPECT_EQ(stream.client.end(), StreamEnd::kOpen);
}

TEST_F(ConnectionLifetimeTest, IdleStreamIsClosedSoThatItsClientReconnects) {
  Start({"--idle-timeout", "600ms", "--heartbeat", "100ms"});
  Stream idle = Follow("/events/idle");
  Stream busy = Follow("/events/busy");
  const auto begin = Clock::now();
  while (Clock::now() - begin < 1500ms) {
    const std::string id = Publish("busy", "x");
    EXPECT_EQ(busy.Next().id, id);
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_EQ(idle.client.WaitForEnd(kPatience), StreamEnd::kTruncated);
  EXPECT_FALSE(idle.client.EndedMidEvent());
  EXPECT_TRUE(idle.client.chunks().AtChunkBoundary());
  EXPECT_GE(idle.client.decoder().comments(), 2u) << "a heartbeat is no event";
  EXPECT_EQ(busy.client.end(), StreamEnd::kOpen);
  EXPECT_EQ(Closed("idle"), 1u);
}

TEST_F(ConnectionLifetimeTest, LifetimeEndsAlsoABusyStream) {
  Start({"--max-lifetime", "500ms"});
  const auto begin = Clock::now();
  Stream stream = Follow("/events/demo");
  std::string last = stream.connected.id;
  while (stream.client.end() == StreamEnd::kOpen && Clock::now() - begin < kPatience) {
    Publish("demo", "x");
    const Result<SseEvent> event = stream.client.NextEvent(kPatience);
    if (event.ok()) last = event->id;
  }
  EXPECT_EQ(stream.client.end(), StreamEnd::kTruncated);
  EXPECT_FALSE(stream.client.EndedMidEvent());
  EXPECT_GE(Clock::now() - begin, 400ms);
  EXPECT_EQ(Closed("lifetime"), 1u);
  Publish("demo", "after");
  Stream again = Follow("/events/demo", last);
  EXPECT_EQ(again.start(), "resumed");
  SseEvent event = again.Next();
  while (event.data == "x") event = again.Next();
  EXPECT_EQ(event.data, "after");
}

TEST_F(ConnectionLifetimeTest, SilenceIsAnsweredWithSilence) {
  Start({"--header-timeout", "300ms"});
  const auto begin = Clock::now();
  HttpClient nothing = Connect();
  HttpClient empty_lines = Send("\r\n\r\n");
  EXPECT_EQ(Must(nothing.ReadAll(kPatience)), "");
  EXPECT_EQ(nothing.peer_end(), PeerEnd::kFin);
  EXPECT_GE(Clock::now() - begin, 250ms);
  EXPECT_EQ(Must(empty_lines.ReadAll(kPatience)), "");
  // The second request of a connection has the same time.
  HttpClient second = Send("GET /health HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(Must(second.ReadResponse(kPatience)).status, 200);
  EXPECT_EQ(Must(second.ReadAll(kPatience)), "");
  EXPECT_TRUE(Eventually([&] { return Closed("header_timeout") == 3; }));
  EXPECT_EQ(server().log().find("timeout"), std::string::npos) << "no line for each of them";
}

TEST_F(ConnectionLifetimeTest, RequestThatDoesNotComeToItsEndIsTold) {
  Start({"--header-timeout", "500ms"});
  HttpClient half = Send("GET /events/demo HTTP/1.1\r\nHost:");
  // A byte now and then does not move the deadline, which is for the whole head.
  HttpClient slow = Connect();
  const auto begin = Clock::now();
  std::string answer;
  for (const char c : std::string_view("GET /events/demo HTTP/1.1\r\nHost: h\r\n")) {
    if (!slow.Send(std::string_view(&c, 1), kPatience).ok()) break;
    const Result<std::string> some = slow.ReadSome(100ms);
    if (!some.ok()) continue;
    answer += *some;
    break;
  }
  EXPECT_LT(Clock::now() - begin, 1500ms);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  const HttpResponse response = Must(half.ReadResponse(kPatience));
  EXPECT_EQ(response.status, 408);
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_TRUE(half.WaitForEnd(kPatience));
}

TEST_F(ConnectionLifetimeTest, FourKibibytesAfterTheRequestAreDroppedAndMoreEndsTheStream) {
  Start();
  for (const bool along_with_the_request : {false, true}) {
    const std::string request = "GET /events/demo HTTP/1.1\r\nHost: h\r\n\r\n";
    const std::string second = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    const std::string stray = second + std::string(4096 - second.size(), 's');
    HttpClient client = Connect();
    if (along_with_the_request) {
      Must(client.Send(request + stray, kPatience));
      EXPECT_TRUE(client.ReadUntil("event: connected", kPatience).ok());
    } else {
      Must(client.Send(request, kPatience));
      EXPECT_TRUE(client.ReadUntil("event: connected", kPatience).ok());
      for (std::size_t at = 0; at < stray.size(); at += 1000) {
        Must(client.Send(stray.substr(at, 1000), kPatience));
        std::this_thread::sleep_for(5ms);
      }
    }
    std::this_thread::sleep_for(50ms);
    Publish("demo", "still there");
    const std::string text = Must(client.ReadUntil("data: still there\n\n\r\n", kPatience));
    EXPECT_EQ(text.find("HTTP/1.1"), std::string::npos) << "the second request was executed";
    Must(client.Send("x", kPatience));
    EXPECT_TRUE(client.WaitForEnd(kPatience));
  }
  EXPECT_EQ(Closed("stray"), 2u);
}

TEST_F(ConnectionLifetimeTest, ClientsThatGoAreGoneWithinASecond) {
  Start({"--heartbeat", "off", "--shards", "2"});
  std::vector<Stream> streams;
  for (int i = 0; i < 40; ++i) {
    streams.push_back(Follow(i % 4 < 2 ? "/events/a" : "/events?channel=a&channel=b"));
  }
  EXPECT_EQ(Streams(), 40u);
  const Deadline one_second = 1s;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    HttpClient& connection = streams[i].client.connection();
    if (i % 2 == 0) {
      connection.HalfClose();
    } else {
      connection.CloseWithReset();
    }
  }
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }, one_second));
  EXPECT_EQ(Closed("client"), 40u);
  for (std::size_t i = 0; i < streams.size(); i += 2) {
    EXPECT_EQ(streams[i].client.WaitForEnd(kPatience), StreamEnd::kTruncated);
  }
  EXPECT_EQ(Json::Parse(PublishRequest("POST", "/publish/a", "x").body)["subscribers"].Number(),
            0u);
}

// A client that sends its request, ends its own side at once and reads on: nothing may hang.
TEST_F(ConnectionLifetimeTest, HalfCloseRightAfterTheRequest) {
  Start();
  for (const char* target : {"/health", "/nowhere", "/events/a"}) {
    HttpClient client = Send("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    client.HalfClose();
    const std::string answer = Must(client.ReadAll(kPatience));
    // Whoever asks for a stream like this has gone before it begins.
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 ") || (answer.empty() && target[1] == 'e')) << target;
  }
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }, 2s));
}

TEST_F(ConnectionLifetimeTest, ResetAmidAnEventLeavesNothingBehind) {
  Start({"--shards", "2"});
  const std::string data(1 << 20, 'x');
  for (int round = 0; round < 10; ++round) {
    SseRequest request;
    request.target = round % 2 == 0 ? "/events/big" : "/events?channel=big&channel=other";
    request.connect.receive_buffer_bytes = 4096;
    Stream stream = Follow(request);
    Publish("big", data);
    EXPECT_FALSE(Must(stream.client.connection().ReadSome(kPatience)).empty());
    stream.client.connection().CloseWithReset();
  }
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }, 1s));
  EXPECT_FALSE(server().process().Wait(0s).ok()) << "no signal ended it";
}

}  // namespace
}  // namespace ringcast::test
