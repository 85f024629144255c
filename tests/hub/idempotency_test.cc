#include "hub/idempotency.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <utility>

#include "base/rng.h"
#include "protocol/idempotency_key.h"

namespace ringcast {
namespace {

using Verdict = Idempotency::Verdict;

constexpr HashKey kSecret{1, 2};

// Asks for one event, and remembers it when it is new.
Verdict Offer(Idempotency& table, std::string_view channel, std::string_view key,
              const Event& event, std::uint32_t tick, Sequence& sequence) {
  const Idempotency::Claim claim = table.ClaimOf(channel, key, event);
  const Sequence given = sequence;
  const Verdict verdict = table.Judge(claim, tick, sequence);
  if (verdict == Verdict::kNew) table.Remember(claim, given, tick);
  return verdict;
}
Verdict Offer(Idempotency& table, std::string_view channel, std::string_view key,
              std::string_view data, std::uint32_t tick) {
  Sequence sequence = 1;
  return Offer(table, channel, key, {"", data}, tick, sequence);
}

TEST(Idempotency, AnEventSentAgainIsAnsweredWithTheFirstOnesPlace) {
  Idempotency table(kSecret, 100);
  Sequence sequence = 77;
  EXPECT_EQ(Offer(table, "a", "k", {"t", "x"}, 1, sequence), Verdict::kNew);
  sequence = 99;
  EXPECT_EQ(Offer(table, "a", "k", {"t", "x"}, 50, sequence), Verdict::kRepeated);
  EXPECT_EQ(sequence, 77u);
  EXPECT_EQ(table.size(), 1u);
}

TEST(Idempotency, AKeyThatComesWithAnotherEventIsNoticed) {
  Idempotency table(kSecret, 100);
  Sequence sequence = 1;
  EXPECT_EQ(Offer(table, "a", "k", {"t", "x"}, 1, sequence), Verdict::kNew);
  for (const Event& other : {Event{"t", "y"}, Event{"u", "x"}, Event{"", "tx"}, Event{"tx", ""},
                             Event{"", "x"}, Event{"t", ""}}) {
    EXPECT_EQ(Offer(table, "a", "k", other, 2, sequence), Verdict::kOther)
        << other.type << " " << other.data;
  }
  EXPECT_EQ(Offer(table, "a", "k", {"t", "x"}, 2, sequence), Verdict::kRepeated);
}

TEST(Idempotency, AKeyBelongsToItsChannel) {
  Idempotency table(kSecret, 100);
  EXPECT_EQ(Offer(table, "a", "bc", "x", 1), Verdict::kNew);
  EXPECT_EQ(Offer(table, "ab", "c", "x", 1), Verdict::kNew) << "the same bytes, joined elsewhere";
  EXPECT_EQ(Offer(table, "b", "bc", "x", 1), Verdict::kNew);
  EXPECT_EQ(Offer(table, "a", "b", "x", 1), Verdict::kNew);
  EXPECT_EQ(table.size(), 4u);
}

TEST(Idempotency, TheLongestNamesFit) {
  Idempotency table(kSecret, 100);
  const std::string channel(255, 'c');
  const std::string key(kMaxIdempotencyKeySize, 'k');
  EXPECT_EQ(Offer(table, channel, key, "x", 1), Verdict::kNew);
  EXPECT_EQ(Offer(table, channel, key, "x", 1), Verdict::kRepeated);
  EXPECT_EQ(Offer(table, channel, key.substr(1), "x", 1), Verdict::kNew);
}

TEST(Idempotency, TheWindowCountsFromTheFirst) {
  Idempotency table(kSecret, 100);
  EXPECT_EQ(Offer(table, "a", "k", "x", 10), Verdict::kNew);
  EXPECT_EQ(Offer(table, "a", "k", "x", 60), Verdict::kRepeated);
  EXPECT_EQ(Offer(table, "a", "k", "x", 109), Verdict::kRepeated);
  EXPECT_EQ(Offer(table, "a", "k", "x", 110), Verdict::kNew) << "over, though still in the table";
  EXPECT_EQ(Offer(table, "a", "k", "x", 209), Verdict::kRepeated);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.dropped(), 0u);
}

TEST(Idempotency, WhatIsOverIsForgottenSoManyATick) {
  Idempotency table(kSecret, 100);
  constexpr std::uint32_t kEntries = budget::kExpiredKeysPerTick + 10;
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    ASSERT_EQ(Offer(table, "a", std::to_string(i), "x", 1), Verdict::kNew);
  }
  table.Expire(100);
  EXPECT_EQ(table.size(), kEntries);
  table.Expire(101);
  EXPECT_EQ(table.size(), 10u);
  table.Expire(101);
  EXPECT_EQ(table.size(), 0u);
}

TEST(Idempotency, TheWindowMayChange) {
  Idempotency table(kSecret, 100);
  EXPECT_EQ(Offer(table, "a", "k", "x", 1), Verdict::kNew);
  table.SetWindow(20);
  EXPECT_EQ(Offer(table, "a", "k", "x", 20), Verdict::kRepeated);
  EXPECT_EQ(Offer(table, "a", "k", "x", 21), Verdict::kNew);
  table.SetWindow(0);
  EXPECT_EQ(Offer(table, "a", "k", "x", 22), Verdict::kNew);
  EXPECT_EQ(Offer(table, "a", "k", "x", 22), Verdict::kNew) << "nothing is remembered";
  table.Expire(22);
  EXPECT_EQ(table.size(), 0u);
  table.SetWindow(100);
  EXPECT_EQ(Offer(table, "a", "k", "x", 23), Verdict::kNew);
  EXPECT_EQ(Offer(table, "a", "k", "x", 24), Verdict::kRepeated);
}

