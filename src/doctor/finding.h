// What one check found: how bad it is, what was seen and what is needed, why that matters, and the
// command that mends it. `doctor` prints it whole; `serve` refuses to start with the same words.
//
// Threads: a plain value.
// Invariants: `what` is never empty. An error has an exit code; errors and warnings say what mends
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ringcast {

enum class FindingLevel : std::uint8_t {
  kOk,
  kNote,     // good to know; nothing has to be done
  kWarning,  // it starts, and will not do all that it is configured for
  kError,    // it does not start
};
std::string_view Name(FindingLevel level);

struct Finding {
  FindingLevel level = FindingLevel::kOk;
  std::string_view check;  // which check: a name that stays the same from version to version
  std::string what;        // one sentence without a full stop
  std::string why;
  std::string fix;
  int exit_code = 0;  // of an error: what `serve` ends with (sysexits.h)

  static Finding Ok(std::string_view check, std::string what);
  static Finding Note(std::string_view check, std::string what, std::string why,
                      std::string fix = {});
  static Finding Warning(std::string_view check, std::string what, std::string why,
                         std::string fix);
  static Finding Error(std::string_view check, int exit_code, std::string what, std::string why,
                       std::string fix);

  // On one line, as the log wants it: what, and what mends it.
  std::string Sentence() const;
};

struct FindingCounts {
  std::size_t ok = 0;
  std::size_t notes = 0;
  std::size_t warnings = 0;
  std::size_t errors = 0;
};
FindingCounts Count(std::span<const Finding> findings);

// 0; 1 when there are warnings; of the first error, its own code: checks run in the order in which
// a start meets what they look at.
int ExitCode(std::span<const Finding> findings);

}  // namespace ringcast
