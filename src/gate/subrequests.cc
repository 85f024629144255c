#include "gate/subrequests.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/version.h"
#include "protocol/ascii.h"

namespace ringcast {

// One request and the handle that is used again by a later one.
struct Subrequests::Request {
  CURL* easy = curl_easy_init();
  curl_slist* fields = nullptr;
  std::uint64_t number = 0;
  ApplicationAnswer answer;
  std::size_t head_bytes = 0;
  bool head_whole = false;
  std::string_view fault;  // what this side did not put up with
  std::array<char, CURL_ERROR_SIZE> error{};

  Request() { RC_CHECK(easy != nullptr, "there is memory for a request"); }
  ~Request() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(fields);
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  void AddField(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    std::string line(name);
    line.append(": ").append(value);
    curl_slist* longer = curl_slist_append(fields, line.c_str());
    RC_CHECK(longer != nullptr, "there is memory for a field");
    fields = longer;
  }
  void Prepare(const Question& question, Millis at_most);
  bool TakeHeadLine(std::string_view line);
  bool TakeBody(std::string_view bytes);
};

struct Subrequests::State {
  CURLM* multi = curl_multi_init();
  std::vector<std::unique_ptr<Request>> all;
  std::vector<Request*> free;
  std::vector<std::uint64_t> not_started;  // that the library refused
};

namespace {

bool Fail(std::string_view& fault, std::string_view why) {
  fault = why;
  return false;
}

// One field's value, when the line is of this field; joined to what came before.
bool TakeField(std::string_view line, std::string_view lower_name, std::string& value) {
  const std::string_view name = CutUntil(line, ':');
  if (!EqualsLower(name, lower_name)) return false;
  if (!value.empty()) value += ", ";
  value += TrimOws(line);
  return true;
}

Asked ClassOf(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Asked::kTimeout;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return Asked::kUnreachable;
    default:
      return Asked::kBroken;
  }
}

}  // namespace

void Subrequests::Request::Prepare(const Question& question, Millis at_most) {
  curl_slist_free_all(std::exchange(fields, nullptr));
  answer = ApplicationAnswer{};
  head_bytes = 0;
  head_whole = false;
  fault = {};
  error.front() = '\0';
  AddField("Cookie", question.cookie);
  AddField("Authorization", question.authorization);
  AddField("Origin", question.origin);
  AddField("X-Original-URI", question.original_uri);
  AddField("X-Original-Method", question.method);
  AddField("X-Real-IP", question.address);
  AddField("X-Forwarded-For", question.address);
  AddField("X-Ringcast-Channels", JoinNames(question.channels));

  curl_easy_reset(easy);  // connections stay
  const auto set = [this](CURLoption option, auto value) {
    RC_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK, "the library knows its options");
  };
  set(CURLOPT_URL, question.url.request.c_str());
  if (!question.url.unix_socket.empty()) {
    set(CURLOPT_UNIX_SOCKET_PATH, question.url.unix_socket.c_str());
  }
  set(CURLOPT_HTTPHEADER, fields);
  const std::string agent = "ringcast/" + std::string(Version());
  set(CURLOPT_USERAGENT, agent.c_str());
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // not even one of the environment
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a resolver that is late is not waited for
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(at_most.count(), 1)));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(at_most.count(), 1)));
  set(CURLOPT_ERRORBUFFER, error.data());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(
      CURLOPT_HEADERFUNCTION, +[](char* bytes, std::size_t one, std::size_t count, void* request) {
        const bool taken = static_cast<Request*>(request)->TakeHeadLine({bytes, one * count});
        return taken ? one * count : 0;
      });
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(
      CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t one, std::size_t count, void* request) {
        const bool taken = static_cast<Request*>(request)->TakeBody({bytes, one * count});
        return taken ? one * count : 0;
      });
}