TEST(Idempotency, AtTheBoundTheOldestGoAndAreCounted) {
  Idempotency table(kSecret, 100, /*most=*/3);
  for (const char* key : {"1", "2", "3", "4"}) {
    EXPECT_EQ(Offer(table, "a", key, "x", 1), Verdict::kNew);
  }
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(table.dropped(), 1u);
  EXPECT_EQ(Offer(table, "a", "2", "x", 1), Verdict::kRepeated);
  EXPECT_EQ(Offer(table, "a", "1", "x", 1), Verdict::kNew) << "forgotten before its time";
  EXPECT_EQ(table.dropped(), 2u);
  EXPECT_EQ(Offer(table, "a", "5", "x", 101), Verdict::kNew);
  EXPECT_EQ(table.dropped(), 2u) << "that one was over";
}

TEST(Idempotency, MemoryIsReused) {
  Idempotency table(kSecret, 10, /*most=*/1000);
  std::size_t most = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    ASSERT_EQ(Offer(table, "a", std::to_string(i), "x", i / 1000), Verdict::kNew);
    if (i == 2000) most = table.bytes();
  }
  EXPECT_EQ(table.bytes(), most);
  EXPECT_LE(table.size(), 1000u);
}

TEST(Idempotency, AFullTableKeepsToItsBudget) {
  Idempotency table(kSecret, 1'000'000);
  for (std::uint32_t i = 0; i < budget::kIdempotencyKeys + 5; ++i) {
    const Idempotency::Claim claim{i * 0x9E3779B97F4A7C15ull, i, i};
    table.Remember(claim, i, 1);
  }
  EXPECT_EQ(table.size(), budget::kIdempotencyKeys);
  EXPECT_EQ(table.dropped(), 5u);
  EXPECT_LE(table.bytes(), std::size_t{80} * budget::kIdempotencyKeys);
}

// Against maps that keep everything: random keys, events, times, windows and forgetting.
TEST(Idempotency, AgreesWithAModel) {
  struct Known {
    std::string event;
    Sequence sequence;
    std::uint32_t tick;
  };
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Rng rng(seed);
    std::uint32_t window = 1 + static_cast<std::uint32_t>(rng.Below(200));
    const auto most = static_cast<std::uint32_t>(1 + rng.Below(40));
    Idempotency table(kSecret, window, most);
    std::map<std::string, Known> model;
    std::deque<std::pair<std::string, Sequence>> order;
    std::uint32_t tick = 0;
    Sequence newest = 0;
    std::uint64_t dropped = 0;
    const auto over = [&](const std::string& name) { return tick - model.at(name).tick >= window; };
    const auto forget = [&](const std::string name) {  // NOLINT: may name what goes
      std::erase_if(order, [&](const auto& one) { return one.first == name; });
      model.erase(name);
    };
    for (int step = 0; step < 3000; ++step) {
      tick += static_cast<std::uint32_t>(rng.Below(4));
      const std::uint64_t action = rng.Below(100);
      if (action == 0) {
        window = static_cast<std::uint32_t>(rng.Below(200));
        table.SetWindow(window);
        continue;
      }
      if (action < 5) {
        table.Expire(tick);
        while (!order.empty() && over(order.front().first)) forget(order.front().first);
        ASSERT_EQ(table.size(), model.size());
        continue;
      }
      const std::string channel = "c" + std::to_string(rng.Below(3));
      const std::string key = "k" + std::to_string(rng.Below(20));
      const std::string event = std::to_string(rng.Below(2));
      const std::string name = channel + " " + key;
      Sequence sequence = ++newest;
      const Verdict verdict = Offer(table, channel, key, {"", event}, tick, sequence);
      if (model.contains(name) && !over(name)) {
        const Known& known = model.at(name);
        ASSERT_EQ(verdict, known.event == event ? Verdict::kRepeated : Verdict::kOther);
        ASSERT_EQ(sequence, known.sequence);
        continue;
      }
      ASSERT_EQ(verdict, Verdict::kNew);
      if (window == 0) continue;
      if (model.contains(name)) forget(name);
      if (model.size() == most) {
        dropped += over(order.front().first) ? 0 : 1;
        forget(order.front().first);
      }
      model[name] = {event, newest, tick};
      order.emplace_back(name, newest);
    }
    EXPECT_EQ(table.dropped(), dropped);
  }
}

TEST(IdempotencyKey, IsVisibleAscii) {
  EXPECT_TRUE(IsValidIdempotencyKey("a"));
  EXPECT_TRUE(IsValidIdempotencyKey("\"8e03978e-40d5-43dd-bc93-6894a57f9324\""));
  EXPECT_TRUE(IsValidIdempotencyKey(std::string(128, '~')));
  for (const std::string& key :
       {std::string(), std::string(129, 'a'), std::string("a b"), std::string("a\tb"),
        std::string("a\0", 2), std::string("\x7f"), std::string("\xc3\xa9"), std::string("a, b")}) {
    EXPECT_FALSE(IsValidIdempotencyKey(key)) << key;
  }
}

}  // namespace
}  // namespace ringcast
