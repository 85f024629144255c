// All events of a run, one behind the other in memory, each built once. Every connection is sent
// from these bytes.
//
// In modes each and replay all of them are there before pushing starts. In mode log, whichever
// thread has sent what it could appends the next ones, as far as the slowest connections allow.
//
// Threads: each pusher writes its own progress; Produce() is for any of them; Prebuild() and
// Start() are the main thread's.
//
// Invariants: bytes below head() never change.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "event_text.h"
#include "options.h"

namespace bare {

inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// What one pusher tells the others. Only that pusher writes.
struct alignas(64) Progress {
  std::atomic<std::uint64_t> connected{0};
  // How far its connections let the log grow. Without any: not set.
  std::atomic<std::uint64_t> limit{kNoLimit};
};

class EventLog {
 public:
  explicit EventLog(const Options& options);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  Progress& progress(unsigned pusher) { return progress_[pusher]; }

  // Builds every event: for mode each, a run that starts at `start_ns`; for mode replay, due then.
  void Prebuild(std::int64_t start_ns);
  // What a newcomer is sent: the head, and in mode replay every event. After Prebuild().
  std::string_view greeting() const { return greeting_; }
  void Start(std::int64_t start_ns);
  // When pushing starts, on CLOCK_MONOTONIC; 0 while that is not known.
  std::int64_t start_ns() const {
    return start_ns_.load(std::memory_order_acquire);
  }  // with Start()
  // When event `index` is due in mode each.
  std::int64_t due_ns(std::uint64_t index) const {
    return start_ns() + static_cast<std::int64_t>(static_cast<double>(index) * interval_ns_);
  }

  // Mode log: appends what the window allows, unless another thread is doing so.
  void Produce();

  const char* data() const { return data_; }
  std::size_t frame_bytes() const { return text_.frame_bytes(); }
  std::uint64_t head() const { return head_.load(std::memory_order_acquire); }  // with Append()
  // No event will be added: head() is final.
  bool finished() const { return finished_.load(std::memory_order_acquire); }  // with Finish()

 private:
  void Append(std::int64_t mono_ns);
  std::uint64_t Limit() const;
  bool NobodyIsConnected() const;

  const Options options_;
  const EventText text_;
  const double interval_ns_;
  const std::int64_t wall_offset_ns_;  // CLOCK_REALTIME - CLOCK_MONOTONIC
  std::uint64_t capacity_bytes_;
  char* data_ = nullptr;
  std::string greeting_;
  std::unique_ptr<Progress[]> progress_;

  std::mutex producing_;  // held while events are appended in mode log
  std::uint64_t events_ = 0;
  std::atomic<std::uint64_t> head_{0};
  std::atomic<bool> finished_{false};
  std::atomic<std::int64_t> start_ns_{0};
};

}  // namespace bare
