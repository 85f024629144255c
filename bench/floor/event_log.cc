#include "event_log.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "clock.h"

namespace bare {

EventLog::EventLog(const Options& options)
    : options_(options),
      text_(options.payload_bytes),
      interval_ns_(1e9 / options.rate),
      wall_offset_ns_(ReadClock(CLOCK_REALTIME) - NowNs()),
      capacity_bytes_(options.log_bytes),
      greeting_(StreamHead()),
      progress_(std::make_unique<Progress[]>(options.rings)) {
  if (options.events > 0 && options.events < capacity_bytes_ / frame_bytes()) {
    capacity_bytes_ = options.events * frame_bytes();
  }
  void* const memory = ::mmap(nullptr, capacity_bytes_, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("floor: memory for the events");
    std::exit(71);
  }
  data_ = static_cast<char*>(memory);
}

EventLog::~EventLog() { ::munmap(data_, capacity_bytes_); }

void EventLog::Append(std::int64_t mono_ns) {
  const std::uint64_t head = events_ * frame_bytes();
  ++events_;
  text_.Write(data_ + head, events_, mono_ns, (mono_ns + wall_offset_ns_) / 1'000'000);
  // With head(): who sees the new head sees the bytes below it.
  head_.store(head + frame_bytes(), std::memory_order_release);
}

void EventLog::Prebuild(std::int64_t start_ns) {
  const bool replay = options_.mode == Mode::kReplay;
  for (std::uint64_t index = 0; index < options_.events; ++index) {
    const double after_ns = replay ? 0 : static_cast<double>(index) * interval_ns_;
    Append(start_ns + static_cast<std::int64_t>(after_ns));
  }
  if (replay) greeting_.append(data_, head());
  finished_.store(true, std::memory_order_release);  // with finished()
}

void EventLog::Start(std::int64_t start_ns) {
  start_ns_.store(start_ns, std::memory_order_release);  // with start_ns()
}

std::uint64_t EventLog::Limit() const {
  std::uint64_t limit = kNoLimit;
  for (unsigned i = 0; i < options_.rings; ++i) {
    // Relaxed: a number alone; an old one only makes the window smaller.
    limit = std::min(limit, progress_[i].limit.load(std::memory_order_relaxed));
  }
  return limit;
}

bool EventLog::NobodyIsConnected() const {
  for (unsigned i = 0; i < options_.rings; ++i) {
    if (progress_[i].connected.load(std::memory_order_relaxed) > 0) return false;  // a number alone
  }
  return true;
}

void EventLog::Produce() {
  if (options_.mode != Mode::kLog || finished()) return;
  const std::unique_lock lock(producing_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  const std::int64_t end_ns = start_ns() + static_cast<std::int64_t>(options_.seconds * 1e9);
  const std::uint64_t limit = Limit();
  for (;;) {
    const std::int64_t now = NowNs();
    const std::uint64_t next = (events_ + 1) * frame_bytes();
    const bool by_count = options_.events > 0;
    if (next > capacity_bytes_ || (by_count ? events_ >= options_.events : now >= end_ns)) {
      finished_.store(true, std::memory_order_release);  // with finished()
      return;
    }
    if (limit == kNoLimit || next > limit) {
      if (NobodyIsConnected()) finished_.store(true, std::memory_order_release);  // with finished()
      return;
    }
    Append(now);
  }
}

}  // namespace bare
