// The gate as a shard sees it: questions on a lane, decisions on the other, a real application.
#include "gate/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "support/raw_application.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

using test::RawApplication;
using Reply = RawApplication::Reply;
using Then = RawApplication::Then;
using Verdict = Decision::Verdict;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr Millis kPatience{20'000};

class GateTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { Subrequests::InitLibrary(); }

  void Start(const GateSettings& settings = {}) {
    Result<std::unique_ptr<Ring>> shard = Ring::Create({.completion_entries = 4096});
    ASSERT_TRUE(shard.ok()) << shard.error().message;
    shard_ring_ = std::move(*shard);
    thread_ = std::thread([this, settings] {
      Result<std::unique_ptr<Ring>> ring =
          Ring::Create({.submission_entries = 64, .completion_entries = 128});
      ASSERT_TRUE(ring.ok()) << ring.error().message;
      Gate gate(settings, **ring, {{&lanes_, shard_ring_->handle(), 7}}, shared_);
      gate.Run();
    });
  }
  void TearDown() override {
    shared_.stop = true;
    shared_.bell.Ring();
    if (thread_.joinable()) thread_.join();
  }

  Question Make(const std::string& cookie, const std::string& path = "/auth") const {
    Question question;
    question.url = *ParseAuthUrl(application_.url(path));
    question.method = "GET";
    question.original_uri = "/events/a";
    question.cookie = cookie;
    question.channels = {"a"};
    return question;
  }
  void Send(const ToGate& entry) {
    ASSERT_TRUE(lanes_.questions.TryPush(entry));
    if (lanes_.questions.ShouldWake()) shared_.bell.Ring();
  }
  void Ask(std::uint32_t slot, const Question& question) {
    Send({.asker = {slot, slot + 1}, .question = new Question(question)});
  }
  void Cancel(std::uint32_t slot) { Send({.asker = {slot, slot + 1}, .question = nullptr}); }

  // Takes what has come.
  void Take() {
    while (const FromGate* entry = lanes_.answers.Front()) {
      const std::unique_ptr<Decision> decision(entry->decision);
      EXPECT_EQ(entry->asker.generation, entry->asker.slot + 1);
      EXPECT_FALSE(decisions_.contains(entry->asker.slot)) << "answered twice";
      decisions_[entry->asker.slot] = *decision;
      lanes_.answers.Pop();
      lanes_.answers.Release();
    }
  }
  bool Eventually(const std::function<bool()>& so) {
    const MonoTime until = MonotonicNow() + kPatience;
    while (!so()) {
      if (MonotonicNow() > until) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }
  bool AllAnswered(std::size_t count) {
    return Eventually([&] {
      Take();
      return decisions_.size() >= count;
    });
  }
  Decision Once(const Question& question) {
    decisions_.clear();
    Ask(0, question);
    EXPECT_TRUE(AllAnswered(1));
    return decisions_[0];
  }
  std::uint64_t Requests(AuthResult result) {
    return shared_.stats.requests[static_cast<std::size_t>(result)].Get();
  }
  void Change(const GateSettings& settings) {
    shared_.settings.Post(std::make_unique<const GateSettings>(settings));
    shared_.bell.Ring();
    EXPECT_TRUE(Eventually([this] { return shared_.settings.Acknowledged(); }));
  }

  GateLanes lanes_;
  Gate::Shared shared_;
  std::unique_ptr<Ring> shard_ring_;
  std::map<std::uint32_t, Decision> decisions_;
  RawApplication application_{[](const std::string&) { return RawApplication::Sound(204); }};
  std::thread thread_;
};

TEST_F(GateTest, AnswersWithWhatTheApplicationDecides) {
  application_.Answer([](const std::string& head) {
    const std::string cookie = RawApplication::Field(head, "Cookie");
    if (cookie == "good") {
      return RawApplication::Sound(200, "Content-Type: application/json\r\n",
                                   R"({"channels":["b"],"sub":"42"})");
    }
    return RawApplication::Sound(401, "WWW-Authenticate: Bearer\r\n");
  });
  Start();
  const Decision good = Once(Make("good"));
  EXPECT_EQ(good.verdict, Verdict::kAllowed);
  EXPECT_EQ(good.channels, std::vector<std::string>{"b"});
  const Decision bad = Once(Make("bad"));
  EXPECT_EQ(bad.verdict, Verdict::kDenied);
  EXPECT_EQ(bad.status, 401);
  EXPECT_EQ(bad.www_authenticate, "Bearer");
  EXPECT_EQ(Requests(AuthResult::kAllowed), 1u);
  EXPECT_EQ(Requests(AuthResult::kDenied), 1u);
  EXPECT_EQ(shared_.stats.questions.Get(), 2u);
}

TEST_F(GateTest, EachFailureIsNoDecision) {
  Start({.timeout = 300ms});
  application_.Answer([](const std::string&) { return RawApplication::Sound(500); });
  EXPECT_EQ(Once(Make("1")).verdict, Verdict::kNone);
  EXPECT_EQ(Requests(AuthResult::kBadAnswer), 1u);
  EXPECT_EQ(shared_.stats.failing.Get(), 1u);
  application_.Answer([](const std::string&) { return Reply{.bytes = "x", .then = Then::kClose}; });
  EXPECT_EQ(Once(Make("2")).verdict, Verdict::kNone);
  EXPECT_EQ(Requests(AuthResult::kBadAnswer), 2u);
  application_.Answer([](const std::string&) { return Reply{.bytes = "", .then = Then::kSilent}; });
  EXPECT_EQ(Once(Make("3")).verdict, Verdict::kNone);
  EXPECT_EQ(Requests(AuthResult::kTimeout), 1u);
  Question nowhere = Make("4");
  nowhere.url = *ParseAuthUrl("http://unix:/nowhere:/");
  EXPECT_EQ(Once(nowhere).verdict, Verdict::kNone);
  EXPECT_EQ(Requests(AuthResult::kUnreachable), 1u);
  application_.Answer([](const std::string&) { return RawApplication::Sound(403); });
  EXPECT_EQ(Once(Make("5")).verdict, Verdict::kDenied);
  EXPECT_EQ(shared_.stats.failing.Get(), 0u) << "a denial is an answer";
}

TEST_F(GateTest, AsksNoMoreAtATimeThanItMay) {
  application_.Answer([](const std::string&) {
    Reply reply = RawApplication::Sound(204);
    reply.before = 30ms;
    return reply;
  });
  Start({.timeout = 15s, .concurrency = 3});
  for (std::uint32_t i = 0; i < 30; ++i) Ask(i, Make(std::to_string(i)));
  ASSERT_TRUE(AllAnswered(30));
  for (const auto& [slot, decision] : decisions_) EXPECT_EQ(decision.verdict, Verdict::kAllowed);
  EXPECT_LE(application_.connections(), 3u);
}

TEST_F(GateTest, EqualQuestionsAreAskedOnce) {
  std::atomic<bool> held{true};
  application_.Answer([&held](const std::string&) {
    while (held) std::this_thread::sleep_for(1ms);
    return RawApplication::Sound(204);
  });
  Start({.timeout = kPatience});
  for (std::uint32_t i = 0; i < 10; ++i) Ask(i, Make("same"));
  EXPECT_TRUE(Eventually([this] { return shared_.stats.joined.Get() == 9; }));
  held = false;
  ASSERT_TRUE(AllAnswered(10));
  EXPECT_EQ(application_.requests().size(), 1u);
  EXPECT_EQ(Once(Make("same")).verdict, Verdict::kAllowed);
  EXPECT_EQ(application_.requests().size(), 2u) << "without a cache each is asked anew";
}

TEST_F(GateTest, ACacheAnswersForATimeAndAReloadEmptiesIt) {
  Start({.cache = 10min});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Once(Make("same")).verdict, Verdict::kAllowed);
  EXPECT_EQ(application_.requests().size(), 1u);
  EXPECT_EQ(shared_.stats.cached.Get(), 4u);
  EXPECT_EQ(Once(Make("other")).verdict, Verdict::kAllowed);
  EXPECT_EQ(application_.requests().size(), 2u);
  Change({.cache = 10min});
  Once(Make("same"));
  EXPECT_EQ(application_.requests().size(), 3u);
}

