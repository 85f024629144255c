// A wall clock of its own for a child process: as far from the real one as the test says, moved
// while the process runs. The monotonic clock stays as it is. It works by a library that is loaded
// before the others (wall_clock_preload.cc) and adds what stands in a file that both have mapped.
//
// Threads: one thread sets; the child reads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ringcast::test {

class WallClockOffset {
 public:
  // Keeps the offset, at first 0, in a file at `path`. Ends the process when it cannot be made.
  explicit WallClockOffset(const std::string& path);
  ~WallClockOffset();
  WallClockOffset(const WallClockOffset&) = delete;
  WallClockOffset& operator=(const WallClockOffset&) = delete;

  void Set(std::chrono::seconds offset) { seconds_->store(offset.count()); }

  // What the child's environment must hold.
  std::vector<std::pair<std::string, std::string>> Environment() const;

 private:
  std::string path_;
  std::atomic<std::int64_t>* seconds_;
};

}  // namespace ringcast::test
