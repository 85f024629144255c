#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/rng.h"
#include "base/spsc_queue.h"

namespace ringcast {
namespace {

// An entry large enough that reading it while it is written would show.
struct Entry {
  std::uint64_t number = 0;
  std::uint32_t left_in_batch = 0;
  std::uint32_t padding = 0;
  std::uint64_t check = 0;
};

Entry MakeEntry(std::uint64_t number, std::uint32_t left_in_batch) {
  return Entry{number, left_in_batch, 0, number * 0x9e3779b97f4a7c15 + left_in_batch};
}

// Something to sleep on that remembers rings, as the real doorbell does.
class Doorbell {
 public:
  void Ring() {
    std::lock_guard lock(mutex_);
    rung_ = true;
    ++rings_;
    changed_.notify_one();
  }
  // False when nobody rang in a time that only a lost wake-up explains.
  bool Wait() {
    std::unique_lock lock(mutex_);
    const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(60);
    const bool rung = changed_.wait_until(lock, deadline, [&] { return rung_; });
    rung_ = false;
    return rung;
  }
  std::uint64_t rings() {
    std::lock_guard lock(mutex_);
    return rings_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
  std::uint64_t rings_ = 0;
};

struct Lane {
  explicit Lane(std::size_t capacity) : queue(capacity) {}
  SpscQueue<Entry> queue;
  Doorbell to_consumer;
  Doorbell to_producer;
};

// Sends `total` entries in batches of random size; sleeps whenever a batch does not fit.
// Returns how many times it went to sleep, or was about to.
std::uint64_t Produce(Lane& lane, std::uint64_t total, std::uint64_t seed) {
  Rng rng(seed);
  std::uint64_t waits = 0;
  for (std::uint64_t number = 0; number < total;) {
    const std::size_t batch = std::min(1 + rng.Below(lane.queue.capacity()), total - number);
    while (lane.queue.FreeSlots(batch) < batch) {
      ++waits;
      if (lane.queue.PrepareWaitForSpace(batch)) {
        EXPECT_TRUE(lane.to_producer.Wait()) << "the producer was never woken";
        lane.queue.FinishWaitForSpace();
      }
    }
    for (std::size_t left = batch; left-- > 0; ++number) {
      lane.queue.Stage(MakeEntry(number, static_cast<std::uint32_t>(left)));
    }
    lane.queue.Commit();
    if (lane.queue.ShouldWake()) lane.to_consumer.Ring();
  }
  return waits;
}

// Takes `total` entries, gives slots back in lots of random size, sleeps whenever there is none.
std::uint64_t Consume(Lane& lane, std::uint64_t total, std::uint64_t seed) {
  Rng rng(seed);
  std::uint64_t sleeps = 0;
  bool inside_batch = false;
  auto give_back = [&] {
    lane.queue.Release();
    if (lane.queue.ShouldWakeProducer()) lane.to_producer.Ring();
  };
  for (std::uint64_t number = 0; number < total;) {
    const Entry* entry = lane.queue.Front();
    if (entry == nullptr) {
      EXPECT_FALSE(inside_batch) << "a batch was seen in part";
      give_back();
      ++sleeps;
      if (lane.queue.PrepareSleep()) {
        EXPECT_TRUE(lane.to_consumer.Wait()) << "the consumer was never woken";
        lane.queue.FinishSleep();
      }
      if (testing::Test::HasFailure()) break;
      continue;
    }
    EXPECT_EQ(entry->number, number);
    EXPECT_EQ(entry->check, MakeEntry(number, entry->left_in_batch).check);
    inside_batch = entry->left_in_batch > 0;
    lane.queue.Pop();
    ++number;
    if (rng.Below(3) == 0) give_back();
  }
  give_back();
  return sleeps;
}

class SpscQueueThreads : public testing::TestWithParam<std::size_t> {};

// With one slot the two must hand over to one another at every entry, so that nearly every step is
// through the sleep hand-shake; larger queues mix sleeping with running side by side.
TEST_P(SpscQueueThreads, LoseNothingAndNoWakeUp) {
  const std::uint64_t total = GetParam() < 8 ? 20000 : 200000;
  const std::uint64_t seed = 31 + GetParam();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Lane lane(GetParam());
  std::uint64_t waits = 0;
  std::thread producer([&] { waits = Produce(lane, total, seed); });
  const std::uint64_t sleeps = Consume(lane, total, seed + 1);
  producer.join();
  EXPECT_TRUE(lane.queue.Empty());
  EXPECT_EQ(lane.queue.FreeSlots(lane.queue.capacity()), lane.queue.capacity());
  EXPECT_LE(lane.to_consumer.rings(), sleeps) << "at most one ring for each sleep";
  EXPECT_LE(lane.to_producer.rings(), waits) << "at most one ring for each wait";
}

// Where two threads meet again and again, both leaving at the same moment as nearly as can be.
class Meeting {
 public:
  // Returns when both threads have come for the same time.
  void Meet() {
    const std::uint32_t meeting = meeting_.load();
    if (arrived_.fetch_add(1) == 1) {
      arrived_.store(0);
      meeting_.store(meeting + 1);
      return;
    }
    for (int spins = 0; meeting_.load() == meeting; ++spins) {
      if (spins > 1000) std::this_thread::yield();
    }
  }

