// A publisher on a thread of its own that publishes "0 ...", "1 ...", "2 ..." as fast as it is let,
// over the binary protocol with many requests in flight, and keeps the id of each.
//
// Threads: constructed, stopped and asked on one thread; published() may be read meanwhile.
// Invariants: number n goes to channels[n % channels.size()]; ids()[n] is what the ack of n said.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "integration/raw_publisher.h"

namespace ringcast::test {

struct FloodOptions {
  std::string publish_socket;
  std::vector<std::string> channels;
  std::size_t data_bytes = 100;      // of each event
  std::uint64_t batch = 16;          // requests sent at once
  std::uint64_t window = 1024;       // requests without an answer
  std::uint64_t count = UINT64_MAX;  // ends by itself after so many
  std::chrono::microseconds pause_per_batch{0};
};

class NumberFlood {
 public:
  explicit NumberFlood(FloodOptions options);
  ~NumberFlood();
  NumberFlood(const NumberFlood&) = delete;
  NumberFlood& operator=(const NumberFlood&) = delete;

  std::uint64_t published() const { return published_.load(); }  // acknowledged so far
  // Ends it once everything sent has its answer. Errors: what the publisher met with.
  Status Stop();
  // After Stop().
  const std::vector<std::string>& ids() const { return ids_; }

 private:
  Status Run();

  FloodOptions options_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> published_{0};
  std::vector<std::string> ids_;
  Status outcome_ = Done{};
  std::thread thread_;
};

// The number in an event's data.
std::uint64_t NumberOf(std::string_view data);

}  // namespace ringcast::test
