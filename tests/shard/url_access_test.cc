// Asking the application, from the shard's side: the test plays the gate.
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "shard/shard_fixture.h"

namespace ringcast {
namespace {

using test::StreamClient;
using Names = std::vector<std::string>;
using Texts = std::vector<std::pair<std::string, std::string>>;
using Verdict = Decision::Verdict;

class UrlAccess : public test::ShardFixture {
 protected:
  struct Asked {
    Asker asker;
    std::unique_ptr<Question> question;
  };

  void StartAsking(std::vector<Route> routes = {}) {
    Route events;
    events.auth = AuthMode::kUrl;
    events.auth_url = *ParseAuthUrl("http://127.0.0.1:3000/auth");
    for (Route& route : routes) {
      route.auth = AuthMode::kUrl;
      route.auth_url = *ParseAuthUrl("http://127.0.0.1:3000/route");
    }
    options.routes = std::make_shared<const RouteTable>(events, std::move(routes));
    options.gate = {&gate_, &bell_};
    Start();
  }
  static Route MakeRoute(std::string_view path, const Names& channels) {
    Route route;
    route.path = *RoutePattern::Parse(path);
    for (const std::string& channel : channels) {
      route.channels.push_back(*ChannelTemplate::Parse(channel));
    }
    return route;
  }

  // Takes what was asked.
  void TakeQuestions() {
    while (const ToGate* entry = gate_.questions.Front()) {
      if (entry->question == nullptr) {
        cancelled_.push_back(entry->asker);
      } else {
        asked_.push_back({entry->asker, std::unique_ptr<Question>(entry->question)});
      }
      gate_.questions.Pop();
      gate_.questions.Release();
    }
  }
  // A client of which the question has come.
  std::unique_ptr<StreamClient> Ask(const std::string& target, const std::string& fields = "") {
    auto client = Connect();
    client->Get(target, fields);
    WaitForQuestion();
    return client;
  }
  void WaitForQuestion() {
    const std::size_t before = asked_.size();
    TickUntil([&] {
      TakeQuestions();
      return asked_.size() > before;
    });
  }
  void Tell(const Asker& asker, const Decision& decision) {
    ASSERT_TRUE(gate_.answers.TryPush({.asker = asker, .decision = new Decision(decision)}));
  }
  void Tell(const Decision& decision) { Tell(asked_.back().asker, decision); }
  void WaitForHead(StreamClient& client) {
    TickUntil([&] {
      client.Poll();
      return client.has_head() || client.ended();
    });
  }
  static Decision Allowed() {
    Decision decision;
    decision.verdict = Verdict::kAllowed;
    return decision;
  }
  static Decision Denied(int status) {
    Decision decision;
    decision.verdict = Verdict::kDenied;
    decision.status = status;
    return decision;
  }

