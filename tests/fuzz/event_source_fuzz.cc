// What a hostile server may send to `ringcast tail`: EventSource over a real socket gives the same
// events and comes to the same end in every split. The events are those that independent decoders
// find in the body that its head announces.
//
// Input: three sizes of pieces, a byte of what the client does (see Listener), then all that the
// server sends before it ends its side.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/check.h"
#include "client/event_source.h"
#include "client/http_answer.h"
#include "fuzz/fuzz_input.h"
#include "support/chunked_decoder.h"
#include "support/sse_decoder.h"
#include "support/temp_dir.h"
#include "support/unread_bytes.h"

namespace ringcast {
namespace {

constexpr std::string_view kEarlierId = "7-1";
constexpr std::size_t kMostInput = 4096;  // as tools/fuzz has it

// Answers one connection after the other, each with the same bytes whatever was asked.
class HostileServer {
 public:
  HostileServer() : path_(directory_.File("s")) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    RC_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                 ::listen(listener_, 1) == 0,
             "a server can be had");
    thread_ = std::thread([this] { Run(); });
  }
  ~HostileServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  const std::string& path() const { return path_; }

  // For the next connection. Without `pieces`: in one go.
  void Answer(std::string_view bytes, const test::Pieces* pieces) {
    const std::lock_guard lock(mutex_);
    bytes_ = bytes;
    pieces_ = pieces;
  }

 private:
  void Run() {
    for (int fd = -1; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      Serve(fd);
      ::close(fd);
    }
  }
  void Serve(int fd) {
    std::string request;
    char piece[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t n = ::recv(fd, piece, sizeof piece, 0);
      if (n <= 0) return;
      request.append(piece, static_cast<std::size_t>(n));
    }
    const std::lock_guard lock(mutex_);
    std::string_view left = bytes_;
    test::Pieces sizes = pieces_ != nullptr ? *pieces_ : test::Pieces(none_);
    while (!left.empty()) {
      // What stands before a whole input is not worth small pieces.
      std::size_t size = left.size() > kMostInput ? kMostInput : left.size();
      if (pieces_ != nullptr && left.size() <= kMostInput) size = std::min(sizes.NextSize(), size);
      if (::send(fd, left.data(), size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) return;
      left.remove_prefix(size);
      // So that the next piece comes by itself, unless the client reads no more.
      if (!left.empty()) (void)test::WaitUntilRead(fd, std::chrono::milliseconds(20));
    }
    ::shutdown(fd, SHUT_WR);
    while (::recv(fd, piece, sizeof piece, 0) > 0) {
    }
  }

  const test::TempDir directory_;
  const std::string path_;
  int listener_ = -1;
  test::FuzzInput none_{nullptr, 0};
  std::mutex mutex_;
  std::string_view bytes_;
  const test::Pieces* pieces_ = nullptr;
  std::thread thread_;
};

struct Heard {
  EventSource::End end = EventSource::End::kStopped;
  std::vector<test::SseEvent> events;
  std::string error;
  std::uint64_t streams = 0;
};

// The input's control byte.
struct Listener {
  explicit Listener(std::uint8_t control)
      : stop_after(control & 3u),
        resumes((control & 4) != 0),
        long_head((control & 8) != 0),
        finds_nobody((control & 64) != 0) {}
  std::size_t stop_after;  // events; 0: never
  bool resumes;            // has an id from an earlier stream
  bool long_head;          // more comes before the input than a head may have
  bool finds_nobody;       // there is no server
};

Heard Listen(const HostileServer& server, const Listener& listener) {
  Heard heard;
  std::atomic<bool> stop{false};
  EventSourceOptions options;
  options.address = {.unix_path = server.path() + (listener.finds_nobody ? "x" : ""),
                     .host = "h",
                     .port = "80",
                     .target = "/events/a"};
  if (listener.resumes) options.last_event_id = kEarlierId;
  options.stop = &stop;
  options.on_event = [&heard, &listener](const DecodedEvent& event) {
    test::SseEvent copy;
    copy.type = event.type;
    copy.data = event.data;
    copy.id = event.last_event_id;
    heard.events.push_back(std::move(copy));
    return heard.events.size() != listener.stop_after;
  };
  // One connection is enough.
  options.on_status = [&stop](std::string_view text) {
    if (text.find("; again in ") != std::string_view::npos) stop.store(true);
  };
  EventSource source(options);
  heard.end = source.Run();
  heard.error = source.error();
  heard.streams = source.streams();
  return heard;
}

bool Same(const Heard& one, const Heard& other) {
  const auto same = [](const test::SseEvent& a, const test::SseEvent& b) {
    return a.type == b.type && a.data == b.data && a.id == b.id;
  };
  return one.end == other.end && one.streams == other.streams && one.error == other.error &&
         std::equal(one.events.begin(), one.events.end(), other.events.begin(), other.events.end(),
                    same);
}

// What a browser would make of the same bytes.
std::vector<test::SseEvent> DecodeIndependently(std::string_view bytes, bool resumes) {
  while (true) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return {};
    const test::ExactCopy head(bytes.substr(0, end + 4));
    const Result<HttpAnswer> answer = ReadAnswerHead(head.view());
    bytes.remove_prefix(end + 4);
    if (!answer.ok()) return {};
    RC_CHECK(answer->status >= 100 && answer->status <= 599, "a status has three digits");
    RC_CHECK(!(answer->chunked && answer->content_length), "one framing at most");
    if (answer->status < 200) continue;
    if (answer->status != 200 || answer->content_type != "text/event-stream") return {};
    std::string body;
    if (answer->chunked) {
      test::ChunkedDecoder().Feed(bytes, body);
    } else {
      body = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(
                                 answer->content_length.value_or(UINT64_MAX), bytes.size())));
    }
    test::SseDecoder decoder(resumes ? kEarlierId : std::string_view{});
    decoder.Feed(body);
    std::vector<test::SseEvent> events;
    while (std::optional<test::SseEvent> event = decoder.Next()) events.push_back(*event);
    return events;
  }
}

void Check(std::string_view bytes, const test::Pieces& pieces, const Listener& listener) {
  static HostileServer server;
  std::string longer;
  if (listener.long_head) {
    longer = "HTTP/1.1 200 OK\r\nX: " + std::string(kMaxAnswerHead, 'x') + std::string(bytes);
    bytes = longer;
  }
  server.Answer(bytes, nullptr);
  const Heard whole = Listen(server, listener);
  server.Answer(bytes, &pieces);
  const Heard split = Listen(server, listener);
  server.Answer({}, nullptr);  // it lets go of the bytes, which end with this call
  RC_CHECK(Same(whole, split), "splits change nothing");
  RC_CHECK(whole.streams <= 1, "one connection is one stream at most");
  RC_CHECK(whole.streams == 1 || whole.events.empty(), "events come from a stream only");
  std::vector<test::SseEvent> events;
  if (listener.finds_nobody) {
    RC_CHECK(whole.streams == 0, "nobody gives a stream");
  } else if (listener.long_head) {
    RC_CHECK(whole.error == "the response's head is too large", "a head has a bound");
  } else {
    events = DecodeIndependently(bytes, listener.resumes);
  }
  if (listener.stop_after > 0 && events.size() > listener.stop_after) {
    events.resize(listener.stop_after);
  }
  Heard expected = whole;
  expected.events = std::move(events);
  RC_CHECK(Same(whole, expected), "the events are those of the bytes");
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  const ringcast::test::Pieces pieces(input);
  const ringcast::Listener listener(input.Byte());
  ringcast::Check(input.Rest(), pieces, listener);
  return 0;
}
