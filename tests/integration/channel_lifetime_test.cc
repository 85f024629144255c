// Channels that must be created, that end, and that go by themselves, over several shards.
#include <sysexits.h>

#include "integration/daemon_test.h"
#include "integration/reload_test.h"

namespace ringcast::test {
namespace {

class ChannelLifetimeTest : public ReloadTest {
 protected:
  // What a request for a stream is answered, without reading on.
  HttpResponse Ask(const std::string& target, const std::string& last_event_id = {},
                   HttpHeaders headers = {}) {
    SseRequest request;
    request.target = target;
    request.last_event_id = last_event_id;
    request.headers = std::move(headers);
    return Must(SseClient::Open(server().port(), request, kPatience)).head();
  }
  int Put(const std::string& name, std::string_view settings = {}) {
    return PublishRequest("PUT", "/channels/" + name, settings).status;
  }
  int Delete(const std::string& name) {
    return PublishRequest("DELETE", "/channels/" + name).status;
  }
  int PublishStatus(const std::string& name) {
    return PublishRequest("POST", "/publish/" + name, "x").status;
  }
  // The stream is told that its channel has ended, and then it ends itself.
  static void ExpectEnd(Stream& stream, const std::string& channel) {
    const SseEvent end = stream.Next();
    EXPECT_EQ(end.type, "end");
    EXPECT_FALSE(end.has_id);
    EXPECT_EQ(Json::Parse(end.data)["channel"].Text(), channel);
  }
  static void ExpectClosed(Stream& stream) {
    EXPECT_EQ(stream.client.WaitForEnd(kPatience), StreamEnd::kComplete);
  }

  static constexpr const char* kStrictJobs = "[[channel]]\nmatch = \"job:{id}\"\nstrict = true\n";
};

TEST_F(ChannelLifetimeTest, AStrictChannelIsServedFromWhenItIsCreated) {
  StartWith(std::string("allow-origin = \"https://app.example.org\"\n") + kStrictJobs,
            {"--shards", "3"});
  for (int i = 0; i < 6; ++i) {
    const HttpResponse unknown = Ask("/events/job:1", {}, {{"Origin", "https://app.example.org"}});
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.header("Content-Type"), "application/json");
    EXPECT_EQ(unknown.header("Cache-Control"), "no-store");
    EXPECT_EQ(unknown.header("Access-Control-Allow-Origin"), "https://app.example.org");
  }
  const HttpResponse body = Get("/events/job:1", {{"Accept", "text/event-stream"}});
  EXPECT_EQ(Json::Parse(body.body)["error"].Text(), "no such channel");
  EXPECT_EQ(Ask("/events?channel=open&channel=job:1").status, 404) << "one is enough";
  EXPECT_EQ(Must(Connect().Request("HEAD", "/events/job:1", kPatience)).status, 200);
  EXPECT_EQ(PublishStatus("job:1"), 404);
  EXPECT_TRUE(Eventually([&] { return Closed("unknown_channel") == 8; }));
  EXPECT_EQ(Stats()["channel_count"].Number(), 0u) << "asking makes none";

  EXPECT_EQ(Put("job:1"), 201);
  EXPECT_EQ(Put("job:1"), 200);
  std::vector<Stream> streams;
  for (int i = 0; i < 6; ++i) streams.push_back(Follow("/events/job:1"));
  const std::string id = Publish("job:1", "x");
  for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, id);
  EXPECT_EQ(Follow("/events?channel=open&channel=job:1").start(), "live");
  EXPECT_EQ(Ask("/events?channel=job:2&channel=job:1").status, 404);
}

TEST_F(ChannelLifetimeTest, PubSaysWhatIsToBeDone) {
  StartWith(kStrictJobs);
  ProcessOptions options;
  options.argv = {Server::Binary(), "pub", "job:1", "x"};
  options.env = {{"RINGCAST_PUBLISH_SOCKET", server().publish_socket()}};
  const std::unique_ptr<Process> pub = Must(Process::Start(options));
  EXPECT_EQ(Must(pub->Wait(kPatience)), ExitStatus{.code = EX_DATAERR});
  EXPECT_NE(pub->stderr_text().find("PUT /channels/{channel}"), std::string::npos)
      << pub->stderr_text();
}

TEST_F(ChannelLifetimeTest, AnEndStopsThoseWhoAreThereAndThoseWhoAreAway) {
  Start({"--shards", "3"});
  std::vector<Stream> streams;
  for (int i = 0; i < 9; ++i) streams.push_back(Follow("/events/demo"));
  const std::string last = Publish("demo", "done");
  EXPECT_EQ(Delete("demo"), 200);
  for (Stream& stream : streams) {
    EXPECT_EQ(stream.Next().id, last) << "what was published before comes before";
    ExpectEnd(stream, "demo");
    ExpectClosed(stream);
  }
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(Ask("/events/demo", last).status, 204) << "an EventSource stops";
    EXPECT_EQ(Ask("/events/demo").header("Cache-Control"), "no-store");
  }
  EXPECT_EQ(Delete("demo"), 404);
  EXPECT_EQ(Delete("nobody:is:there"), 404);
  EXPECT_EQ(Ask("/events/nobody:is:there").status, 204) << "its client was away when it ended";
  EXPECT_EQ(Ask("/events/another").status, 200);
  EXPECT_EQ(Metric("ringcast_channels_ended_total{reason=\"deleted\"}"), "1");
  EXPECT_TRUE(Eventually([&] { return Closed("channel_ended") == 22; }));
}

