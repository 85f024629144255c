#include "hub/channel_directory.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"
#include "base/prefetch.h"
#include "hub/budget.h"
#include "protocol/sse_encoder.h"

namespace ringcast {

ChannelDirectory::ChannelDirectory(IdScheme scheme, HashKey hash_key, HistoryLimits history,
                                   unsigned shards, std::uint32_t now_tick)
    : order_(scheme),
      hash_key_(hash_key),
      history_(history),
      wheel_(ExpiryLinks{&logs_}, now_tick),
      unused_(UnusedLinks{&creations_}, now_tick),
      ended_(hash_key),
      now_tick_(now_tick),
      outboxes_(shards) {
  MakeTerms();
}

ChannelDirectory::~ChannelDirectory() {
  for (std::uint32_t i = 0; i < channels_.capacity(); ++i) {
    if (!channels_.in_use(i)) continue;
    ChannelNameBlock::Free(channels_[i].name);
    if (channels_[i].log != kNoIndex) logs_[channels_[i].log].log.Clear(pool_);
  }
}

std::uint32_t ChannelDirectory::Find(std::string_view name, std::uint64_t hash) const {
  return names_.Find(hash, [&](std::uint32_t i) { return channels_[i].name->view() == name; });
}

// The place of what a channel may have missed that comes into being now: before all that follows.
Sequence ChannelDirectory::Doubt(std::string_view name) {
  // The clock does not matter: whatever was lost, it was before the next event.
  return doubtful_ && doubtful_(name) ? order_.Next(0) : 0;
}

std::uint32_t ChannelDirectory::Insert(ChannelNameBlock* name, std::uint64_t hash, Sequence doubt) {
  const std::uint32_t index = channels_.Allocate();
  Channel& channel = channels_[index];
  channel.name = name;
  channel.forgotten = std::max(forgotten_.Newest(hash), doubt);
  channel.generation = next_generation_++;
  channel.only.shard = kNobody;
  NoteRule(index);
  names_.Insert(hash, index);
  return index;
}

void ChannelDirectory::Drop(std::uint32_t index) {
  Channel& channel = channels_[index];
  const std::uint64_t hash = Hash(channel.name->view());
  // What it had is forgotten from here on, whether it was kept or never stored.
  forgotten_.Note(hash, std::max(channel.forgotten, channel.newest));
  if (channel.log != kNoIndex) {
    StoredLog& stored = logs_[channel.log];
    wheel_.Cancel(channel.log);
    stored.log.Clear(pool_);
    logs_.Free(channel.log);
  }
  names_.Erase(hash, index);
  ChannelNameBlock::Free(channel.name);
  channels_.Free(index);
}

void ChannelDirectory::DropIfUnused(std::uint32_t index) {
  Channel& channel = channels_[index];
  if (channel.only.shard != kNobody || channel.dirty != kNoIndex) return;
  if (channel.created) return;
  if (channel.log != kNoIndex && logs_[channel.log].log.kept_events() > 0) return;
  Drop(index);
}

ChannelDirectory::StoredLog& ChannelDirectory::LogOf(std::uint32_t index) {
  Channel& channel = channels_[index];
  if (channel.log == kNoIndex) {
    channel.log = logs_.Allocate();
    logs_[channel.log].log = ChannelLog(channel.head, channel.log);
    logs_[channel.log].channel = index;
  }
  return logs_[channel.log];
}

ChannelDirectory::Dirty& ChannelDirectory::MarkDirty(std::uint32_t index) {
  Channel& channel = channels_[index];
  if (channel.dirty == kNoIndex) {
    channel.dirty = static_cast<std::uint32_t>(dirty_.size());
    dirty_.push_back({index, nullptr, 0, 0});
  }
  return dirty_[channel.dirty];
}

void ChannelDirectory::AppendFrame(std::uint32_t index, Sequence sequence, EventId id,
                                   const Event& event, const Moment& moment) {
  Channel& channel = channels_[index];
  ChannelLog& log = LogOf(index).log;
  const FrameSize size = MeasureFrame(id, event);
  const Segment* const last_before = log.last();
  EncodeFrame(id, event, size, log.Append(pool_, sequence, moment.tick, size.frame));
  channel.head = log.head();

  Dirty& dirty = MarkDirty(index);
  if (dirty.from == nullptr) {
    dirty.from = log.last();
    dirty.published_ns = moment.monotonic_ns;
  } else if (log.last() != last_before) {
    ++dirty.hops;
  }
}

bool ChannelDirectory::Publish(std::string_view name, const Event& event, const Moment& moment,
                               Published& published) {
  const std::uint64_t hash = Hash(name);
  std::uint32_t index = Find(name, hash);
  const bool live = index != kNoIndex && channels_[index].standing == ChannelStanding::kLive;
  if (!live && TermsByName(name).strict) {
    published.unknown_channel = true;
    return true;
  }
  if (index != kNoIndex && Congested(channels_[index])) return false;
  if (OverMemory()) {
    over_memory_ = true;
    return false;
  }
  const Sequence doubt = index == kNoIndex ? Doubt(name) : 0;
  const Sequence sequence = order_.Next(moment.wall);
  published = {order_.scheme().ToId(sequence), 0, false};
  if (!live) ended_.Forget(name);
  if (index == kNoIndex) {
    if (!TermsByName(name).history.enabled()) {
      forgotten_.Note(hash, sequence);
      return true;
    }
    index = Insert(ChannelNameBlock::Make(name), hash, doubt);
  }
  Channel& channel = channels_[index];
  channel.standing = ChannelStanding::kLive;
  now_tick_ = std::max(now_tick_, moment.tick);  // no event is newer than now
  NoteUse(index, moment.tick);
  channel.newest = sequence;
  published.subscribers = channel.subscribers;
  AppendFrame(index, sequence, published.id, event, moment);
  Trim(index, moment.tick);
  GiveUpOldest();
  return true;
}

// One step at a time over all names: each step asks for what the next one reads, and while one name
// waits for memory so do the others.
void ChannelDirectory::Prefetch(std::span<const std::string_view> names) const {
  RC_CHECK(names.size() <= kLookAhead, "a look ahead is bounded");
  std::array<std::uint64_t, kLookAhead> hashes;
  std::array<std::uint32_t, kLookAhead> found;
  std::size_t count = 0;
  for (const std::string_view name : names) {
    hashes[count] = Hash(name);
    names_.Prefetch(hashes[count++]);
  }
  std::size_t known = 0;
  for (std::size_t i = 0; i < count; ++i) {
    // Another channel with the same hash bits would only be a wasted look.
    const std::uint32_t index = names_.Find(hashes[i], [](std::uint32_t) { return true; });
    if (index == kNoIndex) continue;
    ringcast::Prefetch(channels_[index]);
    found[known++] = index;
  }
  for (std::size_t i = 0; i < known; ++i) {
    const Channel& channel = channels_[found[i]];
    __builtin_prefetch(channel.name);
    if (channel.log != kNoIndex) ringcast::Prefetch(logs_[channel.log]);
  }
  const auto log_of = [this](std::uint32_t index) -> const ChannelLog* {
    const std::uint32_t log = channels_[index].log;
    return log == kNoIndex ? nullptr : &logs_[log].log;
  };
  for (std::size_t i = 0; i < known; ++i) {
    if (const ChannelLog* log = log_of(found[i])) __builtin_prefetch(log->last(), 1);
  }
  for (std::size_t i = 0; i < known; ++i) {
    if (const ChannelLog* log = log_of(found[i])) log->PrefetchEnd();
  }
}

void ChannelDirectory::Prefetch(const ToSequencer& message) const {
  using Kind = ToSequencer::Kind;
  if (message.kind == Kind::kInterest || message.kind == Kind::kSync) return;
  if (!channels_.in_use(message.channel.index)) return;
  ringcast::Prefetch(channels_[message.channel.index]);
}

// While the logs take more than they may, the oldest segment of all is given up, whosever it is:
// each was made once, so this costs an event no more than its own share. A segment that a shard
// holds is there until the shard has heard of it.
void ChannelDirectory::GiveUpOldest() {
  while (MayGiveUp() && pending_entries() < 2 * budget::kBatchShare + budget::kGiveUpShare) {
    Segment* const segment = pool_.oldest();
    StoredLog& stored = logs_[segment->owner];
    const std::uint32_t index = stored.channel;
    Channel& channel = channels_[index];
    const std::uint32_t kept_before = stored.log.kept_events();
    const Sequence forgotten = stored.log.GiveUp(pool_, segment);
    given_up_events_ += kept_before - stored.log.kept_events();
    if (forgotten != 0) channel.forgotten = forgotten;
    if (channel.only.shard != kNobody || channel.dirty != kNoIndex) {
      MarkDirty(index);
      ReleaseUnheld(index);
    } else {
      ReleaseUnheld(index);
      DropIfUnused(index);
    }
  }
}

bool ChannelDirectory::MayGiveUp() const {
  return pool_.bytes_in_use() - pool_.bytes_leaving() > history_.memory &&
         pool_.oldest() != nullptr;
}

bool ChannelDirectory::OverMemory() const {
  return history_.memory != UINT64_MAX &&
         pool_.bytes_in_use() > history_.memory + history_.memory_slack;
}

bool ChannelDirectory::TakeRelieved() {
  if (over_memory_ && !OverMemory()) {
    over_memory_ = false;
    relieved_ = true;
  }
  return std::exchange(relieved_, false);
}

void ChannelDirectory::Trim(std::uint32_t index, std::uint32_t now_tick) {
  Channel& channel = channels_[index];
  if (channel.log == kNoIndex) return;
  const Sequence forgotten = logs_[channel.log].log.Trim(TermsOf(index).history, now_tick);
  if (forgotten != 0) channel.forgotten = forgotten;
}

bool ChannelDirectory::Congested(Channel& channel) {
  if (channel.only.shard == kNobody) return false;
  std::uint64_t slowest = channel.head;
  ForEachInterest(channel,
                  [&](const Interest& interest) { slowest = std::min(slowest, interest.flushed); });
  const bool congested = channel.head - slowest >= budget::kFlowWindowBytes;
  channel.congested = congested;
  return congested;
}

// All of a channel's history, at once.
void ChannelDirectory::ForgetAll(std::uint32_t index) {
  Channel& channel = channels_[index];
  if (channel.log == kNoIndex) return;
  const Sequence forgotten = logs_[channel.log].log.TrimAll();
  if (forgotten != 0) channel.forgotten = forgotten;
  wheel_.Cancel(channel.log);
}

void ChannelDirectory::Push(unsigned shard, const ToShard& message) {
  outboxes_[shard].push_back(message);
  largest_outbox_ = std::max(largest_outbox_, outboxes_[shard].size());
}

void ChannelDirectory::ClearOutbox(unsigned shard) {
  outboxes_[shard].clear();
  largest_outbox_ = 0;
  for (const auto& outbox : outboxes_) largest_outbox_ = std::max(largest_outbox_, outbox.size());
}

ToShard ChannelDirectory::StateOf(const Channel& channel) const {
  ToShard state;
  state.kind = ToShard::Kind::kState;
  state.standing = channel.standing;
  state.head = channel.head;
  state.forgotten = channel.forgotten;
  state.newest = channel.newest;
  state.kept_from = channel.head;
  if (channel.log != kNoIndex) {
    const ChannelLog& log = logs_[channel.log].log;
    state.kept_from = log.kept_from();
    state.spared_from = log.spared_from();
    if (log.last() != nullptr) state.frames_in_last = log.last()->frames;
  }
  return state;
}

void ChannelDirectory::CollectChanges() {
  for (const Dirty& dirty : dirty_) {
    Channel& channel = channels_[dirty.channel];
    channel.dirty = kNoIndex;
    ToShard state = StateOf(channel);
    RC_CHECK(dirty.hops <= std::numeric_limits<std::uint16_t>::max(), "a batch is bounded");
    state.from = dirty.from;
    state.hops = static_cast<std::uint16_t>(dirty.hops);
    state.published_ns = dirty.published_ns;
    ForEachInterest(channel, [&](const Interest& interest) {
      state.channel = interest.theirs;
      Push(interest.shard, state);
    });
    ReleaseUnheld(dirty.channel);
    ScheduleExpiry(dirty.channel);
    DropIfUnused(dirty.channel);
  }
  dirty_.clear();
}

void ChannelDirectory::ReleaseUnheld(std::uint32_t index) {
  Channel& channel = channels_[index];
  if (channel.log == kNoIndex) return;
  ChannelLog& log = logs_[channel.log].log;
  std::uint64_t held_from = channel.head;
  ForEachInterest(channel, [&](const Interest& interest) {
    held_from = std::min(held_from, interest.held_from);
  });
  log.Release(pool_, held_from);
  if (log.empty()) {
    wheel_.Cancel(channel.log);
    logs_.Free(channel.log);
    channel.log = kNoIndex;
  }
}

void ChannelDirectory::ScheduleExpiry(std::uint32_t index) {
  Channel& channel = channels_[index];
  if (channel.log == kNoIndex) return;
  const StoredLog& stored = logs_[channel.log];
  if (stored.log.kept_events() == 0) return;
  // Armed once for the oldest event; when it fires it is armed again for what is the oldest then.
  if (stored.expiry.armed()) return;
  const std::uint32_t ticks = TermsOf(index).history.ticks;
  if (ticks == HistoryLimits{}.ticks) return;
  wheel_.Schedule(channel.log, stored.log.oldest_tick() + ticks);
}

void ChannelDirectory::SetHistory(const HistoryLimits& history) {
  history_ = history;
  MakeTerms();
  next_trimmed_ = 0;
}

void ChannelDirectory::SetRules(ChannelRules rules) {
  // Of those that still had their turn to come, none must have a rule from two changes ago.
  for (; trimming(); ++next_trimmed_) {
    if (channels_.in_use(next_trimmed_)) NoteRule(next_trimmed_);
  }
  rules_ = std::move(rules);
  odd_rules_ = !odd_rules_;
  MakeTerms();
  next_trimmed_ = 0;
}

// Brings some more channels within bounds that are new; returns how many of them have changed. One
// that is made meanwhile has the new bounds from its start.
std::size_t ChannelDirectory::TrimSlice(std::uint32_t now_tick) {
  const std::size_t dirty_before = dirty_.size();
  const std::uint32_t cost = 1 + rules_.size() / 16u;  // of a look, that at the rules included
  for (std::uint32_t looked_at = 0; trimming() && looked_at < budget::kTrimsPerTick &&
                                    dirty_.size() - dirty_before < budget::kBatchShare / 2;
       looked_at += cost, ++next_trimmed_) {
    if (channels_.in_use(next_trimmed_)) FollowTerms(next_trimmed_, now_tick);
  }
  if (!trimming()) next_trimmed_ = kNoIndex;
  return dirty_.size() - dirty_before;
}

// What holds for the channel has changed.
void ChannelDirectory::FollowTerms(std::uint32_t index, std::uint32_t now_tick) {
  Channel& channel = channels_[index];
  NoteRule(index);
  ScheduleUnused(index);
  if (channel.log == kNoIndex) return;
  const Sequence before = channel.forgotten;
  Trim(index, now_tick);
  wheel_.Cancel(channel.log);  // it was armed for the age before
  if (channel.forgotten != before) {
    MarkDirty(index);
  } else {
    ScheduleExpiry(index);
  }
}

void ChannelDirectory::BeginDoubt(std::function<bool(std::string_view name)> doubtful) {
  doubtful_ = std::move(doubtful);
}

void ChannelDirectory::EndDoubt(const Moment& moment) {
  doubtful_ = nullptr;
  forgotten_.NoteAll(order_.Next(moment.wall));
}

void ChannelDirectory::Expire(std::uint32_t now_tick) {
  now_tick_ = now_tick;
  const std::size_t trimmed = TrimSlice(now_tick);
  ended_.Expire(now_tick);
  constexpr std::size_t kUnusedShare = budget::kBatchShare / 4;
  unused_.Advance(now_tick, kUnusedShare, [&](std::uint32_t index) { EndUnused(index); });
  wheel_.Advance(now_tick, budget::kBatchShare - kUnusedShare - trimmed, [&](std::uint32_t log) {
    const std::uint32_t index = logs_[log].channel;
    const Sequence before = channels_[index].forgotten;
    Trim(index, now_tick);
    if (channels_[index].forgotten != before) {
      MarkDirty(index);
    } else {
      ScheduleExpiry(index);
    }
  });
  GiveUpOldest();
}

ChannelDirectory::Interest* ChannelDirectory::FindInterest(Channel& channel, unsigned shard) {
  Interest* found = nullptr;
  ForEachInterest(channel, [&](Interest& interest) {
    if (interest.shard == shard) found = &interest;
  });
  return found;
}

void ChannelDirectory::RemoveInterest(Channel& channel, unsigned shard) {
  if (channel.only.shard == shard) {
    channel.only = Interest{};
    channel.only.shard = kNobody;
    if (channel.more) {
      channel.only = channel.more->back();
      channel.more->pop_back();
    }
  } else {
    std::erase_if(*channel.more, [&](const Interest& i) { return i.shard == shard; });
  }
  if (channel.more && channel.more->empty()) channel.more.reset();
}

ChannelDirectory::Channel* ChannelDirectory::Named(const ToSequencer& message) {
  if (!channels_.in_use(message.channel.index)) return nullptr;
  Channel& channel = channels_[message.channel.index];
  return channel.generation == message.channel.generation ? &channel : nullptr;
}

void ChannelDirectory::OnInterest(unsigned shard, const ToSequencer& message) {
  // The shard must not be told of this channel's earlier events as if they were new.
  CollectChanges();
  const std::string_view name = message.name->view();
  const std::uint64_t hash = Hash(name);
  std::uint32_t index = Find(name, hash);
  if (index == kNoIndex) {
    index = Insert(message.name, hash, Doubt(name));
    channels_[index].standing = StandingOf(name);
  } else {
    Reconsider(index);
  }
  Channel& channel = channels_[index];
  RC_CHECK(FindInterest(channel, shard) == nullptr, "a shard opens a channel once");

  ToShard state = StateOf(channel);
  Interest interest;
  interest.shard = static_cast<std::uint16_t>(shard);
  interest.theirs = message.ours;
  interest.count = message.count;
  interest.flushed = channel.head;
  interest.held_from = channel.head;
  state.channel = message.ours;
  if (channel.log != kNoIndex) {
    const ChannelLog& log = logs_[channel.log].log;
    // The shard is given all that is physically there: it lets go of what it does not need.
    interest.held_from = log.first()->base;
    state.from = log.first();
    std::uint32_t hops = 0;
    for (const Segment* at = log.first(); at != log.last(); at = at->next) ++hops;
    RC_CHECK(hops <= std::numeric_limits<std::uint16_t>::max(), "history is bounded");
    state.hops = static_cast<std::uint16_t>(hops);
  }
  if (channel.only.shard == kNobody) {
    channel.only = interest;
  } else {
    if (!channel.more) channel.more = std::make_unique<std::vector<Interest>>();
    channel.more->push_back(interest);
  }
  channel.subscribers += message.count;

  ToShard open;
  open.kind = ToShard::Kind::kOpen;
  open.channel = message.ours;
  open.head = state.from != nullptr ? state.from->base : state.head;
  open.newest = order_.newest();
  open.sequencer_channel = {index, channel.generation};
  open.name = channel.name;
  Push(shard, open);
  Push(shard, state);
}

void ChannelDirectory::Receive(unsigned shard, const ToSequencer& message) {
  using Kind = ToSequencer::Kind;
  if (message.kind == Kind::kInterest) return OnInterest(shard, message);
  if (message.kind == Kind::kSync) {
    CollectChanges();
    ToShard sync;
    sync.kind = ToShard::Kind::kSync;
    sync.newest = order_.newest();
    Push(shard, sync);
    return;
  }
  Channel* channel = Named(message);
  if (channel == nullptr) return;
  Interest* interest = FindInterest(*channel, shard);
  if (interest == nullptr) return;
  const std::uint32_t index = message.channel.index;
  switch (message.kind) {
    case Kind::kCount:
      channel->subscribers += message.count - interest->count;
      interest->count = message.count;
      break;
    case Kind::kProgress:
      interest->held_from = message.held_from;
      interest->flushed = message.flushed;
      if (channel->congested) relieved_ = true;
      ReleaseUnheld(index);
      break;
    case Kind::kLeave:
      channel->subscribers -= interest->count;
      RemoveInterest(*channel, shard);
      NoteUse(index, now_tick_);
      if (channel->congested) relieved_ = true;
      ReleaseUnheld(index);
      DropIfUnused(index);
      break;
    case Kind::kInterest:
    case Kind::kSync:
      break;
  }
}

ChannelInfo ChannelDirectory::DescribeChannel(std::uint32_t index) const {
  const Channel& channel = channels_[index];
  ChannelInfo info;
  info.name = channel.name->view();
  info.standing = channel.standing;
  info.created = channel.created;
  info.terms = TermsOf(index);
  info.subscribers = channel.subscribers;
  info.newest = order_.scheme().ToId(channel.newest);
  if (channel.log != kNoIndex) {
    const ChannelLog& log = logs_[channel.log].log;
    info.kept_events = log.kept_events();
    info.kept_bytes = log.head() - log.kept_from();
    if (info.kept_events > 0) info.oldest_kept = order_.scheme().ToId(log.oldest_sequence());
  }
  return info;
}

bool ChannelDirectory::Describe(std::string_view name, ChannelInfo& info) const {
  const std::uint32_t index = Find(name, Hash(name));
  if (index == kNoIndex) return false;
  info = DescribeChannel(index);
  return true;
}

std::size_t ChannelDirectory::bytes() const {
  constexpr std::size_t kPointers = 2 * sizeof(void*);  // an entry's, and its bucket's
  const std::size_t creations = creations_.size() * (sizeof(*creations_.begin()) + kPointers);
  return channels_.bytes() + logs_.bytes() + creations + names_.bytes() + ended_.bytes() +
         pool_.bytes_in_use() + pool_.bytes_idle();
}

}  // namespace ringcast
