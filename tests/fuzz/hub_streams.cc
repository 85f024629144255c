// The streams of a HubShard: where they start, what they are sent, what they are told is lost.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "fuzz/hub_shard.h"

namespace ringcast::test {

// Where the stream starts in a channel, and whether that is what the client's id asks for. Gives
// whether a gap is told.
bool HubShard::Place(Stream& stream, std::uint32_t index, const ResumePoint& resume) {
  const Channel& channel = channels_.at(index);
  const StreamPosition position =
      PlaceStream(resume, channel.view, channel.kept_from, channel.forgotten);
  RC_CHECK(position.cursor >= channel.view.held_from() && position.cursor <= channel.view.head(),
           "a stream starts in what is held");
  Sequence had = newest_;
  switch (resume.kind) {
    case ResumePoint::Kind::kKnown: {
      had = resume.sequence;
      if (!position.gap) break;
      RC_CHECK(*position.gap == GapReason::kExpired && position.gap_to > had, "a gap is ahead");
      const auto& twins = stream.request.twins;
      RC_CHECK(story_.Has(channel.name, position.gap_to) || channel.name == twins.first ||
                   channel.name == twins.second,
               "a gap is told in vain only where names share a bucket");
      had = position.gap_to;
      break;
    }
    case ResumePoint::Kind::kRestart:
      RC_CHECK(position.gap == GapReason::kRestart, "what came before the start is lost");
      had = channel.forgotten;
      break;
    case ResumePoint::Kind::kUnknown:
      RC_CHECK(position.gap == GapReason::kUnknownId, "an id that has no place is told");
      break;
    case ResumePoint::Kind::kNone:
    case ResumePoint::Kind::kNotYet:
      RC_CHECK(!position.gap, "a fresh stream has missed nothing");
      break;
  }
  stream.cursors.push_back(position.cursor);
  stream.reader->Follow(channel.name, had);
  return position.gap.has_value();
}

std::size_t HubShard::Send(std::size_t at, std::size_t collect, std::size_t pieces,
                           std::size_t taken) {
  Stream& stream = streams_[at];
  if (!stream.reader) return 0;
  std::array<std::string_view, 8> room;
  const std::span<std::string_view> out(room.data(), std::clamp<std::size_t>(pieces, 1, 8));
  const auto deliver = [&](std::size_t count, std::size_t bytes) {
    for (std::size_t i = 0; i < count && bytes > 0; ++i) {
      const std::string_view piece = out[i].substr(0, bytes);
      stream.reader->TakeBytes(piece);
      bytes -= piece.size();
    }
  };
  std::size_t sent = 0;
  if (stream.channels.size() == 1 && !stream.request.bare) {
    const LogView& view = channels_.at(stream.channels[0]).view;
    std::uint64_t& cursor = stream.cursors[0];
    const std::uint64_t to = std::min(view.head(), cursor + collect);
    const std::size_t count = view.Gather(cursor, to, out);
    for (std::size_t i = 0; i < count; ++i) sent += out[i].size();
    RC_CHECK(sent == to - cursor || count == out.size(), "pieces cover what fits them");
    sent = std::min(sent, taken);
    stream.frames += view.CountFrames(cursor, cursor + sent);
    deliver(count, sent);
    cursor += sent;
  } else {
    std::vector<MergeSource> sources;
    for (std::size_t i = 0; i < stream.channels.size(); ++i) {
      sources.push_back({&channels_.at(stream.channels[i]).view, stream.cursors[i]});
    }
    FrameMerge merge(sources, stream.request.bare);
    const FrameMerge::Collected collected = merge.Collect(out, std::max<std::size_t>(collect, 1));
    sent = std::min(collected.bytes, taken);
    stream.frames += merge.Advance(sent);
    deliver(collected.pieces, sent);
    for (std::size_t i = 0; i < sources.size(); ++i) stream.cursors[i] = sources[i].cursor;
  }
  CheckCaughtUp(stream);
  return sent;
}

void HubShard::CheckCaughtUp(const Stream& stream) const {
  for (std::size_t i = 0; i < stream.channels.size(); ++i) {
    if (stream.cursors[i] < channels_.at(stream.channels[i]).view.head()) return;
  }
  stream.reader->RequireAllUpTo(newest_);
  RC_CHECK(stream.frames == stream.reader->events(), "each frame is counted when it is complete");
}

std::string HubShard::Close(std::size_t at) {
  const Stream closed = std::move(streams_[at]);
  streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(at));
  for (const std::uint32_t index : closed.channels) Count(index);
  return closed.reader ? closed.reader->last_event_id() : std::string();
}

void HubShard::Release(const std::string& name, std::uint64_t backlog) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || !channels_.at(found->second).open) return;
  const std::uint32_t index = found->second;
  Channel& channel = channels_.at(index);
  const std::uint64_t head = channel.view.head();
  const std::uint64_t backlog_from = head > backlog ? head - backlog : 0;
  std::uint64_t needed = std::min(head, channel.kept_from);
  std::uint64_t slowest = head;
  const auto for_each_cursor = [&](auto&& fn) {
    for (Stream& stream : streams_) {
      if (!stream.reader) continue;
      for (std::size_t i = 0; i < stream.channels.size(); ++i) {
        if (stream.channels[i] == index) fn(stream, i);
      }
    }
  };
  for_each_cursor([&](Stream& stream, std::size_t i) {
    slowest = std::min(slowest, stream.cursors[i]);
    if (stream.cursors[i] >= backlog_from) needed = std::min(needed, stream.cursors[i]);
  });
  const std::uint64_t held_after = channel.view.HeldFromAfterRelease(needed);
  for_each_cursor([&](Stream& stream, std::size_t i) {
    if (stream.cursors[i] < held_after) TellSlow(stream, i, held_after);
  });
  channel.view.ReleaseBelow(needed);
  RC_CHECK(channel.view.held_from() == held_after, "a release is foreseen");
  channel.reported = std::max(channel.reported, slowest);
  ToSequencer progress;
  progress.kind = ToSequencer::Kind::kProgress;
  progress.channel = channel.theirs;
  progress.held_from = channel.view.held_from();
  progress.flushed = channel.reported;
  up_.push_back(progress);
}

// The rest of an event that is under way is sent first, whatever comes next.
void HubShard::FinishCutEvent(Stream& stream) {
  for (std::size_t i = 0; i < stream.channels.size(); ++i) {
    const LogView& view = channels_.at(stream.channels[i]).view;
    if (stream.cursors[i] == view.head()) continue;
    const FrameAt frame = view.Find(stream.cursors[i]);
    if (stream.cursors[i] == frame.start) continue;
    stream.reader->TakeBytes(FrameMerge::Rest(frame, stream.cursors[i], stream.request.bare));
    ++stream.frames;
    stream.cursors[i] = frame.end;
  }
}

void HubShard::TellSlow(Stream& stream, std::size_t at, std::uint64_t new_cursor) {
  const Channel& channel = channels_.at(stream.channels[at]);
  FinishCutEvent(stream);
  if (stream.cursors[at] >= new_cursor) return;
  const Sequence had = channel.view.SequenceBefore(stream.cursors[at]);
  RC_CHECK(had == 0 || had <= stream.reader->had(channel.name), "a gap begins where reading ended");
  stream.reader->TakeGap(channel.name, channel.view.SequenceBefore(new_cursor));
  stream.cursors[at] = new_cursor;
}

}  // namespace ringcast::test
