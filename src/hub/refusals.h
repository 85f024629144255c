// What one thread has turned away because of a limit: a counter for each limit, and a line in the
// log that names the limit, who was concerned and the option that raises it. However many come,
// each limit writes one line in ten seconds; the next one tells how many were left out.
//
// Threads: Note() on the owner's; the counters may be read on any.
// Invariants: everything noted is counted; the message is only built when it is written.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/counter.h"
#include "base/log_limiter.h"
#include "base/time.h"
#include "hub/limit.h"

namespace ringcast {

using LimitCounters = std::array<Counter, kLimits>;

class Refusals {
 public:
  // `counters` outlive this.
  explicit Refusals(LimitCounters& counters);

  // `allowed`: the limit's value. who() gives a field for the log, such as "address=192.0.2.1", or
  // nothing; bytes from outside must be escaped in it.
  template <class Who>
  void Note(Limit limit, std::uint64_t allowed, MonoTime now, Who&& who) {
    const auto index = static_cast<std::size_t>(limit);
    counters_[index].Add();
    const LogAdmission admission = limiters_[index].Admit(now);
    if (admission.admitted) Write(limit, allowed, who(), admission);
  }
  void Note(Limit limit, std::uint64_t allowed, MonoTime now) {
    Note(limit, allowed, now, [] { return std::string(); });
  }

 private:
  static void Write(Limit limit, std::uint64_t allowed, std::string_view who,
                    const LogAdmission& admission);

  LimitCounters& counters_;
  std::array<LogLimiter, kLimits> limiters_;
};

}  // namespace ringcast
