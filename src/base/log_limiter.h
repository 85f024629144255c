// Keeps one noisy place in the code from filling the log: at most N messages in a window of time,
// then silence and, with the first message after it, how many were left out.
//
//   if (LogAdmission a = limiter_.Admit(now); a.admitted)
//     Log(LogLevel::kWarning, "accept failed errno=..." + a.Suffix());
//
// Threads: one thread owns a limiter; each shard has its own.
// Invariants: admits at most `per_window` in any one window; every refusal is told exactly once.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace ringcast {

struct LogAdmission {
  bool admitted = false;
  std::uint64_t left_out = 0;  // refusals since the last admission; 0 unless admitted

  // "" or " (and 12 more)", to be appended to the message.
  std::string Suffix() const;
};

class LogLimiter {
 public:
  // REQUIRES: per_window >= 1, window > 0.
  explicit LogLimiter(std::uint32_t per_window, Nanos window = std::chrono::seconds(1));

  // `now` must not go backwards. A window opens with the first message in it.
  LogAdmission Admit(MonoTime now);

  // Refusals not told yet, for a last word at the end; told from here on.
  std::uint64_t TakeLeftOut();

 private:
  std::uint32_t per_window_;
  Nanos window_;
  std::uint32_t admitted_in_window_ = 0;
  MonoTime window_start_{};
  bool window_open_ = false;
  std::uint64_t left_out_ = 0;
};

}  // namespace ringcast
