#include "load/head_scanner.h"

#include "load/text_hash.h"
#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::uint16_t kMaxHeadBytes = 32 * 1024;    // longer is no head
constexpr std::string_view kVersionText = "HTTP/1.";  // and one more digit

}  // namespace

HeadScanner::Result HeadScanner::Next(std::string_view& bytes) {
  while (!bytes.empty()) {
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (++size_ > kMaxHeadBytes || !Take(c)) return Result::kBroken;
    if (done_) return Result::kDone;
  }
  return Result::kNeedMore;
}

bool HeadScanner::Take(char c) {
  switch (state_) {
    case State::kVersion:
      if (position_ < kVersionText.size()) return c == kVersionText[position_++];
      if (position_ == kVersionText.size()) {
        ++position_;
        return IsDigit(c);
      }
      position_ = 0;
      state_ = State::kStatus;
      return c == ' ';
    case State::kStatus:
      if (position_ == 3) {
        state_ = c == '\n' ? State::kLineStart : State::kReason;
        return c == ' ' || c == '\r' || c == '\n';
      }
      ++position_;
      status_ = static_cast<std::uint16_t>(status_ * 10 + (c - '0'));
      return IsDigit(c);
    case State::kReason:
      if (c == '\n') state_ = State::kLineStart;
      return true;
    case State::kLineStart:
      if (c == '\r') return true;
      if (c == '\n') {
        done_ = true;
        return true;
      }
      name_hash_ = HashByte(kEmptyTextHash, ToLower(c));
      state_ = State::kName;
      return true;
    case State::kName:
      if (c == '\n') return false;
      if (c == ':') {
        value_hash_ = kEmptyTextHash;
        value_over_ = false;
        state_ = State::kValue;
      } else {
        name_hash_ = HashByte(name_hash_, ToLower(c));
      }
      return true;
    case State::kValue:
      if (c == '\n') {
        EndField();
        state_ = State::kLineStart;
      } else if (c == ';') {
        value_over_ = true;
      } else if (c != ' ' && c != '\t' && c != '\r' && !value_over_) {
        value_hash_ = HashByte(value_hash_, ToLower(c));
      }
      return true;
  }
  return false;
}

void HeadScanner::EndField() {
  constexpr std::uint32_t kTransferEncoding = HashText("transfer-encoding");
  constexpr std::uint32_t kChunked = HashText("chunked");
  constexpr std::uint32_t kContentType = HashText("content-type");
  constexpr std::uint32_t kEventStream = HashText("text/event-stream");
  if (name_hash_ == kTransferEncoding && value_hash_ == kChunked) chunked_ = true;
  if (name_hash_ == kContentType && value_hash_ == kEventStream) event_stream_ = true;
}

}  // namespace ringcast
