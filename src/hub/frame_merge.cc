#include "hub/frame_merge.h"

#include <array>

#include "base/check.h"
#include "hub/budget.h"
#include "protocol/sse_encoder.h"

namespace ringcast {
namespace {

// The frame each source is at, while a merge walks.
class Walk {
 public:
  explicit Walk(std::span<const MergeSource> sources) : sources_(sources) {
    RC_CHECK(sources.size() <= at_.size(), "a stream has a bounded number of channels");
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const MergeSource& source = sources[i];
      live_[i] = source.cursor < source.log->head();
      if (live_[i]) at_[i] = source.log->Find(source.cursor);
    }
  }

  // The source with the lowest sequence, or nothing.
  bool Lowest(std::size_t& index) const {
    bool found = false;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (live_[i] && (!found || at_[i].sequence < at_[index].sequence)) {
        index = i;
        found = true;
      }
    }
    return found;
  }

  const FrameAt& At(std::size_t index) const { return at_[index]; }

  void Step(std::size_t index) {
    live_[index] = at_[index].end < sources_[index].log->head();
    if (live_[index]) at_[index] = sources_[index].log->Next(at_[index]);
  }

 private:
  std::span<const MergeSource> sources_;
  std::array<FrameAt, budget::kMaxChannelsPerStream> at_;
  std::array<bool, budget::kMaxChannelsPerStream> live_{};
};

}  // namespace

std::string_view FrameMerge::Rest(const FrameAt& frame, std::uint64_t cursor, bool bare) {
  const std::uint64_t begin = cursor > frame.start ? cursor - frame.start : 0;
  if (!bare) return frame.bytes.substr(begin);
  const std::optional<ChunkView> chunk = ReadChunk(frame.bytes);
  RC_CHECK(chunk.has_value(), "a log holds whole frames");
  const std::uint64_t from = begin > chunk->header ? begin : chunk->header;
  return frame.bytes.substr(from, chunk->header + chunk->block - from);
}

FrameMerge::Collected FrameMerge::Collect(std::span<std::string_view> out,
                                          std::size_t max_bytes) const {
  Collected collected;
  Walk walk(sources_);
  std::size_t index = 0;
  std::uint32_t skipped = 0;
  while (collected.bytes < max_bytes && walk.Lowest(index)) {
    const FrameAt& frame = walk.At(index);
    if (!Passes(frame)) {
      if (++skipped == budget::kMostSkippedFrames) break;
      walk.Step(index);
      continue;
    }
    const std::string_view rest = Rest(frame, sources_[index].cursor, bare_);
    std::string_view* const before = collected.pieces > 0 ? &out[collected.pieces - 1] : nullptr;
    if (before != nullptr && before->data() + before->size() == rest.data()) {
      *before = {before->data(), before->size() + rest.size()};
    } else {
      if (collected.pieces == out.size()) break;
      out[collected.pieces++] = rest;
    }
    collected.bytes += rest.size();
    walk.Step(index);
  }
  return collected;
}

std::uint64_t FrameMerge::Advance(std::size_t bytes) {
  // The walk reads cursors only at its start and in Rest() of a frame not yet passed, so they can
  // be moved as it goes.
  std::uint64_t completed = 0;
  Walk walk(sources_);
  std::size_t index = 0;
  std::uint32_t skipped = 0;
  while ((bytes > 0 || filter_ != nullptr) && walk.Lowest(index)) {
    const FrameAt frame = walk.At(index);
    MergeSource& source = sources_[index];
    if (!Passes(frame)) {
      // What was collected is always moved over, however much lies between.
      if (bytes == 0 && skipped >= budget::kMostSkippedFrames) break;
      ++skipped;
      source.cursor = frame.end;
      walk.Step(index);
      continue;
    }
    if (bytes == 0) break;
    const std::string_view rest = Rest(frame, source.cursor, bare_);
    if (bytes < rest.size()) {
      source.cursor =
          frame.start + static_cast<std::uint64_t>(rest.data() - frame.bytes.data()) + bytes;
      return completed;
    }
    bytes -= rest.size();
    source.cursor = frame.end;
    ++completed;
    walk.Step(index);
  }
  RC_CHECK(bytes == 0, "no more is sent than was collected");
  return completed;
}

}  // namespace ringcast
