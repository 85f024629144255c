// Draws numbers below N by Zipf's law: number k with a weight of 1 / (k + 1)^s. That is how
// interest in channels is spread as a rule: with s = 1 the first of a million is drawn 7% of the
// time.
//
// It holds the sums of the weights, 8 bytes a number (none when s is 0), and draws by a binary
// search. The same seed draws the same numbers everywhere that std::pow agrees.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.h"

namespace ringcast {

class Zipf {
 public:
  // REQUIRES: count > 0, exponent >= 0 (0: all alike).
  Zipf(std::uint32_t count, double exponent, std::uint64_t seed);

  // Below `count`.
  std::uint32_t Next();

 private:
  const std::uint32_t count_;
  Rng rng_;
  std::vector<double> sums_;  // of the weights up to each number; empty: all are alike
};

}  // namespace ringcast
