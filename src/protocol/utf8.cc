#include "protocol/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringcast {
namespace {

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// The length of the well-formed sequence that starts with the non-ASCII byte at `at`, or 0. The
// second byte's range is what rules out overlong forms, surrogates and everything above U+10FFFF.
std::size_t SequenceLength(const unsigned char* at, std::size_t left) {
  const unsigned char lead = at[0];
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (left < length) return 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (at[1] < low || at[1] > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!IsContinuation(at[i])) return 0;
  }
  return length;
}

// Bytes of ASCII at the start, rounded down to what whole words show.
std::size_t SkipAsciiWords(const unsigned char* at, std::size_t left) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t skipped = 0;
  while (left - skipped >= 16) {
    std::uint64_t words[2];
    std::memcpy(words, at + skipped, sizeof words);
    if (((words[0] | words[1]) & kHighBits) != 0) break;
    skipped += sizeof words;
  }
  return skipped;
}

}  // namespace

bool IsValidUtf8(std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  while (left > 0) {
    if (at[0] < 0x80) {
      // A word test that fails here would be repeated for every byte of a mostly ASCII text with
      // some accents; so it is followed by a run of single bytes.
      const std::size_t words = SkipAsciiWords(at, left);
      at += words;
      left -= words;
      while (left > 0 && at[0] < 0x80) {
        ++at;
        --left;
      }
      continue;
    }
    const std::size_t length = SequenceLength(at, left);
    if (length == 0) return false;
    at += length;
    left -= length;
  }
  return true;
}

}  // namespace ringcast
