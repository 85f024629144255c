// What one thread has refused because of a token, or the want of one: a counter for each fault, and
// a line in the log that says which. However many come, each fault writes one line in ten seconds;
// the next one tells how many were left out. Of the token itself nothing is written.
//
// Threads: Note() on the owner's; the counters may be read on any.
// Invariants: everything noted is counted; the message is only built when it is written.
#pragma once

#include <array>
#include <string_view>

#include "access/token_fault.h"
#include "base/counter.h"
#include "base/log_limiter.h"
#include "base/time.h"

namespace ringcast {

using TokenFaultCounters = std::array<Counter, kTokenFaults>;

class TokenRefusals {
 public:
  // `counters` outlive this. `what`: who is refused, for the log: "subscriber"; a literal.
  TokenRefusals(TokenFaultCounters& counters, std::string_view what);

  void Note(TokenFault fault, MonoTime now);

 private:
  TokenFaultCounters& counters_;
  std::string_view what_;
  std::array<LogLimiter, kTokenFaults> limiters_;
};

}  // namespace ringcast