 private:
  std::atomic<std::uint32_t> arrived_{0};
  std::atomic<std::uint32_t> meeting_{0};
};

// A few nanoseconds for each step, so that the two start at every distance from one another.
void Linger(std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
}

// One side goes to sleep while the other publishes. Of the four outcomes one is forbidden: that the
// sleeper saw nothing and the other did not ring. Without full ordering between "publish" and "look
// at the flag", on either side, it does occur.
constexpr int kMeetings = 50000;
constexpr std::uint64_t kLongest = 300;  // steps: longer than word of a meeting takes to arrive

TEST(SpscQueueHandShake, NeverLosesTheConsumersWakeUp) {
  SpscQueue<int> queue(2);
  Meeting meeting;
  bool rang = false;
  std::thread producer([&] {
    Rng rng(1);
    for (int i = 0; i < kMeetings; ++i) {
      meeting.Meet();
      Linger(rng.Below(kLongest));
      queue.TryPush(i);
      rang = queue.ShouldWake();
      meeting.Meet();
    }
  });
  Rng rng(2);
  for (int i = 0; i < kMeetings; ++i) {
    meeting.Meet();
    Linger(rng.Below(kLongest));
    const bool sleeps = queue.PrepareSleep();
    meeting.Meet();
    if (sleeps && !rang) ADD_FAILURE() << "a wake-up was lost at meeting " << i;
    queue.FinishSleep();
    if (queue.Empty()) ADD_FAILURE() << "an entry was lost at meeting " << i;
    queue.Pop();
    queue.Release();
  }
  producer.join();
}

TEST(SpscQueueHandShake, NeverLosesTheProducersWakeUp) {
  SpscQueue<int> queue(1);
  Meeting meeting;
  bool waits = false;
  std::thread producer([&] {
    Rng rng(3);
    for (int i = 0; i < kMeetings; ++i) {
      queue.TryPush(i);
      meeting.Meet();
      Linger(rng.Below(kLongest));
      waits = queue.PrepareWaitForSpace(1);
      meeting.Meet();
      queue.FinishWaitForSpace();
    }
  });
  Rng rng(4);
  for (int i = 0; i < kMeetings; ++i) {
    meeting.Meet();
    if (queue.Empty()) ADD_FAILURE() << "an entry was lost at meeting " << i;
    queue.Pop();
    Linger(rng.Below(kLongest));
    queue.Release();
    const bool rang = queue.ShouldWakeProducer();
    meeting.Meet();
    if (waits && !rang) ADD_FAILURE() << "a wake-up was lost at meeting " << i;
  }
  producer.join();
}

INSTANTIATE_TEST_SUITE_P(Capacities, SpscQueueThreads, testing::Values(1, 2, 8, 256));

}  // namespace
}  // namespace ringcast
