// A real redis-server under test: on a UNIX socket and a port of its own, ready when Start()
// returns, killed when the object goes. Commands go over a connection of the test's own.
//
// Threads: one at a time.
// Invariants: the functions that give a value give a good one, or end the test with the reason.
#pragma once

#include <hiredis/hiredis.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/deadline.h"
#include "support/port_lease.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace ringcast::test {

class RedisClient {
 public:
  using Words = std::vector<std::string>;

  explicit RedisClient(std::string socket) : socket_(std::move(socket)) {}

  // A text, a number as text, "" for nil; elements of an array one a line. Connects anew when the
  // connection has gone. An error answer ends the test.
  std::string Command(const Words& words);
  // The same, but gives errors as "-TEXT", and "" when there is no connection.
  std::string Try(const Words& words);
  // XADD with an id of the server's; fields and values by turns.
  std::string Add(const std::string& key, const Words& fields);
  void Disconnect() { context_.reset(); }

 private:
  struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
  };

  std::string socket_;
  std::unique_ptr<redisContext, Free> context_;
};

class RedisServer {
 public:
  using Words = RedisClient::Words;

  // `options`: as on redis-server's command line.
  explicit RedisServer(Words options = {});

  // Starts it again, with the same data if it keeps them.
  void Start();
  // Says nothing of whether it answers: for one that is not to.
  void Launch(const Words& further = {});
  void Kill();
  void Shutdown();  // SIGTERM: it saves what it keeps
  void Pause() { process_->Signal(SIGSTOP); }
  void Continue() { process_->Signal(SIGCONT); }

  std::string socket() const { return directory_.File("r.sock"); }
  std::string unix_url() const { return "unix:" + socket(); }
  std::string tcp_url() const { return "redis://127.0.0.1:" + std::to_string(port_.port()); }
  std::uint16_t port() const { return port_.port(); }
  const TempDir& directory() const { return directory_; }

  // As RedisClient's, over a connection of this object.
  std::string Command(const Words& words) { return client_.Command(words); }
  std::string Try(const Words& words) { return client_.Try(words); }
  std::string Add(const std::string& key, const Words& fields) { return client_.Add(key, fields); }

 private:
  bool Answers();

  TempDir directory_;
  PortLease port_;
  Words options_;
  std::unique_ptr<Process> process_;
  RedisClient client_{directory_.File("r.sock")};
};

}  // namespace ringcast::test
