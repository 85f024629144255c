// Tokens on a shard, by a clock that the test sets: when a stream ends by its token, and how many
// are verified in a tick.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "access/token_maker.h"
#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;

constexpr std::int64_t kNow = 1'700'000'000;

class TokenAccess : public test::ShardFixture {
 protected:
  TokenAccess() {
    Route events;
    events.auth = AuthMode::kToken;
    options.routes = std::make_shared<const RouteTable>(std::move(events));
    options.heartbeat = Millis(0);
    options.idle_timeout = Millis(0);
    Leeway(0);
  }

  void Leeway(std::int64_t seconds) {
    std::vector<TokenKey> keys;
    keys.push_back(std::move(*TokenKey::FromSecret(std::string(32, 's'))));
    options.tokens = *TokenVerifier::Make(std::move(keys), {.leeway_seconds = seconds});
  }

  void StartNow() {
    Start();
    ring->SetWall(kNow * 1000);
  }

  // The field of a request; a token that ends so many seconds from now.
  std::string Bearer(std::int64_t seconds) const {
    TokenContent content;
    content.claims = {.expires = kNow + seconds, .subscribe = {"a"}, .publish = {}, .texts = {}};
    return "Authorization: Bearer " + *MakeToken(content, key_) + "\r\n";
  }
  std::uint64_t Refused(TokenFault fault) {
    return stats().tokens_refused[static_cast<std::size_t>(fault)].Get();
  }

  const TokenKey key_ = std::move(*TokenKey::FromSecret(std::string(32, 's')));
};

TEST_F(TokenAccess, AStreamEndsALittleBeforeItsTokenAndNeverAfter) {
  StartNow();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(Subscribe("/events/a", Bearer(100)));
  // A tenth of its time is what it may be early by, and at most ten seconds.
  Pass(Millis(89'000));
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 0u);
  Pass(Millis(6'000));
  const std::uint64_t half = Closed(CloseReason::kTokenExpired);
  EXPECT_GT(half, 0u);
  EXPECT_LT(half, 50u) << "they do not all come back together";
  Pass(Millis(5'000));
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 50u);
  EXPECT_EQ(Closed(CloseReason::kLifetime), 0u);
  WaitForEnd(*clients.front());
}

TEST_F(TokenAccess, TheLeewayIsPartOfItsTime) {
  Leeway(60);
  StartNow();
  auto client = Subscribe("/events/a", Bearer(-59));
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 0u);
  Pass(Millis(1'000));
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 1u);
}

// The end was reckoned when the stream began; only whoever asks anew is judged by the clock as set.
TEST_F(TokenAccess, AClockThatIsSetMovesNoEnd) {
  StartNow();
  auto client = Subscribe("/events/a", Bearer(100));
  ring->SetWall((kNow + 1000) * 1000);
  Pass(Millis(80'000));
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 0u);
  ring->SetWall((kNow - 1000) * 1000);
  Pass(Millis(20'000));
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 1u);
}

TEST_F(TokenAccess, ATokenThatHoldsForAgesEndsNoStream) {
  StartNow();
  auto client = Subscribe("/events/a", Bearer(253402300799 - kNow));
  Pass(Millis(60'000));
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 0u);
}

TEST_F(TokenAccess, ASlotThatIsUsedAgainForgetsTheTokenBefore) {
  StartNow();
  { auto client = Subscribe("/events/a", Bearer(20)); }
  TickUntil([this] { return stats().connections.Get() == 0; });
  options.routes = std::make_shared<const RouteTable>();
  Settle();
  auto client = Subscribe("/events/a");
  Pass(Millis(60'000));
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 0u);
  EXPECT_EQ(stats().streams.Get(), 1u);
}

TEST_F(TokenAccess, ALifetimeThatChangesLeavesTheTokensEnd) {
  options.max_lifetime = Millis(3'600'000);
  StartNow();
  auto by_token = Subscribe("/events/a", Bearer(100));
  auto by_lifetime = Subscribe("/events/a", Bearer(100'000));
  options.max_lifetime = Millis(7'200'000);
  Settle();
  Pass(Millis(50'000));
  EXPECT_EQ(stats().streams.Get(), 2u) << "the token's end is no lifetime that grows and shrinks";
  options.max_lifetime = Millis(0);
  Settle();
  Pass(Millis(50'000));
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 1u);
  Pass(Millis(10'000'000));
  EXPECT_EQ(Closed(CloseReason::kLifetime), 0u);
  EXPECT_EQ(stats().streams.Get(), 1u);
}

TEST_F(TokenAccess, ATickVerifiesOnlySoManyAndServesThemInOrder) {
  StartNow();
  const std::string wrong = "Authorization: Bearer a.b.c\r\n";
  auto stream = Subscribe("/events/a", Bearer(1000));
  std::vector<std::unique_ptr<StreamClient>> clients;
  constexpr std::size_t kMany = budget::kTokensPerTick * 3;
  for (std::size_t i = 0; i < kMany; ++i) clients.push_back(Connect());
  for (const auto& client : clients) client->Get("/events/a", wrong);
  std::uint64_t before = 0;
  TickUntil([&] {
    const std::uint64_t now = Refused(TokenFault::kMalformed);
    // What waited is verified at the tick's beginning, what comes in takes what is left.
    EXPECT_LE(now - before, budget::kTokensPerTick);
    before = now;
    return now == kMany;
  });
  for (const auto& client : clients) {
    WaitForEnd(*client);
    EXPECT_EQ(client->head().find("HTTP/1.1 401 "), 0u);
  }
  Publish("a", "x");
  WaitForMessages(*stream, 1);
}

TEST_F(TokenAccess, WhoHangsUpWhileItWaitsIsForgotten) {
  StartNow();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (std::size_t i = 0; i < budget::kTokensPerTick * 3; ++i) clients.push_back(Connect());
  for (const auto& client : clients) client->Get("/events/a", Bearer(1000));
  clients.clear();
  TickUntil([this] { return stats().connections.Get() == 0; });
  EXPECT_EQ(stats().streams.Get(), 0u);
}

TEST_F(TokenAccess, ADrainEndsThoseWhoWait) {
  StartNow();
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (std::size_t i = 0; i < budget::kTokensPerTick * 3; ++i) clients.push_back(Connect());
  for (const auto& client : clients) client->Get("/events/a", Bearer(1000));
  Tick();
  control.phase.store(RunPhase::kDraining);
  const MonoTime until = MonotonicNow() + std::chrono::seconds(10);
  while (running && MonotonicNow() < until) {
    ring->Advance(Millis(50));
    Tick();
  }
  EXPECT_FALSE(running);
}

}  // namespace
}  // namespace ringcast
