// Something that listens where a Redis server should and answers what it is told to: for what no
// real server would say.
//
// Threads: one of its own, on which `answer` is called; Say() from any.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/temp_dir.h"

namespace ringcast::test {

class FalseServer {
 public:
  // The bytes that a command is answered with.
  using Answer = std::function<std::string(const std::vector<std::string>& words)>;

  explicit FalseServer(Answer answer);
  ~FalseServer();
  FalseServer(const FalseServer&) = delete;
  FalseServer& operator=(const FalseServer&) = delete;

  std::string url() const { return "unix:" + directory_.File("r.sock"); }
  void Say(Answer answer);
  std::size_t connections() const;  // so far

 private:
  void Serve();

  TempDir directory_;
  int listener_ = -1;
  int stop_ = -1;
  mutable std::mutex mutex_;
  Answer answer_;
  std::size_t connections_ = 0;
  std::thread thread_;
};

}  // namespace ringcast::test