TEST_F(GateTest, AFailureIsNotCached) {
  application_.Answer([](const std::string&) { return RawApplication::Sound(503); });
  Start({.cache = 10min});
  EXPECT_EQ(Once(Make("a")).verdict, Verdict::kNone);
  application_.Answer([](const std::string&) { return RawApplication::Sound(204); });
  EXPECT_EQ(Once(Make("a")).verdict, Verdict::kAllowed);
}

TEST_F(GateTest, WhoseTurnDoesNotComeInTimeIsToldSo) {
  application_.Answer([](const std::string&) { return Reply{.bytes = "", .then = Then::kSilent}; });
  Start({.timeout = 300ms, .concurrency = 1});
  for (std::uint32_t i = 0; i < 5; ++i) Ask(i, Make(std::to_string(i)));
  ASSERT_TRUE(AllAnswered(5));
  EXPECT_EQ(decisions_[0].verdict, Verdict::kNone);
  for (std::uint32_t i = 1; i < 5; ++i) EXPECT_NE(decisions_[i].verdict, Verdict::kAllowed);
  EXPECT_GE(shared_.stats.busy.Get(), 1u);
}

TEST_F(GateTest, WhoGoesAwayIsNotAskedFor) {
  std::atomic<bool> held{true};
  application_.Answer([&held](const std::string&) {
    while (held) std::this_thread::sleep_for(1ms);
    return RawApplication::Sound(204);
  });
  Start({.timeout = kPatience, .concurrency = 1});
  for (std::uint32_t i = 0; i < 10; ++i) Ask(i, Make(std::to_string(i)));
  EXPECT_TRUE(Eventually([this] { return shared_.stats.waiting.Get() == 9; }));
  for (std::uint32_t i = 1; i < 9; ++i) Cancel(i);
  EXPECT_TRUE(Eventually([this] { return shared_.stats.waiting.Get() == 1; }));
  held = false;
  ASSERT_TRUE(AllAnswered(2));
  EXPECT_EQ(application_.requests().size(), 2u);
  EXPECT_TRUE(decisions_.contains(9));
}

