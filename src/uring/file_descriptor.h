// Two kinds of handle: an ordinary descriptor of the process, owned and closed by UniqueFd, and a
// File, the unowned name of what a ring operation acts on (an ordinary descriptor or a slot of the
// ring's direct table).
//
// Threads: plain values; whoever owns a UniqueFd closes it.
#pragma once

#include <cstdint>
#include <utility>

#include "base/time.h"

namespace ringcast {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset();  // closes

 private:
  int fd_ = -1;
};

// Whether a blocking descriptor takes bytes within so long: then a write of up to PIPE_BUF bytes to
// a pipe, a socket or a terminal does not wait (pipe(7)). A file takes them at any time, and so
// does a descriptor of which the other end is gone: there the write tells.
bool HasRoomWithin(int fd, Millis at_most);

struct File {
  std::int32_t number = -1;
  bool direct = false;

  static File Descriptor(int fd) { return {fd, false}; }
  static File Slot(std::uint32_t slot) { return {static_cast<std::int32_t>(slot), true}; }
};

}  // namespace ringcast
