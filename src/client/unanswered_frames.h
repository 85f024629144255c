// The publish frames that a publisher has to keep: each from when it is queued until the server has
// answered it, so that a new connection can be given all of them again.
//
// Threads: one at a time.
// Invariants: frames are kept in the order of their requests, which are consecutive. Bytes are
// dropped when they are both sent and answered: the server answers data too large by its header,
// before all of the frame has been sent, and the rest must follow on that connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/event.h"

namespace ringcast {

class UnansweredFrames {
 public:
  // Queues one publish frame and returns its request, from 1 on. REQUIRES: as AppendPublish.
  std::uint64_t Push(std::string_view channel, const Event& event, std::string_view key = {});
  // What Push() will return next.
  std::uint64_t next_request() const { return next_request_; }

  // What is to be sent next; valid until the next call that is not const.
  std::string_view Unsent() const { return std::string_view(bytes_).substr(sent_); }
  // REQUIRES: count <= Unsent().size().
  void MarkSent(std::size_t count) { sent_ += count; }

  // The answer for `request` has come. False when the oldest frame is another one, or not even its
  // header has been sent: then the peer does not speak the protocol.
  bool Pop(std::uint64_t request);

  // The connection is gone: everything without an answer is unsent again.
  void Restart();

  // Frees what is sent and answered. Separate from Pop so that a batch of answers costs one move.
  void Compact();

  std::size_t count() const { return static_cast<std::size_t>(next_request_ - first_request_); }
  // Bytes of frames without an answer.
  std::size_t bytes() const { return bytes_.size() > answered_ ? bytes_.size() - answered_ : 0; }
  // Whether nothing is left to do: every frame answered, and sent to its end.
  bool idle() const { return count() == 0 && sent_ == bytes_.size(); }

 private:
  std::string bytes_;
  std::size_t answered_ = 0;  // the next answer is for the frame that starts here
  std::size_t sent_ = 0;
  std::uint64_t first_request_ = 1;  // of the frame at answered_
  std::uint64_t next_request_ = 1;
};

}  // namespace ringcast
