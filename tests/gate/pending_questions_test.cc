#include "gate/pending_questions.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace ringcast {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using Added = PendingQuestions::Added;
using ShardAsker = PendingQuestions::ShardAsker;

std::unique_ptr<Question> Make(std::size_t cookie_bytes = 0) {
  auto question = std::make_unique<Question>();
  question->cookie.assign(cookie_bytes, 'c');
  return question;
}

ShardAsker From(std::uint32_t slot, std::uint32_t shard = 0, std::uint32_t generation = 1) {
  return {shard, {slot, generation}};
}

class PendingQuestionsTest : public testing::Test {
 protected:
  Added Add(const std::string& key, const ShardAsker& asker) {
    return pending_.Add(Make(), key, asker, now_ + 2s);
  }
  std::string StartedKey() {
    const PendingQuestions::Entry* entry = pending_.StartNext();
    return entry == nullptr ? "none" : entry->key;
  }

  PendingQuestions pending_;
  MonoTime now_ = MonoTime(1h);
};

TEST_F(PendingQuestionsTest, TheOldestComesFirst) {
  EXPECT_EQ(Add("a", From(1)), Added::kWaits);
  EXPECT_EQ(Add("b", From(2)), Added::kWaits);
  EXPECT_EQ(pending_.waiting(), 2u);
  EXPECT_EQ(StartedKey(), "a");
  EXPECT_EQ(StartedKey(), "b");
  EXPECT_EQ(StartedKey(), "none");
  EXPECT_EQ(pending_.waiting(), 0u);
  EXPECT_EQ(pending_.under_way(), 2u);
}

TEST_F(PendingQuestionsTest, EqualQuestionsAreAskedOnce) {
  Add("a", From(1));
  EXPECT_EQ(Add("a", From(1, /*shard=*/1)), Added::kJoined);
  const std::uint64_t number = pending_.StartNext()->number;
  EXPECT_EQ(Add("a", From(3)), Added::kJoined) << "also while it is under way";
  EXPECT_EQ(pending_.Finish(number)->askers.size(), 3u);
  EXPECT_EQ(Add("a", From(4)), Added::kWaits) << "and not after";
}

TEST_F(PendingQuestionsTest, WhoGoesAwayTakesItsQuestionAlong) {
  Add("a", From(1));
  Add("b", From(2));
  Add("b", From(3));
  pending_.Cancel(From(1));
  pending_.Cancel(From(2));
  pending_.Cancel(From(9));
  EXPECT_EQ(pending_.waiting(), 1u);
  const PendingQuestions::Entry* entry = pending_.StartNext();
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->key, "b");
  EXPECT_EQ(entry->askers.size(), 1u);
}

TEST_F(PendingQuestionsTest, WhatIsUnderWayIsFinished) {
  Add("a", From(1));
  const std::uint64_t number = pending_.StartNext()->number;
  pending_.Cancel(From(1));
  EXPECT_EQ(pending_.under_way(), 1u);
  EXPECT_TRUE(pending_.Finish(number)->askers.empty());
  EXPECT_EQ(pending_.under_way(), 0u);
}

// The cancellation may have been lost.
TEST_F(PendingQuestionsTest, ASlotThatAsksAgainWaitsForTheNewQuestionAlone) {
  Add("a", From(1, 0, 1));
  Add("b", From(1, 0, 2));
  const PendingQuestions::Entry* entry = pending_.StartNext();
  EXPECT_EQ(entry->key, "b");
  ASSERT_EQ(entry->askers.size(), 1u);
  EXPECT_EQ(entry->askers[0].asker.generation, 2u);
  EXPECT_EQ(StartedKey(), "none");
}

TEST_F(PendingQuestionsTest, WhoseTimeIsOverBeforeTheirTurnAreTakenOut) {
  Add("a", From(1));
  now_ += 1s;
  Add("b", From(2));
  EXPECT_EQ(pending_.TakeExpired(now_), nullptr);
  now_ += 1s;
  EXPECT_EQ(pending_.TakeExpired(now_)->key, "a");
  EXPECT_EQ(pending_.TakeExpired(now_), nullptr);
  EXPECT_EQ(StartedKey(), "b");
  EXPECT_EQ(pending_.TakeExpired(now_ + 1h), nullptr) << "not what is under way";
}

TEST_F(PendingQuestionsTest, TheirNumberIsBounded) {
  for (std::uint32_t i = 0; i < PendingQuestions::kMostWaiting; ++i) {
    ASSERT_EQ(Add(std::to_string(i), From(i)), Added::kWaits);
  }
  EXPECT_EQ(Add("more", From(99'999)), Added::kFull);
  EXPECT_EQ(Add("0", From(99'998)), Added::kJoined);
  pending_.StartNext();
  EXPECT_EQ(Add("more", From(99'999)), Added::kWaits);
}

TEST_F(PendingQuestionsTest, AndSoAreTheirBytes) {
  constexpr std::size_t kLarge = 1 << 20;
  std::uint32_t taken = 0;
  while (pending_.Add(Make(kLarge), std::to_string(taken), From(taken), now_) == Added::kWaits) {
    ++taken;
  }
  EXPECT_LE(taken * kLarge, PendingQuestions::kMostWaitingBytes);
  EXPECT_GT((taken + 1) * (kLarge + 1024), PendingQuestions::kMostWaitingBytes);
  pending_.Cancel(From(0));
  EXPECT_EQ(pending_.Add(Make(kLarge), "again", From(99), now_), Added::kWaits);
}

// Against a model: for each asker the key it waits for.
TEST_F(PendingQuestionsTest, AsAModelSays) {
  std::mt19937 random(7);
  std::map<std::uint32_t, std::string> waits_for;
  std::map<std::string, std::uint64_t> under_way;  // keys, numbers
  for (int step = 0; step < 20'000; ++step) {
    const std::uint32_t slot = random() % 16;
    const std::string key = std::to_string(random() % 6);
    switch (random() % 4) {
      case 0:
        Add(key, From(slot));
        waits_for[slot] = key;
        break;
      case 1:
        pending_.Cancel(From(slot));
        waits_for.erase(slot);
        break;
      case 2:
        if (const PendingQuestions::Entry* entry = pending_.StartNext()) {
          ASSERT_FALSE(under_way.contains(entry->key)) << "it is being asked already";
          under_way[entry->key] = entry->number;
        }
        break;
      case 3: {
        if (under_way.empty()) break;
        const auto chosen =
            std::next(under_way.begin(), static_cast<std::ptrdiff_t>(random() % under_way.size()));
        std::set<std::uint32_t> expected;
        for (const auto& [asker, wanted] : waits_for) {
          if (wanted == chosen->first) expected.insert(asker);
        }
        std::set<std::uint32_t> told;
        const auto finished = pending_.Finish(chosen->second);
        for (const ShardAsker& asker : finished->askers) {
          EXPECT_TRUE(told.insert(asker.asker.slot).second);
          waits_for.erase(asker.asker.slot);
        }
        ASSERT_EQ(told, expected);
        under_way.erase(chosen);
        break;
      }
    }
    std::set<std::string> keys;
    for (const auto& [asker, wanted] : waits_for) {
      if (!under_way.contains(wanted)) keys.insert(wanted);
    }
    ASSERT_EQ(pending_.waiting(), keys.size());
    ASSERT_EQ(pending_.under_way(), under_way.size());
  }
}

}  // namespace
}  // namespace ringcast
