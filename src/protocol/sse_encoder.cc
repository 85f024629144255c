#include "protocol/sse_encoder.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <cstring>

#include "base/check.h"
#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::string_view kIdField = "id: ";
constexpr std::string_view kEventField = "event: ";
constexpr std::string_view kDataField = "data: ";
constexpr std::string_view kEmptyData = "data:\n";

char* Put(char* out, std::string_view bytes) {
  std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

std::size_t DecimalDigits(std::uint64_t value) {
  std::size_t digits = 1;
  while (value >= 10) {
    value /= 10;
    ++digits;
  }
  return digits;
}

std::size_t HexDigits(std::size_t value) {
  return value == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(value)) + 3) / 4;
}

char* PutHex(char* out, std::size_t value) {
  const std::size_t digits = HexDigits(value);
  for (std::size_t i = digits; i > 0; --i) {
    out[i - 1] = "0123456789ABCDEF"[value & 15];
    value >>= 4;
  }
  return out + digits;
}

struct Breaks {
  std::size_t lines_ended = 0;  // line breaks, a CRLF being one
  std::size_t bytes = 0;        // CR and LF bytes
};

// Sixteen bytes a step; a CRLF that straddles two steps is seen through the carried CR.
Breaks CountBreaks(std::string_view data) {
  std::size_t crs = 0;
  std::size_t lfs = 0;
  std::size_t pairs = 0;
  std::uint32_t carried_cr = 0;
  std::size_t i = 0;
#ifdef __SSE2__
  const __m128i all_lf = _mm_set1_epi8('\n');
  const __m128i all_cr = _mm_set1_epi8('\r');
  for (; i + 16 <= data.size(); i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data.data() + i));
    const __m128i is_lf = _mm_cmpeq_epi8(bytes, all_lf);
    const __m128i is_cr = _mm_cmpeq_epi8(bytes, all_cr);
    if (_mm_movemask_epi8(_mm_or_si128(is_lf, is_cr)) == 0) {
      carried_cr = 0;
      continue;
    }
    const auto lf = static_cast<std::uint32_t>(_mm_movemask_epi8(is_lf));
    const auto cr = static_cast<std::uint32_t>(_mm_movemask_epi8(is_cr));
    lfs += static_cast<std::size_t>(std::popcount(lf));
    crs += static_cast<std::size_t>(std::popcount(cr));
    pairs += static_cast<std::size_t>(std::popcount(((cr << 1) | carried_cr) & lf));
    carried_cr = cr >> 15;
  }
#endif
  for (; i < data.size(); ++i) {
    const bool lf = data[i] == '\n';
    const bool cr = data[i] == '\r';
    lfs += lf;
    crs += cr;
    pairs += lf && carried_cr != 0;
    carried_cr = cr;
  }
  return {lfs + crs - pairs, lfs + crs};
}

// The first CR or LF at or after `at`, or `end`.
const char* FindBreak(const char* at, const char* end) {
#ifdef __SSE2__
  const __m128i all_lf = _mm_set1_epi8('\n');
  const __m128i all_cr = _mm_set1_epi8('\r');
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto breaks = static_cast<std::uint32_t>(_mm_movemask_epi8(
        _mm_or_si128(_mm_cmpeq_epi8(bytes, all_lf), _mm_cmpeq_epi8(bytes, all_cr))));
    if (breaks != 0) return at + std::countr_zero(breaks);
  }
#endif
  while (at != end && *at != '\n' && *at != '\r') ++at;
  return at;
}

char* PutLines(char* out, std::string_view data) {
  const char* at = data.data();
  const char* const end = at + data.size();
  while (true) {
    const char* const line_end = FindBreak(at, end);
    out = Put(out, kDataField);
    out = Put(out, {at, static_cast<std::size_t>(line_end - at)});
    *out++ = '\n';
    if (line_end == end) return out;
    at = line_end + 1;
    if (*line_end == '\r' && at != end && *at == '\n') ++at;
  }
}

}  // namespace

FrameSize MeasureFrame(EventId id, const Event& event) {
  std::size_t block = kIdField.size() + DecimalDigits(id.ms) + 1 + DecimalDigits(id.number) + 1;
  if (!event.type.empty()) block += kEventField.size() + event.type.size() + 1;
  if (event.data.empty()) {
    block += kEmptyData.size();
  } else {
    const Breaks breaks = CountBreaks(event.data);
    block += event.data.size() - breaks.bytes;
    block += (breaks.lines_ended + 1) * (kDataField.size() + 1);
  }
  block += 1;
  const std::size_t frame = HexDigits(block) + 2 + block + 2;
  return {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(frame)};
}

char* EncodeFrame(EventId id, const Event& event, FrameSize size, char* out) {
  char* const start = out;
  out = PutHex(out, size.block);
  out = Put(out, "\r\n");
  char* const block = out;
  out = Put(out, kIdField);
  out += FormatEventId(id, out);
  *out++ = '\n';
  if (!event.type.empty()) {
    out = Put(out, kEventField);
    out = Put(out, event.type);
    *out++ = '\n';
  }
  if (event.data.empty()) {
    out = Put(out, kEmptyData);
  } else {
    // Data without a line break has the least size that data of its length can have, so the measure
    // already tells whether there is one to look for.
    const std::size_t left = size.block - static_cast<std::size_t>(out - block);
    if (left == kDataField.size() + event.data.size() + 2) {
      out = Put(out, kDataField);
      out = Put(out, event.data);
      *out++ = '\n';
    } else {
      out = PutLines(out, event.data);
    }
  }
  *out++ = '\n';
  out = Put(out, "\r\n");
  RC_CHECK(out == start + size.frame, "a frame is encoded with the size measured for it");
  return out;
}

std::optional<ChunkView> ReadChunk(std::string_view frames) {
  // A 32-bit size has at most 8 digits.
  std::size_t block = 0;
  std::size_t i = 0;
  for (; i < frames.size() && i < 8; ++i) {
    const int digit = HexValue(frames[i]);
    if (digit < 0) break;
    block = block * 16 + static_cast<std::size_t>(digit);
  }
  if (i == 0 || block == 0 || frames.substr(i, 2) != "\r\n") return std::nullopt;
  const ChunkView view{i + 2, block, i + 2 + block + 2};
  if (frames.size() < view.total || frames.substr(view.header + block, 2) != "\r\n") {
    return std::nullopt;
  }
  return view;
}

std::string_view TypeOfFrame(std::string_view frame) {
  frame.remove_prefix(frame.find('\n') + 1);
  if (frame.starts_with(kIdField)) frame.remove_prefix(frame.find('\n') + 1);
  if (!frame.starts_with(kEventField)) return {};
  frame.remove_prefix(kEventField.size());
  return frame.substr(0, frame.find('\n'));
}

}  // namespace ringcast
