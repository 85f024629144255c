#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace ringcast {

void CheckFailed(const char* file, int line, const char* condition, const char* why) noexcept {
  std::fprintf(stderr, "<2>%s:%d: check failed: %s (%s)\n", file, line, condition, why);
  std::abort();
}

}  // namespace ringcast
