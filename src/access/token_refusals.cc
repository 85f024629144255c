#include "access/token_refusals.h"

#include <string>
#include <utility>

#include "base/log_sink.h"

namespace ringcast {
namespace {

template <std::size_t... kIndex>
std::array<LogLimiter, sizeof...(kIndex)> Limiters(std::index_sequence<kIndex...>) {
  constexpr Nanos kWindow = std::chrono::seconds(10);
  return {((void)kIndex, LogLimiter(1, kWindow))...};
}

// What happens every day where nothing is wrong: a token's time is over, or somebody looks in who
// has none.
LogLevel LevelOf(TokenFault fault) {
  return fault == TokenFault::kExpired || fault == TokenFault::kMissing ? LogLevel::kInfo
                                                                        : LogLevel::kWarning;
}

}  // namespace

TokenRefusals::TokenRefusals(TokenFaultCounters& counters, std::string_view what)
    : counters_(counters),
      what_(what),
      limiters_(Limiters(std::make_index_sequence<kTokenFaults>())) {}

void TokenRefusals::Note(TokenFault fault, MonoTime now) {
  const auto index = static_cast<std::size_t>(fault);
  counters_[index].Add();
  const LogAdmission admission = limiters_[index].Admit(now);
  if (!admission.admitted) return;
  Log(LevelOf(fault), "refused a " + std::string(what_) + " token=" + std::string(Name(fault)) +
                          ": " + std::string(Describe(fault)) + admission.Suffix());
}

}  // namespace ringcast
