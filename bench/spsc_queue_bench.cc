// The lane between two threads, beside a well-known queue of the same kind: entries for each second
// from one thread to another. Both sides spin (and yield), so that the queues are compared and not
// the kernel's way of waking threads. The consumer checks the sequence it receives.
//
// Both threads need a core of their own; with fewer, the figures tell about the scheduler alone.
#include <benchmark/benchmark.h>
#include <readerwriterqueue/readerwriterqueue.h>

#include <atomic>
#include <cstdint>
#include <thread>

#include "allocation_count.h"
#include "base/check.h"
#include "base/spsc_queue.h"

namespace ringcast {
namespace {

// As large as an entry of the lanes: a channel, its new head, and a word to spare.
struct Entry {
  std::uint64_t number;
  std::uint64_t payload[2];
};

constexpr std::size_t kCapacity = 4096;           // entries
constexpr std::uint64_t kPerIteration = 1 << 16;  // entries taken in one step of the benchmark

// Our queue: batches of `batch` entries, a look at the sleep flag after each as in earnest.
class Lane {
 public:
  explicit Lane(std::size_t batch) : queue_(kCapacity), batch_(batch) {}

  // Pushes the entries from `number` on that make one batch; returns how many: none when it is
  // full.
  std::size_t Push(std::uint64_t number) {
    if (queue_.FreeSlots(batch_) < batch_) return 0;
    for (std::size_t i = 0; i < batch_; ++i) queue_.Stage(Entry{number + i, {number, number}});
    queue_.Commit();
    benchmark::DoNotOptimize(queue_.ShouldWake());
    return batch_;
  }

  // Pops what is there, at most `limit` entries; returns how many.
  std::uint64_t Pop(std::uint64_t number, std::uint64_t limit) {
    std::uint64_t taken = 0;
    while (taken < limit) {
      const Entry* entry = queue_.Front();
      if (entry == nullptr) break;
      RC_CHECK(entry->number == number + taken, "entries arrive in order, each once");
      queue_.Pop();
      // Giving back a part early keeps the producer going while the rest is read.
      if (++taken % 256 == 0) queue_.Release();
    }
    if (taken > 0) {
      queue_.Release();
      benchmark::DoNotOptimize(queue_.ShouldWakeProducer());
    }
    return taken;
  }

 private:
  SpscQueue<Entry> queue_;
  const std::size_t batch_;
};

class MoodycamelQueue {
 public:
  explicit MoodycamelQueue(std::size_t) : queue_(kCapacity) {}

  std::size_t Push(std::uint64_t number) {
    return queue_.try_enqueue(Entry{number, {number, number}}) ? 1 : 0;
  }

  std::uint64_t Pop(std::uint64_t number, std::uint64_t limit) {
    std::uint64_t taken = 0;
    Entry entry;
    while (taken < limit && queue_.try_dequeue(entry)) {
      RC_CHECK(entry.number == number + taken, "entries arrive in order, each once");
      ++taken;
    }
    return taken;
  }

 private:
  moodycamel::ReaderWriterQueue<Entry> queue_;
};

template <class Queue>
void BetweenThreads(benchmark::State& state) {
  Queue queue(static_cast<std::size_t>(state.range(0)));
  std::atomic<bool> stop{false};
  std::thread producer([&] {
    std::uint64_t number = 0;
    // Relaxed: nothing is handed over with the flag.
    while (!stop.load(std::memory_order_relaxed)) {
      const std::size_t pushed = queue.Push(number);
      if (pushed == 0) std::this_thread::yield();
      number += pushed;
    }
  });
  std::uint64_t number = 0;
  auto take = [&](std::uint64_t count) {
    for (const std::uint64_t end = number + count; number < end;) {
      const std::uint64_t taken = queue.Pop(number, end - number);
      if (taken == 0) std::this_thread::yield();
      number += taken;
    }
  };
  take(2 * kCapacity);  // both threads run now, every slot has been touched
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) take(kPerIteration);
  RC_CHECK(bench::AllocationCount() == allocations, "a running queue allocates nothing");
  stop.store(true, std::memory_order_relaxed);
  producer.join();
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kPerIteration));
}

BENCHMARK_TEMPLATE(BetweenThreads, Lane)
    ->ArgName("batch")
    ->Arg(1)
    ->Arg(16)
    ->Arg(256)
    ->UseRealTime()
    ->Repetitions(5)
    ->DisplayAggregatesOnly(true);
BENCHMARK_TEMPLATE(BetweenThreads, MoodycamelQueue)
    ->ArgName("batch")
    ->Arg(1)
    ->UseRealTime()
    ->Repetitions(5)
    ->DisplayAggregatesOnly(true);

}  // namespace
}  // namespace ringcast
