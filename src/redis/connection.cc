#include "redis/connection.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

namespace ringcast {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
// How long a wait may overlook the stop flag.
constexpr int kStopCheckMs = 100;

}  // namespace

Status RedisConnection::Open(const RedisOptions& options, const std::atomic<bool>& stop) {
  Close();
  const RedisAddress& address = options.address;
  const int timeout_ms = static_cast<int>(options.connect_timeout.count());
  Result<Socket> socket =
      address.host.empty()
          ? ConnectUnix(address.path)
          : ConnectTcp(address.host, std::to_string(address.port), timeout_ms, &stop);
  if (!socket) return socket.error();
  socket_ = std::move(*socket);

  const Clock::time_point until = Clock::now() + options.connect_timeout;
  if (!options.password_file.empty()) {
    const Result<std::string> password = ReadPassword(options.password_file);
    if (!password) {
      Close();
      return password.error();
    }
    const std::string& user = options.user.empty() ? address.user : options.user;
    const Status agreed = user.empty() ? Agree({"AUTH", *password}, until, stop)
                                       : Agree({"AUTH", user, *password}, until, stop);
    if (!agreed) return agreed;
  }
  if (address.database != 0) {
    const Status agreed = Agree({"SELECT", std::to_string(address.database)}, until, stop);
    if (!agreed) return agreed;
  }
  // Whatever keeps it from serving (LOADING, NOAUTH) is said now.
  return Agree({"PING"}, until, stop);
}

void RedisConnection::Close() {
  socket_.Close();
  unsent_.clear();
  reader_ = RedisReplyReader();
}

Status RedisConnection::Agree(std::initializer_list<std::string_view> words,
                              Clock::time_point until, const std::atomic<bool>& stop) {
  Send(words);
  const std::string command(*words.begin());
  while (is_open()) {
    if (Status written = Write(); !written) return written;
    Result<std::unique_ptr<RedisReply>> reply = Next();
    if (!reply) return reply.error();
    if (*reply) {
      if (!(*reply)->is_error()) return Done{};
      const std::string refused = command + ": " + (*reply)->text;
      Close();
      return Error{refused};
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    // Relaxed: the flag carries no data.
    if (left <= 0 || stop.load(std::memory_order_relaxed)) {
      Close();
      return Error{"gives no answer to " + command};
    }
    const auto events = static_cast<short>(POLLIN | (sending() ? POLLOUT : 0));
    (void)WaitFor(fd(), events, static_cast<int>(std::min<std::int64_t>(left, kStopCheckMs)));
    if (Result<bool> read = Read(); !read) return read.error();
  }
  return Error{"the connection was closed"};
}

void RedisConnection::Send(std::span<const std::string_view> words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* command = nullptr;
  const int size =
      redisFormatCommandArgv(&command, static_cast<int>(words.size()), texts.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  unsent_.append(command, static_cast<std::size_t>(size));
  redisFreeCommand(command);
}

Status RedisConnection::Write() {
  std::size_t sent = 0;
  while (sent < unsent_.size()) {
    const ssize_t count = send(socket_.fd(), unsent_.data() + sent, unsent_.size() - sent,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      const int error = errno;
      socket_.Close();
      return Error{"cannot be written to: " + ErrnoText(error)};
    }
  }
  unsent_.erase(0, sent);
  return Done{};
}

Result<bool> RedisConnection::Read() {
  char bytes[kReadBytes];
  while (true) {
    const ssize_t count = recv(socket_.fd(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count > 0) {
      const Status fed = reader_.Feed({bytes, static_cast<std::size_t>(count)});
      if (fed) return true;
      socket_.Close();
      return fed.error();
    }
    const int error = errno;
    if (count < 0 && error == EINTR) continue;
    if (count < 0 && error == EAGAIN) return false;
    socket_.Close();
    if (count == 0) return Error{"closed the connection"};
    return Error{"cannot be read from: " + ErrnoText(error)};
  }
}

Result<std::unique_ptr<RedisReply>> RedisConnection::Next() {
  Result<std::unique_ptr<RedisReply>> reply = reader_.Next();
  if (!reply) socket_.Close();
  return reply;
}

}  // namespace ringcast
