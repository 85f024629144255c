// A subscriber on a thread of its own: follows a flood from its first number on, fast, slowly or
// not at all for a while, and comes back when it is cut off, as a browser does.
//
// Threads: constructed and ended on one thread. Pause() and Resume() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "integration/sequence_check.h"
#include "support/sse_client.h"

namespace ringcast::test {

struct FollowerOptions {
  std::uint16_t port = 0;
  std::vector<std::string> channels;  // those of the flood
  int minor_version = 1;
  int receive_buffer_bytes = 0;
  std::chrono::microseconds pause_per_event{0};
  bool starts_paused = false;
};

class Follower {
 public:
  // Returns when the stream has begun: nothing published from now on may be missed.
  explicit Follower(const FollowerOptions& options);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void Pause() { paused_.store(true); }
  void Resume() { paused_.store(false); }
  std::uint64_t next() const { return next_.load(); }  // as SequenceCheck::next()

  // Waits until all numbers below `count` have come or been told missing, or something is wrong, or
  // the deadline has passed; then ends the thread. From here on it reads as fast as it can.
  const SequenceCheck& FinishAt(std::uint64_t count, Deadline deadline);
  // How the connections ended that this follower did not end itself. After FinishAt().
  const std::vector<StreamEnd>& ends() const { return ends_; }
  // What kept it from going on, or empty. After FinishAt().
  const std::string& trouble() const { return trouble_; }

 private:
  void Run();
  void Open();

  FollowerOptions options_;
  std::string target_;
  SequenceCheck check_;
  std::vector<StreamEnd> ends_;
  std::string trouble_;
  std::optional<SseClient> client_;
  std::atomic<bool> paused_;
  std::atomic<bool> hurry_{false};
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> next_{0};
  std::atomic<bool> faulty_{false};
  std::thread thread_;
};

}  // namespace ringcast::test
