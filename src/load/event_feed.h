// The publishing side of a benchmark: builds events and publishes them on a thread of its own,
// either at fixed times or as fast as the server takes them.
//
// At fixed times it is an open loop: an event bears the time when it was due, and when the server
// holds the publisher up, the ones that are due meanwhile follow at once with their own times. So a
// stall shows in the latency of every event that it delayed.
//
// Threads: started, watched and joined by one. The counters are for any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/counter.h"
#include "base/result.h"
#include "load/channel_traffic.h"
#include "load/event_sink.h"

namespace ringcast {

// It ends after `seconds` or `count` events, what comes first of those that are given, or by
// Stop().
struct EventFeedOptions {
  double rate = 0;          // events a second; 0: as fast as the server takes them
  double seconds = 0;       // 0: without end
  std::uint64_t count = 0;  // of events; 0: without end
  std::uint64_t first = 1;  // the number of the first
  std::size_t payload_bytes = 0;
  std::uint64_t subscribers = 0;  // that are to get each event
  // Many channels, each with subscribers of its own; null: one. Not touched by anyone else before
  // Join().
  ChannelTraffic* traffic = nullptr;
  std::string channel_base = {};  // of the channels' names
};

class EventFeed {
 public:
  EventFeed(const EventFeedOptions& options, std::unique_ptr<EventSink> sink);
  ~EventFeed();
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  // The first event is due at `start_ns` on CLOCK_MONOTONIC.
  void Start(std::uint64_t start_ns);
  // Publishing ends with the second event from now. REQUIRES: a rate.
  void Stop() { stop_.Set(1); }

  // Publishing has ended, and every event is acknowledged or an error has ended it.
  bool finished() const { return finished_.Get() != 0; }
  std::uint64_t published() const { return published_.Get(); }
  // Deliveries that are due of what is published.
  std::uint64_t due() const { return due_.Get(); }
  // The number of the last event, 0 while that is open: known before the event is published.
  const Counter& last() const { return last_; }
  // Waits for the end. How it went.
  Status Join();

 private:
  Status Run(std::uint64_t start_ns);
  Status Publish(std::uint64_t seq, std::uint64_t due_ns);
  Status SleepTill(std::uint64_t due_ns, std::uint64_t seq);

  const EventFeedOptions options_;
  const std::unique_ptr<EventSink> sink_;
  std::thread thread_;
  Status outcome_ = Done{};
  std::string data_;  // of one event
  std::string channel_;
  Counter published_;
  Counter due_;
  Counter last_;
  Counter stop_;
  Counter finished_;  // 1 at the end
};

}  // namespace ringcast