// A status line, a field, the empty line behind them, or a trailer.
bool Subrequests::Request::TakeHeadLine(std::string_view line) {
  head_bytes += line.size();
  if (head_bytes > kMostAnswerHeadBytes) return Fail(fault, "its head is larger than 16 KiB");
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    // The final answer behind an interim one (1xx), whose fields do not count.
    answer = ApplicationAnswer{};
    head_whole = false;
    return true;
  }
  if (head_whole) return true;  // trailers say nothing here
  if (line.empty()) {
    head_whole = true;
    return true;
  }
  if (line.front() == ' ' || line.front() == '\t') return Fail(fault, "it folds a field");
  if (TakeField(line, "content-type", answer.content_type)) return true;
  if (TakeField(line, "www-authenticate", answer.www_authenticate)) return true;
  if (TakeField(line, "x-ringcast-channels", answer.channels)) answer.has_channels = true;
  return true;
}

bool Subrequests::Request::TakeBody(std::string_view bytes) {
  if (answer.body.size() + bytes.size() > kMostAnswerBodyBytes) {
    return Fail(fault, "its body is larger than 64 KiB");
  }
  answer.body += bytes;
  return true;
}

void Subrequests::InitLibrary() {
  RC_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "there is memory for libcurl");
}

Subrequests::Subrequests() : state_(std::make_unique<State>()) {
  RC_CHECK(state_->multi != nullptr, "there is memory for libcurl");
}

Subrequests::~Subrequests() {
  for (const auto& request : state_->all) {
    const bool idle =
        std::find(state_->free.begin(), state_->free.end(), request.get()) != state_->free.end();
    if (!idle) curl_multi_remove_handle(state_->multi, request->easy);
  }
  state_->all.clear();
  curl_multi_cleanup(state_->multi);
}

void Subrequests::KeepConnections(unsigned most) {
  curl_multi_setopt(state_->multi, CURLMOPT_MAXCONNECTS, static_cast<long>(most));
}

void Subrequests::Start(std::uint64_t number, const Question& question, Millis at_most) {
  if (state_->free.empty()) {
    state_->all.push_back(std::make_unique<Request>());
    state_->free.push_back(state_->all.back().get());
  }
  Request* request = state_->free.back();
  request->Prepare(question, at_most);
  request->number = number;
  if (curl_multi_add_handle(state_->multi, request->easy) != CURLM_OK) {
    state_->not_started.push_back(number);
    return;
  }
  state_->free.pop_back();
}

std::size_t Subrequests::under_way() const {
  return state_->all.size() - state_->free.size() + state_->not_started.size();
}

void Subrequests::Run(std::vector<Outcome>& finished) {
  for (const std::uint64_t number : std::exchange(state_->not_started, {})) {
    finished.push_back({number, Asked::kBroken, {}, "libcurl takes no request"});
  }
  int running = 0;
  curl_multi_perform(state_->multi, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(state_->multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;
    Request* request = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &request);
    Outcome outcome;
    outcome.number = request->number;
    if (code == CURLE_OK && !request->head_whole) {
      // The library takes the end of the connection for the end of the head.
      outcome.asked = Asked::kBroken;
      outcome.error = "its head is cut short";
    } else if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      outcome.asked = Asked::kAnswered;
      outcome.answer = std::move(request->answer);
      outcome.answer.status = static_cast<int>(status);
    } else {
      outcome.asked = ClassOf(code);
      outcome.error = !request->fault.empty()          ? std::string(request->fault)
                      : request->error.front() != '\0' ? std::string(request->error.data())
                                                       : std::string(curl_easy_strerror(code));
    }
    curl_multi_remove_handle(state_->multi, easy);
    state_->free.push_back(request);
    finished.push_back(std::move(outcome));
  }
}

void Subrequests::Wait(int descriptor, Millis at_most) {
  curl_waitfd bell{.fd = descriptor, .events = CURL_WAIT_POLLIN, .revents = 0};
  const int patience = static_cast<int>(std::clamp<std::int64_t>(at_most.count(), 0, 60'000));
  curl_multi_poll(state_->multi, &bell, 1, patience, nullptr);
}

}  // namespace ringcast
