#include "protocol/sse_decoder.h"

#include <algorithm>
#include <limits>

namespace ringcast {
namespace {

// HTML standard 9.2.6: a retry value that is not all ASCII digits is ignored.
std::optional<std::uint64_t> ParseRetry(std::string_view value) {
  if (value.empty()) return std::nullopt;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t ms = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    ms = ms > (kMax - digit) / 10 ? kMax : ms * 10 + digit;
  }
  return ms;
}

std::size_t FindLineEnd(std::string_view bytes) {
  // Nearly every stream ends its lines with LF, which memchr finds fast; a CR before it must still
  // be looked for, but only among the bytes of this line.
  const std::size_t lf = bytes.find('\n');
  const std::size_t cr = bytes.substr(0, lf).find('\r');
  return cr != std::string_view::npos ? cr : lf;
}

}  // namespace

void SseDecoder::StartStream() {
  line_.clear();
  type_.clear();
  data_.clear();
  // A block that was cut off does not move the id.
  id_buffer_ = last_event_id_;
  first_line_ = true;
  after_cr_ = false;
  overflowed_ = false;
}

bool SseDecoder::TakeLine(std::string_view& bytes) {
  while (!bytes.empty() && !overflowed_) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = FindLineEnd(bytes);
    if (end == std::string_view::npos) {
      if (line_.size() + bytes.size() > kMaxHeld) {
        overflowed_ = true;
      } else {
        line_.append(bytes);
      }
      bytes = {};
      return false;
    }
    after_cr_ = bytes[end] == '\r';
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    bool fires = false;
    if (line_.empty()) {
      fires = EndOfLine(line);
    } else {
      line_.append(line);
      fires = EndOfLine(line_);
      line_.clear();
    }
    if (fires) return true;
  }
  return false;
}

// True when the line was blank and completed an event.
bool SseDecoder::EndOfLine(std::string_view line) {
  if (first_line_) {
    first_line_ = false;
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  }
  if (line.empty()) {
    last_event_id_ = id_buffer_;
    if (!data_.empty()) return true;
    type_.clear();
    return false;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) {
    ++comments_;
    return false;
  }
  if (colon == std::string_view::npos) {
    Field(line, {});
    return false;
  }
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  Field(line.substr(0, colon), value);
  return false;
}

void SseDecoder::Field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (data_.size() + value.size() >= kMaxHeld) {
      overflowed_ = true;
      return;
    }
    data_.append(value);
    data_.push_back('\n');
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_buffer_ = value;
  } else if (name == "event") {
    type_ = value;
  } else if (name == "retry") {
    if (const std::optional<std::uint64_t> ms = ParseRetry(value)) retry_ms_ = ms;
  }
}

}  // namespace ringcast
