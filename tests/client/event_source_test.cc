#include "client/event_source.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "client/script_server.h"
#include "support/temp_dir.h"

namespace ringcast {
namespace {

using test::Chunk;
using test::ScriptServer;
using test::StreamHead;

const std::string kChunked = "Transfer-Encoding: chunked\r\n";

// Collects "type:data:id" until `wanted` events have come or the source ends by itself.
struct Collector {
  std::size_t wanted = 1'000'000;
  std::vector<std::string> events;
  std::vector<std::string> said;
  EventSource::End end = EventSource::End::kStopped;
  std::string error;
  std::uint64_t streams = 0;

  void Run(StreamAddress address, const std::string& from = "",
           const std::atomic<bool>* stop = nullptr) {
    EventSource source({.address = std::move(address),
                        .last_event_id = from,
                        .retry_ms = 1,
                        .max_backoff_ms = 5,
                        .on_event =
                            [this](const DecodedEvent& event) {
                              events.push_back(std::string(event.type) + ":" +
                                               std::string(event.data) + ":" +
                                               std::string(event.last_event_id));
                              return events.size() < wanted;
                            },
                        .on_batch = {},
                        .on_status = [this](std::string_view text) { said.emplace_back(text); },
                        .stop = stop});
    end = source.Run();
    error = source.error();
    streams = source.streams();
  }

  std::string AllSaid() const {
    std::string all;
    for (const std::string& line : said) all += line + "\n";
    return all;
  }
};

StreamAddress At(const ScriptServer& server, const std::string& host = "127.0.0.1") {
  return {"", host, std::to_string(server.port()), "/events/a"};
}

using Strings = std::vector<std::string>;

TEST(EventSource, ReadsAChunkedStreamAndStopsAt204) {
  ScriptServer server(ScriptServer::Family::kIpv4,
                      {{{StreamHead(kChunked), Chunk("id: 1\nevent: t\ndata: a\n\n"), Chunk(":\n"),
                         Chunk("data: b"), Chunk("\n\n")}}});
  Collector collector;
  collector.Run(At(server));
  EXPECT_EQ(collector.end, EventSource::End::kDone);
  EXPECT_EQ(collector.events, (Strings{"t:a:1", "message:b:1"}));
  EXPECT_EQ(collector.streams, 1u);
  server.Stop();
  ASSERT_EQ(server.requests().size(), 2u);
  const std::string& request = server.requests()[0];
  EXPECT_EQ(request.substr(0, request.find('\n')), "GET /events/a HTTP/1.1\r");
  EXPECT_NE(request.find("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"),
            std::string::npos);
  EXPECT_NE(request.find("Accept: text/event-stream\r\n"), std::string::npos);
  EXPECT_EQ(request.find("Last-Event-ID"), std::string::npos);
  EXPECT_NE(server.requests()[1].find("Last-Event-ID: 1\r\n"), std::string::npos);
}

TEST(EventSource, ReadsCloseDelimitedAndMeasuredBodies) {
  ScriptServer server(
      ScriptServer::Family::kIpv4,
      {{{"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n"}},
       {{StreamHead("Content-Length: 9\r\n") + "data: b\n\ndata: not this\n\n"}, true}});
  Collector collector;
  collector.Run(At(server));
  EXPECT_EQ(collector.end, EventSource::End::kDone);
  EXPECT_EQ(collector.events, (Strings{"message:a:", "message:b:"}));
}

TEST(EventSource, ResumesAfterTheLastWholeEvent) {
  ScriptServer server(
      ScriptServer::Family::kIpv4,
      {{{StreamHead(kChunked), Chunk("id: 7\ndata: a\n\nid: 8\ndata: cut"), "FF\r\nda"}},
       {{StreamHead(), "id: 8\ndata: b\n\n"}}});
  Collector collector;
  collector.Run(At(server), "5");
  EXPECT_EQ(collector.events, (Strings{"message:a:7", "message:b:8"}));
  server.Stop();
  ASSERT_EQ(server.requests().size(), 3u);
  EXPECT_NE(server.requests()[0].find("Last-Event-ID: 5\r\n"), std::string::npos);
  EXPECT_NE(server.requests()[1].find("Last-Event-ID: 7\r\n"), std::string::npos);
  EXPECT_NE(server.requests()[2].find("Last-Event-ID: 8\r\n"), std::string::npos);
}

TEST(EventSource, PassesOverInterimResponsesAndHeadsInPieces) {
  std::vector<std::string> pieces;
  for (const char c :
       "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + StreamHead() + "data: a\n\n") {
    pieces.emplace_back(1, c);
  }
  ScriptServer server(ScriptServer::Family::kIpv4, {{pieces}});
  Collector collector;
  collector.Run(At(server));
  EXPECT_EQ(collector.events, Strings{"message:a:"});
}

TEST(EventSource, TriesAgainWhatPasses) {
  ScriptServer server(ScriptServer::Family::kIpv4,
                      {{{"HTTP/1.1 503 Busy\r\n\r\n"}},
                       {{"HTTP/1.1 429 Slow Down\r\n\r\n"}},
                       {{"garbage\r\n\r\n"}},
                       {},
                       {{StreamHead(kChunked), Chunk("data: a\n\n"), "broken"}},
                       {{StreamHead(), "data: b\n\n"}}});
  Collector collector;
  collector.Run(At(server));
  EXPECT_EQ(collector.end, EventSource::End::kDone);
  EXPECT_EQ(collector.events, (Strings{"message:a:", "message:b:"}));
  EXPECT_EQ(collector.streams, 2u);
  EXPECT_NE(collector.AllSaid().find("503"), std::string::npos);
  EXPECT_NE(collector.AllSaid().find("chunks are broken"), std::string::npos);
}

TEST(EventSource, EndsWhereAnotherAttemptIsNoUse) {
  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 404 Not Found\r\n\r\n", "404"},
      {"HTTP/1.1 301 Moved\r\nLocation: http://there/\r\n\r\n", "http://there/"},
      {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "text/html"}};
  for (const auto& [response, expected] : cases) {
    ScriptServer server(ScriptServer::Family::kIpv4, {{{response}}});
    Collector collector;
    collector.Run(At(server));
    EXPECT_EQ(collector.end, EventSource::End::kRefused);
    EXPECT_NE(collector.error.find(expected), std::string::npos) << collector.error;
  }
}

TEST(EventSource, StopsFromTheCallbackAtOnce) {
  ScriptServer server(ScriptServer::Family::kIpv4,
                      {{{StreamHead(), "data: a\n\ndata: b\n\ndata: c\n\n"}, true}});
  Collector collector;
  collector.wanted = 2;
  collector.Run(At(server));
  EXPECT_EQ(collector.end, EventSource::End::kStopped);
  EXPECT_EQ(collector.events, (Strings{"message:a:", "message:b:"}));
}

TEST(EventSource, StopsFromTheBatch) {
  ScriptServer server(ScriptServer::Family::kIpv4, {{{StreamHead(), "data: a\n\n"}, true}});
  int events = 0;
  EventSource source({.address = At(server),
                      .last_event_id = "",
                      .on_event =
                          [&](const DecodedEvent&) {
                            ++events;
                            return true;
                          },
                      .on_batch = [&] { return events == 0; },
                      .on_status = {}});
  EXPECT_EQ(source.Run(), EventSource::End::kStopped);
  EXPECT_EQ(events, 1);
}

TEST(EventSource, StopsWhileItReadsAndWhileItWaits) {
  ScriptServer quiet(ScriptServer::Family::kIpv4,
                     {{{StreamHead(), "retry: 3600000\ndata: a\n\n"}, true}});
  ScriptServer gone(ScriptServer::Family::kIpv4, {{{StreamHead(), "retry: 3600000\ndata: a\n\n"}}});
  for (const ScriptServer* const server : {&quiet, &gone}) {
    std::atomic<bool> stop = false;
    Collector collector;
    const auto start = std::chrono::steady_clock::now();
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      stop.store(true);
    });
    collector.Run(At(*server), "", &stop);
    stopper.join();
    EXPECT_EQ(collector.end, EventSource::End::kStopped);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  }
}

