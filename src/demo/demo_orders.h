// What the demo page asks for: orders that shards take from requests and one thread carries out
// over the publish socket, as any publisher would. A shard never waits for it.
//
// Threads: Put() from any shard; Take() from the publisher's thread; End() from the main thread.
// Invariants: at most kMostWaiting orders wait, each with at most kMaxDemoDataBytes of data; no
// more events a second are let in than kDemoEventsPerSecond, after a burst of twice as many.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "base/time.h"

namespace ringcast {

// Bytes of data that the page may publish in one event.
inline constexpr std::size_t kMaxDemoDataBytes = std::size_t{16} << 10;
// Events of one flood.
inline constexpr std::uint32_t kFloodEvents = 1000;
inline constexpr std::uint32_t kDemoEventsPerSecond = 1000;

struct DemoOrder {
  enum class Kind : std::uint8_t {
    kPublish,  // one event
    kFlood,    // kFloodEvents events that are numbered
    kEnd,      // ends the channel and its streams
  };
  Kind kind = Kind::kPublish;
  std::string channel;
  std::string type;  // kPublish
  std::string data;  // kPublish
};

class DemoOrders {
 public:
  enum class Outcome : std::uint8_t { kTaken, kTooFast, kFull };

  Outcome Put(DemoOrder order, MonoTime now);

  // The oldest that waits; waits for one for at most so long. Nothing after End().
  std::optional<DemoOrder> Take(Millis at_most);

  void End();
  bool ended();

 private:
  static constexpr std::size_t kMostWaiting = 64;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<DemoOrder> waiting_;
  double allowance_ = 2.0 * kDemoEventsPerSecond;  // events that may come at once
  std::optional<MonoTime> counted_at_;
  bool ended_ = false;
};

}  // namespace ringcast
