// SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a keyed hash for
// tables whose keys are chosen by strangers. Channel names arrive over the network; with a plain
// hash anyone could compute a million names that fall into one bucket and turn every look-up into a
// walk. Without the key, drawn at random at start, such names cannot be found.
//
// SipHash-1-3 (one round for each word, three to finish) is the usual choice for hash tables: about
// twice as fast as 2-4, and the table's order is never shown to anyone who could study it. 2-4
// comes from the same code because its published vectors prove that code.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace ringcast {

// 128 bits, from a generator fit for secrets, once in a process.
struct HashKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

// The rounds of the paper's SipHash-c-d. Made for (1, 3) and (2, 4).
template <int kWordRounds, int kFinalRounds>
std::uint64_t SipHash(HashKey key, std::string_view data);

extern template std::uint64_t SipHash<1, 3>(HashKey, std::string_view);
extern template std::uint64_t SipHash<2, 4>(HashKey, std::string_view);

inline std::uint64_t SipHash13(HashKey key, std::string_view data) {
  return SipHash<1, 3>(key, data);
}

}  // namespace ringcast
