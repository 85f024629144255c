#include "base/fifo.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/rng.h"

namespace ringcast {
namespace {

TEST(Fifo, FirstInFirstOut) {
  Fifo<int> queue;
  EXPECT_TRUE(queue.empty());
  for (int i = 0; i < 3; ++i) queue.PushBack(i);
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.Front(), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.PopFront(), i);
  EXPECT_TRUE(queue.empty());
}

TEST(Fifo, GrowsInTheMiddleOfItsRing) {
  Fifo<int> queue;
  for (int i = 0; i < 64; ++i) queue.PushBack(i);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(queue.PopFront(), i);
  for (int i = 64; i < 300; ++i) queue.PushBack(i);
  for (int i = 40; i < 300; ++i) EXPECT_EQ(queue.PopFront(), i);
}

TEST(Fifo, BehavesAsADeque) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(kSeed);
  Rng rng(kSeed);
  Fifo<std::uint64_t> queue;
  std::deque<std::uint64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    if (model.empty() || rng.Below(100) < 52) {
      const std::uint64_t value = rng.Next();
      queue.PushBack(value);
      model.push_back(value);
    } else {
      ASSERT_EQ(queue.PopFront(), model.front());
      model.pop_front();
    }
    ASSERT_EQ(queue.size(), model.size());
    const std::size_t ahead = rng.Below(model.size() + 2);
    const std::uint64_t* const seen = queue.Peek(ahead);
    ASSERT_EQ(seen != nullptr, ahead < model.size());
    if (seen != nullptr) {
      ASSERT_EQ(*seen, model[ahead]);
    }
  }
}

TEST(FifoDeathTest, AnEmptyQueueHasNoFront) {
  Fifo<int> queue;
  EXPECT_DEATH(queue.PopFront(), "empty queue");
}

}  // namespace
}  // namespace ringcast
