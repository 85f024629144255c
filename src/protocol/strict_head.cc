#include "protocol/strict_head.h"

#include "base/check.h"
#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::string_view kVersionPrefix = "HTTP/";
constexpr int kMaxEmptyLines = 2;  // RFC 9112 2.2 asks for one at least; some clients send two

constexpr std::string_view kBareCr = "A carriage return must be followed by a line feed.";
constexpr std::string_view kBareLf = "A line must end with CR LF.";

struct MethodName {
  std::string_view name;
  HttpMethod method;
};
constexpr MethodName kMethods[] = {
    {"GET", HttpMethod::kGet},     {"HEAD", HttpMethod::kHead}, {"OPTIONS", HttpMethod::kOptions},
    {"POST", HttpMethod::kPost},   {"PUT", HttpMethod::kPut},   {"DELETE", HttpMethod::kDelete},
    {"PATCH", HttpMethod::kOther},
};

// field-vchar, space and tab (RFC 9110 5.5); obs-text is let through as opaque.
bool IsValueByte(unsigned char c) { return (c >= 0x20 && c != 0x7f) || c == '\t'; }

}  // namespace

StrictHead::Step StrictHead::Feed(std::string_view bytes, std::string& target) {
  RC_CHECK(state_ != State::kDone && state_ != State::kError, "a judged head takes no more bytes");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const State before = state_;
    if (!Byte(static_cast<unsigned char>(bytes[i]), target)) return {Status::kError, i};
    if (before == State::kLineLf) return {Status::kRequestLine, i + 1};
    if (state_ == State::kDone) return {Status::kDone, i + 1};
  }
  return {Status::kNeedMore, bytes.size()};
}

bool StrictHead::Byte(unsigned char c, std::string& target) {
  const char ch = static_cast<char>(c);
  switch (state_) {
    case State::kStart:
      if (c == '\n') return Fail(400, kBareLf);
      if (c == '\r') {
        if (++empty_lines_ > kMaxEmptyLines) {
          return Fail(400, "Too many empty lines before the request.");
        }
        state_ = State::kStartLf;
        return true;
      }
      started_ = true;
      state_ = State::kMethod;
      [[fallthrough]];
    case State::kMethod:
      if (c == ' ' && method_size_ > 0) {
        state_ = State::kTargetStart;
        return true;
      }
      if (!IsTokenByte(ch)) return Fail(400, "The method is not a token.");
      if (method_size_ == kMaxMethodBytes) return Fail(501, "The method is not known.");
      method_text_[method_size_++] = ch;
      return true;
    case State::kStartLf:
      if (c != '\n') return Fail(400, kBareCr);
      state_ = State::kStart;
      return true;
    case State::kTargetStart:
      if (c == ' ') return Fail(400, "The request line has surplus whitespace.");
      state_ = State::kTarget;
      [[fallthrough]];
    case State::kTarget:
    case State::kPercent1:
    case State::kPercent2:
      return TargetByte(c, target);
    case State::kVersion:
      return VersionByte(c);
    case State::kLineLf:
      if (c != '\n') return Fail(400, kBareCr);
      return EndOfRequestLine();
    case State::kFieldStart:
    case State::kFieldName:
    case State::kFieldValue:
    case State::kFieldLf:
      return FieldByte(c);
    case State::kEndLf:
      if (c != '\n') return Fail(400, kBareCr);
      state_ = State::kDone;
      return true;
    case State::kDone:
    case State::kError:
      break;
  }
  return false;
}

bool StrictHead::TargetByte(unsigned char c, std::string& target) {
  const char ch = static_cast<char>(c);
  if (state_ == State::kTarget && c == ' ') {
    state_ = State::kVersion;
    return true;
  }
  if (c == '\r' || c == '\n') return Fail(400, "The request line is not whole.");
  if (c <= 0x20 || c >= 0x7f || c == '#') return Fail(400, "The target holds a forbidden byte.");
  if (target.size() == limits_.max_target) return Fail(414, "The target is too long.");
  if (state_ == State::kTarget) {
    if (c == '%') state_ = State::kPercent1;
  } else {
    if (HexValue(ch) < 0) return Fail(400, "The target holds a broken percent escape.");
    state_ = state_ == State::kPercent1 ? State::kPercent2 : State::kTarget;
  }
  target.push_back(ch);
  return true;
}

// HTTP-version: "HTTP/" DIGIT "." DIGIT, in this case of letters (RFC 9112 2.3).
bool StrictHead::VersionByte(unsigned char c) {
  const char ch = static_cast<char>(c);
  constexpr std::size_t kMajorAt = kVersionPrefix.size();
  const std::size_t at = version_size_++;
  bool good = false;
  if (at < kMajorAt) {
    good = ch == kVersionPrefix[at];
  } else if (at == kMajorAt) {
    good = IsDigit(ch);
    major_ = static_cast<std::uint8_t>(ch - '0');
  } else if (at == kMajorAt + 1) {
    good = ch == '.';
  } else if (at == kMajorAt + 2) {
    good = IsDigit(ch);
    minor_ = static_cast<std::uint8_t>(ch - '0');
  } else {
    good = c == '\r';
    state_ = State::kLineLf;
  }
  return good || Fail(400, "The protocol version is malformed.");
}

bool StrictHead::EndOfRequestLine() {
  if (major_ == 0) return Fail(400, "The protocol version is too old.");
  if (major_ > 1) return Fail(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  const std::string_view name(method_text_.data(), method_size_);
  if (name == "TRACE") return Fail(405, "TRACE is not allowed.");
  for (const MethodName& known : kMethods) {
    if (known.name == name) {
      method_ = known.method;
      state_ = State::kFieldStart;
      return true;
    }
  }
  return Fail(501, "The method is not known.");
}

bool StrictHead::FieldByte(unsigned char c) {
  if (state_ == State::kFieldStart && c == '\r') {
    state_ = State::kEndLf;
    return true;
  }
  if (++header_bytes_ > limits_.max_header_bytes) return Fail(431, "The header is too large.");
  switch (state_) {
    case State::kFieldStart:
      // A continued line (obs-fold, RFC 9112 5.2) begins like this as well.
      if (c == ' ' || c == '\t') return Fail(400, "A header line begins with whitespace.");
      if (fields_ == limits_.max_fields) return Fail(431, "The header has too many fields.");
      if (!IsTokenByte(static_cast<char>(c))) return Fail(400, "A field name is malformed.");
      ++fields_;
      state_ = State::kFieldName;
      return true;
    case State::kFieldName:
      if (c == ':') {
        state_ = State::kFieldValue;
      } else if (!IsTokenByte(static_cast<char>(c))) {
        return Fail(400, "A field name is malformed.");
      }
      return true;
    case State::kFieldValue:
      if (c == '\r') {
        state_ = State::kFieldLf;
        return true;
      }
      if (c == '\n') return Fail(400, kBareLf);
      return IsValueByte(c) || Fail(400, "A field value holds a control character.");
    default:
      if (c != '\n') return Fail(400, kBareCr);
      state_ = State::kFieldStart;
      return true;
  }
}

bool StrictHead::Fail(int status, std::string_view reason) {
  state_ = State::kError;
  error_status_ = status;
  error_reason_ = reason;
  return false;
}

void StrictHead::Reset() { *this = StrictHead(limits_); }

}  // namespace ringcast
