#include "fuzz/hub_world.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "base/check.h"
#include "base/siphash.h"
#include "hub/budget.h"
#include "protocol/sse_encoder.h"

namespace ringcast::test {
namespace {

constexpr UnixMillis kStart = 1'700'000'000'000;
constexpr HashKey kKey{1, 2};

const HistoryLimits kHistories[] = {
    {.events = 0},  {.events = 1}, {.events = 6, .ticks = 12},
    {.bytes = 900}, {.ticks = 5},  {.events = 40, .bytes = 60'000, .ticks = 200},
};

// Two names that share a bucket of Forgotten, and one that does not.
std::array<std::string, 3> FindNames() {
  std::vector<std::uint64_t> buckets;
  const auto bucket = [](const std::string& name) {
    return (SipHash13(kKey, name) >> 32) & (budget::kForgottenBuckets - 1);
  };
  for (int i = 0;; ++i) {
    const std::string name = "n" + std::to_string(i);
    const auto same = std::find(buckets.begin(), buckets.end(), bucket(name));
    if (same != buckets.end()) {
      return {"n" + std::to_string(same - buckets.begin()), name, "apart"};
    }
    buckets.push_back(bucket(name));
  }
}
const std::array<std::string, 3>& Names() {
  static const std::array<std::string, 3> names = FindNames();
  return names;
}

std::string Text(EventId id) { return std::to_string(id.ms) + "-" + std::to_string(id.number); }

}  // namespace

HubWorld::HubWorld(std::uint8_t history)
    : history_(kHistories[history % std::size(kHistories)]),
      scheme_(kStart, 0x5a5a5),
      wall_(kStart + 1000),
      directory_(scheme_, kKey, history_, kShards, tick_) {
  directory_.SetEndedLifetime(20);
  for (unsigned i = 0; i < kShards; ++i) {
    shards_.push_back(std::make_unique<HubShard>(i, directory_, scheme_, story_));
  }
}

const std::string& HubWorld::Name(std::uint8_t choice) { return Names()[choice % Names().size()]; }

void HubWorld::Publish(const std::string& name, std::uint8_t size, std::uint8_t shape) {
  std::size_t bytes = size < 0xf0 ? size * 3u : (size - 0xefu) * 4000u;
  // Now and then a frame that needs a block of its own size.
  if (size == 0xff && (shape & 0xfc) == 0xfc) bytes = SegmentPool::kLargestBlock + 1;
  std::string data = name + std::to_string(++published_) + std::string(bytes, '.');
  if ((shape & 1) != 0) data += "\r\nnext\n\nlast\r";
  const Event event{(shape & 2) != 0 ? "type" : "", data};
  ChannelDirectory::Published published;
  const Sequence before = directory_.newest();
  if (!directory_.Publish(name, event, {wall_, tick_, 1}, published)) {
    RC_CHECK(directory_.newest() == before, "what is refused has not happened");
    return;
  }
  const Sequence sequence = directory_.newest();
  RC_CHECK(sequence > before && published.id == scheme_.ToId(sequence), "an event has its place");
  story_.Add(name, {.sequence = sequence,
                    .id = Text(published.id),
                    .type = std::string(event.type),
                    .data = data,
                    .frame_bytes = MeasureFrame(published.id, event).frame,
                    .tick = tick_});
  Remember(Text(published.id));
}

void HubWorld::Subscribe(HubShard& shard, std::uint8_t names, bool bare, std::uint8_t id) {
  constexpr std::size_t kMaxStreams = 6;
  if (shard.streams() >= kMaxStreams) return;
  HubShard::Request request;
  for (std::size_t i = 0; i < Names().size(); ++i) {
    if (((1 + names % 7) >> i & 1) != 0) request.names.push_back(Names()[i]);
  }
  request.bare = bare;
  request.twins = {Names()[0], Names()[1]};
  if (id == 255) {
    request.last_event_id = "no id";
  } else if (id == 254) {
    request.last_event_id = Text(scheme_.ToId(directory_.newest() + 1 + names));
  } else if (id == 253) {
    request.last_event_id = std::to_string(kStart - names) + "-1";
  } else if (id > 0 && !ids_.empty()) {
    request.last_event_id = ids_[ids_.size() - 1 - (id - 1u) % ids_.size()];
  }
  shard.Subscribe(request);
}

void HubWorld::ReadAll(HubShard& shard, std::size_t stream) {
  while (shard.Send(stream, SIZE_MAX / 2, 8, SIZE_MAX) > 0) {
  }
}

void HubWorld::Close(HubShard& shard, std::size_t stream) { Remember(shard.Close(stream)); }

void HubWorld::Remember(const std::string& id) {
  if (!id.empty()) ids_.push_back(id);
}

void HubWorld::Tell(HubShard& shard, int messages) {
  while (messages-- > 0) shard.TellOne();
  directory_.TakeRelieved();
}

void HubWorld::PassTime(std::uint32_t ticks, std::uint64_t forward, std::uint64_t back,
                        bool expire) {
  tick_ += ticks;
  wall_ += forward;
  wall_ -= back;
  if (expire) Expire();
}

// A channel that nobody used goes with its history.
void HubWorld::Expire() {
  std::vector<std::string> created;
  for (const std::string& name : Names()) {
    if (directory_.IsCreated(name)) created.push_back(name);
  }
  directory_.Expire(tick_);
  for (const std::string& name : created) {
    if (!directory_.IsCreated(name)) deleted_up_to_[name] = directory_.newest();
  }
}

void HubWorld::Commit() {
  const std::size_t most = directory_.pending_entries();
  directory_.CollectChanges();
  for (unsigned i = 0; i < kShards; ++i) {
    RC_CHECK(directory_.outbox(i).size() <= most, "the size of a batch is foreseen");
  }
  for (auto& shard : shards_) shard->TakeOutbox(directory_.newest());
}

void HubWorld::Settle() {
  for (int round = 0; round < 3; ++round) {
    for (auto& shard : shards_) {
      while (shard->TellOne()) {
      }
    }
    Commit();
    for (auto& shard : shards_) shard->DrainLane();
  }
}

void HubWorld::Delete(const std::string& name) {
  ChannelInfo info;
  const bool there = IsThere(name);
  RC_CHECK(directory_.Delete(name) == there, "what is there can be deleted");
  RC_CHECK(!IsThere(name), "and then it is not there");
  if (directory_.Describe(name, info)) {
    RC_CHECK(info.kept_events == 0, "nothing of it is kept");
  }
  deleted_up_to_[name] = directory_.newest();
}

bool HubWorld::IsThere(const std::string& name) const {
  ChannelInfo info;
  return directory_.Describe(name, info) && info.standing == ChannelStanding::kLive;
}

// With a history of its own, or none said; it may go again by itself.
void HubWorld::Create(const std::string& name, std::uint8_t settings) {
  const bool there = IsThere(name);
  const bool ended = directory_.HasEnded(name);
  ChannelTermsChange change;
  change.unused_timeout = Millis(100 + settings);
  RC_CHECK(directory_.Create(name, (settings & 1) != 0 ? &change : nullptr) == !there,
           "what is there is not made");
  RC_CHECK(IsThere(name) && directory_.IsCreated(name), "and then it is there");
  RC_CHECK(!there || !ended, "what is there has not ended");
  RC_CHECK(!directory_.HasEnded(name), "what begins anew has not ended");
}

void HubWorld::CheckHistory(const std::string& name) {
  ChannelInfo info;
  const auto& events = story_.Of(name);
  const bool there = directory_.Describe(name, info);
  const std::size_t kept = there ? info.kept_events : 0;
  RC_CHECK(kept <= events.size() && kept <= history_.events, "a history has its limit");
  std::uint64_t bytes = 0;
  for (std::size_t i = events.size() - kept; i < events.size(); ++i) {
    bytes += events[i].frame_bytes;
  }
  RC_CHECK(!there || info.kept_bytes == bytes, "what is kept is counted");
  RC_CHECK(bytes <= history_.bytes, "a history has its limit in bytes");
  if (kept > 0) {
    const StoryEvent& oldest = events[events.size() - kept];
    RC_CHECK(Text(info.oldest_kept) == oldest.id, "what is kept is the newest part");
    RC_CHECK(Text(info.newest) == events.back().id, "the newest event is known");
    RC_CHECK(oldest.sequence > deleted_up_to_[name], "what is deleted is not kept");
  }
  if (kept == events.size()) return;
  const StoryEvent& lost = events[events.size() - kept - 1];
  RC_CHECK(!history_.enabled() || lost.sequence <= deleted_up_to_[name] ||
               kept + 1 > history_.events || bytes + lost.frame_bytes > history_.bytes ||
               tick_ - lost.tick >= history_.ticks,
           "nothing is forgotten before it must be");
}

// When time has been told, nothing older than the limit is kept.
void HubWorld::CheckExpired() {
  for (const std::string& name : Names()) {
    CheckHistory(name);
    ChannelInfo info;
    if (!directory_.Describe(name, info) || info.kept_events == 0) continue;
    const auto& events = story_.Of(name);
    const StoryEvent& oldest = events[events.size() - info.kept_events];
    RC_CHECK(tick_ - oldest.tick < history_.ticks, "what is too old is forgotten");
  }
}

void HubWorld::CheckNothingHeldInVain() {
  std::size_t allowed = 0;
  for (const std::string& name : Names()) {
    ChannelInfo info;
    std::uint32_t subscribers = 0;
    for (const auto& shard : shards_) subscribers += shard->SubscribersOf(name);
    const bool there = directory_.Describe(name, info);
    RC_CHECK((there ? info.subscribers : 0) == subscribers, "subscribers are counted");
    RC_CHECK(there == (subscribers > 0 || (there && (info.kept_events > 0 || info.created))),
             "a channel without use is gone");
    // Blocks double and are given back whole: what is kept, and one at each end.
    if (there && info.kept_events > 0) {
      allowed += 2 * info.kept_bytes + 2 * SegmentPool::kLargestBlock;
    }
  }
  RC_CHECK(directory_.log_bytes() <= allowed, "only what is kept is held");
}

void HubWorld::CheckNobodyIsRefused() {
  for (const std::string& name : Names()) {
    const std::uint64_t before = published_;
    const Sequence newest = directory_.newest();
    Publish(name, 0, 0);
    RC_CHECK(published_ > before && directory_.newest() > newest,
             "who has caught up stops no publisher");
  }
}

void HubWorld::Stop() {
  Commit();
  for (auto& shard : shards_) shard->DrainLane();
}

void HubWorld::Finish() {
  for (int round = 0; round < 4; ++round) {
    Expire();
    Settle();
    for (auto& shard : shards_) {
      for (std::size_t i = 0; i < shard->streams(); ++i) ReadAll(*shard, i);
      for (const std::string& name : shard->OpenChannels()) shard->Release(name, UINT64_MAX);
    }
  }
  Settle();
  CheckExpired();
  CheckNothingHeldInVain();
  CheckNobodyIsRefused();
  for (auto& shard : shards_) {
    while (shard->streams() > 0) shard->Close(0);
  }
  Settle();
  for (const std::string& name : Names()) Delete(name);
  Settle();
  RC_CHECK(directory_.channel_count() == 0, "no channel is left");
  RC_CHECK(directory_.log_bytes() == 0, "no byte of a log is left");
  RC_CHECK(directory_.NextExpiry() == UINT32_MAX, "no timer is left");
}

}  // namespace ringcast::test
