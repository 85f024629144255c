#include "hub/simulated_shard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "hub/resume.h"

namespace ringcast::test {

SimulatedShard::~SimulatedShard() {
  // A name that the directory has not heard of is still ours.
  for (const ToSequencer& message : up_) {
    if (message.kind == ToSequencer::Kind::kInterest) ChannelNameBlock::Free(message.name);
  }
}

void SimulatedShard::Open(const std::string& name, std::optional<Sequence> seen) {
  // The lowest free index, so that indices are used again as a shard uses its own.
  std::uint32_t index = 0;
  while (channels_.contains(index)) ++index;
  Followed& channel = channels_[index];
  channel.name = name;
  channel.block = ChannelNameBlock::Make(name);
  channel.generation = next_generation_++;
  channel.count = 1;
  channel.seen = seen;
  by_name_[name] = index;
  ToSequencer message;
  message.kind = ToSequencer::Kind::kInterest;
  message.ours = {index, channel.generation};
  message.name = channel.block;
  message.count = channel.count;
  up_.push_back(message);
}

void SimulatedShard::ChangeCount(const std::string& name, std::uint32_t subscribers) {
  Followed& channel = Named(name);
  channel.count = subscribers;
  ToSequencer message;
  message.kind = ToSequencer::Kind::kCount;
  message.channel = channel.theirs;
  message.count = subscribers;
  up_.push_back(message);
}

void SimulatedShard::Read(const std::string& name, std::uint64_t most) {
  Followed& channel = Named(name);
  const std::uint64_t to = std::min(channel.view.head(), channel.cursor + most);
  const std::uint64_t ended = channel.view.CountFrames(channel.cursor, to);
  static const std::vector<PublishedEvent> kNothing;
  const auto found = published_.find(name);
  const auto& events = found == published_.end() ? kNothing : found->second;
  std::uint64_t finished = 0;
  while (channel.cursor < to) {
    std::array<std::string_view, 3> pieces;
    const std::size_t count = channel.view.Gather(channel.cursor, to, pieces);
    ASSERT_GT(count, 0u);
    for (std::size_t i = 0; i < count; ++i) {
      std::string_view bytes = pieces[i];
      channel.cursor += bytes.size();
      while (!bytes.empty()) {
        ASSERT_LT(channel.next, events.size()) << "more than was published to " << name;
        const std::string& frame = events[channel.next].frame;
        const std::size_t part = std::min(bytes.size(), frame.size() - channel.in_frame);
        ASSERT_EQ(bytes.substr(0, part), std::string_view(frame).substr(channel.in_frame, part));
        bytes.remove_prefix(part);
        channel.in_frame += part;
        if (channel.in_frame < frame.size()) continue;
        channel.in_frame = 0;
        ++channel.next;
        ++finished;
      }
    }
  }
  ASSERT_EQ(finished, ended);
  frames_read_ += finished;
}

void SimulatedShard::Progress(const std::string& name) {
  Followed& channel = Named(name);
  if (channel.cursor < channel.spared_from) {
    // What was given up is not held for a reader that is behind: it is told a gap.
    channel.next += channel.view.CountFrames(channel.cursor, channel.spared_from);
    channel.in_frame = 0;
    channel.cursor = channel.spared_from;
    ++gaps_;
  }
  const std::uint64_t needed = std::min(channel.cursor, channel.kept_from);
  channel.view.ReleaseBelow(needed);
  ToSequencer message;
  message.kind = ToSequencer::Kind::kProgress;
  message.channel = channel.theirs;
  message.held_from = channel.view.held_from();
  message.flushed = channel.cursor;
  up_.push_back(message);
}

void SimulatedShard::Leave(const std::string& name) {
  const std::uint32_t index = by_name_.at(name);
  ToSequencer message;
  message.kind = ToSequencer::Kind::kLeave;
  message.channel = channels_.at(index).theirs;
  up_.push_back(message);
  channels_.erase(index);
  by_name_.erase(name);
}

void SimulatedShard::TakeOutbox(Sequence newest) {
  down_.push_back({directory_.outbox(number_), newest});
  directory_.ClearOutbox(number_);
}

void SimulatedShard::DrainLane() {
  while (!down_.empty()) {
    const Commit commit = std::move(down_.front());
    down_.pop_front();
    for (const ToShard& message : commit.messages) Take(message);
    RequireAllUpTo(commit.newest);
  }
}

SimulatedShard::Followed* SimulatedShard::Addressed(const ToShard& message) {
  const auto found = channels_.find(message.channel.index);
  if (found == channels_.end()) return nullptr;
  return found->second.generation == message.channel.generation ? &found->second : nullptr;
}

void SimulatedShard::Take(const ToShard& message) {
  Followed* channel = Addressed(message);
  if (channel == nullptr) return;
  switch (message.kind) {
    case ToShard::Kind::kOpen:
      ASSERT_FALSE(channel->open);
      ASSERT_EQ(message.name->view(), channel->name);
      if (message.name != channel->block) ChannelNameBlock::Free(channel->block);
      channel->block = message.name;
      channel->theirs = message.sequencer_channel;
      channel->view = LogView(message.head);
      channel->opened_at = message.newest;
      break;
    case ToShard::Kind::kState:
      ASSERT_GE(message.head, channel->view.head());
      ASSERT_GE(message.forgotten, channel->forgotten);
      ASSERT_GE(message.kept_from, channel->kept_from);
      ASSERT_LE(message.kept_from, message.head);
      channel->view.Extend(message.from, message.hops, message.frames_in_last, message.head);
      channel->kept_from = message.kept_from;
      channel->forgotten = message.forgotten;
      channel->spared_from = std::max(channel->spared_from, message.spared_from);
      ASSERT_LE(channel->spared_from, channel->kept_from);
      if (!channel->open) {
        channel->open = true;
        Start(*channel);
      }
      break;
    case ToShard::Kind::kEnd:
      ended_.push_back(channel->name);
      break;
    case ToShard::Kind::kSync:
      break;
  }
}

// Where the reader starts, and which of the published events it must get first.
void SimulatedShard::Start(Followed& channel) {
  ResumePoint point;
  if (channel.seen) {
    point.kind = ResumePoint::Kind::kKnown;
    point.sequence = *channel.seen;
  }
  const StreamPosition position =
      PlaceStream(point, channel.view, channel.kept_from, channel.forgotten);
  channel.cursor = position.cursor;
  ASSERT_GE(channel.cursor, channel.view.held_from());
  ASSERT_LE(channel.cursor, channel.view.head());
  // A fresh reader has had, so to speak, everything that was ordered before its channel was opened.
  Sequence had = channel.seen.value_or(channel.opened_at);
  if (position.gap) {
    ++gaps_;
    ASSERT_EQ(*position.gap, GapReason::kExpired);
    ASSERT_GT(position.gap_to, had);
    had = position.gap_to;
  }
  channel.next = EventsUpTo(channel.name, had);
}

std::size_t SimulatedShard::EventsUpTo(const std::string& name, Sequence sequence) const {
  const auto found = published_.find(name);
  if (found == published_.end()) return 0;
  const auto after =
      std::upper_bound(found->second.begin(), found->second.end(), sequence,
                       [](Sequence s, const PublishedEvent& event) { return s < event.sequence; });
  return static_cast<std::size_t>(after - found->second.begin());
}

// A shard knows a prefix of the total order: of every channel it follows all that came before.
void SimulatedShard::RequireAllUpTo(Sequence newest) {
  for (const auto& [index, channel] : channels_) {
    if (!channel.open) continue;
    ASSERT_EQ(channel.next + channel.view.CountFrames(channel.cursor, channel.view.head()),
              EventsUpTo(channel.name, newest))
        << channel.name << " on shard " << number_;
  }
}

bool SimulatedShard::TellOne() {
  if (up_.empty()) return false;
  directory_.Prefetch(up_.front());
  directory_.Receive(number_, up_.front());
  up_.pop_front();
  return true;
}

std::vector<std::string> SimulatedShard::Following() const {
  std::vector<std::string> names;
  for (const auto& [name, index] : by_name_) names.push_back(name);
  return names;
}

bool SimulatedShard::AtHead(const std::string& name) const {
  const Followed& channel = channels_.at(by_name_.at(name));
  return channel.cursor == channel.view.head();
}

}  // namespace ringcast::test
