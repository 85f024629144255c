// Events that are sent again under their idempotency key: answered with the first one's id, and
// published once.
#include <string>
#include <vector>

#include "sequencer/sequencer_fixture.h"

namespace ringcast {
namespace {

using test::PublishClient;

constexpr std::string_view kRepeated = R"("duplicate":true})";

class IdempotencyKeys : public test::SequencerFixture {
 protected:
  static std::string Keyed(const std::string& channel, const std::string& key,
                           const std::string& body, const std::string& query = {}) {
    return "POST /publish/" + channel + query +
           " HTTP/1.1\r\nHost: s\r\nConnection: close\r\nIdempotency-Key: " + key +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string Line(const std::string& channel, const std::string& key,
                          const std::string& data) {
    return R"({"channel":")" + channel + R"(","key":")" + key + R"(","data":")" + data + "\"}\n";
  }
  static bool Has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
  static std::string IdIn(const std::string& answer, std::size_t from = 0) {
    const std::size_t at = answer.find(R"("id":")", from);
    if (at == std::string::npos) return "none in " + answer;
    return answer.substr(at + 6, answer.find('"', at + 6) - at - 6);
  }
  static std::vector<std::string> Lines(const std::string& answer) {
    std::vector<std::string> lines;
    std::size_t at = answer.find("\r\n\r\n") + 4;
    for (std::size_t end; (end = answer.find('\n', at)) != std::string::npos; at = end + 1) {
      lines.push_back(answer.substr(at, end - at));
    }
    return lines;
  }
};

TEST_F(IdempotencyKeys, SentAgainAnEventIsAnsweredWithTheFirstOnesId) {
  Start(1, 64);
  const std::string first = Http(Keyed("a", "k", "x"));
  EXPECT_TRUE(Has(first, R"("subscribers":0})")) << first;
  for (int i = 0; i < 3; ++i) {
    const std::string again = Http(Keyed("a", "k", "x"));
    EXPECT_TRUE(Has(again, "HTTP/1.1 200 ")) << again;
    EXPECT_TRUE(Has(again, kRepeated)) << again;
    EXPECT_EQ(IdIn(again), IdIn(first));
  }
  EXPECT_EQ(stats.published.Get(), 1u);
  EXPECT_EQ(stats.repeated.Get(), 3u);
  EXPECT_EQ(stats.refused.Get(), 0u);
  EXPECT_TRUE(Has(Http(Ask("GET", "/channels/a")), R"("events":1)"));
}

TEST_F(IdempotencyKeys, ASubscriberGetsTheEventOnce) {
  Start(1, 64);
  Follow(0, "a");
  Http(Keyed("a", "k", "x"));
  const std::vector<ToShard> told = Drain(0);
  ASSERT_EQ(told.size(), 1u);
  Http(Keyed("a", "k", "x"));
  EXPECT_EQ(Drain(0).size(), 0u);
}

TEST_F(IdempotencyKeys, AnotherEventUnderTheKeyIsRefused) {
  Start(1, 64);
  Http(Keyed("a", "k", "x"));
  for (const std::string& other : {Keyed("a", "k", "y"), Keyed("a", "k", "x", "?event=t")}) {
    const std::string answer = Http(other);
    EXPECT_TRUE(Has(answer, "HTTP/1.1 422 ")) << answer;
    EXPECT_TRUE(Has(answer, "a new event needs a new key")) << answer;
  }
  EXPECT_TRUE(Has(Http(Keyed("a", "k", "x")), kRepeated)) << "the first one stays";
  EXPECT_EQ(stats.published.Get(), 1u);
  EXPECT_EQ(stats.refused.Get(), 2u);
}

TEST_F(IdempotencyKeys, AKeyBelongsToItsChannel) {
  Start(1, 64);
  const std::string a = Http(Keyed("a", "k", "x"));
  const std::string b = Http(Keyed("b", "k", "x"));
  EXPECT_FALSE(Has(b, kRepeated)) << b;
  EXPECT_NE(IdIn(a), IdIn(b));
  EXPECT_EQ(stats.published.Get(), 2u);
}

TEST_F(IdempotencyKeys, OneThatIsNoneIsRefused) {
  Start(1, 64);
  for (const std::string& key :
       {std::string(), std::string("a b"), std::string(129, 'k'), std::string("a\xc3\xa9"),
        std::string("a\r\nIdempotency-Key: b")}) {
    const std::string answer = Http(Keyed("a", key, "x"));
    EXPECT_TRUE(Has(answer, "HTTP/1.1 400 ")) << key << " " << answer;
    EXPECT_TRUE(Has(answer, "1 to 128 visible ASCII characters")) << answer;
  }
  const std::string lines =
      Http(Post("/publish", Line("a", "", "x") + Line("a", "a b", "x") + Line("a", "ok", "x")));
  EXPECT_TRUE(Has(Lines(lines).at(0), R"("line":1})")) << lines;
  EXPECT_TRUE(Has(Lines(lines).at(1), R"("line":2})")) << lines;
  EXPECT_EQ(stats.published.Get(), 1u);
}

TEST_F(IdempotencyKeys, ABatchHasThemInItsLines) {
  Start(1, 64);
  const std::string single = Http(Keyed("a", "1", "x"));
  const std::string answer =
      Http(Post("/publish", Line("a", "1", "x") + Line("a", "2", "x") + Line("a", "2", "x") +
                                Line("a", "2", "other") + Line("b", "2", "x")));
  const std::vector<std::string> lines = Lines(answer);
  ASSERT_EQ(lines.size(), 5u) << answer;
  EXPECT_TRUE(Has(lines[0], kRepeated)) << answer;
  EXPECT_EQ(IdIn(lines[0]), IdIn(single));
  EXPECT_TRUE(Has(lines[1], R"("subscribers":0})")) << answer;
  EXPECT_TRUE(Has(lines[2], kRepeated)) << answer;
  EXPECT_EQ(IdIn(lines[2]), IdIn(lines[1]));
  EXPECT_TRUE(Has(lines[3], R"("line":4})")) << answer;
  EXPECT_TRUE(Has(lines[4], R"("subscribers":0})")) << answer;
  EXPECT_EQ(stats.published.Get(), 3u);
  EXPECT_TRUE(Has(Http(Keyed("a", "2", "x")), kRepeated));
}

TEST_F(IdempotencyKeys, AHeaderNamesASingleEventAndNoBatch) {
  Start(1, 64);
  const std::string body = "{\"channel\":\"a\",\"data\":1}";
  const std::string answer = Http(
      "POST /publish HTTP/1.1\r\nHost: s\r\nConnection: close\r\nIdempotency-Key: "
      "k\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_TRUE(Has(answer, "HTTP/1.1 400 ")) << answer;
  EXPECT_EQ(stats.published.Get(), 0u);
}

TEST_F(IdempotencyKeys, ARefusedEventDoesNotTakeItsKey) {
  options.max_event_bytes = 10;
  Start(1, 64);
  EXPECT_TRUE(Has(Http(Keyed("a", "k", std::string(11, 'x'))), " 413 "));
  EXPECT_TRUE(Has(Http(Keyed("a", "k", "\xff")), " 400 "));
  EXPECT_FALSE(Has(Http(Keyed("a", "k", "x")), kRepeated));
  EXPECT_EQ(stats.published.Get(), 1u);
}

TEST_F(IdempotencyKeys, AreForgottenWhenTheWindowIsOver) {
  options.idempotency_window = Millis(10'000);
  Start(1, 64);
  Http(Keyed("a", "k", "x"));
  Pass(Millis(9'000));
  EXPECT_TRUE(Has(Http(Keyed("a", "k", "x")), kRepeated));
  EXPECT_EQ(stats.idempotency_keys.Get(), 1u);
  Pass(Millis(1'100));
  EXPECT_EQ(stats.idempotency_keys.Get(), 0u);
  EXPECT_FALSE(Has(Http(Keyed("a", "k", "x")), kRepeated));
  EXPECT_EQ(stats.published.Get(), 2u);
  EXPECT_EQ(stats.idempotency_keys_dropped.Get(), 0u);
}

TEST_F(IdempotencyKeys, TheWindowMayChangeWhileItRuns) {
  options.idempotency_window = Millis(0);
  Start(1, 64);
  const auto settle = [this](Millis window) {
    options.idempotency_window = window;
    settings.Post(std::make_unique<const SequencerSettings>(options));
    TickUntil([this] { return settings.Acknowledged(); });
  };
  Http(Keyed("a", "k", "x"));
  EXPECT_FALSE(Has(Http(Keyed("a", "k", "x")), kRepeated)) << "keys mean nothing";
  EXPECT_EQ(stats.published.Get(), 2u);
  settle(Millis(60'000));
  Http(Keyed("a", "k", "x"));
  EXPECT_TRUE(Has(Http(Keyed("a", "k", "x")), kRepeated));
  Pass(Millis(5'000));
  settle(Millis(4'000));
  EXPECT_FALSE(Has(Http(Keyed("a", "k", "x")), kRepeated));
  settle(Millis(0));
  EXPECT_FALSE(Has(Http(Keyed("a", "k", "x")), kRepeated));
  Ticks(2);
  EXPECT_EQ(stats.idempotency_keys.Get(), 0u);
}

// The event waits for subscribers that are far behind; the one that comes after it on another
// connection, and the one in a batch, wait with it and are told its id.
TEST_F(IdempotencyKeys, ComeAgainWhileTheFirstWaits) {
  Start(1, 1024);
  const ChannelHandle handle = Follow(0, "a");
  const auto flood = Flood("a");
  PublishClient first(path);
  PublishClient second(path);
  PublishClient batch(path);
  first.Append(Keyed("a", "k", "once"));
  second.Append(Keyed("a", "k", "once"));
  batch.Append(Post("/publish", Line("a", "k", "once") + Line("a", "k", "once")));
  for (PublishClient* client : {&first, &second, &batch}) {
    for (int i = 0; i < 10; ++i) {
      client->Flush();
      Tick();
    }
    client->Poll();
    EXPECT_EQ(client->text(), "");
  }
  std::uint64_t position = 0;
  TickUntil([&] {
    for (const ToShard& message : Drain(0)) position = std::max(position, message.head);
    Progress(0, handle, position);
    flood->Flush();
    for (PublishClient* client : {&first, &second, &batch}) client->Poll();
    return first.ended() && second.ended() && batch.ended() && flood->Answers().size() == 70;
  });
  EXPECT_EQ(stats.published.Get(), 71u);
  EXPECT_EQ(stats.repeated.Get(), 3u);
  EXPECT_EQ(IdIn(first.text()), IdIn(second.text()));
  for (const std::string& line : Lines(batch.text())) EXPECT_EQ(IdIn(line), IdIn(first.text()));
}

// Who goes while it waits may have been published; its key says so to whoever asks again.
TEST_F(IdempotencyKeys, WhoGoesWithoutItsAnswerFindsOutWithTheSameKey) {
  Start(1, 64);
  PublishClient gone(path);
  gone.Append(Keyed("a", "k", "x"));
  gone.Flush();
  gone.Close();
  TickUntil([&] { return stats.published.Get() == 1; });
  EXPECT_TRUE(Has(Http(Keyed("a", "k", "x")), kRepeated));
  EXPECT_EQ(stats.published.Get(), 1u);
}

TEST_F(IdempotencyKeys, EventsWithoutAKeyAreNoMatter) {
  Start(1, 64);
  for (int i = 0; i < 5; ++i) Http(Post("/publish/a", "x"));
  EXPECT_EQ(stats.published.Get(), 5u);
  EXPECT_EQ(stats.idempotency_keys.Get(), 0u);
}

}  // namespace
}  // namespace ringcast
