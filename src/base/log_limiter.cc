#include "base/log_limiter.h"

#include <utility>

#include "base/check.h"

namespace ringcast {

std::string LogAdmission::Suffix() const {
  return left_out == 0 ? std::string() : " (and " + std::to_string(left_out) + " more)";
}

LogLimiter::LogLimiter(std::uint32_t per_window, Nanos window)
    : per_window_(per_window), window_(window) {
  RC_CHECK(per_window >= 1 && window > Nanos(0), "a limiter lets something through");
}

LogAdmission LogLimiter::Admit(MonoTime now) {
  if (!window_open_ || now - window_start_ >= window_) {
    window_open_ = true;
    window_start_ = now;
    admitted_in_window_ = 0;
  }
  if (admitted_in_window_ == per_window_) {
    ++left_out_;
    return {};
  }
  ++admitted_in_window_;
  return {.admitted = true, .left_out = TakeLeftOut()};
}

std::uint64_t LogLimiter::TakeLeftOut() { return std::exchange(left_out_, 0); }

}  // namespace ringcast
