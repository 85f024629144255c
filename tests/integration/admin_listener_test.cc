// The stream of figures on the admin listener, and who may read there.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "integration/daemon_test.h"
#include "shard/shard_options.h"

namespace ringcast::test {
namespace {

constexpr std::size_t kMostViewers = 16;

class AdminListenerTest : public DaemonTest {
 protected:
  SseClient Watch(int minor_version = 1) {
    SseRequest request;
    request.target = "/events";
    request.minor_version = minor_version;
    return Must(SseClient::Open(server().admin_port(), request, kPatience));
  }
  // The next event of this type.
  static SseEvent Next(SseClient& viewer, const std::string& type) {
    for (;;) {
      SseEvent event = Must(viewer.NextEvent(kPatience));
      if (event.type == type) return event;
    }
  }
  static Json Figures(SseClient& viewer) { return Json::Parse(Next(viewer, "figures").data); }
  HttpResponse AskAs(const std::string& host, const std::string& path) {
    HttpClient client = Must(HttpClient::ConnectTcp(server().admin_port(), kPatience));
    Must(client.Send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n", kPatience));
    return Must(client.ReadResponse(kPatience));
  }
};

TEST_F(AdminListenerTest, TheStreamTellsOfEachSecond) {
  Start({"--shards", "2"});
  SseClient viewer = Watch();
  EXPECT_EQ(viewer.head().header("Content-Type"), "text/event-stream");
  EXPECT_EQ(viewer.head().header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(Must(viewer.NextEvent(kPatience)).type, "connected");
  EXPECT_EQ(Must(viewer.NextEvent(kPatience)).type, "history");
  Stream stream = Follow("/events/a");
  const std::string last = Publish("a", "1");
  for (;;) {
    const Json figures = Figures(viewer);
    if (figures["deliveries"]["total"].Number() < 1) continue;
    EXPECT_EQ(figures["state"].Text(), "ready");
    EXPECT_EQ(figures["connections"]["streams"].Number(), 1u);
    EXPECT_EQ(figures["events"]["published"].Number(), 1u);
    EXPECT_EQ(figures["shards"].size(), 2u);
    EXPECT_EQ(figures["closed"].size(), kCloseReasons);
    EXPECT_GT(figures["memory"]["resident_bytes"].Number(), 0u);
    EXPECT_EQ(figures["viewers"].Number(), 1u);
    if (figures["channels"]["top"].size() == 0) continue;  // asked for a moment before
    EXPECT_EQ(figures["channels"]["top"][0]["name"].Text(), "a");
    EXPECT_EQ(figures["channels"]["top"][0]["newest_id"].Text(), last);
    break;
  }
}

TEST_F(AdminListenerTest, IdsGrowAndAnOldClientGetsTheSameEventsWithoutChunks) {
  Start();
  SseClient viewer = Watch(/*minor_version=*/0);
  std::pair<std::uint64_t, std::uint64_t> before{0, 0};
  for (int i = 0; i < 4; ++i) {
    const SseEvent event = Must(viewer.NextEvent(kPatience));
    if (event.type == "connected") continue;
    EXPECT_LT(before, IdNumbers(event.id));
    before = IdNumbers(event.id);
    (void)Json::Parse(event.data);
  }
}

TEST_F(AdminListenerTest, OneViewerTooManyIsAskedToComeBackAndAPlaceBecomesFree) {
  Start();
  std::vector<SseClient> viewers;
  for (std::size_t i = 0; i < kMostViewers; ++i) viewers.push_back(Watch());
  for (SseClient& viewer : viewers) (void)Figures(viewer);
  SseClient late = Watch();
  EXPECT_EQ(late.head().status, 200) << "browsers give up for good on 503";
  EXPECT_TRUE(Next(late, "overload").retry.has_value());
  EXPECT_EQ(late.WaitForEnd(kPatience), StreamEnd::kTruncated);
  EXPECT_EQ(Must(server().admin_get("/livez")).status, 200) << "others are answered";
  viewers.pop_back();
  EXPECT_TRUE(Eventually([&] {
    SseClient again = Watch();
    const Result<SseEvent> first = again.NextEvent(kPatience);
    return first.ok() && first->type == "connected";
  }));
}

TEST_F(AdminListenerTest, AStreamEndsWithTheDaemonAndTellsOfTheDrain) {
  // Streams end in a spread of 2 ms for each: so many take three seconds.
  Start({"--drain-timeout", "6s"});
  std::vector<Stream> streams;
  for (int i = 0; i < 1500; ++i) streams.push_back(Follow("/events/a"));
  SseClient viewer = Watch();
  (void)Figures(viewer);
  server().process().Signal(SIGTERM);
  bool told = false;
  for (;;) {
    const Result<SseEvent> event = viewer.NextEvent(kPatience);
    if (!event.ok()) break;
    if (event->type == "figures") told |= Json::Parse(event->data)["state"].Text() == "draining";
  }
  EXPECT_TRUE(told);
  EXPECT_NE(viewer.end(), StreamEnd::kOpen);
}

TEST_F(AdminListenerTest, AnswersToAddressesAndLocalhostOnly) {
  Start();
  for (const char* path : {"/", "/stats.json", "/metrics", "/nothing"}) {
    EXPECT_EQ(AskAs("evil.example", path).status, 403) << path;
    EXPECT_NE(AskAs("127.0.0.1:9180", path).status, 403) << path;
  }
  EXPECT_EQ(AskAs("evil.example", "/events").status, 403);
  EXPECT_EQ(AskAs("balancer", "/livez").status, 200) << "health has no secrets";
}

TEST_F(AdminListenerTest, ThePageMayLoadNothingFromElsewhere) {
  Start();
  const HttpResponse first = Must(server().admin_get("/"));
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("Content-Type"), "text/html; charset=utf-8");
  const std::string policy(first.header("Content-Security-Policy"));
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'nonce-")) << policy;
  EXPECT_NE(policy, Must(server().admin_get("/")).header("Content-Security-Policy"))
      << "a nonce is used once";
  EXPECT_EQ(first.header("Access-Control-Allow-Origin"), "");
}

}  // namespace
}  // namespace ringcast::test
