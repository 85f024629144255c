// Publishers' connections: who may come, what is refused, deadlines, both protocols.
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "sequencer/sequencer_fixture.h"

namespace ringcast {
namespace {

using test::PublishClient;

class Publishers : public test::SequencerFixture {
 protected:
  void WaitForAnswers(PublishClient& client, std::size_t count) {
    TickUntil([&] {
      client.Flush();
      return client.Answers().size() >= count || client.ended();
    });
  }
  void WaitForEnd(PublishClient& client) {
    TickUntil([&] {
      client.Flush();
      client.Answers();
      return client.ended();
    });
  }
  static bool Has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(Publishers, ARefusedEventIsNackedInItsPlaceAndTheConnectionGoesOn) {
  options.max_event_bytes = 1000;
  Start(1, 64);
  auto client = Binary();
  client->Publish("a", "good");
  client->Publish("a//b", "x");
  client->Publish("a", std::string(1001, 'x'));
  client->Publish("a", "\xff");
  client->Publish("a", "x", "type\n");
  client->Publish("a", "good again");
  WaitForAnswers(*client, 6);
  const auto& answers = client->Answers();
  ASSERT_EQ(answers.size(), 6u);
  const std::uint8_t codes[] = {0,
                                RINGCAST_PUBLISH_NACK_CHANNEL,
                                RINGCAST_PUBLISH_NACK_TOO_LARGE,
                                RINGCAST_PUBLISH_NACK_DATA,
                                RINGCAST_PUBLISH_NACK_TYPE,
                                0};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(answers[i].request, i + 1);
    EXPECT_EQ(answers[i].code, codes[i]) << answers[i].text;
    EXPECT_EQ(answers[i].text.empty(), codes[i] == 0);
  }
  EXPECT_EQ(stats.refused.Get(), 4u);
  EXPECT_EQ(stats.published.Get(), 2u);
  EXPECT_FALSE(client->ended());
}

TEST_F(Publishers, BytesThatAreNoProtocolEndTheConnectionAfterTheAnswers) {
  Start(1, 64);
  auto client = Binary();
  client->Publish("a", "good");
  client->Append(std::string(16, '\xff'));
  WaitForEnd(*client);
  const auto& answers = client->Answers();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].code, 0);
  EXPECT_TRUE(answers[1].error);
  EXPECT_EQ(answers[1].code, RINGCAST_PUBLISH_ERROR_LENGTH);
  TickUntil([&] { return stats.publishers.Get() == 0; });
}

TEST_F(Publishers, AnotherVersionIsAnsweredWithOursAndClosed) {
  Start(1, 64);
  PublishClient client(path);
  client.Append(std::string(RINGCAST_PUBLISH_MAGIC "\x09\0\0\0", 8));
  WaitForEnd(client);
  EXPECT_EQ(client.hello().version, RINGCAST_PUBLISH_VERSION_KEYS);
  PublishClient garbage(path);
  garbage.Append("\xC5garbage");
  WaitForEnd(garbage);
  EXPECT_EQ(garbage.text(), "");
}

