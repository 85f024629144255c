// The moment until which a blocking call of a test may wait. Every such call takes one, so that a
// test ends with a message of its own instead of the runner's time limit.
//
// It converts from a duration: `client.NextEvent(5s)` and `client.NextEvent(shared_deadline)` both
// work; several calls that are given the same Deadline share one span of time.
//
// Threads: a plain value.
#pragma once

#include <chrono>

namespace ringcast::test {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  template <class Rep, class Period>
  Deadline(std::chrono::duration<Rep, Period> within)  // NOLINT: implicit by design
      : at_(Clock::now() + within) {}

  // What is left as poll(2) takes it: milliseconds, rounded up so that the last wait does not spin,
  // 0 when the moment has passed.
  int PollMillis() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) : 0;
  }
  bool Passed() const { return Clock::now() >= at_; }
  Clock::time_point at() const { return at_; }

 private:
  Clock::time_point at_;
};

}  // namespace ringcast::test
