#include "protocol/request_parser.h"

#include <llhttp.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "protocol/chunked_decoder.h"
#include "protocol/head_fields.h"
#include "protocol/request_target.h"
#include "protocol/strict_head.h"

namespace ringcast {
namespace {

constexpr HeadFault kBodyTooLarge{413, "The body is too large."};

}  // namespace

struct RequestParser::State {
  enum class Phase : std::uint8_t { kHead, kLengthBody, kChunkedBody, kComplete, kError };

  explicit State(const RequestLimits& given)
      : limits(given), strict({given.max_target, given.max_header_bytes, given.max_fields}) {
    StartLibrary();
  }

  void Reset();

  ParseResult FeedHead(std::string_view bytes);
  ParseResult FeedLengthBody(std::string_view bytes);
  ParseResult FeedChunkedBody(std::string_view bytes);
  ParseResult EndOfHead(std::string_view bytes, std::size_t consumed);
  ParseResult Fail(std::string_view bytes, HeadFault why);

  void KeepBody(std::string_view piece);

  void StartLibrary();
  bool FeedLibrary(std::string_view bytes);
  bool FeedLibraryRequestLine();
  static llhttp_settings_t* LibrarySettings();
  static State& Of(llhttp_t* from) { return *static_cast<State*>(from->data); }

  RequestLimits limits;
  std::size_t max_body = 0;  // of this request, from its head's end on
  Phase phase = Phase::kHead;
  StrictHead strict;
  llhttp_t library{};
  bool in_fields = false;       // the request line is behind us
  bool llhttp_saw_end = false;  // of the head
  HeadFields fields;
  RequestHead head;
  ChunkedDecoder chunks;
  std::uint64_t body_size = 0;  // of what has been read
  bool drops_body = false;
  std::string body;
  HeadFault fault;
};

void RequestParser::State::Reset() {
  phase = Phase::kHead;
  strict.Reset();
  StartLibrary();
  in_fields = false;
  llhttp_saw_end = false;
  fields.Reset();
  head.Clear();
  chunks = {};
  body_size = 0;
  drops_body = false;
  body.clear();
  fault = {};
}

ParseResult RequestParser::State::FeedHead(std::string_view bytes) {
  std::size_t consumed = 0;
  while (consumed < bytes.size()) {
    const std::string_view rest = bytes.substr(consumed);
    const StrictHead::Step step = strict.Feed(rest, head.target);
    // What passed goes to the library before an error behind it is told: whichever of the two
    // objects to the earlier byte wins, however the bytes were split.
    if (in_fields && !FeedLibrary(rest.substr(0, step.consumed))) {
      return Fail(bytes, {400, "The header is malformed."});
    }
    consumed += step.consumed;
    switch (step.status) {
      case StrictHead::Status::kNeedMore:
        break;
      case StrictHead::Status::kError:
        return Fail(bytes, {strict.error_status(), strict.error_reason()});
      case StrictHead::Status::kRequestLine:
        in_fields = true;
        head.method = strict.method();
        head.http_1_0 = strict.http_1_0();
        if (!SplitTarget(head)) return Fail(bytes, {400, "The target has no known form."});
        if (!FeedLibraryRequestLine()) return Fail(bytes, {400, "The target is malformed."});
        break;
      case StrictHead::Status::kDone:
        return EndOfHead(bytes, consumed);
    }
  }
  return {ParseStatus::kNeedMore, consumed};
}

ParseResult RequestParser::State::EndOfHead(std::string_view bytes, std::size_t consumed) {
  if (!llhttp_saw_end) return Fail(bytes, {400, "The header is malformed."});
  max_body = limits.max_body;
  const HeadFault judged = fields.Finish(head, max_body);
  if (judged.status != 0) return Fail(bytes, judged);
  if (head.chunked) {
    phase = Phase::kChunkedBody;
  } else if (head.content_length.value_or(0) > 0) {
    phase = Phase::kLengthBody;
  } else {
    phase = Phase::kComplete;
    return {ParseStatus::kComplete, consumed};
  }
  return {ParseStatus::kHeadComplete, consumed};
}

ParseResult RequestParser::State::FeedLengthBody(std::string_view bytes) {
  const std::uint64_t left = *head.content_length - body_size;
  const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size()));
  KeepBody(bytes.substr(0, taken));
  if (taken < left) return {ParseStatus::kNeedMore, taken};
  phase = Phase::kComplete;
  return {ParseStatus::kComplete, taken};
}

ParseResult RequestParser::State::FeedChunkedBody(std::string_view bytes) {
  std::size_t consumed = 0;
  while (true) {
    const ChunkedDecoder::Step step = chunks.Next(bytes.substr(consumed));
    consumed += step.consumed;
    // A size line tells before the first byte of its chunk has come.
    const std::size_t held = body_size + step.data.size();
    if (held > max_body || chunks.announced() > max_body - held) return Fail(bytes, kBodyTooLarge);
    switch (step.status) {
      case ChunkedDecoder::Status::kNeedMore:
        return {ParseStatus::kNeedMore, consumed};
      case ChunkedDecoder::Status::kData:
        KeepBody(step.data);
        break;
      case ChunkedDecoder::Status::kEnd:
        phase = Phase::kComplete;
        return {ParseStatus::kComplete, consumed};
      case ChunkedDecoder::Status::kBroken:
        return Fail(bytes, {400, "The chunked body is malformed."});
    }
  }
}