TEST_F(Publishers, AFrameThatDoesNotComeToItsEndIsAnErrorAfterTheDeadline) {
  Start(1, 64);
  auto client = Binary();
  std::string frame;
  AppendPublish(frame, 1, "a", {"", "never whole"});
  client->Append(std::string_view(frame).substr(0, frame.size() - 1));
  client->Flush();
  Ticks(5);
  Pass(Millis(9'000));
  EXPECT_FALSE(client->ended());
  Pass(Millis(2'000));
  WaitForEnd(*client);
  ASSERT_EQ(client->Answers().size(), 1u);
  EXPECT_EQ(client->Answers()[0].code, RINGCAST_PUBLISH_ERROR_DEADLINE);
  EXPECT_EQ(stats.published.Get(), 0u) << "nothing of it is visible";
}

TEST_F(Publishers, AnIdleConnectionHasNoDeadline) {
  Start(1, 64);
  auto client = Binary();
  client->Publish("a", "x");
  WaitForAnswers(*client, 1);
  Pass(Millis(60'000));
  client->Publish("a", "y");
  WaitForAnswers(*client, 2);
  EXPECT_EQ(client->Answers().size(), 2u);
}

TEST_F(Publishers, WhoDiesInTheMiddleOfAFrameLeavesNothing) {
  Start(1, 64);
  auto client = Binary();
  std::string frame;
  AppendPublish(frame, 1, "a", {"", "x"});
  client->Append(std::string_view(frame).substr(0, 10));
  client->Flush();
  Ticks(5);
  client->Close();
  TickUntil([&] { return stats.publishers.Get() == 0; });
  EXPECT_EQ(stats.published.Get(), 0u);
}

TEST_F(Publishers, WhoHasSentEverythingStillGetsItsAnswers) {
  Start(1, 64);
  auto client = Binary();
  for (int i = 0; i < 100; ++i) client->Publish("a", "x");
  client->Flush();
  client->ShutdownWrite();
  WaitForEnd(*client);
  EXPECT_EQ(client->Answers().size(), 100u);
}

TEST_F(Publishers, WhoNeverReadsItsAnswersIsMadeToWaitThenClosed) {
  Start(1, 64);
  auto client = Binary();
  for (int i = 0; i < 200'000; ++i) client->Publish("a", "x");
  std::size_t waits = 0;
  for (int i = 0; i < 2000; ++i) {
    waits = client->Flush();
    Tick();
  }
  EXPECT_GT(waits, 0u) << "it is read no more";
  EXPECT_LT(stats.published.Get(), 200'000u);
  Pass(Millis(11'000));
  TickUntil([&] { return stats.publishers.Get() == 0; });
}

// Frames that are not answered: what is read ahead is bounded, the rest stays in the socket.
TEST_F(Publishers, WhoIsNotAnsweredIsReadAheadSoFarAndNoFurther) {
  Start(1, 1024);
  const ChannelHandle handle = Follow(0, "a");
  auto client = Binary();
  constexpr int kFrames = 3000;
  for (int i = 0; i < kFrames; ++i) client->Publish("a", std::string(1000, 'x'));
  std::size_t waits = client->Flush();
  for (int i = 0; i < 200; ++i) {
    waits = client->Flush();
    Tick();
  }
  // The channel's subscribers are far behind: what was taken from the publisher is what they may be
  // behind, what is read ahead, and what its socket holds.
  const std::size_t answered = client->Answers().size();
  EXPECT_LE(answered * 1000, 2 * budget::kFlowWindowBytes);
  constexpr std::size_t kSocketBytes = 512 * 1024;
  const std::size_t taken = kFrames * std::size_t{1017} - waits;
  EXPECT_LE(taken, 2 * budget::kFlowWindowBytes + budget::kReadAheadBytes + kSocketBytes);
  std::uint64_t position = 0;
  TickUntil([&] {
    for (const ToShard& message : Drain(0)) position = std::max(position, message.head);
    Progress(0, handle, position);
    client->Flush();
    return client->Answers().size() >= kFrames || client->ended();
  });
  EXPECT_EQ(client->Answers().size(), static_cast<std::size_t>(kFrames)) << "nothing is lost";
}

TEST_F(Publishers, WhoIsTurnedAwayIsToldWhyAndHasNotLongToAsk) {
  options.max_publishers = 1;
  Start(1, 64);
  auto first = Binary();
  TickUntil([&] { return stats.publishers.Get() == 1; });
  auto second = Binary();
  WaitForEnd(*second);
  ASSERT_EQ(second->Answers().size(), 1u);
  EXPECT_TRUE(second->Answers()[0].error);
  EXPECT_EQ(second->Answers()[0].code, RINGCAST_PUBLISH_ERROR_BUSY);
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/a")), " 503 "));
  PublishClient silent(path);
  Ticks(5);
  Pass(Millis(2'000));
  TickUntil([&] {
    silent.Poll();
    return silent.ended();
  });
  EXPECT_EQ(stats.publishers.Get(), 1u);
  EXPECT_EQ(stats.publishers_total.Get(), 1u);
  EXPECT_EQ(stats.over_limit[static_cast<std::size_t>(Limit::kPublishers)].Get(), 3u);
}

// Its receive and its send fail at once, and the shutdown that the first of them asks for is not
// submitted yet.
TEST_F(Publishers, WhoGoesWithoutReadingKeepsItsDescriptorWhileAnythingNamesIt) {
  Start(1, 64);
  auto client = Binary();
  for (int i = 0; i < 40'000; ++i) client->Publish("a", "x");
  for (int i = 0; i < 500; ++i) {
    client->Flush();
    Tick();
  }
  client->Close();
  TickUntil([&] { return stats.publishers.Get() == 0; });
  EXPECT_EQ(ring->closed_too_early(), 0u);
}

TEST_F(Publishers, OnlySoManyMayCome) {
  options.max_publishers = 2;
  Start(1, 64);
  auto first = Binary();
  auto second = Binary();
  TickUntil([&] { return stats.publishers.Get() == 2; });
  auto third = Binary();
  WaitForEnd(*third);
  EXPECT_EQ(stats.publishers_refused.Get(), 1u);
  first->Close();
  TickUntil([&] { return stats.publishers.Get() == 1; });
  auto fourth = Binary();
  fourth->Publish("a", "x");
  WaitForAnswers(*fourth, 1);
  EXPECT_EQ(fourth->Answers().size(), 1u);
}

TEST_F(Publishers, WithoutADescriptorTheListenerIsNotAskedAgainAtOnce) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{100, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  Start(1, 64);
  PublishClient client(path);
  std::vector<UniqueFd> others;
  for (int fd = ::dup(listener.get()); fd >= 0; fd = ::dup(listener.get())) others.emplace_back(fd);
  const std::uint64_t accepts = ring->accepts();
  Ticks(100);
  EXPECT_LE(ring->accepts() - accepts, 1u);
  EXPECT_EQ(stats.publishers.Get(), 0u);
  others.clear();
  Pass(Millis(100));
  TickUntil([&] { return stats.publishers.Get() == 1; });
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(Publishers, OnlyTheUsersListedMayCome) {
  options.users = {::getuid() + 1};
  Start(1, 64);
  auto refused = Binary();
  WaitForEnd(*refused);
  EXPECT_EQ(stats.publishers_refused.Get(), 1u);
}

TEST_F(Publishers, AListedUserOrGroupMayCome) {
  options.users = {::getuid() + 1};
  options.groups = {::getgid()};
  Start(1, 64);
  auto client = Binary();
  client->Publish("a", "x");
  WaitForAnswers(*client, 1);
  EXPECT_EQ(client->Answers().size(), 1u);
}

TEST_F(Publishers, ADrainTakesNoNewPublishersAndFinishesWhatHasArrived) {
  Start(1, 64);
  auto client = Binary();
  Ticks(5);
  stop.drain = true;
  client->Publish("a", "x");
  WaitForAnswers(*client, 1);
  EXPECT_EQ(client->Answers().size(), 1u);
  auto late = Binary();
  WaitForEnd(*late);
  EXPECT_EQ(stats.publishers.Get(), 1u);
}

// The kernel accepts on its own until it is told that the drain has begun.
TEST_F(Publishers, WhoWasAcceptedAsADrainBeganIsServedWhereOthersWaitForTheNextServer) {
  listener_outlives = true;
  Start(1, 64);
  auto client = Binary();
  client->Publish("a", "x");
  client->Flush();
  ring->Submit(/*run_deferred=*/true);
  stop.drain = true;
  WaitForAnswers(*client, 1);
  EXPECT_EQ(client->Answers().size(), 1u);
  auto late = Binary();
  Ticks(20);
  late->Answers();
  EXPECT_FALSE(late->ended());
  EXPECT_EQ(stats.publishers.Get(), 1u) << "it waits in the backlog";
}

class HttpPublishers : public Publishers {};

TEST_F(HttpPublishers, OneEventIsAnsweredWithItsId) {
  Start(1, 64);
  Follow(0, "news");
  const std::string answer = Http(Post("/publish/news?event=price", "hello"));
  EXPECT_TRUE(Has(answer, "HTTP/1.1 200")) << answer;
  EXPECT_TRUE(Has(answer, R"({"id":"17)")) << answer;
  EXPECT_TRUE(Has(answer, R"("subscribers":1})")) << answer;
  EXPECT_EQ(Drain(0).size(), 1u);
}

TEST_F(HttpPublishers, AChannelIsDescribedAndDeleted) {
  Start(1, 64);
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/news")), " 404 "));
  Http(Post("/publish/news", "one"));
  const std::string info = Http(Ask("GET", "/channels/news"));
  EXPECT_TRUE(Has(info, " 200 ")) << info;
  EXPECT_TRUE(Has(info, R"("subscribers":0)")) << info;
  EXPECT_TRUE(Has(info, R"("events":1)")) << info;
  EXPECT_TRUE(Has(Http(Ask("DELETE", "/channels/news")), " 200 "));
  EXPECT_TRUE(Has(Http(Ask("DELETE", "/channels/news")), " 404 "));
}

TEST_F(HttpPublishers, DeletingTellsTheShard) {
  Start(1, 64);
  Follow(0, "news");
  Http(Ask("DELETE", "/channels/news"));
  const std::vector<ToShard> told = Drain(0);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().kind, ToShard::Kind::kEnd);
}

TEST_F(HttpPublishers, EachLineOfABatchHasItsOwnAnswer) {
  Start(1, 64);
  const std::string answer = Http(Post("/publish",
                                       "{\"channel\":\"a\",\"data\":\"x\"}\nnonsense\n\n"
                                       "{\"channel\":\"b\",\"event\":\"t\",\"data\":{\"k\":1}}"));
  EXPECT_TRUE(Has(answer, " 200 ")) << answer;
  const std::string body = answer.substr(answer.find("\r\n\r\n") + 4);
  EXPECT_EQ(std::count(body.begin(), body.end(), '\n'), 3) << body;
  EXPECT_TRUE(Has(body, "\"line\":2")) << body;
  EXPECT_EQ(stats.published.Get(), 2u);
  EXPECT_EQ(stats.refused.Get(), 1u);
}

TEST_F(HttpPublishers, ManyRequestsOnOneConnection) {
  Start(1, 64);
  PublishClient client(path);
  for (int i = 0; i < 200; ++i) {
    client.Append("POST /publish/a HTTP/1.1\r\nHost: s\r\nContent-Length: 1\r\n\r\nx");
  }
  client.Append(Ask("GET", "/channels/a"));
  TickUntil([&] {
    client.Flush();
    client.Poll();
    return client.ended();
  });
  EXPECT_EQ(stats.published.Get(), 200u);
  EXPECT_TRUE(Has(client.text(), R"("events":200)"));
}

TEST_F(HttpPublishers, WhatCannotBeAnsweredIsRefused) {
  options.max_event_bytes = 1000;
  Start(1, 64);
  EXPECT_TRUE(Has(Http(Post("/publish/a//b", "x")), " 400 "));
  EXPECT_TRUE(Has(Http(Post("/publish/%zz", "x")), " 400 "));
  EXPECT_TRUE(Has(Http(Post("/publish/a?other=1", "x")), " 400 "));
  EXPECT_TRUE(Has(Http(Post("/publish/a", "\xff")), " 400 "));
  EXPECT_TRUE(Has(Http(Post("/publish/a", std::string(1001, 'x'))), " 413 "));
  EXPECT_TRUE(Has(Http(Ask("GET", "/publish/a")), " 405 "));
  EXPECT_TRUE(Has(Http(Ask("GET", "/nothing")), " 404 "));
  const auto with_body = [](const std::string& line, const std::string& rest) {
    return line + " HTTP/1.1\r\nHost: h\r\n" + rest;
  };
  const std::string body = "Content-Length: 1\r\n\r\nx";
  EXPECT_TRUE(Has(Http(with_body("PUT /publish/a", body)), "Allow: POST\r\n"));
  EXPECT_TRUE(Has(Http(with_body("POST /channels/a", body)), "Allow: GET, HEAD, PUT, DELETE\r\n"));
  EXPECT_TRUE(Has(Http(with_body("DELETE /channels/a", body)), " 400 "));
  EXPECT_TRUE(Has(Http(with_body("POST /nothing", body)), " 404 "));
  // A chunk's size line is enough to refuse the body; its data need not come.
  EXPECT_TRUE(Has(Http(with_body("POST /publish/a", "Transfer-Encoding: chunked\r\n\r\n3e9\r\n")),
                  " 413 "));
  EXPECT_TRUE(Has(Http(Ask("POST", "/publish/a")), " 400 "));
  EXPECT_EQ(stats.published.Get(), 0u);
}

TEST_F(HttpPublishers, ARequestWaitsForSubscribersThatAreFarBehind) {
  Start(1, 1024);
  const ChannelHandle handle = Follow(0, "a");
  const auto flood = Flood("a");
  PublishClient http(path);
  http.Append(Post("/publish/a", "patient"));
  PublishClient batch(path);
  batch.Append(Post("/publish", "{\"channel\":\"a\",\"data\":\"x\"}"));
  for (int i = 0; i < 20; ++i) {
    http.Flush();
    batch.Flush();
    Tick();
  }
  http.Poll();
  batch.Poll();
  EXPECT_EQ(http.text() + batch.text(), "");
  std::uint64_t position = 0;
  TickUntil([&] {
    for (const ToShard& message : Drain(0)) position = std::max(position, message.head);
    Progress(0, handle, position);
    http.Poll();
    batch.Poll();
    return http.ended() && batch.ended();
  });
  EXPECT_TRUE(Has(http.text(), " 200 "));
  EXPECT_TRUE(Has(batch.text(), " 200 "));
}

}  // namespace
}  // namespace ringcast
