// RequestParser over any bytes: the outcome is the same in every split; what is accepted obeys RFC
// 9112 and says what the bytes say, as an independent reader finds; what is plainly sound is
// accepted; an error is one of the few that the parser may give and is final.
//
// Input: limits and what is done with bodies, first piece, size of the later pieces, then the wire.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/naive_request.h"
#include "protocol/log_escape.h"
#include "protocol/request_run.h"
#include "support/chunked_decoder.h"

namespace ringcast {
namespace {

using test::FuzzInput;
using test::NaiveRequest;

constexpr RequestLimits kNarrowLimits{
    .max_target = 24, .max_header_bytes = 96, .max_fields = 3, .max_body = 8};
constexpr std::size_t kDroppedBody = 12;
constexpr std::size_t kLimitedBody = 4;
constexpr std::size_t kOtherMaxBody = 16;

// A listener, and what it does with its requests.
struct Listener {
  RequestLimits limits;
  bool credentials_later = false;  // asked for when the parser is there already
  bool other_max_body = false;
  BodyUse use;

  explicit Listener(std::uint8_t choice) {
    constexpr RequestLimits kAll[] = {kStreamLimits, kPublishLimits, kNarrowLimits};
    limits = kAll[choice % 3];
    use = UseOf(limits);
    switch (choice / 3 % 4) {
      case 1:
        use = {.kind = BodyUse::Kind::kDrop, .max = kDroppedBody};
        break;
      case 2:
        use = {.kind = BodyUse::Kind::kLimit, .max = kLimitedBody};
        break;
      case 3:
        other_max_body = limits.max_body > 0;
        break;
      default:
        break;
    }
    limits.credentials = choice / 12 % 3 == 1;
    credentials_later = choice / 12 % 3 == 2;
  }

