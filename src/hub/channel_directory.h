// All channels, as the sequencer sees them: names, logs, and which shards want to be told. It gives
// events their order, appends them, and writes into per-shard outboxes what the shards must learn.
// Pure domain: no I/O, no clock, no thread; whoever owns it moves the outboxes into lanes.
//
// A channel exists while a shard has subscribers on it, its history keeps an event, or it was
// created. Otherwise nothing is left of it but a bucket in Forgotten and, when it was ended, a note
// in EndedChannels. A strict channel exists from when it is created, whoever asks for it before.
//
// Threads: the sequencer's.
// Invariants: what a shard holds of a channel is never freed; entries of an outbox are in the total
// order of events; an event is in its log before any outbox mentions it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash_index.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "base/timer_wheel.h"
#include "hub/channel_log.h"
#include "hub/channel_rules.h"
#include "hub/channel_standing.h"
#include "hub/ended_channels.h"
#include "hub/forgotten.h"
#include "hub/lane_message.h"
#include "protocol/event.h"

namespace ringcast {

// What is known of a channel, for people.
struct ChannelInfo {
  std::string_view name;
  ChannelStanding standing = ChannelStanding::kLive;
  bool created = false;
  ChannelTerms terms;
  std::uint32_t subscribers = 0;
  EventId newest;  // of the channel; of the server's start when it has had no event
  std::uint32_t kept_events = 0;
  std::uint64_t kept_bytes = 0;  // encoded
  EventId oldest_kept;           // when kept_events > 0
};

class ChannelDirectory {
 public:
  // `tick`s are of the monotonic clock, in the unit of `history.ticks`.
  ChannelDirectory(IdScheme scheme, HashKey hash_key, HistoryLimits history, unsigned shards,
                   std::uint32_t now_tick);
  ~ChannelDirectory();
  ChannelDirectory(const ChannelDirectory&) = delete;
  ChannelDirectory& operator=(const ChannelDirectory&) = delete;

  // When an event is published.
  struct Moment {
    UnixMillis wall = 0;
    std::uint32_t tick = 0;
    std::int64_t monotonic_ns = 0;
  };
  struct Published {
    EventId id;
    std::uint32_t subscribers = 0;
    bool unknown_channel = false;  // refused: the channel is strict and was not created
  };
  // Orders the event, encodes it into its channel's log and notes whom to tell; a channel that was
  // ended begins anew. False, and nothing has happened, when the channel's subscribers are too far
  // behind its head for more (kFlowWindowBytes), or when the memory of all histories is used up and
  // what was given up is still held: TakeRelieved() tells when to try again. REQUIRES: a valid name
  // and event.
  bool Publish(std::string_view name, const Event& event, const Moment& moment,
               Published& published);
  // How many names Prefetch() takes at a time.
  static constexpr std::size_t kLookAhead = 16;
  // Whether there are so many channels that looking ahead pays: few of them stay in a cache.
  bool WorthLookingAhead() const { return channels_.size() >= 1024; }
  // Asks for the memory that Publish() to these channels will touch; changes nothing. REQUIRES: at
  // most kLookAhead names.
  void Prefetch(std::span<const std::string_view> names) const;
  // The same for Receive().
  void Prefetch(const ToSequencer& message) const;

  // Whether some channel on which Publish() said no may go on. Clears the note.
  bool TakeRelieved();

  // From now on the channel is there, used or not, until it is deleted or has been unused for its
  // time; one that was ended begins anew. `change`: what holds for it in place of what was said
  // when it was created before; nullptr: that stays. True when there was no such channel.
  bool Create(std::string_view name, const ChannelTermsChange* change);
  bool IsCreated(std::string_view name) const;

  // Ends a channel: its history is forgotten, its streams end, and those who come for it are told
  // so for a time. False if there is none; that it has ended is remembered all the same, for those
  // who are away, unless its rule says that they find nothing anyway.
  bool Delete(std::string_view name);
  // For how many ticks; 0: not at all.
  void SetEndedLifetime(std::uint32_t ticks) { ended_.SetLifetime(ticks); }

  // A message from a shard.
  void Receive(unsigned shard, const ToSequencer& message);

  // Other bounds from now on. What histories have beyond them goes with the next calls of Expire().
  void SetHistory(const HistoryLimits& history);
  void SetRules(ChannelRules rules);
  // Whether some channels still have their history by the bounds before.
  bool trimming() const { return next_trimmed_ < channels_.capacity(); }
  // Whether Expire() has more to do than one batch has room for.
  bool HasMoreToForget() const { return trimming() || MayGiveUp(); }