void RequestParser::State::KeepBody(std::string_view piece) {
  body_size += piece.size();
  if (!drops_body) body += piece;
}

ParseResult RequestParser::State::Fail(std::string_view bytes, HeadFault why) {
  phase = Phase::kError;
  fault = why;
  return {ParseStatus::kError, bytes.size()};
}

void RequestParser::State::StartLibrary() {
  llhttp_init(&library, HTTP_REQUEST, LibrarySettings());
  library.data = this;
}

llhttp_settings_t* RequestParser::State::LibrarySettings() {
  static llhttp_settings_t settings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_header_field = [](llhttp_t* from, const char* at, std::size_t size) {
      Of(from).fields.NamePiece({at, size});
      return 0;
    };
    made.on_header_value = [](llhttp_t* from, const char* at, std::size_t size) {
      Of(from).fields.ValuePiece({at, size});
      return 0;
    };
    made.on_header_value_complete = [](llhttp_t* from) {
      Of(from).fields.EndField();
      return 0;
    };
    made.on_headers_complete = [](llhttp_t* from) {
      Of(from).llhttp_saw_end = true;
      return 1;  // read no body: framing is judged by HeadFields and followed here
    };
    return made;
  }();
  return &settings;
}

bool RequestParser::State::FeedLibrary(std::string_view bytes) {
  if (bytes.empty()) return true;
  const llhttp_errno_t error = llhttp_execute(&library, bytes.data(), bytes.size());
  // An Upgrade field is ignored (RFC 9110 7.8); the library stops for it behind the head's last
  // byte.
  return error == HPE_OK || (error == HPE_PAUSED_UPGRADE && llhttp_saw_end);
}

// The library gets the request line after it was found sound, in the one spelling that all its
// versions know: a minor version above 1 is told as 1, and a method that no resource has as GET.
bool RequestParser::State::FeedLibraryRequestLine() {
  std::string_view method = "GET ";
  switch (head.method) {
    case HttpMethod::kGet:
    case HttpMethod::kOther:
      break;
    case HttpMethod::kHead:
      method = "HEAD ";
      break;
    case HttpMethod::kOptions:
      method = "OPTIONS ";
      break;
    case HttpMethod::kPost:
      method = "POST ";
      break;
    case HttpMethod::kPut:
      method = "PUT ";
      break;
    case HttpMethod::kDelete:
      method = "DELETE ";
      break;
  }
  return FeedLibrary(method) && FeedLibrary(head.target) &&
         FeedLibrary(head.http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
}

RequestParser::RequestParser(const RequestLimits& limits)
    : state_(std::make_unique<State>(limits)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

ParseResult RequestParser::Feed(std::string_view bytes) {
  State& state = *state_;
  switch (state.phase) {
    case State::Phase::kHead:
      return state.FeedHead(bytes);
    case State::Phase::kLengthBody:
    case State::Phase::kChunkedBody:
      if (bytes.empty()) return {ParseStatus::kNeedMore, 0};
      if (state.limits.max_body == 0 && !state.drops_body) return state.Fail(bytes, kBodyTooLarge);
      return state.phase == State::Phase::kLengthBody ? state.FeedLengthBody(bytes)
                                                      : state.FeedChunkedBody(bytes);
    case State::Phase::kComplete:
      break;
    case State::Phase::kError:
      return {ParseStatus::kError, bytes.size()};
  }
  RC_CHECK(false, "Reset() comes before the next request");
  return {ParseStatus::kError, 0};
}

const RequestHead& RequestParser::head() const { return state_->head; }

bool RequestParser::DropBody(std::size_t max_body) {
  RC_CHECK(
      state_->phase == State::Phase::kLengthBody || state_->phase == State::Phase::kChunkedBody,
      "a body follows");
  if (state_->head.content_length.value_or(0) > max_body) return false;
  state_->max_body = max_body;
  state_->drops_body = true;
  return true;
}

void RequestParser::LimitBody(std::size_t max_body) {
  RC_CHECK(
      state_->phase == State::Phase::kLengthBody || state_->phase == State::Phase::kChunkedBody,
      "a body follows");
  state_->max_body = std::min(state_->max_body, max_body);
}

void RequestParser::SetMaxBody(std::size_t max_body) {
  RC_CHECK(max_body > 0 && state_->limits.max_body > 0, "whether bodies are read stays as it is");
  state_->limits.max_body = max_body;
}

std::string_view RequestParser::body() const { return state_->body; }

std::string RequestParser::TakeBody() { return std::exchange(state_->body, {}); }

int RequestParser::error_status() const { return state_->fault.status; }

std::string_view RequestParser::error_reason() const { return state_->fault.reason; }

bool RequestParser::started() const { return state_->strict.started(); }

void RequestParser::Reset() { state_->Reset(); }

}  // namespace ringcast
