#include "simulation/fault_plan.h"

namespace ringcast::simulation {
namespace {

struct Kind {
  std::string_view name;
  std::uint32_t usual;  // of 10,000 opportunities
};

// In the order of the enumerators. Opportunities differ by orders of magnitude, and so do the
// rates.
constexpr std::array<Kind, kFaults> kKinds = {{
    {"late-completion", 300},    {"short-send", 300},      {"send-error", 20},
    {"receive-error", 40},       {"no-buffer", 200},       {"poll-error", 40},
    {"shutdown-error", 300},     {"table-full", 50},       {"accept-error", 100},
    {"cancel-too-late", 500},    {"doorbell-lost", 300},   {"pass-refused", 500},
    {"pass-untold", 300},        {"submission-cut", 200},  {"preempted", 300},
    {"loop-stalled", 5},         {"early-wake", 300},      {"wall-clock-step", 20},
    {"peer-stops-reading", 100}, {"peer-half-closes", 50}, {"peer-resets", 60},
    {"peer-vanishes", 20},       {"peer-sends-stray", 50}, {"peer-stalls-request", 50},
    {"publisher-rubbish", 50},
}};

}  // namespace

std::string_view Name(Fault fault) { return kKinds[static_cast<std::size_t>(fault)].name; }

void FaultPlan::Draw(unsigned intensity) {
  constexpr std::array<std::uint32_t, 4> kFactors = {0, 1, 2, 6};
  for (std::size_t i = 0; i < kFaults; ++i) {
    const bool left_out = rng_.Below(3) == 0;
    rates_[i] = left_out ? 0 : kKinds[i].usual * kFactors[intensity];
  }
}

bool FaultPlan::Strikes(Fault fault) {
  const auto index = static_cast<std::size_t>(fault);
  if (silent_ || rates_[index] == 0 || rng_.Below(10'000) >= rates_[index]) return false;
  ++counts_[index];
  return true;
}

}  // namespace ringcast::simulation
