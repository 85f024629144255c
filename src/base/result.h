// A value or the reason why there is none. Errors are values: nothing on a hot path throws.
//
// Error carries one sentence for a person: what is wrong, where, and how to mend it.
// Threads: a Result is a plain value.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace ringcast {

struct Error {
  std::string message;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok().
  T& value() {
    RC_CHECK(ok(), "value() of a Result that holds an error");
    return *std::get_if<T>(&state_);
  }
  const T& value() const {
    RC_CHECK(ok(), "value() of a Result that holds an error");
    return *std::get_if<T>(&state_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !ok().
  const Error& error() const {
    RC_CHECK(!ok(), "error() of a Result that holds a value");
    return *std::get_if<Error>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

// For operations that give no value.
struct Done {};
using Status = Result<Done>;

}  // namespace ringcast
