// Heartbeats, deadlines and drain, by a clock that the test sets.
#include <string>
#include <vector>

#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;

class Timers : public test::ShardFixture {
 protected:
  static std::size_t Beats(StreamClient& client) {
    client.Poll();
    const std::string text = client.Text();
    std::size_t beats = 0;
    for (std::size_t at = text.find("\n:\n"); at != std::string::npos;
         at = text.find(":\n", at + 2)) {
      ++beats;
    }
    return beats;
  }
};

TEST_F(Timers, AQuietStreamHearsAHeartbeatInTime) {
  options.heartbeat = Millis(15'000);
  Start();
  auto client = Subscribe("/events/a");
  auto bare = Subscribe("/events/a", "", "HTTP/1.0");
  Pass(Millis(11'000));
  EXPECT_EQ(Beats(*client), 0u);
  Pass(Millis(4'100));
  EXPECT_EQ(Beats(*client), 1u);
  EXPECT_EQ(Beats(*bare), 1u);
  Pass(Millis(60'000));
  EXPECT_GE(Beats(*client), 5u);
  EXPECT_LE(Beats(*client), 6u);
  EXPECT_TRUE(client->well_formed());
  EXPECT_EQ(bare->raw().substr(bare->raw().size() - 2), ":\n");
  EXPECT_EQ(stats().heartbeats.Get(), Beats(*client) + Beats(*bare));
  EXPECT_EQ(client->Events().size(), 1u) << "a heartbeat is no event";
}

TEST_F(Timers, AStreamWithEventsHearsNone) {
  Start();
  auto client = Subscribe("/events/a");
  for (int i = 0; i < 12; ++i) {
    Pass(Millis(5'000));
    Publish("a", "x");
    Exchange();
  }
  WaitForMessages(*client, 12);
  EXPECT_EQ(stats().heartbeats.Get(), 0u);
}

TEST_F(Timers, HeartbeatsCanBeSwitchedOff) {
  options.heartbeat = Millis(0);
  Start();
  auto client = Subscribe("/events/a");
  Pass(Millis(120'000));
  EXPECT_EQ(Beats(*client), 0u);
  EXPECT_EQ(stats().streams.Get(), 1u);
}

TEST_F(Timers, ManyStreamsDoNotBeatAllAtOnce) {
  Start();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(Subscribe("/events/a"));
  std::uint64_t most = 0;
  for (int i = 0; i < 320; ++i) {
    const std::uint64_t before = stats().heartbeats.Get();
    Pass(Millis(50));
    most = std::max(most, stats().heartbeats.Get() - before);
  }
  EXPECT_GE(stats().heartbeats.Get(), 100u);
  EXPECT_LT(most, 20u);
}

TEST_F(Timers, AStreamWithoutAnEventEndsAfterTheIdleTimeout) {
  options.idle_timeout = Millis(60'000);
  Start();
  auto quiet = Subscribe("/events/quiet");
  auto busy = Subscribe("/events/busy");
  for (int i = 0; i < 6; ++i) {
    Publish("busy", "x");
    Pass(Millis(9'900));
  }
  EXPECT_EQ(stats().streams.Get(), 2u);
  Pass(Millis(800));
  WaitForEnd(*quiet);
  EXPECT_EQ(quiet->error(), 0);
  EXPECT_EQ(Closed(CloseReason::kIdle), 1u);
  EXPECT_EQ(stats().streams.Get(), 1u) << "heartbeats are no events";
}

TEST_F(Timers, EventsKeepEveryKindOfStreamFromIdling) {
  options.idle_timeout = Millis(60'000);
  Start();
  auto shared = Subscribe("/events?channel=busy&channel=quiet");
  auto bare = Subscribe("/events/busy", "", "HTTP/1.0");
  for (int i = 0; i < 13; ++i) {
    Publish("busy", "x");
    Pass(Millis(9'900));
  }
  EXPECT_EQ(stats().streams.Get(), 2u);
  EXPECT_EQ(Closed(CloseReason::kIdle), 0u);
  Pass(Millis(61'000));
  EXPECT_EQ(Closed(CloseReason::kIdle), 2u);
}

TEST_F(Timers, AStreamLivesForItsLifetimeMoreOrLess) {
  options.max_lifetime = Millis(100'000);
  Start();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(Subscribe("/events/a"));
  Pass(Millis(89'900));
  EXPECT_EQ(stats().streams.Get(), 20u);
  Pass(Millis(10'000));
  EXPECT_GT(stats().streams.Get(), 0u);
  EXPECT_LT(stats().streams.Get(), 20u) << "they do not end all at once";
  Pass(Millis(10'300));
  EXPECT_EQ(stats().streams.Get(), 0u);
  EXPECT_EQ(Closed(CloseReason::kLifetime), 20u);
}

TEST_F(Timers, SilenceInPlaceOfARequestIsAnsweredWithSilence) {
  Start();
  auto client = Connect();
  Pass(Millis(9'900));
  EXPECT_EQ(stats().connections.Get(), 1u);
  Pass(Millis(200));
  WaitForEnd(*client);
  EXPECT_EQ(client->raw(), "");
  EXPECT_EQ(Closed(CloseReason::kHeaderTimeout), 1u);
}

TEST_F(Timers, ARequestThatDoesNotComeToItsEndIsTold) {
  Start();
  auto client = Connect();
  client->Send("GET /events/a HTTP/1.1\r\n");
  for (int i = 0; i < 100; ++i) {
    Pass(Millis(100));
    if (stats().connections.Get() == 1 && i % 10 == 0) client->Send("X");  // a little at a time
  }
  Pass(Millis(200));
  WaitForEnd(*client);
  EXPECT_NE(client->raw().find(" 408 "), std::string::npos);
  client->socket().Close();
  TickUntil([&] { return stats().connections.Get() == 0; });
  EXPECT_EQ(Closed(CloseReason::kHeaderTimeout), 1u);
}

TEST_F(Timers, ARequestThatIsToldSoIsReadOnByTheReceiveItHas) {
  Start();
  auto client = Connect();
  client->Send("GET /events/a HTTP/1.1\r\n");
  Pass(Millis(100));
  const std::uint64_t receives = ring->receives();
  Pass(Millis(10'000));
  client->Poll();
  ASSERT_NE(client->raw().find(" 408 "), std::string::npos);
  EXPECT_EQ(ring->receives(), receives) << "two receives on one socket";
  client->socket().Close();
  TickUntil([&] { return stats().connections.Get() == 0; });
}

TEST_F(Timers, APeerThatLingersIsGoneAfterASecond) {
  Start();
  auto client = Connect();
  client->Send("NONSENSE\r\n\r\n");
  WaitForEnd(*client);
  EXPECT_EQ(stats().connections.Get(), 1u);
  Pass(Millis(1'200));
  TickUntil([&] { return stats().connections.Get() == 0; });
}

TEST_F(Timers, ADrainTellsEveryoneWhenToComeBackThenEnds) {
  options.retry = Millis(3'000);
  Start();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(Subscribe("/events/a"));
  clients.push_back(Subscribe("/events?channel=a&channel=b"));
  clients.push_back(Subscribe("/events/a", "", "HTTP/1.0"));
  auto idle = Connect();
  Publish("a", "last");
  Exchange();
  control.phase = RunPhase::kDraining;
  // The kernel shuts sockets down in its own time, which does not pass with the simulated one.
  TickUntil([&] {
    ring->Advance(Millis(10));
    return !running;
  });
  EXPECT_FALSE(running) << "all are gone, so the shard has ended";
  EXPECT_EQ(control.shards_draining.load(), 1u);
  for (auto& client : clients) {
    client->Poll();
    ASSERT_TRUE(client->ended());
    EXPECT_EQ(client->error(), 0);
    EXPECT_EQ(client->Messages(), std::vector<std::string>{"last"});
    ASSERT_EQ(client->OfType("drain").size(), 1u);
    EXPECT_TRUE(client->well_formed());
    EXPECT_EQ(client->raw().find("\r\n0\r\n\r\n"), std::string::npos)
        << "without the last chunk, so that every client comes back";
    const std::string text = client->Text();
    const std::size_t at = text.rfind("retry: ");
    const int retry = std::stoi(text.substr(at + 7));
    EXPECT_GE(retry, 3000);
    EXPECT_LE(retry, 4500);
  }
  EXPECT_EQ(Closed(CloseReason::kDrain), 13u);
  EXPECT_EQ(stats().connections.Get(), 0u);
}

// Its channel was being opened when the drain began: the lifetime of streams is not its own any
// more.
TEST_F(Timers, AStreamThatStartsInADrainEndsWithIt) {
  options.max_lifetime = Millis(3'600'000);
  Start();
  HoldLane(true);
  auto client = Connect();
  client->Get("/events/a");
  for (int i = 0; i < 100; ++i) Tick();
  control.phase = RunPhase::kDraining;
  Tick();
  HoldLane(false);
  TickUntil([&] {
    ring->Advance(Millis(10));
    client->Poll();
    return !running;
  });
  EXPECT_TRUE(client->ended());
  EXPECT_EQ(stats().connections.Get(), 0u);
}

TEST_F(Timers, ADrainOfNobodyEndsAtOnceAndStoppingAlways) {
  Start();
  control.phase = RunPhase::kDraining;
  Tick();
  EXPECT_FALSE(running);
  running = true;
  control.phase = RunPhase::kStopping;
  auto client = std::make_unique<StreamClient>(port);
  Tick();
  EXPECT_FALSE(running);
}

// A process that was stopped for a minute: no burst of beats, no mass timeout.
TEST_F(Timers, ALongPauseCausesNoBurst) {
  Start();
  auto client = Subscribe("/events/a");
  ring->Advance(Millis(60'000));
  for (int i = 0; i < 10; ++i) Tick();
  EXPECT_EQ(Beats(*client), 1u);
  EXPECT_EQ(stats().streams.Get(), 1u);
}

}  // namespace
}  // namespace ringcast
