#include "support/sse_decoder.h"

#include <algorithm>
#include <utility>

namespace ringcast::test {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void SseDecoder::Feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (std::exchange(after_cr_, false) && c == '\n') continue;
    if (c == '\r' || c == '\n') {
      after_cr_ = c == '\r';
      TakeLine();
      line_.clear();
      at_start_ = false;
      continue;
    }
    line_.push_back(c);
    if (at_start_ && line_.size() == kByteOrderMark.size()) {
      if (line_ == kByteOrderMark) line_.clear();
      at_start_ = false;
    }
  }
}

std::optional<SseEvent> SseDecoder::Next() {
  if (ready_.empty()) return std::nullopt;
  SseEvent event = std::move(ready_.front());
  ready_.pop_front();
  return event;
}

void SseDecoder::TakeLine() {
  if (line_.empty()) return EndBlock();
  const std::string_view line = line_;
  const std::size_t colon = line.find(':');
  if (colon == 0) {
    ++comments_;
    last_comment_ = line.substr(1);
    return;
  }
  ++fields_in_block_;
  if (colon == std::string_view::npos) return TakeField(line, {});
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);  // one space only
  TakeField(line.substr(0, colon), value);
}

void SseDecoder::TakeField(std::string_view name, std::string_view value) {
  if (name == "data") {
    data_.append(value).push_back('\n');
    has_data_ = true;
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return;  // such an id is ignored
    id_buffer_ = value;
    has_id_ = true;
  } else if (name == "retry") {
    if (!IsDigits(value) || value.size() > 18) return;
    std::uint64_t millis = 0;
    for (const char c : value) millis = millis * 10 + static_cast<std::uint64_t>(c - '0');
    block_retry_ = retry_ = millis;
  } else {
    ++unknown_fields_;
  }
}

void SseDecoder::EndBlock() {
  // Only here: a stream that is cut within an event has not moved the position (9.2.6).
  last_event_id_ = id_buffer_;
  if (fields_in_block_ == 0) {
    ++empty_blocks_;
  } else if (!has_data_) {
    ++blocks_without_data_;
  } else {
    data_.pop_back();  // the LF after the last line
    ready_.push_back({.id = last_event_id_,
                      .has_id = has_id_,
                      .type = type_.empty() ? "message" : type_,
                      .data = data_,
                      .retry = block_retry_});
  }
  data_.clear();
  has_data_ = false;
  type_.clear();
  has_id_ = false;
  block_retry_.reset();
  fields_in_block_ = 0;
}

}  // namespace ringcast::test
