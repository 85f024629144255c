#include "integration/text_follower.h"

#include <algorithm>
#include <cstring>

namespace ringcast::test {
namespace {

constexpr std::size_t kMaxHead = 4096;

}  // namespace

void TextFollower::Take(std::string_view bytes) {
  while (!bytes.empty() && why_.empty()) {
    bool well = true;
    switch (part_) {
      case Part::kHead:
        well = TakeHead(bytes);
        break;
      case Part::kChunkSize:
        well = TakeChunkSize(bytes);
        break;
      case Part::kChunk: {
        const std::string_view payload = bytes.substr(0, chunk_left_);
        bytes.remove_prefix(payload.size());
        chunk_left_ -= payload.size();
        if (chunk_left_ == 0) part_ = Part::kChunkEnd;
        well = TakePayload(payload);
        break;
      }
      case Part::kChunkEnd:
        well = TakeChunkEnd(bytes);
        break;
    }
    if (!well) return;
  }
}

bool TextFollower::TakeHead(std::string_view& bytes) {
  const std::size_t before = held_.size();
  held_.append(bytes);
  const std::size_t end = held_.find("\r\n\r\n");
  if (end == std::string::npos) {
    bytes = {};
    return held_.size() <= kMaxHead || Fail("the head does not end");
  }
  bytes.remove_prefix(end + 4 - before);
  held_.resize(end + 2);
  if (!held_.starts_with("HTTP/1.1 200 ") ||
      held_.find("\r\nTransfer-Encoding: chunked\r\n") == std::string::npos ||
      held_.find("\r\nContent-Type: text/event-stream\r\n") == std::string::npos) {
    return Fail("this is no chunked event stream: " + held_);
  }
  held_.clear();
  part_ = Part::kChunkSize;
  return true;
}

bool TextFollower::TakeChunkSize(std::string_view& bytes) {
  const char c = bytes.front();
  bytes.remove_prefix(1);
  if (c == '\n') {
    if (digits_ == 0 || chunk_left_ == 0) return Fail("an empty chunk");
    digits_ = 0;
    part_ = Part::kChunk;
    return true;
  }
  if (c == '\r') return true;
  const char* const hex = "0123456789abcdef";
  const char* const digit = std::strchr(hex, c | 0x20);
  if (digit == nullptr || *digit == '\0' || ++digits_ > 8) return Fail("a broken chunk size");
  chunk_left_ = chunk_left_ * 16 + static_cast<std::size_t>(digit - hex);
  return true;
}

bool TextFollower::TakeChunkEnd(std::string_view& bytes) {
  if (bytes.front() != "\r\n"[digits_]) return Fail("a chunk is longer than it says");
  bytes.remove_prefix(1);
  if (++digits_ == 2) {
    digits_ = 0;
    part_ = Part::kChunkSize;
  }
  return true;
}

bool TextFollower::TakePayload(std::string_view payload) {
  while (!payload.empty()) {
    const void* const found = std::memchr(payload.data(), '\n', payload.size());
    if (found == nullptr) {
      held_.append(payload);
      return true;
    }
    const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - payload.data());
    std::string_view line = payload.substr(0, size);
    payload.remove_prefix(size + 1);
    if (!held_.empty()) {
      held_.append(line);
      line = held_;
    }
    const bool well = TakeLine(line);
    held_.clear();
    if (!well) return false;
  }
  return true;
}

bool TextFollower::TakeLine(std::string_view line) {
  constexpr std::string_view kData = "data:";
  constexpr std::string_view kEvent = "event: ";
  if (line.empty()) return EndEvent();
  if (line.starts_with(kEvent)) {
    type_ = line.substr(kEvent.size());
    return true;
  }
  if (!line.starts_with(kData)) return true;  // an id, a retry time, a comment
  if (has_data_) return Fail("a second line of data: " + std::string(line));
  has_data_ = true;
  if (!type_.empty()) return true;  // the daemon's own event
  std::string_view data = line.substr(kData.size());
  if (data.starts_with(' ')) data.remove_prefix(1);
  // Compared with the text where it lies; the LF after it as well, else a prefix would do.
  if (text_.size() - at_ <= data.size() || text_.compare(at_, data.size(), data) != 0 ||
      text_[at_ + data.size()] != '\n') {
    const std::string_view due = text_.substr(at_, text_.find('\n', at_) - at_);
    return Fail("line " + std::to_string(lines_ + 1) + " came as '" + std::string(data) +
                "' instead of '" + std::string(due) + "'");
  }
  at_ += data.size() + 1;
  ++lines_;
  return true;
}

bool TextFollower::EndEvent() {
  if (!type_.empty()) {
    if (type_ != "connected" || connected_) return Fail("an event of type " + type_);
    connected_ = true;
  } else if (has_data_ && !connected_) {
    return Fail("an event before `connected`");
  }
  type_.clear();
  has_data_ = false;
  return true;
}

bool TextFollower::Fail(const std::string& why) {
  why_ = "after " + std::to_string(lines_) + " lines: " + why;
  return false;
}

}  // namespace ringcast::test
