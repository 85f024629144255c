// Streams at an application's own paths: methods, bodies, refusals that a page can read,
// heartbeats.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;
using Strings = std::vector<std::string>;

class RouteStream : public test::ShardFixture {
 protected:
  RouteStream() {
    Add("/api/session/{id}/events", {"session:{id}"});
    Add("/api/chat/{id}", {"chat:{id}", "all"}).post = true;
    Add("/api/ask", {"ask"}).get = false;
    routes.back().post = true;
  }

  Route& Add(std::string_view path, const Strings& channels) {
    Route& route = routes.emplace_back();
    route.path = *RoutePattern::Parse(path);
    for (const std::string& channel : channels) {
      route.channels.push_back(*ChannelTemplate::Parse(channel));
    }
    route.origins = OriginPolicy({"https://app.example"});
    return route;
  }

  void StartWithRoutes() {
    options.routes = std::make_shared<const RouteTable>(Route{}, routes);
    Start();
  }

  // Sends the bytes and waits for the whole head of the answer.
  std::unique_ptr<StreamClient> Ask(const std::string& bytes) {
    auto client = Connect();
    client->Send(bytes);
    TickUntil([&] {
      client->Poll();
      return client->has_head() || client->ended();
    });
    return client;
  }
  // Also of a connection that the server closes: head and body.
  std::string AnswerTo(const std::string& bytes) {
    auto client = Ask(bytes);
    return client->raw();
  }

  std::vector<Route> routes;
};

TEST_F(RouteStream, IsMadeOfThePathsVariables) {
  StartWithRoutes();
  auto session = Subscribe("/api/session/42/events?token=x&channel=other");
  auto other = Subscribe("/api/session/4%32x/events");
  auto chat = Subscribe("/api/chat/7");
  Publish("session:42", "a");
  Publish("session:42x", "b");
  Publish("chat:7", "c");
  Publish("all", "d");
  Publish("other", "e");
  WaitForMessages(*session, 1);
  WaitForMessages(*other, 1);
  WaitForMessages(*chat, 2);
  EXPECT_EQ(session->Messages(), Strings{"a"});
  EXPECT_EQ(other->Messages(), Strings{"b"});
  EXPECT_EQ(chat->Messages(), (Strings{"c", "d"}));
}

TEST_F(RouteStream, ResumesByHeaderAndQuery) {
  StartWithRoutes();
  auto holder = Subscribe("/api/session/1/events");
  const EventId first = Publish("session:1", "first");
  Publish("session:1", "second");
  Exchange();
  for (const auto& [target, fields] : std::vector<std::pair<std::string, std::string>>{
           {"/api/session/1/events", "Last-Event-ID: " + IdText(first) + "\r\n"},
           {"/api/session/1/events?lastEventId=" + IdText(first), ""}}) {
    auto client = Subscribe(target, fields);
    WaitForMessages(*client, 1);
    EXPECT_EQ(client->Messages(), Strings{"second"});
  }
}