TEST_F(ChannelLifetimeTest, AnEndOfAStrictChannelIsAnEnd) {
  StartWith(kStrictJobs);
  EXPECT_EQ(Put("job:1"), 201);
  EXPECT_EQ(Delete("job:1"), 200);
  EXPECT_EQ(Ask("/events/job:1").status, 204);
  EXPECT_EQ(PublishStatus("job:1"), 404);
  EXPECT_EQ(Ask("/events/job:1").status, 204);
  EXPECT_EQ(Ask("/events?channel=job:1&channel=job:2").status, 404);
}

TEST_F(ChannelLifetimeTest, AStreamGoesOnWithItsOtherChannels) {
  Start({"--shards", "2"});
  const std::string both = "/events?channel=a&channel=b";
  Stream stream = Follow(both);
  EXPECT_EQ(Delete("a"), 200);
  ExpectEnd(stream, "a");
  const std::string in_b = Publish("b", "goes on");
  EXPECT_EQ(stream.Next().id, in_b);

  Stream newcomer = Follow(both);
  EXPECT_EQ(newcomer.start(), "live");
  ExpectEnd(newcomer, "a");
  const std::string again = Publish("a", "begins anew");
  for (Stream* each : {&stream, &newcomer}) EXPECT_EQ(each->Next().id, again);
  Stream alone = Follow("/events/a");

  EXPECT_EQ(Delete("b"), 200);
  for (Stream* each : {&stream, &newcomer}) ExpectEnd(*each, "b");
  EXPECT_EQ(Delete("a"), 200);
  for (Stream* each : {&stream, &newcomer, &alone}) {
    ExpectEnd(*each, "a");
    ExpectClosed(*each);
  }
  EXPECT_EQ(Ask(both).status, 204);
  EXPECT_EQ(Ask(both, again).status, 204);
  EXPECT_EQ(Ask("/events?channel=a&channel=b&channel=c").status, 200);
}

TEST_F(ChannelLifetimeTest, WhoComesBackOverAnEndAndANewBeginningIsToldWhatItMissed) {
  Start({"--shards", "2"});
  const std::vector<std::string> ids = PublishNumbers("demo", 3);
  EXPECT_EQ(Delete("demo"), 200);
  const std::string anew = Publish("demo", "anew");
  Stream stream = Follow("/events/demo", ids[0]);
  EXPECT_EQ(stream.start(), "gap");
  const SseEvent gap = stream.Next();
  EXPECT_EQ(gap.type, "gap");
  EXPECT_EQ(Json::Parse(gap.data)["from"].Text(), ids[0]);
  EXPECT_EQ(Json::Parse(gap.data)["to"].Text(), ids[2]);
  EXPECT_EQ(stream.Next().id, anew);
  Stream had_all = Follow("/events/demo", ids[2]);
  EXPECT_EQ(had_all.start(), "resumed");
  EXPECT_EQ(had_all.Next().id, anew);
}

// A 204 stops a client for good, so nobody may get one after the answer that says that the channel
// is there, whichever shard it comes to and whatever that shard still has of the channel.
TEST_F(ChannelLifetimeTest, NobodyIsSentAwayFromAChannelThatBeganAnew) {
  Start({"--shards", "4"});
  // These keep the ended channel in the tables of their shards.
  std::vector<Stream> others;
  for (int i = 0; i < 8; ++i) others.push_back(Follow("/events?channel=demo&channel=other"));
  for (int round = 0; round < 100; ++round) {
    ASSERT_EQ(Delete("demo"), 200) << round;
    ASSERT_EQ(Ask("/events/demo").status, 204) << round;
    if (round % 2 == 0) {
      ASSERT_EQ(Put("demo"), 201) << round;
    } else {
      Publish("demo", std::to_string(round));
    }
    for (int i = 0; i < 4; ++i) ASSERT_EQ(Ask("/events/demo").status, 200) << round;
  }
  for (Stream& stream : others) {
    int ends = 0;
    int events = 0;
    while (ends + events < 150) (stream.Next().type == "end" ? ends : events) += 1;
    EXPECT_EQ(ends, 100);
    EXPECT_EQ(events, 50) << "each new beginning was heard";
  }
}

