// Checks of invariants. They stay on in release builds: a broken invariant ends the process with
// the place and the condition, rather than going on with a wrong state.
//
// Threads: any. A failing check writes one line to standard error and aborts.
#pragma once

namespace ringcast {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              const char* why) noexcept;

}  // namespace ringcast

// RC_CHECK(condition, "why it must hold")
#define RC_CHECK(condition, why)                                      \
  do {                                                                \
    if (!(condition)) [[unlikely]]                                    \
      ::ringcast::CheckFailed(__FILE__, __LINE__, #condition, (why)); \
  } while (false)
