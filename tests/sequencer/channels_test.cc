// What publishers ask of channels: PUT, GET and DELETE, and what a strict rule refuses.
#include <string>
#include <vector>

#include "sequencer/sequencer_fixture.h"

namespace ringcast {
namespace {

using test::PublishClient;

class PublishedChannels : public test::SequencerFixture {
 protected:
  static bool Has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
  std::string Put(const std::string& name, const std::string& body) {
    return Http("PUT /channels/" + name +
                " HTTP/1.1\r\nHost: s\r\nConnection: close\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  std::uint64_t OverLimit() {
    return stats.over_limit[static_cast<std::size_t>(Limit::kChannels)].Get();
  }
};

TEST_F(PublishedChannels, ACreatedChannelIsThereWithWhatWasSaidOfIt) {
  Start(1, 64);
  const std::string made = Put(
      "a", R"({"history-events":2,"history-bytes":"64KiB","history-ttl":"10m","unused-timeout":)"
           R"("1h"})");
  EXPECT_TRUE(Has(made, "HTTP/1.1 201 ")) << made;
  EXPECT_TRUE(Has(made, R"("created":true)")) << made;
  EXPECT_TRUE(Has(made, R"("settings":{"history-events":2,"history-bytes":"64KiB",)"
                        R"("history-ttl":"10m","unused-timeout":"1h"})"))
      << made;
  for (int i = 0; i < 3; ++i) Http(Post("/publish/a", "x"));
  const std::string shown = Http(Ask("GET", "/channels/a"));
  EXPECT_TRUE(Has(shown, R"("events":2,)")) << shown;
  EXPECT_EQ(stats.created_channels.Get(), 1u);
  EXPECT_EQ(stats.channels_created.Get(), 1u);
}

TEST_F(PublishedChannels, ASecondPutChangesWhatIsThereAtOnce) {
  Start(1, 64);
  EXPECT_TRUE(Has(Http(Ask("PUT", "/channels/a")), " 201 "));
  for (int i = 0; i < 5; ++i) Http(Post("/publish/a", "x"));
  const std::string again = Put("a", R"({"history-events":1})");
  EXPECT_TRUE(Has(again, " 200 ")) << again;
  EXPECT_TRUE(Has(again, R"("events":1,)")) << again;
  EXPECT_TRUE(Has(Http(Ask("PUT", "/channels/a")), R"("history-events":1,)"))
      << "without a body nothing is changed";
  EXPECT_TRUE(Has(Put("a", "{}"), R"("history-events":1000,)")) << "nothing said: the options";
  Http(Post("/publish/used", "x"));
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/used")), R"("created":false)"));
  EXPECT_TRUE(Has(Http(Ask("PUT", "/channels/used")), " 200 ")) << "it was there";
}

TEST_F(PublishedChannels, AMistakeNamesTheKeyAndTheRemedyAndChangesNothing) {
  Start(1, 64);
  Put("a", R"({"history-events":7})");
  struct Mistake {
    std::string body;
    std::string part;
  };
  for (const Mistake& mistake : std::vector<Mistake>{
           {"no json", "not valid JSON"},
           {"[1]", "no JSON object"},
           {"7", "no JSON object"},
           {R"({"history-events":1} x)", "not valid JSON"},
           {R"({"history-evnts":1})", "history-evnts: unknown key; there are history-events"},
           {R"({"history_events":1})", "history_events: unknown key"},
           {R"({"strict":true})", "strict: takes a text or a number"},
           {R"({"strict":"true"})", "strict: unknown key"},
           {R"({"history-events":1,"history-events":2})", "history-events: stands twice"},
           {R"({"history-events":null})", "history-events: takes a text or a number"},
           {R"({"history-events":{"a":1}})", "history-events: takes a text or a number"},
           {R"({"history-events":[1]})", "history-events: takes a text or a number"},
           {R"({"history-events":-1})", "history-events: "},
           {R"({"history-events":1.5})", "history-events: "},
           {R"({"history-events":1,"history-ttl":"10"})", "history-ttl: "},
           {"{\"history-ttl\":\"\xc3\xa9\"}", "history-ttl: has a character"},
           {R"({"history-bytes":"1"})", "write 1KiB to 16GiB"},
           {R"({"unused-timeout":"1ms"})", "unused-timeout: "}}) {
    const std::string answer = Put("a", mistake.body);
    EXPECT_TRUE(Has(answer, " 400 ")) << mistake.body << answer;
    EXPECT_TRUE(Has(answer, mistake.part)) << mistake.body << answer;
  }
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/a")), R"("history-events":7,)"));
  EXPECT_TRUE(Has(Put("new", "{"), " 400 "));
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/new")), " 404 "));
  EXPECT_TRUE(Has(Put("a//b", "{}"), " 400 "));
  EXPECT_TRUE(Has(Put("a", "{" + std::string(5000, ' ') + "}"), " 413 "));
  const std::string chunked =
      "PUT /channels/a HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n";
  EXPECT_TRUE(Has(Http(chunked + "\r\n1388\r\n"), " 413 "));
  for (const Counter& counter : stats.over_limit) EXPECT_EQ(counter.Get(), 0u) << "no option helps";
}

TEST_F(PublishedChannels, OnlySoManyAreCreatedAtATime) {
  options.max_channels = 2;
  Start(1, 64);
  EXPECT_TRUE(Has(Put("a", ""), " 201 "));
  EXPECT_TRUE(Has(Put("b", ""), " 201 "));
  const std::string refused = Put("c", "");
  EXPECT_TRUE(Has(refused, " 503 ")) << refused;
  EXPECT_TRUE(Has(refused, "max-channels")) << refused;
  EXPECT_EQ(OverLimit(), 1u);
  EXPECT_TRUE(Has(Put("a", ""), " 200 ")) << "it has its place";
  Http(Post("/publish/other", "x"));
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/other")), " 200 ")) << "nobody else is limited";
  Http(Ask("DELETE", "/channels/a"));
  EXPECT_TRUE(Has(Put("c", ""), " 201 "));
}

TEST_F(PublishedChannels, AnEndedChannelIsSaidToHaveEnded) {
  Start(1, 64);
  Put("a", "");
  EXPECT_TRUE(Has(Http(Ask("DELETE", "/channels/a")), " 200 "));
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/a")), "the channel has ended"));
  EXPECT_TRUE(Has(Http(Ask("DELETE", "/channels/a")), " 404 "));
  EXPECT_EQ(stats.channels_ended[static_cast<std::size_t>(EndReason::kDeleted)].Get(), 1u);
  EXPECT_TRUE(Has(Put("a", ""), " 201 ")) << "it begins anew";
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/a")), " 200 "));
}

TEST_F(PublishedChannels, WhatIsPublishedToAnUnknownStrictChannelIsRefused) {
  options.channel_rules = {{.match = "job:*", .strict = true, .terms = {}}};
  Start(1, 64);
  const std::string answer = Http(Post("/publish/job:1", "x"));
  EXPECT_TRUE(Has(answer, " 404 ")) << answer;
  EXPECT_TRUE(Has(answer, "PUT /channels/{channel}")) << answer;
  const std::string batch =
      Http(Post("/publish", "{\"channel\":\"job:1\",\"data\":1}\n{\"channel\":\"a\",\"data\":2}"));
  EXPECT_TRUE(Has(batch, "\"line\":1}\n{\"id\":")) << batch;
  auto client = Binary();
  client->Publish("a", "x");
  client->Publish("job:1", "x");
  client->Publish("a", "x");
  TickUntil([&] {
    client->Flush();
    return client->Answers().size() >= 3 || client->ended();
  });
  ASSERT_EQ(client->Answers().size(), 3u);
  EXPECT_EQ(client->Answers()[1].code, RINGCAST_PUBLISH_NACK_UNKNOWN_CHANNEL);
  EXPECT_TRUE(Has(client->Answers()[1].text, "created first"));
  EXPECT_EQ(client->Answers()[2].code, 0);
  EXPECT_EQ(stats.refused.Get(), 3u);
  EXPECT_EQ(stats.published.Get(), 3u);
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/job:1")), " 404 "));

  Put("job:1", "");
  EXPECT_TRUE(Has(Http(Post("/publish/job:1", "x")), " 200 "));
}

TEST_F(PublishedChannels, TheShardIsToldBeforeTheAnswer) {
  options.channel_rules = {{.match = "job:*", .strict = true, .terms = {}}};
  Start(1, 64);
  Follow(0, "job:1");
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/job:1")), " 404 "))
      << "who is about to be told that there is none does not make it";
  Put("job:1", "");
  const std::vector<ToShard> told = Drain(0);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().standing, ChannelStanding::kLive);
}

TEST_F(PublishedChannels, OneThatIsUnusedGoesByItself) {
  Start(1, 64);
  Put("a", R"({"unused-timeout":"2s"})");
  Pass(Millis(1000));
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/a")), " 200 "));
  Pass(Millis(1500));
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/a")), " 404 "));
  EXPECT_EQ(stats.channels_ended[static_cast<std::size_t>(EndReason::kUnused)].Get(), 1u);
  EXPECT_EQ(stats.created_channels.Get(), 0u);
}

TEST_F(PublishedChannels, OtherRulesAndLimitsHoldAfterAReload) {
  Start(1, 64);
  Put("job:1", "");
  SequencerSettings fresh = options;
  fresh.channel_rules = {{.match = "job:*", .strict = true, .terms = {.history_events = 1}}};
  fresh.max_channels = 1;
  fresh.ended_ttl = Millis(0);
  settings.Post(std::make_unique<const SequencerSettings>(fresh));
  TickUntil([&] { return settings.Acknowledged(); });
  EXPECT_TRUE(Has(Http(Post("/publish/job:2", "x")), " 404 "));
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/job:1")), R"("history-events":1,)"));
  EXPECT_TRUE(Has(Put("job:2", ""), " 503 "));
  Http(Ask("DELETE", "/channels/job:1"));
  EXPECT_FALSE(Has(Http(Ask("GET", "/channels/job:1")), "has ended"));
}

}  // namespace
}  // namespace ringcast
