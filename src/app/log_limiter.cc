#include "app/log_limiter.h"

#include <utility>

#include "base/check.h"

namespace ringcast {
namespace {

constexpr Nanos kWindow = std::chrono::seconds(1);

}  // namespace

std::string LogAdmission::Suffix() const {
  return left_out == 0 ? std::string() : " (and " + std::to_string(left_out) + " more)";
}

LogLimiter::LogLimiter(std::uint32_t per_second) : per_second_(per_second) {
  RC_CHECK(per_second >= 1, "a limiter lets something through");
}

LogAdmission LogLimiter::Admit(MonoTime now) {
  if (!window_open_ || now - window_start_ >= kWindow) {
    window_open_ = true;
    window_start_ = now;
    admitted_in_window_ = 0;
  }
  if (admitted_in_window_ == per_second_) {
    ++left_out_;
    return {};
  }
  ++admitted_in_window_;
  return {.admitted = true, .left_out = TakeLeftOut()};
}

std::uint64_t LogLimiter::TakeLeftOut() { return std::exchange(left_out_, 0); }

}  // namespace ringcast
