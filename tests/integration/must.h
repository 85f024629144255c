// Takes the value out of a Result, or ends the test with the error and the place that asked.
//
// Threads: any; the exception must be caught by whoever runs the code, as GoogleTest does for a
// test's own thread.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "base/result.h"

namespace ringcast::test {

template <class T>
T Must(Result<T> result, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (!result.ok()) {
    throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " +
                             result.error().message);
  }
  return std::move(*result);
}

}  // namespace ringcast::test
