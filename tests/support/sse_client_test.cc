#include "support/sse_client.h"

#include <gtest/gtest.h>

#include "support/scripted_peer.h"

namespace ringcast::test {
namespace {

using std::chrono::seconds;
using Ending = ScriptedPeer::Ending;

const std::string kChunkedHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

SseClient OpenTo(ScriptedPeer& peer, SseRequest request = {}) {
  request.target = "/events/demo";
  Result<SseClient> client = SseClient::Open(peer.port(), request, seconds(20));
  EXPECT_TRUE(client.ok()) << client.error().message;
  return std::move(*client);
}

TEST(SseClient, GivesEventsAcrossPiecesAndChunks) {
  ScriptedPeer peer({kChunkedHead + "1D\r\nevent: connected\ndata: li", "ve\n\n\r\n2\r\n:\n\r\n",
                     "7\r\nid: 1-1\r\n", "A\r\n\ndata: x\n\n\r\n"},
                    Ending::kWaitForPeer);
  SseRequest request;
  request.last_event_id = "0-9";
  request.headers = {{"Origin", "http://a"}};
  {
    SseClient client = OpenTo(peer, request);
    EXPECT_EQ(client.head().status, 200);
    const Result<SseEvent> event = client.NextPublished(seconds(20));
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_EQ(event->id, "1-1");
    EXPECT_EQ(event->data, "x");
    EXPECT_TRUE(client.WaitForComments(1, seconds(20)).ok());
    EXPECT_FALSE(client.NextEvent(std::chrono::milliseconds(20)).ok());
    EXPECT_EQ(client.end(), StreamEnd::kOpen);
    EXPECT_EQ(client.chunks().chunks(), 4u);
  }
  peer.Join();
  EXPECT_NE(peer.received().find("GET /events/demo HTTP/1.1\r\n"), std::string::npos);
  EXPECT_NE(peer.received().find("\r\nLast-Event-ID: 0-9\r\n"), std::string::npos);
  EXPECT_NE(peer.received().find("\r\nOrigin: http://a\r\n"), std::string::npos);
}

TEST(SseClient, TellsHowAStreamEnded) {
  const std::string event = "9\r\ndata: x\n\n\r\n";
  const struct {
    std::string text;
    Ending ending;
    StreamEnd end;
    bool cut;
  } cases[] = {
      {kChunkedHead + event, Ending::kClose, StreamEnd::kTruncated, false},
      {kChunkedHead + event + "0\r\n\r\n", Ending::kClose, StreamEnd::kComplete, false},
      {kChunkedHead + event + "0\r\n\r\nmore", Ending::kClose, StreamEnd::kBroken, false},
      {kChunkedHead + event + "x\r\n", Ending::kClose, StreamEnd::kBroken, false},
      {kChunkedHead + event, Ending::kReset, StreamEnd::kReset, false},
      {kChunkedHead + event + "9\r\ndata:", Ending::kClose, StreamEnd::kTruncated, true},
      {"HTTP/1.0 200 OK\r\n\r\ndata: x\n\n", Ending::kClose, StreamEnd::kComplete, false},
  };
  for (const auto& expected : cases) {
    ScriptedPeer peer({expected.text}, expected.ending);
    SseClient client = OpenTo(peer);
    EXPECT_EQ(client.WaitForEnd(seconds(20)), expected.end) << expected.text;
    EXPECT_EQ(client.EndedMidEvent(), expected.cut) << expected.text;
    EXPECT_EQ(client.NextEvent(seconds(20)).ok(), true) << "what came before the end is kept";
    EXPECT_FALSE(client.NextEvent(seconds(20)).ok());
  }
}

TEST(SseClient, AnAnswerOtherThan200IsSeen) {
  ScriptedPeer peer({"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"}, Ending::kClose);
  EXPECT_EQ(OpenTo(peer).head().status, 400);
}

}  // namespace
}  // namespace ringcast::test
