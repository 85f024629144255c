// Thousands of subscribers in the test's own process: ordinary sockets under one epoll, each read
// by a TextFollower.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "integration/text_follower.h"
#include "support/deadline.h"

namespace ringcast::test {

class SubscriberCrowd {
 public:
  SubscriberCrowd();
  // Resets the connections, so that their ports are free at once.
  ~SubscriberCrowd();
  SubscriberCrowd(const SubscriberCrowd&) = delete;
  SubscriberCrowd& operator=(const SubscriberCrowd&) = delete;

  // Whether this process may hold so many sockets; raises its soft limit as far as needed.
  static bool CanHold(std::size_t sockets);

  // Connects to 127.0.0.1 and asks for the channel, whose events are to be the lines of `text`.
  // Errors: the connection fails.
  Status Add(std::uint16_t port, const std::string& channel, std::string_view text);

  // Reads until all are connected, or all have their whole text. Errors: the deadline, or the first
  // stream that went wrong or ended.
  Status ReadUntilConnected(Deadline deadline);
  Status ReadUntilComplete(Deadline deadline);

  std::size_t size() const { return members_.size(); }
  // Lines of all members.
  std::uint64_t lines() const;

 private:
  struct Member {
    int fd;
    std::string channel;
    TextFollower follower;
    bool counted = false;  // in what is waited for
  };

  template <class IsDone>
  Status ReadUntil(IsDone done, Deadline deadline);
  Status Read(Member& member);

  int epoll_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<char> buffer_;
};

}  // namespace ringcast::test
