#include "base/siphash.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace ringcast {
namespace {

static_assert(std::endian::native == std::endian::little, "SipHash reads little-endian words");

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  template <int kRounds>
  void Absorb(std::uint64_t word) {
    v3 ^= word;
    for (int i = 0; i < kRounds; ++i) Round();
    v0 ^= word;
  }
};

}  // namespace

template <int kWordRounds, int kFinalRounds>
std::uint64_t SipHash(HashKey key, std::string_view data) {
  // The constants spell "somepseudorandomlygeneratedbytes" (section 2.1 of the paper).
  SipState state{key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d,
                 key.k0 ^ 0x6c7967656e657261, key.k1 ^ 0x7465646279746573};
  std::size_t at = 0;
  for (; data.size() - at >= 8; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, data.data() + at, 8);
    state.Absorb<kWordRounds>(word);
  }
  // The last word: the bytes left over, and the length modulo 256 on top.
  std::uint64_t last = static_cast<std::uint64_t>(data.size()) << 56;
  for (std::size_t i = 0; at + i < data.size(); ++i) {
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(data[at + i])) << (8 * i);
  }
  state.Absorb<kWordRounds>(last);
  state.v2 ^= 0xff;
  for (int i = 0; i < kFinalRounds; ++i) state.Round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

template std::uint64_t SipHash<1, 3>(HashKey, std::string_view);
template std::uint64_t SipHash<2, 4>(HashKey, std::string_view);

}  // namespace ringcast
