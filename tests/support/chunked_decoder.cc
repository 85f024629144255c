#include "support/chunked_decoder.h"

#include <algorithm>

namespace ringcast::test {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// 2^60 and more cannot be a size here, and would overflow the count.
constexpr int kMaxSizeDigits = 15;

}  // namespace

ChunkedDecoder::State ChunkedDecoder::state() const {
  if (step_ == Step::kDone) return State::kComplete;
  if (step_ == Step::kBroken) return State::kBroken;
  return State::kOpen;
}

std::size_t ChunkedDecoder::Feed(std::string_view input, std::string& out) {
  std::size_t at = 0;
  while (at < input.size() && state() == State::kOpen) {
    if (step_ == Step::kData) {
      const std::size_t size =
          static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
      out.append(input.substr(at, size));
      at += size;
      left_ -= size;
      if (left_ == 0) step_ = Step::kDataCr;
      continue;
    }
    if (!Take(input[at])) break;
    ++at;
  }
  return at;
}

bool ChunkedDecoder::Break(std::string_view why) {
  step_ = Step::kBroken;
  why_ = why;
  return false;
}

bool ChunkedDecoder::Take(char c) {
  switch (step_) {
    case Step::kSize:
      if (const int digit = HexValue(c); digit >= 0) {
        if (++digits_ > kMaxSizeDigits) return Break("chunk size too long");
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return true;
      }
      if (digits_ == 0) return Break("chunk size expected");
      if (c == ';') {
        step_ = Step::kExtension;
      } else if (c == '\r') {
        step_ = Step::kSizeLf;
      } else {
        return Break("bad byte in a chunk size");
      }
      return true;
    case Step::kExtension:
      if (c == '\n') return Break("LF without CR in a chunk extension");
      if (c == '\r') step_ = Step::kSizeLf;
      return true;
    case Step::kSizeLf:
      if (c != '\n') return Break("LF expected after a chunk size");
      digits_ = 0;
      step_ = left_ == 0 ? Step::kTrailerStart : Step::kData;
      if (left_ != 0) ++chunks_;
      return true;
    case Step::kDataCr:
      if (c != '\r') return Break("CR expected after chunk data");
      step_ = Step::kDataLf;
      return true;
    case Step::kDataLf:
      if (c != '\n') return Break("LF expected after chunk data");
      step_ = Step::kSize;
      return true;
    case Step::kTrailerStart:
      if (c == '\n') return Break("LF without CR in the trailers");
      step_ = c == '\r' ? Step::kEndLf : Step::kTrailer;
      return true;
    case Step::kTrailer:
      if (c == '\n') return Break("LF without CR in the trailers");
      if (c == '\r') step_ = Step::kTrailerLf;
      return true;
    case Step::kTrailerLf:
      if (c != '\n') return Break("LF expected after a trailer");
      step_ = Step::kTrailerStart;
      return true;
    case Step::kEndLf:
      if (c != '\n') return Break("LF expected at the end");
      step_ = Step::kDone;
      return true;
    case Step::kData:
    case Step::kDone:
    case Step::kBroken:
      break;  // Feed() never hands these a byte
  }
  return false;
}

}  // namespace ringcast::test