  // Something may have been lost that was never published here. Between the two calls, which may
  // lie ticks apart, whoever owns the directory tells every channel that is there; a channel that
  // is not is taken to have missed something: a client that comes back to it is told a gap.
  // `doubtful`: whether a channel of that name may have missed something at all.
  void BeginDoubt(std::function<bool(std::string_view name)> doubtful);
  void EndDoubt(const Moment& moment);

  // Forgets what has become too old, and what the memory of all histories has no room for.
  void Expire(std::uint32_t now_tick);
  std::uint32_t NextExpiry() const { return std::min(wheel_.NextTick(), unused_.NextTick()); }

  // Ends a batch: what has changed since the last one goes to the outboxes.
  void CollectChanges();
  const std::vector<ToShard>& outbox(unsigned shard) const { return outboxes_[shard]; }
  // The outbox has been moved into its lane.
  void ClearOutbox(unsigned shard);
  // Upper bound of what any one outbox will hold after CollectChanges().
  std::size_t pending_entries() const { return largest_outbox_ + dirty_.size(); }

  // For people and metrics. Info is valid until the next call of anything.
  bool Describe(std::string_view name, ChannelInfo& info) const;
  // All channels, for a walk in parts: one keeps its slot, below slots(), as long as it exists.
  std::uint32_t slots() const { return channels_.capacity(); }
  bool HasChannel(std::uint32_t slot) const { return channels_.in_use(slot); }
  // REQUIRES for both: HasChannel(slot). The first touches nothing but the slot.
  std::uint32_t SubscribersOf(std::uint32_t slot) const { return channels_[slot].subscribers; }
  ChannelInfo Describe(std::uint32_t slot) const { return DescribeChannel(slot); }
  std::size_t channel_count() const { return channels_.size(); }
  std::size_t created_count() const { return creations_.size(); }  // of them
  bool HasEnded(std::string_view name) const;
  // So far.
  std::uint64_t creations() const { return creations_made_; }
  std::uint64_t ended(EndReason reason) const { return ends_[static_cast<std::size_t>(reason)]; }
  Sequence newest() const { return order_.newest(); }
  EventId newest_id() const { return order_.scheme().ToId(order_.newest()); }
  std::size_t log_bytes() const { return pool_.bytes_in_use(); }
  std::uint64_t given_up_events() const { return given_up_events_; }  // to save memory, so far
  std::size_t bytes() const;

 private:
  // What one shard holds of a channel.
  struct Interest {
    std::uint64_t held_from = 0;
    std::uint64_t flushed = 0;
    ChannelHandle theirs;
    std::uint32_t count = 0;
    std::uint16_t shard = 0;
  };
  struct Channel {
    ChannelNameBlock* name = nullptr;
    std::uint64_t head = 0;
    Sequence forgotten = 0;  // the newest sequence no longer kept
    Sequence newest = 0;
    std::uint32_t subscribers : 27 = 0;
    std::uint32_t congested : 1 = 0;  // Publish() said no
    ChannelStanding standing : 2 = ChannelStanding::kLive;
    std::uint32_t created : 1 = 0;    // it has an entry in creations_
    std::uint32_t odd_rules : 1 = 0;  // `rule` is by rules with an odd number
    std::uint32_t log = kNoIndex;     // in logs_; none while nothing is stored
    std::uint32_t dirty = kNoIndex;   // in dirty_
    std::uint32_t generation = 0;
    // The first interest; shard == kNobody when there is none. What follows may use its padding.
    [[no_unique_address]] Interest only;
    std::uint16_t rule = 0;  // for its name
    std::unique_ptr<std::vector<Interest>> more;
  };
  static_assert(sizeof(Channel) == 88, "a channel's memory is what operators count with");
  struct StoredLog {
    ChannelLog log;
    TimerLink expiry;
    std::uint32_t channel = kNoIndex;
  };
  // Of a channel that was created.
  struct Creation {
    ChannelTermsChange own;
    TimerLink unused;
    std::uint32_t last_use = 0;  // tick
  };
  struct Dirty {
    std::uint32_t channel = 0;
    const Segment* from = nullptr;
    std::uint32_t hops = 0;
    std::int64_t published_ns = 0;
  };
  static constexpr std::uint16_t kNobody = 0xffff;

