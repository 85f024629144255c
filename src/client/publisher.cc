#include <poll.h>
#include <ringcast/publisher.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstring>
#include <random>

#include "base/rng.h"
#include "client/socket.h"
#include "client/unanswered_frames.h"
#include "protocol/event_id.h"
#include "protocol/idempotency_key.h"
#include "protocol/publish_answers.h"
#include "protocol/publish_codec.h"

namespace ringcast {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Bytes gathered before they are sent: large enough that a system call per event is no cost, small
// enough that the server has something to do while more is written.
constexpr std::size_t kSendBatch = std::size_t{64} << 10;
constexpr std::size_t kReadSize = std::size_t{64} << 10;

// 128 random bits, by which the keys of one publisher are told from those of all others.
constexpr std::size_t kOwnKeyPrefix = 33;  // with a dash behind them
std::string RandomName() {
  std::random_device device;
  std::string name;
  for (int i = 0; i < 4; ++i) {
    char word[9];
    std::snprintf(word, sizeof word, "%08x", static_cast<unsigned>(device()));
    name += word;
  }
  return name;
}

milliseconds Since(Clock::time_point then) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - then);
}

}  // namespace

class Publisher::Impl {
 public:
  explicit Impl(PublisherOptions options)
      : options_(std::move(options)), rng_(std::random_device{}()) {
    if (options_.keys == PublisherOptions::Keys::kEach) own_keys_ = RandomName() + "-";
  }

  bool Connect() {
    fatal_ = false;
    return socket_ ? true : TryConnect();
  }

  std::uint64_t Publish(std::string_view channel, const Event& event, std::string_view key) {
    if (!key.empty() && options_.keys == PublisherOptions::Keys::kNone) {
      error_ = "the publisher's options provide for no keys";
      return 0;
    }
    if (!key.empty() && !IsValidIdempotencyKey(key)) {
      error_ = kIdempotencyKeyFault;
      return 0;
    }
    if (key.empty() && !own_keys_.empty()) {
      own_keys_.resize(kOwnKeyPrefix);
      own_keys_ += std::to_string(frames_.next_request());
      key = own_keys_;
    }
    const std::size_t frame = RINGCAST_PUBLISH_HEADER_SIZE + channel.size() + event.type.size() +
                              key.size() + event.data.size();
    if (channel.size() > (key.empty() ? 0xFFFFu : 0xFFu) || event.type.size() > kMaxEventTypeSize ||
        event.data.size() > kHardMaxDataSize ||
        frame - sizeof(std::uint32_t) > RINGCAST_PUBLISH_MAX_LENGTH) {
      error_ = "the event is larger than any server takes";
      return 0;
    }
    if (!Fits(frame)) {
      // Half of the window at once: a wait for every single event would make a batch of each.
      const std::size_t half = options_.window_bytes / 2;
      const auto free = [&] { return Fits(frame) && (frames_.bytes() <= half); };
      if (!WaitUntil(free)) return 0;
    }
    const std::uint64_t request = frames_.Push(channel, event, key);
    gathered_ += frame;
    if (gathered_ >= kSendBatch) {
      gathered_ = 0;
      // A server that is gone is told by the call that has to wait for it.
      (void)Poll(0);
    }
    return request;
  }

  bool Poll(int timeout_ms) {
    fatal_ = false;
    if (!socket_) {
      if (frames_.idle()) return true;
      if (Clock::now() < next_attempt_ || !TryConnect()) return false;
    }
    Exchange(frames_.idle() ? 0 : timeout_ms);
    return static_cast<bool>(socket_) || frames_.idle();
  }

  bool Flush() {
    return WaitUntil([this] { return frames_.idle(); });
  }

  std::size_t unanswered() const { return frames_.count(); }
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t refused() const { return refused_; }
  std::uint64_t reconnects() const { return connects_ > 0 ? connects_ - 1 : 0; }
  const std::string& error() const { return error_; }
  int descriptor() const { return socket_.fd(); }
  bool sending() const { return !frames_.Unsent().empty(); }

 private:
  std::uint8_t version() const {
    return options_.keys == PublisherOptions::Keys::kNone ? RINGCAST_PUBLISH_VERSION
                                                          : RINGCAST_PUBLISH_VERSION_KEYS;
  }