TEST_F(GateTest, ALaneThatIsFullHoldsAnswersBack) {
  Start({.timeout = kPatience, .cache = 10min});
  Once(Make("same"));
  decisions_.clear();
  const auto most = static_cast<std::uint32_t>(GateLanes::kEntries);
  std::uint32_t asked = 0;
  for (; asked < most + 500; ++asked) {
    ASSERT_TRUE(Eventually([this] { return lanes_.questions.FreeSlots() > 0; }));
    Ask(asked, Make("same"));
  }
  EXPECT_TRUE(Eventually([&] { return shared_.stats.cached.Get() >= asked; }));
  EXPECT_TRUE(AllAnswered(asked));
}

TEST_F(GateTest, RingsForAShardThatSleeps) {
  Start();
  EXPECT_TRUE(lanes_.answers.PrepareSleep());
  Ask(0, Make("a"));
  const MonoTime until = MonotonicNow() + kPatience;
  std::vector<Completion> completions(16);
  bool rung = false;
  while (!rung && MonotonicNow() < until) {
    shard_ring_->SubmitAndWait(1, Millis(100));
    for (std::size_t n = shard_ring_->Reap(completions), i = 0; i < n; ++i) {
      rung = rung || completions[i].tag == 7;
    }
  }
  EXPECT_TRUE(rung);
  lanes_.answers.FinishSleep();
  EXPECT_TRUE(AllAnswered(1));
}

TEST_F(GateTest, SettingsChangeWhileItRuns) {
  application_.Answer([](const std::string&) { return Reply{.bytes = "", .then = Then::kSilent}; });
  Start({.timeout = Millis(600'000)});
  Change({.timeout = 100ms});
  EXPECT_EQ(Once(Make("a")).verdict, Verdict::kNone);
}

}  // namespace
}  // namespace ringcast
