#include "client/http_answer.h"

#include <charconv>
#include <system_error>

#include "protocol/ascii.h"

namespace ringcast {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ToLower(c);
  return lower;
}

// HTTP/1.x SP status SP anything.
std::optional<int> ReadStatusLine(std::string_view line) {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || !IsDigit(line[7]) || line[8] != ' ') {
    return std::nullopt;
  }
  if (line.size() > 12 && line[12] != ' ') return std::nullopt;
  int status = 0;
  for (const char c : line.substr(9, 3)) {
    if (!IsDigit(c)) return std::nullopt;
    status = status * 10 + (c - '0');
  }
  if (status < 100 || status > 599) return std::nullopt;
  return status;
}

std::optional<std::uint64_t> ReadLength(std::string_view value) {
  std::uint64_t length = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  if (error != std::errc() || stop != end || value.empty()) return std::nullopt;
  return length;
}

// What is wrong with the field, or empty.
std::string_view TakeField(std::string_view name, std::string_view value, HttpAnswer& answer) {
  if (EqualsLower(name, "content-type")) {
    answer.content_type = Lower(TrimOws(value.substr(0, value.find(';'))));
  } else if (EqualsLower(name, "location")) {
    answer.location = value;
  } else if (EqualsLower(name, "transfer-encoding")) {
    if (answer.chunked || !EqualsLower(value, "chunked")) {
      return "the response has a transfer coding other than chunked";
    }
    answer.chunked = true;
  } else if (EqualsLower(name, "content-length")) {
    if (answer.content_length) return "the response has two lengths";
    answer.content_length = ReadLength(value);
    if (!answer.content_length) return "the response has a length that is no number";
  }
  return {};
}

}  // namespace

Result<HttpAnswer> ReadAnswerHead(std::string_view head) {
  HttpAnswer answer;
  bool first = true;
  while (true) {
    const std::size_t end = head.find("\r\n");
    if (end == std::string_view::npos) return Error{"the response's head does not end"};
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (first) {
      const std::optional<int> status = ReadStatusLine(line);
      if (!status) return Error{"the server does not answer in HTTP/1"};
      answer.status = *status;
      first = false;
      continue;
    }
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
      return Error{"the response has a header line that is none"};
    }
    const std::string_view fault =
        TakeField(line.substr(0, colon), TrimOws(line.substr(colon + 1)), answer);
    if (!fault.empty()) return Error{std::string(fault)};
  }
  if (answer.chunked && answer.content_length) {
    return Error{"the response has both a length and a transfer coding"};
  }
  return answer;
}

}  // namespace ringcast
