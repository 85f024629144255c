// Settings that change while the sequencer runs: what publishers and histories that are there see
// of them.
#include <unistd.h>

#include <memory>
#include <string>

#include "sequencer/sequencer_fixture.h"

namespace ringcast {
namespace {

using test::PublishClient;

class SequencerSettingsTest : public test::SequencerFixture {
 protected:
  // Posts the settings of `options`, and ticks until the sequencer runs with them.
  void Settle() {
    settings.Post(std::make_unique<const SequencerSettings>(options));
    TickUntil([this] { return settings.Acknowledged(); });
  }
  const PublishClient::Answer& NextAnswer(PublishClient& client) {
    ++answered_;
    TickUntil([&] {
      client.Flush();
      return client.Answers().size() >= answered_ || client.ended();
    });
    return client.Answers().at(answered_ - 1);
  }

 private:
  std::size_t answered_ = 0;
};

TEST_F(SequencerSettingsTest, AnotherEventSizeHoldsForPublishersThatAreThere) {
  options.max_event_bytes = 1000;
  Start(1, 64);
  auto client = Binary();
  client->Publish("a", std::string(1000, 'x'));
  EXPECT_EQ(NextAnswer(*client).code, 0);
  options.max_event_bytes = 999;
  Settle();
  client->Publish("a", std::string(1000, 'x'));
  EXPECT_EQ(NextAnswer(*client).code, RINGCAST_PUBLISH_NACK_TOO_LARGE);
  options.max_event_bytes = 500'000;
  Settle();
  client->Publish("a", std::string(500'000, 'x'));
  EXPECT_EQ(NextAnswer(*client).code, 0);
  client->Publish("a", std::string(500'001, 'x'));
  EXPECT_EQ(NextAnswer(*client).code, RINGCAST_PUBLISH_NACK_TOO_LARGE);
  EXPECT_FALSE(client->ended());
}

TEST_F(SequencerSettingsTest, AFrameThatHasHalfArrivedIsRefusedWhenItHasBecomeTooLarge) {
  options.max_event_bytes = 1'000'000;
  Start(1, 64);
  auto client = Binary();
  std::string frame;
  AppendPublish(frame, 1, "a", {"", std::string(900'000, 'x')});
  client->Append(frame.substr(0, 600'000));
  TickUntil([&] { return client->Flush() == 0; });
  Ticks(20);
  options.max_event_bytes = 1000;
  Settle();
  client->Append(frame.substr(600'000));
  EXPECT_EQ(NextAnswer(*client).code, RINGCAST_PUBLISH_NACK_TOO_LARGE);
  frame.clear();
  AppendPublish(frame, 2, "a", {"", std::string(1000, 'x')});
  client->Append(frame);
  EXPECT_EQ(NextAnswer(*client).code, 0) << "the connection goes on";
  EXPECT_EQ(stats.published.Get(), 1u);
}

TEST_F(SequencerSettingsTest, AnotherBodySizeHoldsForHttpConnectionsThatAreThere) {
  options.max_event_bytes = options.max_batch_bytes = 1000;
  Start(1, 64);
  PublishClient client(path);
  const auto answers = [&](std::size_t count) {
    TickUntil([&] {
      client.Flush();
      client.Poll();
      std::size_t seen = 0;
      for (std::size_t at = 0; (at = client.text().find("HTTP/1.1 ", at)) != std::string::npos;
           ++at)
        ++seen;
      return seen >= count;
    });
    return client.text().substr(client.text().rfind("HTTP/1.1 "), 12);
  };
  const auto post = [&](std::size_t size) {
    client.Append("POST /publish/a HTTP/1.1\r\nHost: s\r\nContent-Length: " + std::to_string(size) +
                  "\r\n\r\n" + std::string(size, 'x'));
  };
  post(1000);
  EXPECT_EQ(answers(1), "HTTP/1.1 200");
  options.max_event_bytes = 5000;
  Settle();
  post(5000);
  EXPECT_EQ(answers(2), "HTTP/1.1 200");
  options.max_event_bytes = 100;
  Settle();
  post(101);
  EXPECT_EQ(answers(3), "HTTP/1.1 413");
}

TEST_F(SequencerSettingsTest, WhoMayNotPublishAnyMoreIsClosed) {
  Start(1, 64);
  auto client = Binary();
  client->Publish("a", "x");
  EXPECT_EQ(NextAnswer(*client).code, 0);
  options.users = {::geteuid(), 12345};
  Settle();
  client->Publish("a", "x");
  EXPECT_EQ(NextAnswer(*client).code, 0) << "it is on the list";
  options.users = {::geteuid() + 1};
  Settle();
  TickUntil([&] {
    client->Poll();
    return client->ended();
  });
  TickUntil([&] { return stats.publishers.Get() == 0; });
  PublishClient another(path);
  TickUntil([&] {
    another.Poll();
    return another.ended();
  });
  EXPECT_EQ(stats.publishers_refused.Get(), 2u);
  options.users.clear();
  Settle();
  auto again = Binary();
  again->Publish("a", "x");
  TickUntil([&] {
    again->Flush();
    return !again->Answers().empty();
  });
}

TEST_F(SequencerSettingsTest, WhoeverWaitsForSubscribersIsClosedAsWell) {
  Start(1, 64);
  Follow(0, "a");
  auto client = Binary();
  for (int i = 0; i < 4; ++i) client->Publish("a", std::string(40'000, 'x'));
  TickUntil([&] {
    client->Flush();
    client->Poll();
    return stats.blocked.Get() > 0;
  });
  options.users = {::geteuid() + 1};
  Settle();
  TickUntil([&] { return stats.publishers.Get() == 0; });
}

TEST_F(SequencerSettingsTest, FewerPublishersCutNobody) {
  Start(1, 64);
  auto first = Binary();
  auto second = Binary();
  TickUntil([&] { return stats.publishers.Get() == 2; });
  options.max_publishers = 1;
  Settle();
  EXPECT_EQ(stats.publishers.Get(), 2u);
  EXPECT_NE(Http(Post("/publish/a", "x")).find("HTTP/1.1 503"), std::string::npos);
  options.max_publishers = 3;
  Settle();
  EXPECT_NE(Http(Post("/publish/a", "x")).find("HTTP/1.1 200"), std::string::npos);
}

TEST_F(SequencerSettingsTest, HistoriesAreTrimmedBeforeItIsAcknowledged) {
  Start(1, 64);
  for (int i = 0; i < 5; ++i) Http(Post("/publish/a", std::to_string(i)));
  EXPECT_NE(Http(Ask("GET", "/channels/a")).find("\"events\":5"), std::string::npos);
  options.history_events = 2;
  options.history_memory = 100u << 20;
  Settle();
  EXPECT_NE(Http(Ask("GET", "/channels/a")).find("\"events\":2"), std::string::npos);
  EXPECT_EQ(stats.history_memory.Get(), 100u << 20);
}

}  // namespace
}  // namespace ringcast
