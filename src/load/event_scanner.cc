#include "load/event_scanner.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "load/bench_event.h"
#include "load/text_hash.h"
#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::uint32_t kGapType = HashText("gap");
constexpr std::uint32_t kMessageType = HashText("message");

// Digits of the largest number of 63 bits; what is longer was not written by a benchmark.
constexpr std::uint8_t kMaxDigits = 19;
// Of a channel's number, so that it fits 32 bits.
constexpr std::uint8_t kMaxChannelDigits = 9;

constexpr std::uint32_t Pair(char first, char second) {
  return std::uint32_t{static_cast<unsigned char>(first)} << 8 | static_cast<unsigned char>(second);
}

std::size_t LineFeed(std::string_view bytes) {
  const void* const found = std::memchr(bytes.data(), '\n', bytes.size());
  return found == nullptr
             ? bytes.size()
             : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

}  // namespace

ScannedEvent EventScanner::Next(std::string_view& bytes) {
  while (!bytes.empty()) {
    const char c = bytes.front();
    switch (state_) {
      case State::kLineStart:
        matched_ = 0;
        if (c == 'd') {
          state_ = State::kDataName;
        } else if (c == 'e') {
          state_ = State::kEventName;
        } else if (c == '\r') {
          bytes.remove_prefix(1);
          state_ = State::kBlankLf;
        } else if (c == '\n') {
          bytes.remove_prefix(1);
          const ScannedEvent event = EndEvent();
          if (event.kind != ScannedEvent::Kind::kNone) return event;
        } else if (c == ':') {
          bytes.remove_prefix(1);
          state_ = State::kSkip;
          ScannedEvent comment;
          comment.kind = ScannedEvent::Kind::kComment;
          return comment;
        } else {
          state_ = State::kSkip;
        }
        break;
      case State::kBlankLf: {
        if (c == '\n') bytes.remove_prefix(1);
        const ScannedEvent event = EndEvent();
        if (event.kind != ScannedEvent::Kind::kNone) return event;
        break;
      }
      case State::kSkip:
      case State::kOtherData:
        SkipLine(bytes);
        break;
      case State::kTypeSpace:
        if (c == ' ') bytes.remove_prefix(1);
        type_hash_ = kEmptyTextHash;
        state_ = State::kType;
        break;
      case State::kType:
        bytes.remove_prefix(1);
        if (c == '\n') {
          state_ = State::kLineStart;
        } else if (c != '\r') {
          type_hash_ = HashByte(type_hash_, c);
        }
        break;
      case State::kDataSpace:
        if (c == ' ') bytes.remove_prefix(1);
        malformed_ |= has_data_;  // a second line of data
        state_ = malformed_ ? State::kOtherData : State::kStart;
        has_data_ = true;
        matched_ = 0;
        break;
      case State::kEventName:
      case State::kDataName:
      case State::kStart:
      case State::kMiddle:
      case State::kPad:
        Match(bytes);
        break;
      case State::kSeq:
      case State::kTime:
        Number(bytes);
        break;
      case State::kChannel:
        Channel(bytes);
        break;
      case State::kRest: {
        const std::size_t size = LineFeed(bytes);
        size_ += static_cast<std::uint32_t>(size);
        for (std::size_t i = size - std::min<std::size_t>(size, sizeof tail_); i < size; ++i) {
          tail_ = tail_ << 8 | static_cast<unsigned char>(bytes[i]);
        }
        if (size == bytes.size()) {
          bytes = {};
          break;
        }
        bytes.remove_prefix(size + 1);
        EndDataLine();
        break;
      }
    }
  }
  return {};
}

