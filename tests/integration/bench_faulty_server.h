// A little server of event streams that is no Ringcast and does wrong on purpose: it takes events
// by POST, keeps them all, names them e1, e2, ... and resumes after Last-Event-ID, with a fault
// there if it is told so. It has a thread for each connection.
//
// Threads: made and destroyed by one; its own serve.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ringcast::test {

class FaultyServer {
 public:
  enum class Fault : std::uint8_t {
    kNone,
    kLoses,    // a stream that resumes lacks its first event
    kDoubles,  // a stream that resumes repeats the event after which it resumes
    kMixes,    // every stream gets the events of all channels
    kNoIds,    // events have no id
  };

  explicit FaultyServer(Fault fault);
  ~FaultyServer();
  FaultyServer(const FaultyServer&) = delete;
  FaultyServer& operator=(const FaultyServer&) = delete;

  // With the path of a channel: events go to the streams that have the same path.
  std::string Url(std::string_view path) const;

 private:
  struct Event {
    std::string path;
    std::string data;
  };

  void Accept();
  void Serve(int fd);
  void TakePosts(int fd, std::string received);
  void Stream(int fd, const std::string& head);
  // Waits for the next event of `path` from `at` on, which moves behind it. Empty: it is over.
  std::string NextBlock(const std::string& path, std::size_t& at);

  const Fault fault_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Event> events_;
  std::vector<int> open_;
  bool stopping_ = false;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace ringcast::test
