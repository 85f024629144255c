// Streams at an application's own paths: what people have behind Express or Next.js today.
#include <set>

#include "integration/reload_test.h"

namespace ringcast::test {
namespace {

class RouteTest : public ReloadTest {
 protected:
  std::string PublishTyped(const std::string& channel, const std::string& type,
                           const std::string& data) {
    const HttpResponse response =
        PublishRequest("POST", "/publish/" + channel + "?event=" + type, data);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::Parse(response.body)["id"].Text();
  }
};

constexpr const char* kSessions =
    "[[route]]\n"
    "path = \"/api/session/{id}/events\"\n"
    "channels = [\"session:{id}\"]\n"
    "[[route]]\n"
    "path = \"/api/jobs/{id}/stream\"\n"
    "channels = [\"job:{id}\", \"jobs\"]\n"
    "methods = [\"GET\", \"POST\"]\n";

TEST_F(RouteTest, PathsOfTheApplicationBecomeChannels) {
  StartWith(kSessions);
  Stream session = Follow("/api/session/42/events?token=ignored&channel=ignored");
  Stream job = Follow("/api/jobs/a1/stream");
  Publish("session:42", "for the session");
  Publish("jobs", "for all jobs");
  Publish("job:a1", "for the job");
  EXPECT_EQ(session.Next().data, "for the session");
  EXPECT_EQ(job.Next().data, "for all jobs");
  EXPECT_EQ(job.Next().data, "for the job");
  Stream still = Follow("/events/session:42");
  Publish("session:42", "again");
  EXPECT_EQ(still.Next().data, "again");
  EXPECT_EQ(session.Next().data, "again");
  for (const char* target : {"/api/session/42", "/api/session/42/events/", "/api/jobs//stream",
                             "/api/session/a%2Fb/events", "/api/session/a%20b/events", "/other"}) {
    EXPECT_GE(Get(target).status, 400) << target;
  }
  EXPECT_EQ(Get("/other").status, 404);
  EXPECT_EQ(Get("/api/session/a%2Fb/events").status, 400);
}

// EventSource comes back with Last-Event-ID, polyfills with the query.
TEST_F(RouteTest, ResumesExactly) {
  StartWith(kSessions);
  Stream holder = Follow("/api/session/1/events");
  const std::vector<std::string> ids = PublishNumbers("session:1", 20);
  Stream by_field = Follow("/api/session/1/events", ids[9]);
  EXPECT_EQ(by_field.start(), "resumed");
  Stream by_query = Follow("/api/session/1/events?x=1&lastEventId=" + ids[9]);
  for (int i = 10; i < 20; ++i) {
    EXPECT_EQ(by_field.Next().data, std::to_string(i));
    EXPECT_EQ(by_query.Next().data, std::to_string(i));
  }
}

TEST_F(RouteTest, ClientsOverFetchMayPost) {
  StartWith(kSessions);
  const std::string body = R"({"prompt":"hello"})";
  HttpClient client = Send(
      "POST /api/jobs/7/stream HTTP/1.1\r\nHost: h\r\nContent-Type: "
      "application/json\r\nAccept: text/event-stream\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(Must(client.ReadHead(kPatience)).status, 200);
  Must(client.ReadUntil("event: connected", kPatience));
  Publish("job:7", "posted for");
  Must(client.ReadUntil("data: posted for\n\n", kPatience));

  const HttpResponse refused =
      Must(Connect().Request("POST", "/api/session/1/events", kPatience, body));
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.header("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(Must(Connect().Request("PUT", "/api/jobs/7/stream", kPatience)).header("Allow"),
            "GET, HEAD, POST, OPTIONS");
  HttpClient large =
      Send("POST /api/jobs/7/stream HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n");
  EXPECT_EQ(Must(large.ReadResponse(kPatience)).status, 413);
}

TEST_F(RouteTest, SomeTypesAlone) {
  StartWith(
      "[[route]]\npath = \"/progress/{id}\"\nchannels = [\"job:{id}\", \"news\"]\n"
      "events = [\"progress\", \"completed\"]\n"
      "[[route]]\npath = \"/plain/{id}\"\nchannels = \"job:{id}\"\nevents = \"message\"\n");
  Stream all = Follow("/events/job:1");
  Stream progress = Follow("/progress/1");
  Stream plain = Follow("/plain/1");
  std::vector<std::pair<std::string, std::size_t>> ids;  // and how many of the progress came so far
  std::vector<std::string> expected;
  for (int i = 0; i < 30; ++i) {
    const std::string type = i % 3 == 0 ? "progress" : "log";
    ids.emplace_back(PublishTyped("job:1", type, std::to_string(i)), 0);
    if (i % 3 == 0) expected.push_back(std::to_string(i));
    ids.back().second = expected.size();
  }
  Publish("job:1", "plain");
  PublishTyped("news", "completed", "news");
  for (const std::string& data : expected) EXPECT_EQ(progress.Next().data, data);
  EXPECT_EQ(progress.Next().data, "news");
  EXPECT_EQ(plain.Next().data, "plain");
  for (int i = 0; i < 30; ++i) EXPECT_EQ(all.Next().data, std::to_string(i));
  for (std::size_t i = 0; i < ids.size(); i += 4) {
    Stream resumed = Follow("/progress/1", ids[i].first);
    EXPECT_EQ(resumed.start(), "resumed") << "also behind an event that was not sent here";
    for (std::size_t k = ids[i].second; k < expected.size(); ++k) {
      ASSERT_EQ(resumed.Next().data, expected[k]);
    }
    EXPECT_EQ(resumed.Next().data, "news");
  }
}

TEST_F(RouteTest, AHeartbeatOfItsOwnAlsoWhenNothingPasses) {
  StartWith(
      "heartbeat = \"1h\"\n"
      "[[route]]\npath = \"/quick\"\nchannels = \"c\"\nheartbeat = \"100ms\"\nevents = \"x\"\n");
  Stream quick = Follow("/quick");
  Stream common = Follow("/events/c");
  PublishTyped("c", "other", "not for it");
  Must(quick.client.WaitForComments(5, kPatience));
  EXPECT_EQ(common.Next().data, "not for it");
  EXPECT_EQ(common.client.decoder().comments(), 0u);
}

TEST_F(RouteTest, AReloadAppliesToWhoComesAfterIt) {
  StartWith(kSessions);
  Stream before = Follow("/api/session/1/events");
  EXPECT_EQ(Get("/new/1").status, 404);
  const std::string outcome = Reload(
      "[[route]]\npath = \"/new/{id}\"\nchannels = \"session:{id}\"\nevents = \"progress\"\n");
  EXPECT_NE(outcome.find("reloaded: route 2 tables -> 1 table"), std::string::npos) << outcome;
  EXPECT_EQ(Get("/api/session/1/events").status, 404);
  Stream after = Follow("/new/1");
  Publish("session:1", "plain");
  PublishTyped("session:1", "progress", "typed");
  EXPECT_EQ(before.Next().data, "plain") << "a stream keeps what it began with";
  EXPECT_EQ(before.Next().data, "typed");
  EXPECT_EQ(after.Next().data, "typed");

  const std::string refused = Reload("[[route]]\npath = \"/events/x\"\nchannels = \"x\"\n");
  EXPECT_NE(refused.find("reload refused"), std::string::npos) << refused;
  Stream still = Follow("/new/2");
  EXPECT_EQ(still.start(), "live");
}

TEST_F(RouteTest, HundredsOfRoutesAreServed) {
  std::string toml;
  for (int i = 0; i < 500; ++i) {
    toml += "[[route]]\npath = \"/app" + std::to_string(i) + "/{id}/events\"\nchannels = \"c" +
            std::to_string(i) + ":{id}\"\nevents = \"t" + std::to_string(i) + "\"\n";
  }
  StartWith(toml);
  for (const int i : {0, 7, 250, 499}) {
    const std::string number = std::to_string(i);
    Stream stream = Follow("/app" + number + "/x/events");
    PublishTyped("c" + number + ":x", "other", "not this");
    PublishTyped("c" + number + ":x", "t" + number, "this");
    EXPECT_EQ(stream.Next().data, "this");
  }
  EXPECT_EQ(Get("/app500/x/events").status, 404);
}

TEST_F(RouteTest, OverTwoProtocolVersionsAndManyShards) {
  StartWith(kSessions, {"--shards", "3"});
  std::vector<Stream> streams;
  for (int i = 0; i < 12; ++i) {
    SseRequest request;
    request.target = "/api/jobs/" + std::to_string(i % 2) + "/stream";
    request.minor_version = i % 3 == 0 ? 0 : 1;
    streams.push_back(Follow(request));
  }
  Publish("jobs", "everybody");
  Publish("job:1", "the odd ones");
  for (std::size_t i = 0; i < streams.size(); ++i) {
    EXPECT_EQ(streams[i].Next().data, "everybody");
    if (i % 2 == 0) continue;
    EXPECT_EQ(streams[i].Next().data, "the odd ones");
  }
}

}  // namespace
}  // namespace ringcast::test