  bool Fits(std::size_t frame) const {
    return frames_.bytes() == 0 || frames_.bytes() + frame <= options_.window_bytes;
  }

  // Works until `done`; false when the server cannot be reached or does not answer in time.
  template <class Done>
  bool WaitUntil(Done done) {
    fatal_ = false;
    last_answer_ = Clock::now();
    Clock::time_point reachable = last_answer_;
    while (!done()) {
      if (!socket_) {
        const milliseconds wait = std::chrono::ceil<milliseconds>(next_attempt_ - Clock::now());
        if (wait.count() > 0) SleepFor(static_cast<int>(wait.count()));
        if (!TryConnect() && Since(reachable).count() >= options_.connect_timeout_ms) return false;
      } else {
        reachable = Clock::now();
        Exchange(std::max(1, options_.answer_timeout_ms - Elapsed()));
      }
      if (fatal_) return false;
      if (Elapsed() >= options_.answer_timeout_ms && !done()) {
        // Not the connection's last error: a server that is there and silent has none.
        if (socket_) Lose("the server does not answer");
        return false;
      }
    }
    return true;
  }

  int Elapsed() const {
    return static_cast<int>(std::min<std::int64_t>(Since(last_answer_).count(), INT_MAX));
  }

  bool TryConnect() {
    Result<Socket> socket = ConnectUnix(options_.socket_path);
    if (!socket.ok()) {
      error_ = socket.error().message;
      BackOff();
      return false;
    }
    std::string hello;
    AppendClientHello(hello, version());
    // A fresh socket's buffer always has room for it.
    const ssize_t sent = send(socket->fd(), hello.data(), hello.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(hello.size())) {
      error_ = "cannot send to " + options_.socket_path + ": " + ErrnoText(errno);
      BackOff();
      return false;
    }
    socket_ = std::move(*socket);
    ++connects_;
    hello_read_ = false;
    answers_.clear();
    return true;
  }

  void BackOff() {
    const int doublings = std::min(failures_, 20);
    const std::uint64_t ceiling =
        std::min<std::uint64_t>(static_cast<std::uint64_t>(options_.max_backoff_ms),
                                static_cast<std::uint64_t>(options_.first_backoff_ms) << doublings);
    ++failures_;
    next_attempt_ = Clock::now() + milliseconds(rng_.Jittered(ceiling, 0.5));
  }

  void Lose(std::string reason) {
    error_ = std::move(reason);
    socket_.Close();
    frames_.Restart();
    BackOff();
  }

  void Fail(std::string reason) {
    fatal_ = true;
    Lose(std::move(reason));
  }

  // Sends and receives what is possible, after waiting up to `timeout_ms` for either.
  void Exchange(int timeout_ms) {
    const short wanted = static_cast<short>(POLLIN | (frames_.Unsent().empty() ? 0 : POLLOUT));
    const short ready = WaitFor(socket_.fd(), wanted, timeout_ms);
    if ((ready & POLLOUT) != 0) Send();
    // After a failed send the server's last words (an error frame) are still there to be read.
    if (socket_ && (ready & ~POLLOUT) != 0) Receive();
    frames_.Compact();
  }

