#include "protocol/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/check.h"

namespace ringcast {
namespace {

// Seconds a browser may keep the answer to a preflight. Chromium caps it at two hours, Firefox
// at 24.
constexpr std::string_view kPreflightMaxAge = "7200";

void AppendNumber(std::string& out, std::uint64_t number, int base = 10) {
  std::array<char, 20> digits;  // 2^64 has 20 decimal digits
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  RC_CHECK(value.find_first_of("\r\n") == std::string_view::npos,
           "a field's value is one line, else it could end the head");
  out.append(name).append(": ").append(value).append("\r\n");
}

void AppendStatusLine(std::string& out, int status, std::string_view http_date) {
  out += "HTTP/1.1 ";
  AppendNumber(out, static_cast<std::uint64_t>(status));
  out.append(" ").append(ReasonPhrase(status)).append("\r\n");
  AppendField(out, "Date", http_date);
}

void AppendCors(std::string& out, const CorsAnswer& cors) {
  if (!cors.allow_origin.empty()) {
    AppendField(out, "Access-Control-Allow-Origin", cors.allow_origin);
  }
  if (cors.credentials) AppendField(out, "Access-Control-Allow-Credentials", "true");
  if (cors.vary) AppendField(out, "Vary", "Origin");
}

// All of a stream's head but the empty line.
void AppendStreamFields(std::string& out, bool http_1_0, bool close, const CorsAnswer& cors,
                        std::string_view http_date) {
  AppendStatusLine(out, 200, http_date);
  AppendField(out, "Content-Type", "text/event-stream");
  // no-transform keeps proxies from compressing, which would hold events back (RFC 9111 5.2.2.6).
  AppendField(out, "Cache-Control", "no-cache, no-transform");
  AppendField(out, "X-Accel-Buffering", "no");
  if (!http_1_0) AppendField(out, "Transfer-Encoding", "chunked");
  if (http_1_0 || close) AppendField(out, "Connection", "close");
  AppendCors(out, cors);
}

void AppendTwoDigits(std::string& out, unsigned number) {
  out.push_back(static_cast<char>('0' + number / 10 % 10));
  out.push_back(static_cast<char>('0' + number % 10));
}

}  // namespace

std::string HttpDate(UnixMillis time) {
  using std::chrono::days;
  using std::chrono::seconds;
  using std::chrono::sys_days;
  constexpr UnixMillis kLast = 253402300799'000;  // 9999-12-31T23:59:59Z: the year has four digits
  constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

  const std::chrono::sys_seconds point{
      seconds(static_cast<std::int64_t>(std::min(time, kLast) / 1000))};
  const sys_days day = std::chrono::floor<days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(point - day);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));

  std::string text;
  text.reserve(29);
  text.append(kDays.substr(std::chrono::weekday(day).c_encoding() * 3, 3)).append(", ");
  AppendTwoDigits(text, static_cast<unsigned>(date.day()));
  text.append(" ").append(kMonths.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3));
  text += ' ';
  AppendTwoDigits(text, year / 100);
  AppendTwoDigits(text, year);
  text += ' ';
  AppendTwoDigits(text, static_cast<unsigned>(clock.hours().count()));
  text += ':';
  AppendTwoDigits(text, static_cast<unsigned>(clock.minutes().count()));
  text += ':';
  AppendTwoDigits(text, static_cast<unsigned>(clock.seconds().count()));
  text += " GMT";
  return text;
}

void AppendStreamHead(std::string& out, bool http_1_0, const CorsAnswer& cors,
                      std::string_view http_date) {
  AppendStreamFields(out, http_1_0, /*close=*/false, cors, http_date);
  out += "\r\n";
}

void AppendSimpleResponse(std::string& out, const SimpleResponse& response) {
  const int status = response.status;
  const bool bodiless = status == 204 || status == 304;
  AppendStatusLine(out, status, response.http_date);
  if (!bodiless) {
    AppendField(out, "Content-Type", response.content_type);
    out += "Content-Length: ";
    AppendNumber(out, response.body.size());
    out += "\r\n";
  }
  const std::string_view allow =
      status == 405 && response.allow.empty() ? kStreamAllow : response.allow;
  if (!allow.empty()) AppendField(out, "Allow", allow);
  AppendCors(out, response.cors);
  for (const HeaderField& field : response.extra) AppendField(out, field.name, field.value);
  if (!response.keep_alive) AppendField(out, "Connection", "close");
  out += "\r\n";
  if (!bodiless && !response.head_only) out += response.body;
}

std::string ErrorBody(int status, std::string_view sentence) {
  std::string body(ReasonPhrase(status));
  if (!sentence.empty()) body.append(": ").append(sentence);
  body += '\n';
  return body;
}

void AppendOptions(std::string& out, const OptionsAnswer& answer) {
  // Browsers name Last-Event-ID for ids beyond 128 bytes, and clients over fetch() always.
  const std::array<HeaderField, 4> preflight = {{
      {"Access-Control-Allow-Methods", answer.allow},
      {"Access-Control-Allow-Headers",
       "last-event-id, accept, authorization, cache-control, content-type"},
      {"Access-Control-Max-Age", kPreflightMaxAge},
      {"Access-Control-Allow-Private-Network", "true"},
  }};
  SimpleResponse response{.status = 204,
                          .keep_alive = answer.keep_alive,
                          .allow = answer.allow,
                          .cors = answer.cors,
                          .http_date = answer.http_date};
  if (answer.preflight && !answer.cors.allow_origin.empty()) {
    // Into a private network only who is named is let: a star stands for the whole internet.
    const bool let_in = answer.private_network && answer.cors.credentials;
    response.extra = std::span(preflight).first(preflight.size() - (let_in ? 0 : 1));
  }
  AppendSimpleResponse(out, response);
}

void AppendOverload(std::string& out, bool http_1_0, const CorsAnswer& cors, std::uint32_t retry_ms,
                    std::string_view http_date) {
  AppendStreamFields(out, http_1_0, /*close=*/true, cors, http_date);
  out += "\r\n";
  std::string block = "event: overload\nretry: ";
  AppendNumber(block, retry_ms);
  block += "\ndata: {\"retry\":";
  AppendNumber(block, retry_ms);
  block += "}\n\n";
  if (http_1_0) {
    out += block;
    return;
  }
  AppendNumber(out, block.size(), 16);
  out.append("\r\n").append(block).append("\r\n");
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace ringcast
