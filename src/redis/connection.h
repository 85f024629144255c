// One connection to a Redis server: connects, says who it is, sends commands and reads replies.
// hiredis knows the protocol; reading, writing and waiting are done here, so that nothing waits
// without an end and no bytes of a server that is none can end the daemon.
//
// Threads: the source's.
// Invariants: after an error the connection is closed, and is to be opened anew.
#pragma once

#include <atomic>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/socket.h"
#include "config/redis_options.h"
#include "redis/reply.h"

namespace ringcast {

class RedisConnection {
 public:
  // Connects, authenticates and selects the database; returns when the server answers PING. Waits
  // at most the connect timeout for each of it; gives up when `stop` turns true.
  Status Open(const RedisOptions& options, const std::atomic<bool>& stop);
  void Close();
  bool is_open() const { return static_cast<bool>(socket_); }

  // Queues a command; Exchange() sends it.
  void Send(std::span<const std::string_view> words);
  void Send(std::initializer_list<std::string_view> words) {
    Send(std::span(words.begin(), words.size()));
  }

  int fd() const { return socket_.fd(); }
  bool sending() const { return !unsent_.empty(); }

  // Sends what the server takes now.
  Status Write();
  // Reads what is there now; Next() gives it. True when there were bytes.
  Result<bool> Read();
  // The next whole reply; null when it is still on its way.
  Result<std::unique_ptr<RedisReply>> Next();

  // After an error: whether it was a value too large to be read, and what came before it.
  bool too_large() const { return reader_.too_large(); }
  std::unique_ptr<RedisReply> TakePartial() { return reader_.TakePartial(); }

 private:
  using Clock = std::chrono::steady_clock;
  // Sends a command that the server must agree to.
  Status Agree(std::initializer_list<std::string_view> words, Clock::time_point until,
               const std::atomic<bool>& stop);

  Socket socket_;
  std::string unsent_;
  RedisReplyReader reader_;
};

}  // namespace ringcast
