#include "fuzz/hub_shard.h"

#include <algorithm>

#include "base/check.h"

namespace ringcast::test {

HubShard::~HubShard() {
  // A name that the directory has not heard of is still ours.
  for (const ToSequencer& message : up_) {
    if (message.kind == ToSequencer::Kind::kInterest) ChannelNameBlock::Free(message.name);
  }
}

void HubShard::Subscribe(const Request& request) {
  Stream& stream = streams_.emplace_back();
  stream.request = request;
  for (const std::string& name : request.names) {
    const auto found = by_name_.find(name);
    stream.channels.push_back(found != by_name_.end() ? found->second : OpenChannel(name));
  }
  for (const std::uint32_t index : stream.channels) Count(index);
  StartWhatCan();
}

std::uint32_t HubShard::OpenChannel(const std::string& name) {
  // The lowest free index, so that indices are used again as a shard uses its own.
  std::uint32_t index = 0;
  while (channels_.contains(index)) ++index;
  Channel& channel = channels_[index];
  channel.name = name;
  channel.block = ChannelNameBlock::Make(name);
  channel.generation = next_generation_++;
  channel.count = 1;
  by_name_[name] = index;
  ToSequencer interest;
  interest.kind = ToSequencer::Kind::kInterest;
  interest.ours = {index, channel.generation};
  interest.name = channel.block;
  interest.count = channel.count;
  up_.push_back(interest);
  return index;
}

// Tells how many streams the channel has; the last one takes the channel along.
void HubShard::Count(std::uint32_t index) {
  Channel& channel = channels_.at(index);
  if (!channel.open) return;
  const std::uint32_t count = SubscribersOf(channel.name);
  if (count == 0) return CloseUnused(index);
  if (count == channel.count) return;
  channel.count = count;
  ToSequencer message;
  message.kind = ToSequencer::Kind::kCount;
  message.channel = channel.theirs;
  message.count = count;
  up_.push_back(message);
}

void HubShard::CloseUnused(std::uint32_t index) {
  const Channel& channel = channels_.at(index);
  ToSequencer leave;
  leave.kind = ToSequencer::Kind::kLeave;
  leave.channel = channel.theirs;
  up_.push_back(leave);
  by_name_.erase(channel.name);
  channels_.erase(index);
}

std::uint32_t HubShard::SubscribersOf(const std::string& name) const {
  std::uint32_t count = 0;
  for (const Stream& stream : streams_) {
    const auto& names = stream.request.names;
    count += std::count(names.begin(), names.end(), name) > 0 ? 1 : 0;
  }
  return count;
}

std::vector<std::string> HubShard::OpenChannels() const {
  std::vector<std::string> names;
  for (const auto& [index, channel] : channels_) {
    if (channel.open) names.push_back(channel.name);
  }
  return names;
}

void HubShard::TakeOutbox(Sequence newest) {
  down_.push_back({directory_.outbox(number_), newest});
  directory_.ClearOutbox(number_);
}

void HubShard::DrainLane() {
  while (!down_.empty()) {
    const Commit commit = std::move(down_.front());
    down_.pop_front();
    for (const ToShard& message : commit.messages) Take(message);
    newest_ = std::max(newest_, commit.newest);
    StartWhatCan();
  }
}

bool HubShard::TellOne() {
  if (up_.empty()) return false;
  directory_.Receive(number_, up_.front());
  up_.pop_front();
  return true;
}

HubShard::Channel* HubShard::Addressed(const ToShard& message) {
  const auto found = channels_.find(message.channel.index);
  if (found == channels_.end()) return nullptr;
  return found->second.generation == message.channel.generation ? &found->second : nullptr;
}

void HubShard::Take(const ToShard& message) {
  Channel* const channel = Addressed(message);
  switch (message.kind) {
    case ToShard::Kind::kOpen:
      RC_CHECK(channel != nullptr && !channel->open, "a channel is kept until it is opened");
      RC_CHECK(message.name->view() == channel->name, "a channel has one name");
      if (message.name != channel->block) ChannelNameBlock::Free(channel->block);
      channel->block = message.name;
      channel->theirs = message.sequencer_channel;
      channel->view = LogView(message.head);
      break;
    case ToShard::Kind::kState:
      if (channel == nullptr) return;
      RC_CHECK(message.head >= channel->view.head() && message.forgotten >= channel->forgotten &&
                   message.kept_from >= channel->kept_from && message.kept_from <= message.head,
               "a channel's state only grows");
      channel->view.Extend(message.from, message.hops, message.frames_in_last, message.head);
      channel->kept_from = message.kept_from;
      channel->forgotten = message.forgotten;
      if (!channel->open) channel->reported = channel->view.head();
      channel->open = true;
      break;
    case ToShard::Kind::kEnd:
      if (channel == nullptr) return;
      // Its streams end, wherever they are.
      for (const std::string name = channel->name; SubscribersOf(name) > 0;) {
        std::size_t at = 0;
        while (std::count(streams_[at].request.names.begin(), streams_[at].request.names.end(),
                          name) == 0) {
          ++at;
        }
        Close(at);
      }
      break;
    case ToShard::Kind::kSync:
      newest_ = std::max(newest_, message.newest);
      for (Stream& stream : streams_) stream.synced |= stream.waits_for_sync;
      break;
  }
}

void HubShard::StartWhatCan() {
  // A channel whose streams went before it was open is closed now.
  for (const std::string& name : OpenChannels()) Count(by_name_.at(name));
  for (Stream& stream : streams_) {
    if (!stream.reader) TryStart(stream);
  }
}

bool HubShard::TryStart(Stream& stream) {
  for (const std::uint32_t index : stream.channels) {
    if (!channels_.at(index).open) return false;
  }
  const ResumePoint resume =
      PlaceResume(scheme_, stream.request.last_event_id, newest_, stream.synced);
  if (resume.kind == ResumePoint::Kind::kNotYet) {
    if (stream.waits_for_sync) return false;
    stream.waits_for_sync = true;
    ToSequencer sync;
    sync.kind = ToSequencer::Kind::kSync;
    up_.push_back(sync);
    return false;
  }
  stream.reader = std::make_unique<HubReader>(story_, stream.request.bare);
  bool any_gap = false;
  for (const std::uint32_t index : stream.channels) any_gap |= Place(stream, index, resume);
  const StreamStart start = DescribeStart(resume, any_gap);
  RC_CHECK((start == StreamStart::kGap) == any_gap, "a gap is told at the start");
  RC_CHECK(any_gap || (start == StreamStart::kResumed) == (resume.kind != ResumePoint::Kind::kNone),
           "who brings an id is resumed");
  return true;
}

}  // namespace ringcast::test