// The fixed text of a state, and where it leads.
void EventScanner::Match(std::string_view& bytes) {
  struct Step {
    std::string_view text;
    State next;
  };
  const Step step = [this]() -> Step {
    switch (state_) {
      case State::kEventName:
        return {"event:", State::kTypeSpace};
      case State::kDataName:
        return {"data:", State::kDataSpace};
      case State::kStart:
        return {kBenchEventStart, State::kSeq};
      case State::kMiddle:
        return {kBenchEventMiddle, State::kTime};
      default:
        return {kBenchEventPad, State::kChannel};
    }
  }();
  const std::string_view left = step.text.substr(matched_);
  const std::size_t size = std::min(left.size(), bytes.size());
  if (std::memcmp(left.data(), bytes.data(), size) != 0) {
    const bool in_name = state_ == State::kEventName || state_ == State::kDataName;
    malformed_ |= !in_name;
    state_ = in_name ? State::kSkip : State::kOtherData;
    return;  // the line's end may be among the bytes that differ
  }
  bytes.remove_prefix(size);
  if (size < left.size()) {
    matched_ = static_cast<std::uint8_t>(matched_ + size);
    return;
  }
  if (step.next == State::kSeq) {
    seq_ = 0;
    t_ns_ = 0;
    size_ = 0;
    channel_ = 0;
    tail_ = 0;
  }
  if (step.next != State::kTypeSpace && step.next != State::kDataSpace) {
    size_ += static_cast<std::uint32_t>(step.text.size());
  }
  matched_ = 0;
  state_ = step.next;
}

void EventScanner::Number(std::string_view& bytes) {
  std::uint64_t value = state_ == State::kSeq ? seq_ : static_cast<std::uint64_t>(t_ns_);
  std::size_t digits = 0;
  while (digits < bytes.size() && IsDigit(bytes[digits]) && matched_ < kMaxDigits) {
    value = value * 10 + static_cast<std::uint64_t>(bytes[digits] - '0');
    ++digits;
    ++matched_;
  }
  const bool over = digits < bytes.size();
  size_ += static_cast<std::uint32_t>(digits);
  bytes.remove_prefix(digits);
  const bool is_seq = state_ == State::kSeq;
  if (is_seq) {
    seq_ = value;
  } else {
    t_ns_ = static_cast<std::int64_t>(value);
  }
  if (!over) return;
  malformed_ = matched_ == 0;
  matched_ = 0;
  state_ = is_seq ? State::kMiddle : State::kPad;
  if (malformed_) state_ = State::kOtherData;
}

// Takes the digits; what comes after them is read with the rest. Only digits with a dot behind them
// are a channel.
void EventScanner::Channel(std::string_view& bytes) {
  std::size_t digits = 0;
  while (digits < bytes.size() && IsDigit(bytes[digits]) && matched_ < kMaxChannelDigits) {
    channel_ = channel_ * 10 + static_cast<std::uint32_t>(bytes[digits] - '0');
    tail_ = tail_ << 8 | static_cast<unsigned char>(bytes[digits]);
    ++digits;
    ++matched_;
  }
  size_ += static_cast<std::uint32_t>(digits);
  bytes.remove_prefix(digits);
  if (bytes.empty()) return;
  if (matched_ == 0 || bytes.front() != kBenchChannelEnd) channel_ = kNoChannel;
  matched_ = 0;
  state_ = State::kRest;
}

void EventScanner::SkipLine(std::string_view& bytes) {
  const std::size_t size = LineFeed(bytes);
  if (size == bytes.size()) {
    bytes = {};
    return;
  }
  bytes.remove_prefix(size + 1);
  state_ = State::kLineStart;
}

void EventScanner::EndDataLine() {
  if ((tail_ & 0xFF) == '\r') {
    tail_ >>= 8;
    --size_;
  }
  malformed_ |= (tail_ & 0xFFFF) != Pair(kBenchEventEnd[0], kBenchEventEnd[1]);
  state_ = State::kLineStart;
}

ScannedEvent EventScanner::EndEvent() {
  ScannedEvent event;
  if (has_data_) {
    if (!malformed_) {
      event = {ScannedEvent::Kind::kBench, seq_, t_ns_, size_, channel_};
    } else if (type_hash_ == kGapType) {
      event.kind = ScannedEvent::Kind::kGap;
    } else if (type_hash_ == 0 || type_hash_ == kEmptyTextHash || type_hash_ == kMessageType) {
      event.kind = ScannedEvent::Kind::kForeign;
    } else {
      event.kind = ScannedEvent::Kind::kControl;
    }
  }
  has_data_ = false;
  malformed_ = false;
  type_hash_ = 0;
  state_ = State::kLineStart;
  return event;
}

}  // namespace ringcast
