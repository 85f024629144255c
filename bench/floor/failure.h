// How the floor ends when the system refuses something: one line, exit code 71 (sysexits.h,
// EX_OSERR).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bare {

[[noreturn]] inline void Fail(const char* what, int error_number) {
  std::fprintf(stderr, "floor: %s: %s\n", what, std::strerror(error_number));
  std::exit(71);
}

}  // namespace bare