  GateLanes gate_;
  Bell bell_;
  std::deque<Asked> asked_;
  std::vector<Asker> cancelled_;
};

TEST_F(UrlAccess, AStreamBeginsWhenItIsAllowed) {
  StartAsking();
  auto client = Ask("/events/a?channel=b",
                    "Cookie: session=1\r\nAuthorization: Bearer x\r\n"
                    "Origin: https://example.org\r\n");
  const Question& question = *asked_.back().question;
  EXPECT_EQ(question.url.request, "http://127.0.0.1:3000/auth");
  EXPECT_EQ(question.method, "GET");
  EXPECT_EQ(question.original_uri, "/events/a?channel=b");
  EXPECT_EQ(question.cookie, "session=1");
  EXPECT_EQ(question.authorization, "Bearer x");
  EXPECT_EQ(question.origin, "https://example.org");
  EXPECT_EQ(question.address, "127.0.0.1");
  EXPECT_EQ(question.channels, (Names{"a", "b"}));
  Pass(Millis(500));
  client->Poll();
  EXPECT_EQ(client->raw(), "") << "nothing is said before the decision";
  Tell(Allowed());
  WaitForHead(*client);
  EXPECT_TRUE(client->head().starts_with("HTTP/1.1 200 OK\r\n")) << client->head();
  TickUntil([&] {
    client->Poll();
    return !client->OfType("connected").empty();
  });
  Publish("b", "x");
  WaitForMessages(*client, 1);
}

TEST_F(UrlAccess, OtherChannelsTakeThePlaceOfThoseAskedFor) {
  StartAsking();
  auto client = Ask("/events/a");
  Decision decision = Allowed();
  decision.channels = Names{"b", "c"};
  Tell(decision);
  WaitForHead(*client);
  TickUntil([&] {
    client->Poll();
    return !client->OfType("connected").empty();
  });
  Publish("a", "not for it");
  Publish("b", "1");
  Publish("c", "2");
  WaitForMessages(*client, 2);
  EXPECT_EQ(client->Messages(), (Names{"1", "2"}));
}

TEST_F(UrlAccess, ADenialIsToldWithItsStatusAndNothingElse) {
  StartAsking();
  for (const int status : {401, 403, 404}) {
    auto client = Ask("/events/secret");
    Decision decision = Denied(status);
    if (status == 401) decision.www_authenticate = "Bearer realm=\"x\"";
    Tell(decision);
    WaitForEnd(*client);
    EXPECT_TRUE(client->raw().starts_with("HTTP/1.1 " + std::to_string(status) + " "))
        << client->raw();
    EXPECT_EQ(client->raw().find("secret"), std::string::npos);
    EXPECT_EQ(client->raw().find("WWW-Authenticate: Bearer realm=\"x\"\r\n") != std::string::npos,
              status == 401);
  }
  TickUntil([this] { return Closed(CloseReason::kBadRequest) == 3; });
  EXPECT_EQ(stats().streams.Get(), 0u);
}

TEST_F(UrlAccess, NeverAgainIsToldWith204) {
  StartAsking();
  auto client = Ask("/events/a");
  Tell(Denied(204));
  WaitForEnd(*client);
  EXPECT_TRUE(client->raw().starts_with("HTTP/1.1 204 No Content\r\n")) << client->raw();
  EXPECT_TRUE(client->raw().ends_with("\r\n\r\n"));
}

TEST_F(UrlAccess, WithoutADecisionTheClientIsAskedToComeBack) {
  StartAsking();
  for (const Verdict verdict : {Verdict::kNone, Verdict::kBusy}) {
    auto client = Ask("/events/a");
    Decision decision;
    decision.verdict = verdict;
    Tell(decision);
    WaitForEnd(*client);
    EXPECT_TRUE(client->raw().starts_with("HTTP/1.1 200 OK\r\n")) << client->raw();
    ASSERT_EQ(client->Events().size(), 1u);
    EXPECT_EQ(client->Events()[0].type, "overload");
    EXPECT_NE(client->raw().find("retry: "), std::string::npos);
  }
  TickUntil([this] { return Closed(CloseReason::kOverload) == 2; });
  EXPECT_EQ(stats().over_limit[static_cast<std::size_t>(Limit::kAuthConcurrency)].Get(), 1u);
}

// The gate has its own time; this is for one that does not come round.
TEST_F(UrlAccess, AGateThatDoesNotAnswerIsNotWaitedForForEver) {
  options.auth_timeout = Millis(2'000);
  StartAsking();
  auto client = Ask("/events/a");
  Pass(Millis(2'900));
  client->Poll();
  EXPECT_EQ(client->raw(), "");
  Pass(Millis(400));
  WaitForEnd(*client);
  EXPECT_EQ(client->Events().at(0).type, "overload");
  TakeQuestions();
  ASSERT_EQ(cancelled_.size(), 1u);
  Tell(Allowed());
  Pass(Millis(200));
  EXPECT_EQ(stats().streams.Get(), 0u) << "its answer comes too late";
}

TEST_F(UrlAccess, AClientThatGoesAwayIsNoticedAndItsQuestionTakenBack) {
  StartAsking();
  auto client = Ask("/events/a");
  client.reset();
  TickUntil([&] {
    TakeQuestions();
    return !cancelled_.empty();
  });
  EXPECT_EQ(cancelled_[0].slot, asked_.back().asker.slot);
  EXPECT_EQ(cancelled_[0].generation, asked_.back().asker.generation);
  TickUntil([&] { return stats().connections.Get() == 0; });
  Tell(Allowed());
  Pass(Millis(200));
  EXPECT_EQ(stats().streams.Get(), 0u);
  EXPECT_EQ(Closed(CloseReason::kClient), 1u);
}

// An answer to whoever had the slot before.
TEST_F(UrlAccess, ALateAnswerIsNotForTheNextInItsSlot) {
  StartAsking();
  auto first = Ask("/events/a");
  const Asker gone = asked_.back().asker;
  first.reset();
  TickUntil([&] { return stats().connections.Get() == 0; });
  std::vector<std::unique_ptr<StreamClient>> others;
  while (asked_.back().asker.slot != gone.slot || others.empty()) {
    others.push_back(Ask("/events/a"));
    ASSERT_LT(others.size(), 1100u) << "the kernel never gave out that slot again";
    if (asked_.back().asker.slot == gone.slot) break;
    others.back().reset();
    TickUntil([&] { return stats().connections.Get() == 0; });
  }
  Tell(gone, Allowed());
  Pass(Millis(200));
  others.back()->Poll();
  EXPECT_EQ(others.back()->raw(), "");
  Tell(Denied(403));
  WaitForEnd(*others.back());
  EXPECT_TRUE(others.back()->raw().starts_with("HTTP/1.1 403 "));
}

TEST_F(UrlAccess, WhatComesBehindTheRequestIsNeverExecuted) {
  StartAsking();
  auto client = Ask("/events/a");
  client->Send("GET /events/b HTTP/1.1\r\nHost: h\r\n\r\n");
  Pass(Millis(200));
  TakeQuestions();
  EXPECT_EQ(asked_.size(), 1u);
  Tell(Allowed());
  WaitForHead(*client);
  Pass(Millis(200));
  EXPECT_EQ(stats().streams.Get(), 1u);
  // Too much of it ends the connection, also while it waits.
  auto chatty = Ask("/events/a");
  chatty->Send(std::string(5'000, 'x'));
  WaitForEnd(*chatty);
  EXPECT_EQ(Closed(CloseReason::kStray), 1u);
}

TEST_F(UrlAccess, ARefusalReachesAClientThatSentMore) {
  StartAsking();
  auto client = Ask("/events/a");
  client->Send("more");
  Pass(Millis(200));
  Tell(Denied(403));
  WaitForEnd(*client);
  EXPECT_TRUE(client->raw().starts_with("HTTP/1.1 403 ")) << client->raw();
  EXPECT_EQ(client->error(), 0);
}

TEST_F(UrlAccess, HeadIsAuthorizedTooAndTheConnectionGoesOn) {
  StartAsking();
  auto client = Connect();
  client->Send("HEAD /events/a HTTP/1.1\r\nHost: h\r\n\r\nGET /health HTTP/1.1\r\nHost: h\r\n\r\n");
  WaitForQuestion();
  EXPECT_EQ(asked_.back().question->method, "HEAD");
  Tell(Allowed());
  TickUntil([&] {
    client->Poll();
    return client->raw().ends_with("ok\n");
  });
  EXPECT_TRUE(client->raw().starts_with("HTTP/1.1 200 OK\r\n"));
  auto denied = Connect();
  denied->Send("HEAD /events/a HTTP/1.1\r\nHost: h\r\n\r\n");
  WaitForQuestion();
  Tell(Denied(403));
  WaitForEnd(*denied);
  EXPECT_TRUE(denied->raw().starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(denied->raw().ends_with("\r\n\r\n")) << denied->raw();
  auto undecided = Connect();
  undecided->Send("HEAD /events/a HTTP/1.1\r\nHost: h\r\n\r\n");
  WaitForQuestion();
  Tell(Decision());
  WaitForEnd(*undecided);
  EXPECT_TRUE(undecided->raw().starts_with("HTTP/1.1 503 "));
}

TEST_F(UrlAccess, WhatTheRequestItselfRulesOutIsNotAsked) {
  StartAsking();
  for (const char* target : {"/nothing", "/events/..", "/health"}) {
    auto client = Connect();
    client->Get(target);
    WaitForHead(*client);
  }
  auto picky = Connect();
  picky->Get("/events/a", "Accept: application/json\r\n");
  WaitForEnd(*picky);
  TakeQuestions();
  EXPECT_TRUE(asked_.empty());
}

TEST_F(UrlAccess, TheStreamEndsWithWhatAllowsIt) {
  StartAsking();
  auto client = Ask("/events/a");
  Decision decision = Allowed();
  const auto now = static_cast<std::int64_t>(ring->WallNow() / 1000);
  decision.expires = now + 100;
  Tell(decision);
  WaitForHead(*client);
  Pass(Millis(85'000));
  client->Poll();
  EXPECT_FALSE(client->ended());
  Pass(Millis(16'000));
  WaitForEnd(*client);
  EXPECT_TRUE(client->well_formed());
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 1u);
}

TEST_F(UrlAccess, ALifetimeThatChangesMovesNoExpiry) {
  StartAsking();
  auto client = Ask("/events/a");
  Decision decision = Allowed();
  decision.expires = static_cast<std::int64_t>(ring->WallNow() / 1000) + 100;
  Tell(decision);
  WaitForHead(*client);
  options.max_lifetime = Millis(3'600'000);
  Settle();
  options.max_lifetime = Millis(7'200'000);
  Settle();
  Pass(Millis(102'000));
  WaitForEnd(*client);
  EXPECT_EQ(Closed(CloseReason::kTokenExpired), 1u);
}

TEST_F(UrlAccess, TheNextInTheSlotHasNoExpiryOfTheOneBefore) {
  StartAsking();
  for (int i = 0; i < 1'050; ++i) {  // each slot was used at least once
    auto client = Ask("/events/a");
    Decision decision = Allowed();
    if (i < 1'024) decision.expires = static_cast<std::int64_t>(ring->WallNow() / 1000) + 5;
    Tell(decision);
    WaitForHead(*client);
    if (i < 1'049) {
      client.reset();
      TickUntil([&] { return stats().connections.Get() == 0; });
      continue;
    }
    Pass(Millis(10'000));
    client->Poll();
    EXPECT_FALSE(client->ended());
  }
}

TEST_F(UrlAccess, ARoutesChannelsAreMadeOfPathAndAnswer) {
  StartAsking({MakeRoute("/api/{id}/events", {"job:{id}", "user:{sub}"})});
  auto client = Ask("/api/7/events");
  EXPECT_EQ(asked_.back().question->channels, Names{"job:7"}) << "what is known before";
  EXPECT_EQ(asked_.back().question->url.request, "http://127.0.0.1:3000/route");
  Decision decision = Allowed();
  decision.texts = Texts{{"id", "8"}, {"sub", "42"}};
  Tell(decision);
  WaitForHead(*client);
  TickUntil([&] {
    client->Poll();
    return !client->OfType("connected").empty();
  });
  Publish("job:8", "not for it: the path's own variable counts");
  Publish("job:7", "1");
  Publish("user:42", "2");
  WaitForMessages(*client, 2);
  EXPECT_EQ(client->Messages(), (Names{"1", "2"}));
}

TEST_F(UrlAccess, AnAnswerThatFitsNoChannelIsNoDecision) {
  StartAsking({MakeRoute("/api/{id}/events", {"user:{sub}"})});
  for (const Texts& texts : {Texts{}, Texts{{"sub", "a b"}}, Texts{{"sub", "../x"}}}) {
    auto client = Ask("/api/7/events");
    Decision decision = Allowed();
    decision.texts = texts;
    Tell(decision);
    WaitForEnd(*client);
    ASSERT_EQ(client->Events().size(), 1u);
    EXPECT_EQ(client->Events()[0].type, "overload");
  }
  options.max_channels_per_stream = 2;
  Settle();
  auto client = Ask("/events/a");
  Decision decision = Allowed();
  decision.channels = Names{"a", "b", "c"};
  Tell(decision);
  WaitForEnd(*client);
  EXPECT_EQ(client->Events().at(0).type, "overload");
}

TEST_F(UrlAccess, APathThatMakesNoChannelIsRefusedUnasked) {
  StartAsking({MakeRoute("/api/{id}/events", {"job:{id}"})});
  auto client = Connect();
  client->Get("/api/a%20b/events");
  WaitForEnd(*client);
  EXPECT_TRUE(client->raw().starts_with("HTTP/1.1 400 ")) << client->raw();
  TakeQuestions();
  EXPECT_TRUE(asked_.empty());
}

TEST_F(UrlAccess, ADrainEndsWhoIsBeingAskedAbout) {
  StartAsking();
  auto client = Ask("/events/a");
  control.phase = RunPhase::kDraining;
  TickUntil([this] {
    ring->Advance(Millis(50));
    return !running;
  });
  client->Poll();
  EXPECT_TRUE(client->ended());
  EXPECT_EQ(Closed(CloseReason::kDrain), 1u);
}

TEST_F(UrlAccess, AReloadInBetweenTakesNothingFromThoseWhoWait) {
  StartAsking({MakeRoute("/api/{id}/events", {"job:{id}"})});
  auto client = Ask("/api/7/events");
  options.routes = std::make_shared<const RouteTable>();
  Settle();
  Tell(Allowed());
  TickUntil([&] {
    client->Poll();
    return !client->OfType("connected").empty();
  });
  Publish("job:7", "1");
  WaitForMessages(*client, 1);
  // And nobody is asked any more.
  auto next = Subscribe("/events/a");
  EXPECT_EQ(stats().streams.Get(), 2u);
}

TEST_F(UrlAccess, WithoutAGateNobodyGetsIn) {
  StartAsking();
  options.gate = {};
  shard.reset();
  Start();
  auto client = Connect();
  client->Get("/events/a");
  WaitForEnd(*client);
  EXPECT_EQ(client->Events().at(0).type, "overload");
}

TEST_F(UrlAccess, ALaneThatIsFullTurnsAway) {
  StartAsking();
  while (gate_.questions.TryPush({})) {
  }
  auto client = Connect();
  client->Get("/events/a");
  WaitForEnd(*client);
  EXPECT_EQ(client->Events().at(0).type, "overload");
  EXPECT_EQ(stats().over_limit[static_cast<std::size_t>(Limit::kAuthConcurrency)].Get(), 1u);
}

TEST_F(UrlAccess, TheAddressIsThatOfTheClientBehindATrustedProxy) {
  options.trusted_proxies = TrustedProxies({"127.0.0.0/8"});
  StartAsking();
  auto forwarded = Ask("/events/a", "X-Forwarded-For: 192.0.2.7\r\n");
  EXPECT_EQ(asked_.back().question->address, "192.0.2.7");
  auto silent = Ask("/events/a");
  EXPECT_EQ(asked_.back().question->address, "") << "the proxy's own says nothing";
}

TEST_F(UrlAccess, CredentialsAreKeptOnlyWhereTheyAreAskedFor) {
  StartAsking();
  auto first = Ask("/events/a", "Cookie: a=1\r\n");
  auto second = Ask("/events/a");
  EXPECT_EQ(asked_.back().question->cookie, "");
}

}  // namespace
}  // namespace ringcast