TEST_F(RouteStream, AValueThatMakesNoChannelIsRefused) {
  StartWithRoutes();
  for (const char* target : {"/api/session/a%2Fb/events", "/api/session/a%20b/events",
                             "/api/session/%2A/events", "/api/session/%C3%A9/events"}) {
    const std::string answer =
        AnswerTo("GET " + std::string(target) +
                 " HTTP/1.1\r\nHost: h\r\nOrigin: https://app.example\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << target << ": " << answer;
    EXPECT_NE(answer.find("Access-Control-Allow-Origin: https://app.example\r\n"),
              std::string::npos)
        << "a page must be able to read why";
    EXPECT_EQ(answer.find("%"), std::string::npos) << "nothing of the request comes back";
  }
}

TEST_F(RouteStream, TellsWhichMethodsItTakes) {
  StartWithRoutes();
  const auto allow = [&](const std::string& line) {
    const std::string answer = AnswerTo(line + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::size_t at = answer.find("\r\nAllow: ");
    return answer.substr(9, 3) + " " +
           (at == std::string::npos ? ""
                                    : answer.substr(at + 9, answer.find("\r\n", at + 2) - at - 9));
  };
  EXPECT_EQ(allow("POST /api/session/1/events"), "405 GET, HEAD, OPTIONS");
  EXPECT_EQ(allow("PUT /api/chat/1"), "405 GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(allow("GET /api/ask"), "405 POST, OPTIONS");
  EXPECT_EQ(allow("HEAD /api/ask"), "405 POST, OPTIONS");
  EXPECT_EQ(allow("OPTIONS /api/ask"), "204 POST, OPTIONS");
  EXPECT_EQ(allow("DELETE /events/a"), "405 GET, HEAD, OPTIONS");
  EXPECT_EQ(allow("POST /unknown"), "404 ");
}

// Clients over fetch() send what they ask for in a body, which the application would read.
TEST_F(RouteStream, APostsBodyIsReadAndDropped) {
  StartWithRoutes();
  const std::string with_length =
      "POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world";
  const std::string in_chunks =
      "POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
  const std::string empty = "POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
  for (const std::string& request : {with_length, in_chunks, empty}) {
    for (std::size_t cut = 1; cut < request.size(); cut += 3) {
      SCOPED_TRACE(request.substr(0, cut));
      auto client = Connect();
      client->Send(request.substr(0, cut));
      Tick();
      Tick();
      client->Send(request.substr(cut));
      TickUntil([&] {
        client->Poll();
        return !client->OfType("connected").empty() || client->ended();
      });
      Publish("chat:1", "x");
      WaitForMessages(*client, 1);
      ASSERT_EQ(client->Messages(), Strings{"x"});
      client->socket().Close();
    }
  }
}

TEST_F(RouteStream, ABodyThatIsTooLongIsRefused) {
  StartWithRoutes();
  const std::string most = std::to_string(budget::kMaxDroppedBodyBytes);
  const std::string over = std::to_string(budget::kMaxDroppedBodyBytes + 1);
  const std::string announced = AnswerTo(
      "POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nOrigin: https://app.example\r\nContent-Length: " +
      over + "\r\n\r\n");
  EXPECT_TRUE(announced.starts_with("HTTP/1.1 413 ")) << announced;
  EXPECT_NE(announced.find("Access-Control-Allow-Origin: https://app.example\r\n"),
            std::string::npos);
  EXPECT_TRUE(AnswerTo("POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "10001\r\n")
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(
      AnswerTo("POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
          .starts_with("HTTP/1.1 400 "));
  auto client = Connect();
  client->Send("POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nContent-Length: " + most + "\r\n\r\n");
  const std::string piece(4096, 'b');
  for (std::size_t sent = 0; sent < budget::kMaxDroppedBodyBytes; sent += piece.size()) {
    client->Send(piece);
    Tick();
  }
  TickUntil([&] {
    client->Poll();
    return !client->OfType("connected").empty() || client->ended();
  });
  EXPECT_FALSE(client->ended());
}

TEST_F(RouteStream, WhoWaitsToSendItsBodyIsToldToGoOn) {
  StartWithRoutes();
  auto client = Ask(
      "POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client->raw(), "HTTP/1.1 100 Continue\r\n\r\n");
  client->Send("hello");
  TickUntil([&] {
    client->Poll();
    return client->raw().find("event: connected") != std::string::npos || client->ended();
  });
  EXPECT_NE(client->raw().find("\r\n\r\nHTTP/1.1 200 OK\r\n"), std::string::npos);
  // One that does not wait after all.
  auto eager = Ask(
      "POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
      "hello");
  TickUntil([&] {
    eager->Poll();
    return eager->raw().find("event: connected") != std::string::npos || eager->ended();
  });
  EXPECT_FALSE(eager->ended());
}

TEST_F(RouteStream, ABodyThatDoesNotComeIsWaitedForNoLongerThanAHead) {
  StartWithRoutes();
  auto client = Connect();
  client->Send("POST /api/chat/1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
  Tick();
  Tick();
  Pass(options.header_timeout + Millis(200));
  WaitForEnd(*client);
  EXPECT_TRUE(client->raw().starts_with("HTTP/1.1 408 ")) << client->raw();
  client->socket().Close();
  TickUntil([&] { return Closed(CloseReason::kHeaderTimeout) == 1; });
}

TEST_F(RouteStream, HeadTellsWhatGetWouldBe) {
  StartWithRoutes();
  auto client = Ask("HEAD /api/session/1/events HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client->raw().find("Content-Type: text/event-stream\r\n"), std::string::npos);
  const std::string before = client->raw();
  client->Send("GET /health HTTP/1.1\r\nHost: h\r\n\r\n");
  TickUntil([&] {
    client->Poll();
    return client->raw().size() > before.size() || client->ended();
  });
  EXPECT_TRUE(client->raw().ends_with("ok\n")) << "the connection is read on";
  EXPECT_EQ(stats().streams.Get(), 0u);
}

TEST_F(RouteStream, HasAHeartbeatOfItsOwn) {
  options.heartbeat = Millis(20'000);
  Add("/quick", {"q"}).heartbeat = Millis(1'000);
  Add("/never", {"n"}).heartbeat = Millis(0);
  StartWithRoutes();
  auto quick = Subscribe("/quick");
  Pass(Millis(10'100));
  const std::uint64_t beats = stats().heartbeats.Get();
  EXPECT_GE(beats, 10u);
  EXPECT_LE(beats, 14u);
  quick->socket().Close();
  TickUntil([&] { return stats().streams.Get() == 0; });
  auto never = Subscribe("/never");
  auto common = Subscribe("/api/session/1/events");
  Pass(Millis(20'100));
  EXPECT_EQ(stats().heartbeats.Get(), beats + 1) << "of the one with the heartbeat of all";
  EXPECT_EQ(stats().streams.Get(), 2u);
}

// The heartbeat of all changes for the streams without one of their own alone.
TEST_F(RouteStream, KeepsItsHeartbeatWhenTheRoutesChange) {
  options.heartbeat = Millis(0);
  Add("/quick", {"q"}).heartbeat = Millis(1'000);
  StartWithRoutes();
  auto quick = Subscribe("/quick");
  auto common = Subscribe("/api/session/1/events");
  options.routes = std::make_shared<const RouteTable>();
  Settle();
  Pass(Millis(10'100));
  const std::uint64_t beats = stats().heartbeats.Get();
  EXPECT_GE(beats, 10u);
  EXPECT_LE(beats, 14u);
  options.heartbeat = Millis(5'000);
  Settle();
  Pass(Millis(5'100));
  common->Poll();
  EXPECT_NE(common->Text().find("\n:\n"), std::string::npos);
}

}  // namespace
}  // namespace ringcast
