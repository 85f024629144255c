// A small fast generator of pseudo-random numbers, for jitter and for tests: xoshiro256** (Blackman
// and Vigna, 2018), its state filled from the seed by splitmix64. The same seed gives the same
// numbers everywhere. Anyone who sees a few outputs can tell all the others: never for keys or
// secrets.
//
// Threads: one at a time.
// Invariants: the state is never all zero, where the generator would stand still.
#pragma once

#include <bit>
#include <cstdint>

#include "base/check.h"

namespace ringcast {

class Rng {
 public:
  // Any seed serves, 0 included: splitmix64 is a bijection of a counter that takes four different
  // values here, so at most one word of the state is zero.
  explicit Rng(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      word = mixed ^ (mixed >> 31);
    }
  }

  // Uniform over all 64-bit values.
  std::uint64_t Next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, n), without the bias of a plain remainder: the first 2^64 mod n values are drawn
  // again. REQUIRES: n > 0.
  std::uint64_t Below(std::uint64_t n) {
    RC_CHECK(n > 0, "there is no number below zero");
    const std::uint64_t reject_below = (0 - n) % n;
    std::uint64_t value = Next();
    while (value < reject_below) value = Next();
    return value % n;
  }

  // Uniform in [base * (1 - fraction), base * (1 + fraction)], to the nearest integer: a time
  // spread so that what was started together does not end together. The unit is the caller's.
  // REQUIRES: 0 <= fraction <= 1 and base <= 2^53, where a double still holds every integer.
  std::uint64_t Jittered(std::uint64_t base, double fraction) {
    RC_CHECK(fraction >= 0 && fraction <= 1, "a jitter is a part of its base");
    RC_CHECK(base <= std::uint64_t{1} << 53, "the base of a jitter fits a double");
    const auto spread = static_cast<std::uint64_t>(static_cast<double>(base) * fraction);
    return base - spread + Below(2 * spread + 1);
  }

 private:
  std::uint64_t state_[4];
};

}  // namespace ringcast
