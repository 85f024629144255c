// Reads several channels' logs as one stream: frames in the order of their sequences, whichever log
// they lie in, with or without the chunk framing. This is how a stream with many channels, and an
// HTTP/1.0 stream, is sent from the shared bytes; a stream of one channel over HTTP/1.1 needs none
// of it.
//
// A cursor may stand inside a frame of which a part has been sent. Such a frame has the lowest
// sequence of all that is left, since what comes later has a higher one: the merge starts with its
// rest by itself.
//
// With a filter, frames of other types are passed over as if they were not there: no byte of them
// is collected, and the cursors are moved across them. Runs of frames that pass lie next to each
// other and are one piece.
//
// Threads: the shard's.
// Invariants: Collect() and Advance() walk the same frames in the same order; a cursor never stands
// inside a frame that the filter does not let pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "hub/log_view.h"
#include "protocol/event_filter.h"

namespace ringcast {

struct MergeSource {
  const LogView* log = nullptr;
  std::uint64_t cursor = 0;
};

class FrameMerge {
 public:
  // `bare`: without chunk framing, for HTTP/1.0. `filter`: nullptr lets all pass.
  FrameMerge(std::span<MergeSource> sources, bool bare, const EventFilter* filter = nullptr)
      : sources_(sources), bare_(bare), filter_(filter) {}

  struct Collected {
    std::size_t pieces = 0;
    std::size_t bytes = 0;
  };
  // Pieces of what comes next, up to the room in `out` and about `max_bytes` (at least one piece).
  // Cursors stay. Nothing, though there is something ahead: more than kMostSkippedFrames do not
  // pass; Advance(0) moves on.
  Collected Collect(std::span<std::string_view> out, std::size_t max_bytes) const;

  // Moves the cursors over the first `bytes` bytes of what Collect() gives, and across what does
  // not pass and comes right behind. Returns how many frames were completed.
  std::uint64_t Advance(std::size_t bytes);

  // What is left of the frame at a cursor, as it is sent.
  static std::string_view Rest(const FrameAt& frame, std::uint64_t cursor, bool bare);

 private:
  bool Passes(const FrameAt& frame) const {
    return filter_ == nullptr || filter_->Passes(frame.bytes);
  }

  std::span<MergeSource> sources_;
  bool bare_;
  const EventFilter* filter_;
};

}  // namespace ringcast