  void Send() {
    for (std::string_view bytes; bytes = frames_.Unsent(), !bytes.empty();) {
      const ssize_t sent =
          send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN) return;
        const int error = errno;
        Receive();
        if (socket_) Lose("cannot send to the server: " + ErrnoText(error));
        return;
      }
      frames_.MarkSent(static_cast<std::size_t>(sent));
    }
  }

  void Receive() {
    while (true) {
      const std::size_t held = answers_.size();
      answers_.resize(held + kReadSize);
      const ssize_t got = recv(socket_.fd(), answers_.data() + held, kReadSize, MSG_DONTWAIT);
      const int error = errno;
      answers_.resize(held + (got > 0 ? static_cast<std::size_t>(got) : 0));
      if (got < 0) {
        if (error == EINTR) continue;
        if (error != EAGAIN) Lose("cannot read from the server: " + ErrnoText(error));
        return;
      }
      if (got == 0) {
        Lose("the server closed the connection");
        return;
      }
      TakeAnswers();
      if (!socket_ || static_cast<std::size_t>(got) < kReadSize) return;
    }
  }

  void TakeAnswers() {
    std::size_t at = 0;
    if (!hello_read_) {
      if (answers_.size() < RINGCAST_PUBLISH_SERVER_HELLO_SIZE) return;
      const std::optional<ServerHello> hello = ReadServerHello(answers_);
      if (!hello) return Fail(options_.socket_path + " is no publish socket");
      if (hello->version != version()) {
        return Fail("the server speaks version " + std::to_string(hello->version) +
                    " of the publish protocol, this program version " + std::to_string(version()));
      }
      hello_read_ = true;
      at = RINGCAST_PUBLISH_SERVER_HELLO_SIZE;
    }
    while (socket_) {
      const AnswerDecoder::Step step = decoder_.Next(std::string_view(answers_).substr(at));
      if (step.status == AnswerDecoder::Status::kNeedMore) break;
      at += step.consumed;
      TakeAnswer(step);
    }
    answers_.erase(0, at);
  }

  void TakeAnswer(const AnswerDecoder::Step& step) {
    switch (step.status) {
      case AnswerDecoder::Status::kAck:
        for (std::size_t i = 0; i < step.count; ++i) {
          if (!PopAnswered(step.request + i)) return;
          char id[kMaxEventIdSize];
          PublishResult result{.request = step.request + i, .accepted = true};
          result.id = {id, FormatEventId(step.id(i), id)};
          ++accepted_;
          if (options_.on_result) options_.on_result(result);
        }
        break;
      case AnswerDecoder::Status::kNack: {
        if (!PopAnswered(step.request)) return;
        PublishResult result{.request = step.request};
        result.code = step.code;
        result.reason = step.text;
        ++refused_;
        if (options_.on_result) options_.on_result(result);
        break;
      }
      case AnswerDecoder::Status::kError: {
        const std::string reason = "the server ended the connection: " + std::string(step.text);
        // The bytes were at fault, and the same bytes would be sent again: no use in going on.
        if (step.code == RINGCAST_PUBLISH_ERROR_LENGTH ||
            step.code == RINGCAST_PUBLISH_ERROR_KIND ||
            step.code == RINGCAST_PUBLISH_ERROR_SEQUENCE) {
          return Fail(reason);
        }
        return Lose(reason);
      }
      case AnswerDecoder::Status::kBroken:
        return Fail(std::string(step.text));
      case AnswerDecoder::Status::kNeedMore:
        break;
    }
  }

  bool PopAnswered(std::uint64_t request) {
    if (!frames_.Pop(request)) {
      Fail("the server answered a request that is not the next one");
      return false;
    }
    last_answer_ = Clock::now();
    failures_ = 0;
    return true;
  }

  const PublisherOptions options_;
  Rng rng_;
  Socket socket_;
  AnswerDecoder decoder_;

  std::string own_keys_;  // the last one that was made; empty: none are

  UnansweredFrames frames_;
  std::size_t gathered_ = 0;  // bytes queued since the last exchange in Publish()
  std::string answers_;       // received and not yet whole
  bool hello_read_ = false;

  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t connects_ = 0;
  int failures_ = 0;  // since the last answer
  Clock::time_point next_attempt_{};
  Clock::time_point last_answer_{};
  bool fatal_ = false;  // trying again would end the same way
  std::string error_;
};

Publisher::Publisher(PublisherOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
Publisher::~Publisher() = default;
bool Publisher::Connect() { return impl_->Connect(); }
std::uint64_t Publisher::Publish(std::string_view channel, std::string_view type,
                                 std::string_view data, std::string_view key) {
  return impl_->Publish(channel, {type, data}, key);
}
bool Publisher::Poll(int timeout_ms) { return impl_->Poll(timeout_ms); }
bool Publisher::Flush() { return impl_->Flush(); }
std::size_t Publisher::unanswered() const { return impl_->unanswered(); }
std::uint64_t Publisher::accepted() const { return impl_->accepted(); }
std::uint64_t Publisher::refused() const { return impl_->refused(); }
std::uint64_t Publisher::reconnects() const { return impl_->reconnects(); }
const std::string& Publisher::error() const { return impl_->error(); }
int Publisher::descriptor() const { return impl_->descriptor(); }
bool Publisher::sending() const { return impl_->sending(); }

}  // namespace ringcast