  std::uint64_t Hash(std::string_view name) const { return SipHash13(hash_key_, name); }
  std::uint32_t Find(std::string_view name, std::uint64_t hash) const;
  Sequence Doubt(std::string_view name);
  std::uint32_t Insert(ChannelNameBlock* name, std::uint64_t hash, Sequence doubt);
  void Drop(std::uint32_t index);
  void DropIfUnused(std::uint32_t index);
  StoredLog& LogOf(std::uint32_t index);
  Dirty& MarkDirty(std::uint32_t index);
  bool Congested(Channel& channel);
  void AppendFrame(std::uint32_t index, Sequence sequence, EventId id, const Event& event,
                   const Moment& moment);
  void Trim(std::uint32_t index, std::uint32_t now_tick);
  std::size_t TrimSlice(std::uint32_t now_tick);
  void FollowTerms(std::uint32_t index, std::uint32_t now_tick);
  bool MayGiveUp() const;
  void GiveUpOldest();
  bool OverMemory() const;
  void ReleaseUnheld(std::uint32_t index);
  void ScheduleExpiry(std::uint32_t index);
  void Push(unsigned shard, const ToShard& message);
  ToShard StateOf(const Channel& channel) const;
  void ForgetAll(std::uint32_t index);
  void NoteEnd(EndReason reason) { ++ends_[static_cast<std::size_t>(reason)]; }

  // --- channel_lifetime.cc
  void MakeTerms();
  std::uint16_t RuleOf(const Channel& channel) const;
  ChannelTerms TermsOf(std::uint32_t index) const;
  const ChannelTerms& TermsByName(std::string_view name) const {
    return terms_[rules_.Match(name)];
  }
  ChannelStanding StandingOf(std::string_view name) const;
  void Reconsider(std::uint32_t index);
  void NoteRule(std::uint32_t index);
  void NoteUse(std::uint32_t index, std::uint32_t tick) {
    if (channels_[index].created) creations_.find(index)->second.last_use = tick;
  }
  void Uncreate(std::uint32_t index);
  void ScheduleUnused(std::uint32_t index);
  void EndUnused(std::uint32_t index);
  ChannelInfo DescribeChannel(std::uint32_t index) const;

  template <class Fn>
  void ForEachInterest(Channel& channel, Fn&& fn) {
    if (channel.only.shard != kNobody) fn(channel.only);
    if (channel.more) {
      for (Interest& interest : *channel.more) fn(interest);
    }
  }
  Interest* FindInterest(Channel& channel, unsigned shard);
  void RemoveInterest(Channel& channel, unsigned shard);
  void OnInterest(unsigned shard, const ToSequencer& message);
  Channel* Named(const ToSequencer& message);

  EventOrder order_;
  HashKey hash_key_;
  HistoryLimits history_;
  SegmentPool pool_;
  Forgotten forgotten_;
  HashIndex names_;
  Slab<Channel> channels_;
  Slab<StoredLog> logs_;
  struct ExpiryLinks {
    Slab<StoredLog>* logs;
    TimerLink& operator()(std::uint32_t index) const { return (*logs)[index].expiry; }
  };
  TimerWheel<ExpiryLinks> wheel_;
  // By the index of the channel: few have one, and the others shall not pay for it.
  using Creations = std::unordered_map<std::uint32_t, Creation>;
  Creations creations_;
  struct UnusedLinks {
    Creations* creations;
    TimerLink& operator()(std::uint32_t index) const {
      return creations->find(index)->second.unused;
    }
  };
  TimerWheel<UnusedLinks> unused_;
  EndedChannels ended_;
  ChannelRules rules_;
  std::vector<ChannelTerms> terms_;  // of each rule, and of no rule
  bool odd_rules_ = false;           // by how often SetRules() was called
  std::uint32_t now_tick_;
  std::uint32_t next_generation_ = 1;
  std::uint32_t next_trimmed_ = kNoIndex;  // after new bounds: channels from here on have the old
  std::vector<Dirty> dirty_;
  std::vector<std::vector<ToShard>> outboxes_;
  std::size_t largest_outbox_ = 0;
  std::function<bool(std::string_view)> doubtful_;  // empty: nothing is in doubt
  bool relieved_ = false;
  bool over_memory_ = false;  // Publish() said no for want of memory
  std::uint64_t given_up_events_ = 0;
  std::uint64_t creations_made_ = 0;
  std::array<std::uint64_t, kEndReasons> ends_{};
};

}  // namespace ringcast