TEST(EventSource, HonoursRetry) {
  ScriptServer server(ScriptServer::Family::kIpv4, {{{StreamHead(), "retry: 80\ndata: a\n\n"}}});
  Collector collector;
  const auto start = std::chrono::steady_clock::now();
  collector.Run(At(server));
  EXPECT_EQ(collector.end, EventSource::End::kDone);
  // Jittered by a quarter at most.
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(60));
}

TEST(EventSource, SpeaksOverAUnixSocket) {
  const test::TempDir dir;
  ScriptServer server(dir.File("s.sock"), {{{StreamHead(), "data: a\n\n"}}});
  Collector collector;
  collector.Run({dir.File("s.sock"), "localhost", "80", "/events/a"});
  EXPECT_EQ(collector.events, Strings{"message:a:"});
  server.Stop();
  EXPECT_NE(server.requests()[0].find("Host: localhost\r\n"), std::string::npos);
}

TEST(EventSource, SpeaksOverIpv6AndFindsLocalhost) {
  const int probe = socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool has_ipv6 =
      probe >= 0 && bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (probe >= 0) close(probe);
  if (!has_ipv6) GTEST_SKIP() << "this host has no IPv6 loopback";
  ScriptServer server(ScriptServer::Family::kIpv6, {{{StreamHead(), "data: a\n\n"}}});
  Collector collector;
  collector.Run(At(server, "::1"));
  EXPECT_EQ(collector.events, Strings{"message:a:"});
}

TEST(EventSource, FindsAHostByName) {
  ScriptServer server(ScriptServer::Family::kIpv4, {{{StreamHead(), "data: a\n\n"}}});
  Collector collector;
  collector.Run(At(server, "localhost"));
  EXPECT_EQ(collector.events, Strings{"message:a:"});
}

}  // namespace
}  // namespace ringcast