  RequestParser MakeParser() const {
    RequestParser parser(limits);
    if (credentials_later) parser.KeepCredentials(true);
    if (other_max_body) parser.SetMaxBody(kOtherMaxBody);
    return parser;
  }
  bool keeps_credentials() const { return limits.credentials || credentials_later; }
  std::size_t max_body() const { return other_max_body ? kOtherMaxBody : limits.max_body; }
};

std::string AuthorityOf(const NaiveRequest& request) {
  if (request.target == "*" || request.target[0] == '/') return request.Joined("host");
  const std::size_t begin = request.target.find("://") + 3;
  return request.target.substr(begin, request.target.find_first_of("/?", begin) - begin);
}

bool AsksToClose(const NaiveRequest& request) {
  // A list of words between commas, with blanks around them.
  std::stringstream list(request.Joined("connection"));
  for (std::string word; std::getline(list, word, ',');) {
    const std::size_t first = word.find_first_not_of(" \t");
    if (first == std::string::npos) continue;
    word = word.substr(first, word.find_last_not_of(" \t") + 1 - first);
    for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (word == "close") return true;
  }
  return false;
}

void CheckHead(const NaiveRequest& request, const RequestHead& head, const Listener& listener) {
  const RequestLimits& limits = listener.limits;
  RC_CHECK(head.target == request.target, "the target is the one that was sent");
  RC_CHECK(head.target.size() <= limits.max_target, "a target has its limit");
  RC_CHECK(request.fields.size() <= limits.max_fields, "fields have their limit");
  RC_CHECK(head.http_1_0 == (request.minor == '0'), "only HTTP/1.0 is HTTP/1.0");
  RC_CHECK(head.host == AuthorityOf(request), "the target's authority wins over Host");
  RC_CHECK(head.host.find_first_of("@/?#, ") == std::string::npos, "an authority is just that");
  RC_CHECK(head.has_last_event_id == (request.Count("last-event-id") > 0) &&
               head.last_event_id == request.Joined("last-event-id"),
           "Last-Event-ID is as it was sent");
  RC_CHECK(
      head.has_origin == (request.Count("origin") > 0) && head.origin == request.Joined("origin"),
      "Origin is as it was sent");
  RC_CHECK(head.has_idempotency_key == (request.Count("idempotency-key") > 0) &&
               head.idempotency_key == request.Joined("idempotency-key"),
           "Idempotency-Key is as it was sent");
  RC_CHECK(head.forwarded_for == request.Joined("x-forwarded-for"),
           "X-Forwarded-For is as it was sent");
  const bool keeps = listener.keeps_credentials();
  RC_CHECK(head.authorization == (keeps ? request.Joined("authorization") : "") &&
               head.cookie == (keeps ? request.Joined("cookie", "; ") : ""),
           "credentials are as they were sent, where they are asked for");
  RC_CHECK(request.Count("accept") > 0 || head.accepts_event_stream,
           "who names no type takes all types");
  RC_CHECK(head.has_request_method == (request.Count("access-control-request-method") > 0),
           "a preflight is recognised");
  RC_CHECK(head.chunked == (request.Count("transfer-encoding") > 0), "chunked is chunked");
  RC_CHECK(head.content_length.has_value() == (request.Count("content-length") > 0),
           "a length is a length");
  RC_CHECK(!head.keep_alive || (!head.http_1_0 && !AsksToClose(request)),
           "a connection that is asked to close is closed");

  // Path and query are the target without what stands before and between them.
  std::string tail(head.path_size == 0 ? std::string_view() : head.path());
  if (head.query_begin > 0 && head.target[head.query_begin - 1] == '?' &&
      head.query_begin <= head.target.size()) {
    tail += "?";
  }
  tail += head.query();
  RC_CHECK(head.target.ends_with(tail), "path and query lie in the target");
  RC_CHECK(head.path() == "*" || head.path()[0] == '/', "a path begins with a slash");
}

void CheckBody(std::string_view wire, const NaiveRequest& request, const Outcome& outcome,
               const Listener& listener) {
  const std::string_view after = wire.substr(request.head_bytes);
  std::string body;
  std::size_t used = 0;
  if (outcome.head.chunked) {
    test::ChunkedDecoder decoder;
    used = decoder.Feed(after, body);
    RC_CHECK(decoder.state() == test::ChunkedDecoder::State::kComplete, "the body is whole");
  } else {
    used = static_cast<std::size_t>(outcome.head.content_length.value_or(0));
    RC_CHECK(used <= after.size(), "the body is there");
    body = after.substr(0, used);
  }
  const BodyUse& use = listener.use;
  if (use.kind == BodyUse::Kind::kDrop) {
    RC_CHECK(outcome.body.empty(), "a body that is dropped is not kept");
    RC_CHECK(body.size() <= use.max, "what is dropped has its limit");
  } else {
    RC_CHECK(outcome.body == body, "the body is as it was sent");
    RC_CHECK(body.size() <= listener.max_body(), "a body has its limit");
    RC_CHECK(use.kind != BodyUse::Kind::kLimit || !outcome.head.chunked || body.size() <= use.max,
             "a body in chunks has the limit of its resource");
  }
  RC_CHECK(outcome.consumed == request.head_bytes + used, "the next request starts behind it");
}

void CheckAccepted(std::string_view wire, const Outcome& outcome, const Listener& listener) {
  const std::optional<NaiveRequest> request = test::ReadNaively(wire);
  RC_CHECK(request.has_value(), "what is accepted obeys the grammar");
  RC_CHECK(test::FramingIsSound(*request), "what is accepted has a framing without doubt");
  CheckHead(*request, outcome.head, listener);
  if (outcome.status == ParseStatus::kComplete) {
    CheckBody(wire, *request, outcome, listener);
    return;
  }
  RC_CHECK(outcome.consumed == request->head_bytes, "the body starts behind the head");
  RC_CHECK(outcome.body.empty(), "a body that is left unread is not kept");
  RC_CHECK(listener.use.kind == BodyUse::Kind::kLeave ||
               (listener.use.kind == BodyUse::Kind::kDrop &&
                outcome.head.content_length.value_or(0) > listener.use.max),
           "only a listener without bodies, or with less room, leaves one unread");
}

// A GET in the common form, with a name for a host and no field that may lead to a refusal.
bool IsPlain(const NaiveRequest& request, const RequestLimits& limits) {
  const std::string host = request.Joined("host");
  const bool named = !host.empty() && std::all_of(host.begin(), host.end(),
                                                  [](char c) { return c >= 'a' && c <= 'z'; });
  if (request.method != "GET" || request.target[0] != '/' || request.Count("host") != 1 || !named) {
    return false;
  }
  for (const char* field :
       {"content-length", "transfer-encoding", "content_length", "transfer_encoding", "expect"}) {
    if (request.Count(field) > 0) return false;
  }
  return request.target.size() <= limits.max_target && request.fields.size() <= limits.max_fields &&
         request.head_bytes <= limits.max_header_bytes;
}

void CheckRefused(std::string_view wire, const Outcome& outcome, const RequestLimits& limits) {
  const int allowed[] = {400, 405, 413, 414, 417, 431, 501, 505};
  RC_CHECK(std::count(std::begin(allowed), std::end(allowed), outcome.error) == 1,
           "an error has one of the documented statuses");
  RC_CHECK(!outcome.reason.empty(), "an error has a reason");
  const std::optional<NaiveRequest> request = test::ReadNaively(wire);
  RC_CHECK(!request || !IsPlain(*request, limits), "what is plainly sound is accepted");
}

void CheckLogLine(std::string_view wire) {
  const std::string line = EscapeForLog(wire, 100);
  RC_CHECK(line.size() <= 100, "a line of the log has its limit");
  RC_CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }),
           "a line of the log is printable");
}

// One connection: request after request, until an error or the end of the bytes.
void Run(std::string_view wire, const Listener& listener, std::size_t first, std::size_t then) {
  RequestParser reused = listener.MakeParser();
  while (!wire.empty()) {
    RequestParser fresh = listener.MakeParser();
    const Outcome whole = RunPieces(fresh, wire, wire.size(), wire.size(), listener.use);
    reused.Reset();
    const Outcome split = RunPieces(reused, wire, first, then, listener.use);
    reused = RequestParser(std::move(reused));
    RC_CHECK(split.Describe() == whole.Describe(), "the outcome does not depend on the split");
    RC_CHECK(reused.started() == (wire.find_first_not_of("\r\n") < wire.size()) ||
                 whole.status == ParseStatus::kError,
             "a request that has begun is told from silence");
    switch (whole.status) {
      case ParseStatus::kError:
        RC_CHECK(reused.Feed("GET / HTTP/1.1\r\n").status == ParseStatus::kError,
                 "an error is final");
        return CheckRefused(wire, whole, listener.limits);
      case ParseStatus::kNeedMore:
        return;
      case ParseStatus::kHeadComplete:
        return CheckAccepted(wire, whole, listener);
      case ParseStatus::kComplete:
        CheckAccepted(wire, whole, listener);
        RC_CHECK(reused.TakeBody() == whole.body, "a body can be taken");
        break;
    }
    wire.remove_prefix(whole.consumed);
  }
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  const ringcast::Listener listener(input.Byte());
  const std::size_t first = input.Byte();
  const std::size_t then = std::size_t{input.Byte()} + 1;
  const std::string_view wire = input.Rest();
  ringcast::Run(wire, listener, first, then);
  ringcast::CheckLogLine(wire);
  return 0;
}
