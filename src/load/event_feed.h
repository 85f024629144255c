// The publishing side of a benchmark: builds events and publishes them on a thread of its own,
// either at fixed times or as fast as the server takes them.
//
// At fixed times it is an open loop: an event bears the time when it was due, and when the server
// holds the publisher up, the ones that are due meanwhile follow at once with their own times. So a
// stall shows in the latency of every event that it delayed.
//
// Threads: started, watched and joined by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

#include "base/counter.h"
#include "base/result.h"
#include "load/event_sink.h"

namespace ringcast {

struct EventFeedOptions {
  double rate = 0;  // events a second; 0: as fast as the server takes them
  double seconds = 0;
  std::size_t payload_bytes = 0;
};

class EventFeed {
 public:
  EventFeed(const EventFeedOptions& options, std::unique_ptr<EventSink> sink)
      : options_(options), sink_(std::move(sink)) {}
  ~EventFeed();
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  // The first event is due at `start_ns` on CLOCK_MONOTONIC.
  void Start(std::uint64_t start_ns);
  // Publishing has ended, and every event is acknowledged or an error has ended it.
  bool finished() const { return finished_.Get() != 0; }
  std::uint64_t published() const { return published_.Get(); }
  // Waits for the end. How it went.
  Status Join();

 private:
  Status Run(std::uint64_t start_ns);

  const EventFeedOptions options_;
  const std::unique_ptr<EventSink> sink_;
  std::thread thread_;
  Status outcome_ = Done{};
  Counter published_;
  Counter finished_;  // 1 at the end
};

}  // namespace ringcast
