// A channel's log and a reader's view of it, kept together as sequencer and shard keep theirs, and
// a plain list of all frames to compare with.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/channel_log.h"
#include "hub/log_view.h"

namespace ringcast::test {

class LoggedChannel {
 public:
  struct Frame {
    Sequence sequence;
    std::uint64_t start;
    std::uint64_t end;
    std::string bytes;
  };

  explicit LoggedChannel(SegmentPool& pool, std::uint64_t start = 0)
      : pool_(pool), log_(start), view_(start) {}
  ~LoggedChannel() { log_.Clear(pool_); }
  LoggedChannel(const LoggedChannel&) = delete;
  LoggedChannel& operator=(const LoggedChannel&) = delete;

  // Appends a frame that the view does not know of yet.
  void Append(Sequence sequence, std::string bytes) {
    const std::uint64_t start = log_.head();
    const Segment* const last_before = log_.last();
    std::memcpy(log_.Append(pool_, sequence, 0, static_cast<std::uint32_t>(bytes.size())),
                bytes.data(), bytes.size());
    frames_.push_back({sequence, start, log_.head(), std::move(bytes)});
    if (from_ == nullptr) {
      from_ = log_.last();
    } else if (log_.last() != last_before) {
      ++hops_;
    }
  }

  // Tells the view of everything appended.
  void Tell() {
    if (from_ == nullptr) return;
    view_.Extend(std::exchange(from_, nullptr), std::exchange(hops_, 0), log_.last()->frames,
                 log_.head());
    told_ = frames_.size();
  }

  // The reader needs nothing below `position`: lets go of it on both sides.
  bool ReleaseBelow(std::uint64_t position) {
    const bool let_go = view_.ReleaseBelow(position);
    log_.TrimAll();
    log_.Release(pool_, view_.held_from());
    return let_go;
  }

  const LogView& view() const { return view_; }
  const std::vector<Frame>& frames() const { return frames_; }
  // Those the view knows of and can read.
  std::vector<Frame> Readable() const {
    std::vector<Frame> readable;
    for (std::size_t i = 0; i < told_; ++i) {
      if (frames_[i].start >= view_.held_from()) readable.push_back(frames_[i]);
    }
    return readable;
  }

 private:
  SegmentPool& pool_;
  ChannelLog log_;
  LogView view_;
  std::vector<Frame> frames_;
  std::size_t told_ = 0;
  const Segment* from_ = nullptr;
  std::uint32_t hops_ = 0;
};

}  // namespace ringcast::test
