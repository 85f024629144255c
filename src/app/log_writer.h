// What stands between the log and its descriptor: lines are put into a queue, and a thread of its
// own writes them, so that no event waits for a pipe that nobody reads, a full disk or a terminal
// that was stopped.
//
// A line that finds the queue full, or that cannot be written, is lost and counted. When writing
// works again, one line tells how many were lost, in the place where they are missing. (spdlog's
// own asynchronous logger tells nobody, and waits at its end for a descriptor that never takes its
// lines.)
//
// Threads: Push and SetFormat from any thread; the rest on the one that owns it.
// Invariants: Push never waits for the descriptor. What one line left half written is ended before
// the next one starts. The descriptor's flags stay as they are: others may share it.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <thread>

#include "base/counter.h"
#include "config/options.h"

namespace ringcast {

class LogWriter {
 public:
  // What may wait to be written: some thousand lines.
  static constexpr std::size_t kMostWaitingBytes = std::size_t{256} * 1024;

  // Writes to `fd`, which must stay open. Lines that get lost are added to `dropped`, which must
  // live as long as the process; the line that tells of them has this format.
  LogWriter(int fd, LogFormat format, Counter& dropped);
  // Writes what waits, for two seconds at most.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // One line, with its newline.
  void Push(std::string_view line);
  // Of the line that tells of lost ones; from the next on.
  void SetFormat(LogFormat format);

 private:
  class Queue;

  // Shared with the thread, which is left behind when the descriptor does not let it go.
  std::shared_ptr<Queue> queue_;
  std::thread thread_;
};

}  // namespace ringcast
