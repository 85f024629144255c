#include "hub/refusals.h"

#include <utility>

#include "base/log_sink.h"

namespace ringcast {
namespace {

template <std::size_t... kIndex>
std::array<LogLimiter, sizeof...(kIndex)> Limiters(std::index_sequence<kIndex...>) {
  constexpr Nanos kWindow = std::chrono::seconds(10);
  return {((void)kIndex, LogLimiter(1, kWindow))...};
}

}  // namespace

Refusals::Refusals(LimitCounters& counters)
    : counters_(counters), limiters_(Limiters(std::make_index_sequence<kLimits>())) {}

void Refusals::Write(Limit limit, std::uint64_t allowed, std::string_view who,
                     const LogAdmission& admission) {
  std::string message =
      "turned away limit=" + std::string(OptionOf(limit)) + " allowed=" + std::to_string(allowed);
  if (!who.empty()) (message += ' ') += who;
  message += "; --" + std::string(OptionOf(limit)) + " raises it" + admission.Suffix();
  Log(LogLevel::kWarning, message);
}

}  // namespace ringcast
