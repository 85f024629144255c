#include "base/spsc_queue.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(SpscQueue, KeepsOrderAndBound) {
  SpscQueue<int> queue(4);
  EXPECT_EQ(queue.capacity(), 4u);
  EXPECT_TRUE(queue.Empty());
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.TryPush(10 * round + i));
    EXPECT_FALSE(queue.TryPush(-1));
    EXPECT_EQ(queue.FreeSlots(), 0u);
    for (int i = 0; i < 4; ++i) {
      ASSERT_NE(queue.Front(), nullptr);
      EXPECT_EQ(*queue.Front(), 10 * round + i);
      queue.Pop();
    }
    EXPECT_EQ(queue.Front(), nullptr);
    queue.Release();
  }
}

TEST(SpscQueue, ShowsABatchOnlyWhenItIsCommitted) {
  SpscQueue<int> queue(8);
  ASSERT_GE(queue.FreeSlots(3), 3u);
  for (int i = 0; i < 3; ++i) {
    queue.Stage(i);
    EXPECT_TRUE(queue.Empty());
  }
  queue.Commit();
  for (int i = 0; i < 3; ++i) {
    ASSERT_FALSE(queue.Empty());
    EXPECT_EQ(*queue.Front(), i);
    queue.Pop();
  }
  EXPECT_TRUE(queue.Empty());
}

TEST(SpscQueue, ShowsWhatComesLaterWithoutTakingIt) {
  SpscQueue<int> queue(4);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3; ++i) queue.TryPush(i);
    ASSERT_EQ(*queue.Front(), 0);
    EXPECT_EQ(*queue.Peek(0), 0);
    EXPECT_EQ(*queue.Peek(2), 2);
    EXPECT_EQ(queue.Peek(3), nullptr);
    queue.Pop();
    EXPECT_EQ(*queue.Peek(1), 2);
    EXPECT_EQ(queue.Peek(2), nullptr);
    queue.Pop();
    queue.Pop();
    EXPECT_EQ(queue.Peek(0), nullptr);
    queue.Release();
  }
}

TEST(SpscQueue, GivesSlotsBackOnlyWhenTheyAreReleased) {
  SpscQueue<int> queue(2);
  queue.TryPush(1);
  queue.TryPush(2);
  const int* front = queue.Front();
  queue.Pop();
  EXPECT_EQ(queue.FreeSlots(), 0u);
  EXPECT_EQ(*front, 1);
  queue.Release();
  EXPECT_EQ(queue.FreeSlots(), 1u);
  EXPECT_TRUE(queue.TryPush(3));
  EXPECT_FALSE(queue.TryPush(4));
}

TEST(SpscQueue, LooksForFreeSlotsAgainWhenMoreAreWanted) {
  SpscQueue<int> queue(4);
  for (int i = 0; i < 3; ++i) queue.TryPush(i);
  while (!queue.Empty()) queue.Pop();
  queue.Release();
  EXPECT_EQ(queue.FreeSlots(1), 1u) << "one is known to be free: no need to look";
  EXPECT_EQ(queue.FreeSlots(2), 4u);
}

TEST(SpscQueue, RingsOnceForEachSleep) {
  SpscQueue<int> queue(4);
  EXPECT_FALSE(queue.ShouldWake()) << "awake";
  ASSERT_TRUE(queue.PrepareSleep());
  queue.TryPush(1);
  EXPECT_TRUE(queue.ShouldWake());
  EXPECT_FALSE(queue.ShouldWake());
  queue.TryPush(2);
  EXPECT_FALSE(queue.ShouldWake());
  EXPECT_FALSE(queue.PrepareSleep()) << "there is something to consume";
  EXPECT_FALSE(queue.ShouldWake()) << "the flag was taken down again";
  while (!queue.Empty()) queue.Pop();
  queue.Release();
  EXPECT_TRUE(queue.PrepareSleep());
  queue.FinishSleep();
  EXPECT_FALSE(queue.ShouldWake()) << "woke by itself";
}

TEST(SpscQueue, RingsTheProducerOnceForEachWait) {
  SpscQueue<int> queue(4);
  EXPECT_FALSE(queue.PrepareWaitForSpace(4)) << "all slots are free";
  EXPECT_FALSE(queue.ShouldWakeProducer());
  queue.TryPush(1);
  EXPECT_FALSE(queue.PrepareWaitForSpace(3));
  ASSERT_TRUE(queue.PrepareWaitForSpace(4));
  EXPECT_FALSE(queue.Empty());
  queue.Pop();
  queue.Release();
  EXPECT_TRUE(queue.ShouldWakeProducer());
  EXPECT_FALSE(queue.ShouldWakeProducer());
  EXPECT_FALSE(queue.PrepareWaitForSpace(4));
  queue.TryPush(2);
  ASSERT_TRUE(queue.PrepareWaitForSpace(4));
  queue.FinishWaitForSpace();
  EXPECT_FALSE(queue.ShouldWakeProducer());
}

TEST(SpscQueueDeathTest, RefusesMisuse) {
  EXPECT_DEATH(SpscQueue<int>(3), "power of two");
  EXPECT_DEATH(SpscQueue<int>(0), "power of two");
  SpscQueue<int> queue(2);
  EXPECT_DEATH(queue.Pop(), "only an entry that was seen");
  EXPECT_DEATH(queue.PrepareWaitForSpace(3), "more free slots than slots");
  queue.Stage(1);
  EXPECT_DEATH(queue.PrepareWaitForSpace(1), "cannot make room");
  queue.Stage(2);
  EXPECT_DEATH(queue.Stage(3), "known to be free");
  queue.Commit();
  EXPECT_FALSE(queue.Empty());
  queue.Pop();
  EXPECT_DEATH(queue.PrepareSleep(), "gives its slots back");
}

}  // namespace
}  // namespace ringcast