TEST_F(ChannelLifetimeTest, WhoIsBehindAtTheEndGetsEverythingBeforeIt) {
  Start({"--shards", "2"});
  constexpr int kEvents = 40;
  const std::string data(20'000, 'x');
  for (const int minor_version : {1, 0}) {
    for (const char* target : {"/events/a", "/events?channel=a&channel=ended"}) {
      EXPECT_EQ(Put("a"), 201);
      Delete("ended");
      Put("ended");
      SseRequest request;
      request.target = target;
      request.minor_version = minor_version;
      request.connect.receive_buffer_bytes = 4096;
      Stream slow = Follow(request);
      EXPECT_EQ(Delete("ended"), 200);
      if (std::string(target) != "/events/a") ExpectEnd(slow, "ended");
      std::string last;
      for (int i = 0; i < kEvents; ++i) last = Publish("a", data);
      EXPECT_EQ(Delete("a"), 200);
      SseEvent event = slow.Next();
      for (int i = 1; i < kEvents; ++i) event = slow.Next();
      EXPECT_EQ(event.id, last);
      EXPECT_EQ(slow.Next().type, "end");
      EXPECT_EQ(slow.client.WaitForEnd(kPatience), StreamEnd::kComplete);
    }
  }
  EXPECT_NE(Metric("ringcast_stalls_total"), "0") << "a socket was full";
}

TEST_F(ChannelLifetimeTest, OneThatIsUnusedIsForgotten) {
  StartWith(std::string(kStrictJobs) + "unused-timeout = \"1s\"\n");
  EXPECT_EQ(Put("job:1"), 201);
  EXPECT_EQ(Put("job:2"), 201);
  Stream used = Follow("/events/job:2");
  EXPECT_TRUE(Eventually([&] { return PublishRequest("GET", "/channels/job:1").status == 404; }));
  EXPECT_EQ(Ask("/events/job:1").status, 404) << "not 204: it was not ended";
  EXPECT_EQ(Metric("ringcast_channels_ended_total{reason=\"unused\"}"), "1");
  EXPECT_EQ(Metric("ringcast_channels_created_total"), "2");
  EXPECT_EQ(Metric("ringcast_created_channels"), "1");
  const std::string id = Publish("job:2", "still there");
  EXPECT_EQ(used.Next().id, id);
}

TEST_F(ChannelLifetimeTest, AnEndIsRememberedAsLongAsTheOptionSays) {
  Start({"--ended-ttl", "1s"});
  Publish("demo", "x");
  EXPECT_EQ(Delete("demo"), 200);
  EXPECT_EQ(Ask("/events/demo").status, 204);
  EXPECT_TRUE(Eventually([&] { return Ask("/events/demo").status == 200; }));
}

TEST_F(ChannelLifetimeTest, RulesAreReadAgain) {
  StartWith("history-events = 3\n[[channel]]\nmatch = \"log:*\"\nhistory-events = 2\n");
  const auto kept = [&](const std::string& name) {
    return Json::Parse(PublishRequest("GET", "/channels/" + name).body)["history"]["events"]
        .Number();
  };
  PublishNumbers("log:a", 5);
  PublishNumbers("a", 5);
  EXPECT_EQ(kept("log:a"), 2u);
  EXPECT_EQ(kept("a"), 3u);
  EXPECT_EQ(PublishStatus("job:1"), 200);
  const std::string said =
      Reload(std::string("history-events = 3\nmax-channels = 1\nended-ttl = ") + "\"off\"\n" +
             kStrictJobs + "[[channel]]\nmatch = \"*\"\nhistory-events = 1\n");
  EXPECT_NE(said.find("channel 1 table -> 2 tables"), std::string::npos) << said;
  EXPECT_EQ(kept("log:a"), 1u);
  EXPECT_EQ(kept("a"), 1u);
  EXPECT_EQ(PublishStatus("job:1"), 200) << "it is there";
  EXPECT_EQ(PublishStatus("job:2"), 404);
  EXPECT_EQ(Put("job:2"), 201);
  EXPECT_EQ(Put("job:3"), 503);
  EXPECT_EQ(Refused("max_channels"), 1u);
  EXPECT_EQ(Delete("a"), 200);
  EXPECT_EQ(Ask("/events/a").status, 200) << "no end is remembered any more";
  const std::string refused = Reload("[[channel]]\nmatch = \"a b\"\n");
  EXPECT_NE(refused.find("reload refused"), std::string::npos) << refused;
  EXPECT_EQ(PublishStatus("job:4"), 404) << "nothing has changed";
}

TEST_F(ChannelLifetimeTest, ARestartForgetsEndsAndCreations) {
  StartWith(kStrictJobs);
  EXPECT_EQ(Put("job:1"), 201);
  EXPECT_EQ(Delete("demo"), 404);
  EXPECT_EQ(Ask("/events/demo").status, 204);
  Must(server().Stop());
  Must(server().Restart());
  EXPECT_EQ(Ask("/events/demo").status, 200);
  EXPECT_EQ(Ask("/events/job:1").status, 404);
}

}  // namespace
}  // namespace ringcast::test
