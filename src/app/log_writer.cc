#include "app/log_writer.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "app/log_line.h"
#include "base/time.h"
#include "uring/clock.h"
#include "uring/file_descriptor.h"
#include "uring/process.h"

namespace ringcast {
namespace {

// How long the end of the program waits for lines that nobody takes.
constexpr Millis kGoodbye{2000};
// How soon a thread that waits for room notices that end.
constexpr Millis kLookAgain{100};
// How often it is tried to tell of lost lines while nothing else is said.
constexpr Millis kTellAgain{1000};

}  // namespace

class LogWriter::Queue {
 public:
  Queue(int fd, LogFormat format, Counter& dropped) : fd_(fd), format_(format), dropped_(dropped) {}

  void Push(std::string_view line);
  void SetFormat(LogFormat format);
  // Until closed.
  void Run();
  // Returns whether Run has come to its end.
  bool Close();

 private:
  void WriteLines(std::string_view lines);
  void TellLost();
  bool Write(std::string_view line);
  bool WaitForRoom();
  bool LateToClose();

  const int fd_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable ended_;
  LogFormat format_;
  Counter& dropped_;               // added to under the lock, which makes it one owner
  std::string waiting_;            // whole lines
  std::uint64_t lost_behind_ = 0;  // lines that found no room behind them
  bool closing_ = false;
  bool has_ended_ = false;
  std::chrono::steady_clock::time_point close_by_;

  // Of the thread alone.
  std::uint64_t untold_ = 0;  // lost, and no line has told so
  int error_ = 0;             // of the last write that failed; 0: there was no room in the queue
  bool cut_ = false;          // the last line was written in part
  bool given_up_ = false;     // it is too late to wait for room
};

void LogWriter::Queue::Push(std::string_view line) {
  const std::lock_guard lock(mutex_);
  // Once one is lost, so are those behind it until the thread has seen it: what is told to be lost
  // is missing in one place.
  if (lost_behind_ > 0 ||
      (!waiting_.empty() && waiting_.size() + line.size() > kMostWaitingBytes)) {
    ++lost_behind_;
    dropped_.Add();
    return;
  }
  waiting_ += line;
  changed_.notify_one();
}

void LogWriter::Queue::SetFormat(LogFormat format) {
  const std::lock_guard lock(mutex_);
  format_ = format;
}

void LogWriter::Queue::Run() {
  std::string lines;
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return !waiting_.empty() || lost_behind_ > 0 || closing_; };
  for (bool last = false; !last;) {
    if (untold_ == 0) {
      changed_.wait(lock, has_work);
    } else {
      changed_.wait_for(lock, kTellAgain, has_work);
    }
    lines.clear();
    lines.swap(waiting_);
    const std::uint64_t lost = std::exchange(lost_behind_, 0);
    last = closing_;
    lock.unlock();
    WriteLines(lines);
    if (lost > 0) error_ = 0;
    untold_ += lost;
    TellLost();
    lock.lock();
  }
  has_ended_ = true;
  ended_.notify_one();
}

bool LogWriter::Queue::Close() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  close_by_ = std::chrono::steady_clock::now() + kGoodbye;
  changed_.notify_one();
  // A little longer: the thread may be in the middle of a look.
  return ended_.wait_for(lock, kGoodbye + 10 * kLookAgain, [this] { return has_ended_; });
}

void LogWriter::Queue::WriteLines(std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n') + 1);
    lines.remove_prefix(line.size());
    TellLost();
    if (untold_ == 0 && Write(line)) continue;
    ++untold_;
    const std::lock_guard lock(mutex_);
    dropped_.Add();
  }
}

void LogWriter::Queue::TellLost() {
  if (untold_ == 0) return;
  std::unique_lock lock(mutex_);
  const LogFormat format = format_;
  lock.unlock();
  std::string line;
  AppendLogLine(format, LogLevel::kWarning, WallClockNow(),
                "lines of this log were lost count=" + std::to_string(untold_) + " reason=\"" +
                    (error_ == 0 ? "they were not taken in time" : ::strerrordesc_np(error_)) +
                    "\"",
                line);
  if (Write(line)) untold_ = 0;
}

// Whether the descriptor took all of it.
bool LogWriter::Queue::Write(std::string_view line) {
  std::string ended;
  if (cut_) line = (ended = "\n").append(line);
  std::string_view rest = line;
  while (!rest.empty()) {
    if (!WaitForRoom()) return false;
    const ssize_t written = ::write(fd_, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
    if (written > 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
      cut_ = !rest.empty();
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      std::this_thread::sleep_for(kLookAgain);
      if (!LateToClose()) continue;
    }
    error_ = written < 0 ? errno : EIO;
    return false;
  }
  return true;
}

// A file has room at any time, as far as poll(2) knows. False: the end does not wait any longer.
bool LogWriter::Queue::WaitForRoom() {
  for (;;) {
    if (HasRoomWithin(fd_, given_up_ ? Millis(0) : kLookAgain)) return true;
    if (LateToClose()) {
      error_ = EAGAIN;
      return false;
    }
  }
}

bool LogWriter::Queue::LateToClose() {
  const std::lock_guard lock(mutex_);
  given_up_ = closing_ && std::chrono::steady_clock::now() >= close_by_;
  return given_up_;
}

LogWriter::LogWriter(int fd, LogFormat format, Counter& dropped)
    : queue_(std::make_shared<Queue>(fd, format, dropped)) {
  // Signals are for the main thread; this one takes none, not even SIGPIPE of its own writes.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([queue = queue_] {
    NameThread("log");
    queue->Run();
  });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LogWriter::~LogWriter() {
  if (queue_->Close()) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LogWriter::Push(std::string_view line) { queue_->Push(line); }

void LogWriter::SetFormat(LogFormat format) { queue_->SetFormat(format); }

}  // namespace ringcast
