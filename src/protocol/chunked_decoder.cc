#include "protocol/chunked_decoder.h"

#include <algorithm>

#include "protocol/ascii.h"

namespace ringcast {
namespace {

// 15 digits stay below 2^60: no overflow, and no chunk is ever that large.
constexpr std::uint32_t kMaxDigits = 15;
constexpr std::uint32_t kMaxExtension = 256;
constexpr std::uint32_t kMaxTrailers = 8 * 1024;

// What a line may hold besides its end; a tab is white space.
bool IsText(unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); }

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::Next(std::string_view available) {
  Step step;
  while (step.consumed < available.size()) {
    if (state_ == State::kData) {
      const std::uint64_t here = available.size() - step.consumed;
      const auto size = static_cast<std::size_t>(std::min(left_, here));
      step.status = Status::kData;
      step.data = available.substr(step.consumed, size);
      step.consumed += size;
      left_ -= size;
      if (left_ == 0) state_ = State::kDataCr;
      return step;
    }
    if (state_ == State::kEnd) break;
    state_ = Advance(static_cast<unsigned char>(available[step.consumed]));
    if (state_ == State::kBroken) break;
    ++step.consumed;
  }
  if (state_ == State::kEnd) step.status = Status::kEnd;
  if (state_ == State::kBroken) step.status = Status::kBroken;
  return step;
}

ChunkedDecoder::State ChunkedDecoder::Advance(unsigned char c) {
  switch (state_) {
    case State::kSize: {
      const int digit = HexValue(static_cast<char>(c));
      if (digit >= 0) {
        if (++digits_ > kMaxDigits) return State::kBroken;
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return State::kSize;
      }
      if (digits_ == 0) return State::kBroken;
      if (c == '\r') return State::kSizeLf;
      return c == ';' ? State::kExtension : State::kBroken;
    }
    case State::kExtension:
      if (c == '\r') return State::kSizeLf;
      return IsText(c) && ++extra_ <= kMaxExtension ? State::kExtension : State::kBroken;
    case State::kSizeLf:
      if (c != '\n') return State::kBroken;
      digits_ = 0;
      extra_ = 0;
      return left_ == 0 ? State::kTrailerStart : State::kData;
    case State::kDataCr:
      return c == '\r' ? State::kDataLf : State::kBroken;
    case State::kDataLf:
      return c == '\n' ? State::kSize : State::kBroken;
    case State::kTrailerStart:
      if (c == '\r') return State::kEndLf;
      [[fallthrough]];
    case State::kTrailer:
      if (c == '\r') return State::kTrailerLf;
      return IsText(c) && ++extra_ <= kMaxTrailers ? State::kTrailer : State::kBroken;
    case State::kTrailerLf:
      return c == '\n' ? State::kTrailerStart : State::kBroken;
    case State::kEndLf:
      return c == '\n' ? State::kEnd : State::kBroken;
    case State::kData:
    case State::kEnd:
    case State::kBroken:
      break;
  }
  return State::kBroken;
}

}  // namespace ringcast
