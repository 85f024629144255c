#include "protocol/head_fields.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "protocol/ascii.h"
#include "protocol/request_target.h"

namespace ringcast {
namespace {

constexpr std::uint64_t kMaxContentLength = std::numeric_limits<std::int64_t>::max();

// 1*DIGIT below 2^63 (RFC 9112 6.3). More digits than such a number has are refused even if they
// are leading zeros.
std::optional<std::uint64_t> ParseContentLength(std::string_view text) {
  constexpr std::size_t kMaxDigits = 19;
  if (text.size() > kMaxDigits) return std::nullopt;
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end || value > kMaxContentLength) return std::nullopt;
  return value;
}

// Connection: a list of tokens (RFC 9110 7.6.1).
bool ListsClose(std::string_view value) {
  while (!value.empty()) {
    if (EqualsLower(TrimOws(CutUntil(value, ',')), "close")) return true;
  }
  return false;
}

}  // namespace

void HeadFields::Field::Add(std::string_view raw) {
  if (count++ > 0) value += ", ";
  value += raw;
}

void HeadFields::Field::Reset() {
  count = 0;
  value.clear();
}

void HeadFields::NamePiece(std::string_view piece) {
  for (const char c : piece) {
    if (name_size_ < name_.size()) name_[name_size_] = ToLower(c);
    ++name_size_;
  }
}

void HeadFields::ValuePiece(std::string_view piece) { value_ += piece; }

void HeadFields::EndField() {
  if (name_size_ <= name_.size()) {
    const std::string_view name(name_.data(), name_size_);
    if (name == "host") {
      host_.Add(TrimOws(value_));
    } else if (name == "content-length") {
      content_length_.Add(TrimOws(value_));
    } else if (name == "transfer-encoding") {
      transfer_encoding_.Add(value_);  // with its trailing whitespace, see JudgeTransferEncoding()
    } else if (name == "connection") {
      close_ = close_ || ListsClose(value_);
    } else if (name == "expect") {
      expect_.Add(TrimOws(value_));
    } else if (name == "accept") {
      accept_.Add(value_);
    } else if (name == "last-event-id") {
      last_event_id_.Add(TrimOws(value_));
    } else if (name == "origin") {
      origin_.Add(TrimOws(value_));
    } else if (name == "x-forwarded-for") {
      forwarded_for_.Add(TrimOws(value_));
    } else if (name == "access-control-request-method") {
      request_method_ = true;
    } else if (name == "access-control-request-private-network") {
      private_network_ = true;
    } else if (name == "content_length" || name == "transfer_encoding") {
      disguised_framing_ = true;
    }
  }
  name_size_ = 0;
  value_.clear();
}

HeadFault HeadFields::Finish(RequestHead& head, std::size_t max_body) {
  for (const HeadFault& fault : {JudgeHost(head), JudgeFraming(head), JudgeBody(head, max_body)}) {
    if (fault.status != 0) return fault;
  }
  head.has_last_event_id = last_event_id_.count > 0;
  head.last_event_id = last_event_id_.value;
  head.has_origin = origin_.count > 0;
  head.origin = origin_.value;
  head.forwarded_for = forwarded_for_.value;
  head.accepts_event_stream = accept_.AcceptsEventStream();
  head.keep_alive = !head.http_1_0 && !close_;
  head.has_request_method = request_method_;
  head.asks_private_network = private_network_;
  return {};
}

HeadFault HeadFields::JudgeHost(RequestHead& head) const {
  if (host_.count == 0 && head.http_1_0) return {};
  if (host_.count == 0) return {400, "The Host field is missing."};
  if (host_.count > 1) return {400, "The Host field occurs twice."};
  if (!IsValidAuthority(host_.value)) return {400, "The Host field is malformed."};
  if (head.host.empty()) head.host = host_.value;
  return {};
}

HeadFault HeadFields::JudgeFraming(RequestHead& head) const {
  if (disguised_framing_) return {400, "A framing field is disguised by an underscore."};
  if (transfer_encoding_.count > 0) {
    if (head.http_1_0) return {400, "HTTP/1.0 has no Transfer-Encoding."};
    if (content_length_.count > 0)
      return {400, "Content-Length and Transfer-Encoding exclude each other."};
    const HeadFault fault = JudgeTransferEncoding();
    if (fault.status != 0) return fault;
    head.chunked = true;
    head.has_body = true;
  }
  if (content_length_.count > 1) return {400, "Content-Length occurs twice."};
  if (content_length_.count == 1) {
    head.content_length = ParseContentLength(content_length_.value);
    if (!head.content_length) return {400, "Content-Length is malformed."};
    head.has_body = true;
  }
  return {};
}

// Exactly `chunked`, once. Another coding is not implemented (501, RFC 9112 6.1); a list that does
// not end in its only `chunked`, or with whitespace that a lenient reader would strip, is a doubt.
HeadFault HeadFields::JudgeTransferEncoding() const {
  constexpr HeadFault kMalformed{400, "Transfer-Encoding is malformed."};
  if (transfer_encoding_.count > 1) return kMalformed;
  std::string_view list = transfer_encoding_.value;
  if (TrimOws(list) != list || list.empty() || list.ends_with(',')) return kMalformed;
  bool chunked = false;
  bool other = false;
  while (!list.empty()) {
    const std::string_view coding = TrimOws(CutUntil(list, ','));
    if (!IsToken(coding) || chunked) return kMalformed;
    if (EqualsLower(coding, "chunked")) {
      chunked = true;
    } else {
      other = true;
    }
  }
  if (other) return {501, "Of the transfer codings only chunked is known."};
  return {};
}

HeadFault HeadFields::JudgeBody(RequestHead& head, std::size_t max_body) const {
  const bool body_follows = head.chunked || head.content_length.value_or(0) > 0;
  const bool takes_none = head.method == HttpMethod::kGet || head.method == HttpMethod::kHead ||
                          head.method == HttpMethod::kOptions;
  if (body_follows && takes_none) return {400, "This method takes no body."};
  if (max_body > 0 && head.content_length.value_or(0) > max_body) {
    return {413, "The body is too large."};
  }
  if (expect_.count > 0 && !head.http_1_0) {
    if (!EqualsLower(expect_.value, "100-continue")) return {417, "The expectation is not known."};
    head.expect_continue = body_follows;
  }
  return {};
}

void HeadFields::Reset() {
  name_size_ = 0;
  value_.clear();
  for (Field* field : {&host_, &content_length_, &transfer_encoding_, &expect_, &last_event_id_,
                       &origin_, &forwarded_for_}) {
    field->Reset();
  }
  accept_ = {};
  close_ = false;
  request_method_ = false;
  private_network_ = false;
  disguised_framing_ = false;
}

}  // namespace ringcast
