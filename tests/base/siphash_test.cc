#include "base/siphash.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"

namespace ringcast {
namespace {

// The key and the messages of the published vectors: bytes 00..0f, and 00, 01, 02 ... of each
// length.
constexpr HashKey kVectorKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::string CountingBytes(std::size_t length) {
  std::string bytes;
  for (std::size_t i = 0; i < length; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

// Straight from the paper's text, on purpose with nothing in common with the code under test: the
// message is padded as a whole first, and its words are put together byte by byte.
std::uint64_t Reference(int word_rounds, int final_rounds, HashKey key,
                        const std::string& message) {
  std::vector<unsigned> bytes;
  for (char c : message) bytes.push_back(static_cast<unsigned char>(c));
  while (bytes.size() % 8 != 7) bytes.push_back(0);
  bytes.push_back(message.size() % 256);
  const std::string phrase = "somepseudorandomlygeneratedbytes";
  std::uint64_t v[4] = {};
  for (std::size_t i = 0; i < 32; ++i) {
    v[i / 8] = v[i / 8] * 256 + static_cast<unsigned char>(phrase[i]);
  }
  v[0] ^= key.k0;
  v[1] ^= key.k1;
  v[2] ^= key.k0;
  v[3] ^= key.k1;
  auto rotate = [](std::uint64_t x, int by) { return x << by | x >> (64 - by); };
  auto half_round = [&](int a, int b, int c, int d, int s, int t) {
    v[a] += v[b];
    v[c] += v[d];
    v[b] = rotate(v[b], s) ^ v[a];
    v[d] = rotate(v[d], t) ^ v[c];
    v[a] = rotate(v[a], 32);
  };
  auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      half_round(0, 1, 2, 3, 13, 16);
      half_round(2, 1, 0, 3, 17, 21);
    }
  };
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    for (std::size_t i = 8; i-- > 0;) word = word * 256 + bytes[at + i];
    v[3] ^= word;
    rounds(word_rounds);
    v[0] ^= word;
  }
  v[2] ^= 255;
  rounds(final_rounds);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

TEST(SipHash, Gives24TheVectorsOfItsAuthors) {
  const std::uint64_t expected[] = {0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a,
                                    0x85676696d7fb7e2d, 0xcf2794e0277187b7, 0x18765564cd99a68d,
                                    0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462,
                                    0x9e0082df0ba9e4b0};
  std::size_t length = 0;
  for (std::uint64_t vector : expected) {
    EXPECT_EQ((SipHash<2, 4>(kVectorKey, CountingBytes(length))), vector) << length;
    ++length;
  }
  // The example of the paper's appendix A.
  EXPECT_EQ((SipHash<2, 4>(kVectorKey, CountingBytes(15))), 0xa129ca6149be45e5u);
}

// What other implementations of 1-3 give for the empty message and the same key.
TEST(SipHash, Gives13TheValueOfOthers) {
  EXPECT_EQ(SipHash13(kVectorKey, ""), 0xabac0158050fc4dcu);
}

TEST(SipHash, AgreesWithTheReferenceInBothForms) {
  const std::uint64_t seed = 13;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Rng rng(seed);
  for (std::size_t length = 0; length < 300; ++length) {
    const HashKey key{rng.Next(), rng.Next()};
    std::string message;
    for (std::size_t i = 0; i < length; ++i) message.push_back(static_cast<char>(rng.Next()));
    EXPECT_EQ(SipHash13(key, message), Reference(1, 3, key, message)) << length;
    EXPECT_EQ((SipHash<2, 4>(key, message)), Reference(2, 4, key, message)) << length;
  }
}

TEST(SipHash, DependsOnEveryBitOfTheKey) {
  const std::uint64_t plain = SipHash13(kVectorKey, "channel");
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t flip = std::uint64_t{1} << bit;
    EXPECT_NE(SipHash13({kVectorKey.k0 ^ flip, kVectorKey.k1}, "channel"), plain);
    EXPECT_NE(SipHash13({kVectorKey.k0, kVectorKey.k1 ^ flip}, "channel"), plain);
  }
}

TEST(SipHash, TellsMessagesApartByTheirZeroBytes) {
  EXPECT_NE(SipHash13(kVectorKey, std::string(3, '\0')),
            SipHash13(kVectorKey, std::string(4, '\0')));
  EXPECT_NE(SipHash13(kVectorKey, ""), SipHash13(kVectorKey, std::string(8, '\0')));
}

}  // namespace
}  // namespace ringcast
