#include "load/http_poster.h"

#include <gtest/gtest.h>

#include <memory>

#include "support/scripted_peer.h"

namespace ringcast {
namespace {

using test::ScriptedPeer;

std::unique_ptr<EventSink> Open(const ScriptedPeer& peer, const std::string& body = "{event}") {
  Result<std::unique_ptr<EventSink>> sink = EventSink::Open(
      {.where = "http://127.0.0.1:" + std::to_string(peer.port()) + "/p?q=1", .body = body});
  EXPECT_TRUE(sink) << sink.error().message;
  return sink ? std::move(*sink) : nullptr;
}

TEST(HttpPoster, PutsTheEventIntoTheTemplate) {
  ScriptedPeer peer({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
                    ScriptedPeer::Ending::kWaitForPeer);
  {
    const auto sink = Open(peer, "[{event}]!");
    ASSERT_TRUE(sink);
    const Status published = sink->Publish("{\"a\":1}");
    EXPECT_TRUE(published) << published.error().message;
  }
  peer.Join();
  const std::string& request = peer.received();
  EXPECT_EQ(request.find("POST /p?q=1 HTTP/1.1\r\n"), 0u) << request;
  EXPECT_NE(request.find("\r\nContent-Length: 10\r\n"), std::string::npos) << request;
  EXPECT_TRUE(request.ends_with("\r\n\r\n[{\"a\":1}]!")) << request;
}

TEST(HttpPoster, PutsTheChannelIntoPathAndBody) {
  ScriptedPeer peer({"HTTP/1.1 204 No Content\r\n\r\n"}, ScriptedPeer::Ending::kWaitForPeer);
  {
    Result<std::unique_ptr<EventSink>> sink = EventSink::Open(
        {.where = "http://127.0.0.1:" + std::to_string(peer.port()) + "/pub?to={channel}",
         .body = "{channel}:{event}"});
    ASSERT_TRUE(sink) << sink.error().message;
    const Status published = (*sink)->PublishTo("a.7", "{}");
    EXPECT_TRUE(published) << published.error().message;
  }
  peer.Join();
  EXPECT_EQ(peer.received().find("POST /pub?to=a.7 HTTP/1.1\r\n"), 0u) << peer.received();
  EXPECT_TRUE(peer.received().ends_with("\r\n\r\na.7:{}")) << peer.received();
}

TEST(HttpPoster, TakesAnyFramingOfTheAnswer) {
  for (const char* answer : {"HTTP/1.1 204 No Content\r\n\r\n",
                             "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3\r\nabc\r\n0\r\n\r\n",
                             "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"}) {
    // Cut after each byte: it must not need the answer in one piece.
    std::vector<std::string> pieces;
    for (const char c : std::string_view(answer)) pieces.emplace_back(1, c);
    ScriptedPeer peer(pieces, ScriptedPeer::Ending::kWaitForPeer);
    const auto sink = Open(peer);
    ASSERT_TRUE(sink);
    const Status published = sink->Publish("x");
    EXPECT_TRUE(published) << answer << published.error().message;
  }
}

TEST(HttpPoster, TellsWhatWentWrong) {
  for (const auto& [answer, why] :
       {std::pair("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "500"),
        std::pair("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", "cut short"),
        std::pair("HTTP/1.1 200 OK\r\n", "no answer"), std::pair("nonsense\r\n\r\n", "")}) {
    ScriptedPeer peer({answer}, ScriptedPeer::Ending::kClose);
    const auto sink = Open(peer);
    ASSERT_TRUE(sink);
    const Status published = sink->Publish("x");
    ASSERT_FALSE(published) << answer;
    EXPECT_NE(published.error().message.find(why), std::string::npos) << published.error().message;
  }
}

TEST(EventSink, RefusesWhatItCannotPublishTo) {
  EXPECT_FALSE(EventSink::Open({.where = "http://127.0.0.1/", .body = "no place"}));
  EXPECT_FALSE(EventSink::Open({.where = "ftp://127.0.0.1/", .body = "{event}"}));
  EXPECT_FALSE(EventSink::Open({.where = "unix:/nowhere/x.sock", .channel = "a"}));
  EXPECT_FALSE(EventSink::Open({.where = "unix:/nowhere/x.sock", .channel = ""}));
}

}  // namespace
}  // namespace ringcast
