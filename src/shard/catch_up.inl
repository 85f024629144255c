// Subscribers that are not at the head: replays, full sockets, bytes of their own, gaps; and what
// may be let go of.
namespace ringcast {

template <class RingT>
void Shard<RingT>::QueueCatchUp(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (connection.Has(connection_flag::kQueued)) return;
  connection.Set(connection_flag::kQueued);
  catch_up_queue_.PushBack(slot);
}

template <class RingT>
void Shard<RingT>::CatchUpSlice() {
  // Live subscribers come first: while a flush is under way catching up gets half a slice.
  const std::size_t most =
      flush_queue_.empty() ? budget::kSendsPerSlice : budget::kSendsPerSlice / 2;
  for (std::size_t left = std::min(catch_up_queue_.size(), most); left > 0; --left) {
    const std::uint32_t slot = catch_up_queue_.PopFront();
    // Cleared when the connection closed meanwhile; a new one in the same slot sets it anew.
    if (!connections_[slot].Has(connection_flag::kQueued)) continue;
    connections_[slot].Clear(connection_flag::kQueued);
    ServeCatchUp(slot);
  }
}

template <class RingT>
void Shard<RingT>::ServeCatchUp(std::uint32_t slot) {
  if (!MakeRoom(slot)) return;
  Connection& connection = connections_[slot];
  if (connection.Has(connection_flag::kStalled)) return;
  if (connection.Has(connection_flag::kRemainder)) {
    const Remainder& remainder = remainders_[slot];
    const std::string_view rest = std::string_view(remainder.bytes).substr(remainder.sent);
    const std::string_view kept = batch_.Keep(rest.substr(0, budget::kCatchUpSendBytes));
    if (kept.empty()) return QueueCatchUp(slot);  // no room for a copy in this batch
    SendEntry& entry = AddEntry(slot, SendKind::kRemainder);
    entry.bytes = kept.size();
    ring_.SendNow(File::Slot(slot), {kept.data(), kept.size()}, SendTag());
    return;
  }
  if (connection.state != ConnectionState::kStreaming) return;
  if (HasOnlyEnded(slot) && !IsBehind(slot)) return EndStream(slot);
  if (connection.Has(connection_flag::kByFrames)) {
    if (!PrepareMerged(slot, 0)) AfterProgress(slot);
    return;
  }
  Subscription& subscription = connection.subscription;
  if (subscription.cursor == channels_[subscription.channel].log.head()) return AfterProgress(slot);
  std::array<std::string_view, kMostSegmentsInASend> pieces;
  if (!pieces_.HasRoomFor(pieces.size())) SubmitBatch();
  const std::size_t count = GatherCatchUp(subscription, pieces);
  SendEntry& entry = AddEntry(slot, SendKind::kCatchUp);
  entry.channel = subscription.channel;
  entry.from = subscription.cursor;
  for (std::size_t i = 0; i < count; ++i) entry.bytes += pieces[i].size();
  connection.last_event_tick = tick_;
  SendPieces(slot, {pieces.data(), count});
}

// What one send of a subscription that is behind carries; returns the number of pieces.
template <class RingT>
std::size_t Shard<RingT>::GatherCatchUp(const Subscription& subscription,
                                        std::span<std::string_view> pieces) const {
  const LogView& log = channels_[subscription.channel].log;
  const std::uint64_t to = std::min(log.head(), subscription.cursor + budget::kCatchUpSendBytes);
  return log.Gather(subscription.cursor, to, pieces);
}

template <class RingT>
bool Shard<RingT>::AtHead(std::uint32_t slot) {
  bool at_head = true;
  ForEachSubscription(slot, [&](std::uint32_t reference) {
    const Subscription& subscription = Sub(reference);
    at_head = at_head && subscription.cursor == channels_[subscription.channel].log.head();
  });
  return at_head;
}

// More is to be sent than one send took.
template <class RingT>
void Shard<RingT>::GoOnBehind(std::uint32_t slot) {
  if (connections_[slot].subscription.list == SubscriptionList::kLive) {
    Unlink(slot);
    Link(slot, SubscriptionList::kBehind);
  }
  QueueCatchUp(slot);
}

// Everything asked was sent: what comes next for this connection.
template <class RingT>
void Shard<RingT>::AfterProgress(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (connection.Has(connection_flag::kRemainder)) return QueueCatchUp(slot);
  if (connection.state == ConnectionState::kResponding) return OnResponseSent(slot);
  if (connection.Has(connection_flag::kLastWords)) {
    return Close(slot, static_cast<CloseReason>(connection.close_reason));
  }
  if (!AtHead(slot)) return GoOnBehind(slot);
  connection.Clear(connection_flag::kReplay | connection_flag::kFellBehind);
  if (connection.subscription.list == SubscriptionList::kBehind) {
    Unlink(slot);
    Link(slot, SubscriptionList::kLive);
    ScheduleCheck(connection.subscription.channel);
  }
  Rearm(slot);
  // Told so from there: nothing is sent while a batch is being finished.
  if (connection.state == ConnectionState::kStreaming && HasOnlyEnded(slot)) QueueCatchUp(slot);
}

// The socket is full: the cursor stays where it is until it can be written to again.
template <class RingT>
void Shard<RingT>::Stall(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  stats_.stalls.Add();
  connection.Set(connection_flag::kStalled);
  if (!connection.Has(connection_flag::kFellBehind)) {
    connection.Set(connection_flag::kFellBehind);
    fell_behind_.EnsureIndex(slot);
    fell_behind_[slot] = {PositionOf(slot), tick_, 0};
  }
  if (connection.subscription.list == SubscriptionList::kLive) {
    Unlink(slot);
    Link(slot, SubscriptionList::kBehind);
  }
  ++connection.in_flight;
  ring_.PollWritable(File::Slot(slot), TagFor(ShardOperation::kWritable, slot));
  Rearm(slot);
}

// Grows by the bytes that a stream was sent of its channels' logs.
template <class RingT>
std::uint64_t Shard<RingT>::PositionOf(std::uint32_t slot) {
  std::uint64_t sum = 0;
  if (connections_[slot].state != ConnectionState::kStreaming) return sum;
  ForEachSubscription(slot, [&](std::uint32_t reference) { sum += Sub(reference).cursor; });
  return sum;
}

// Whether a stream whose socket was full reads on fast enough to be waited for.
template <class RingT>
bool Shard<RingT>::ReadsBriskly(std::uint32_t slot) {
  constexpr std::uint32_t kSilentTicks = 2;  // 100 ms
  return tick_ - connections_[slot].last_send_tick <= kSilentTicks && !ReadsSlowly(slot);
}

// Whether a stream is known to read too slowly: by what it had read when it last read something,
// since it fell behind, but for the times in which it was late.
template <class RingT>
bool Shard<RingT>::ReadsSlowly(std::uint32_t slot) {
  const Connection& connection = connections_[slot];
  if (!connection.Has(connection_flag::kFellBehind)) return false;
  constexpr std::uint32_t kGraceTicks = 4;            // 200 ms
  constexpr std::uint64_t kBytesPerTick = 50 * 1024;  // about 1 MiB/s
  const FellBehind& since = fell_behind_[slot];
  if (connection.last_send_tick <= since.tick + kGraceTicks) return false;
  const std::uint32_t elapsed = connection.last_send_tick - since.tick;
  return PositionOf(slot) - since.position < elapsed * kBytesPerTick;
}

template <class RingT>
void Shard<RingT>::OnWritable(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  connection.Clear(connection_flag::kStalled);
  const std::uint32_t took = tick_ - connection.last_send_tick;
  NoteLateness(slot, took);
  constexpr float kWeight = 1.0F / 32;  // of the newest in the average
  recovery_ticks_ += (static_cast<float>(took) - recovery_ticks_) * kWeight;
  last_recovery_tick_ = tick_;
  QueueCatchUp(slot);
}

// A stream that read nothing for so long, and now does, was late, and how fast it reads is seen
// from now on; but not for longer than it is waited for.
template <class RingT>
void Shard<RingT>::NoteLateness(std::uint32_t slot, std::uint32_t silent_ticks) {
  constexpr std::uint32_t kLateTicks = 8;  // 400 ms; a slow one is seldom silent for so long
  if (!connections_[slot].Has(connection_flag::kFellBehind) || silent_ticks < kLateTicks) return;
  FellBehind& since = fell_behind_[slot];
  if (since.wait_until == 0 || tick_ < since.wait_until) since.tick += silent_ticks;
}

template <class RingT>
void Shard<RingT>::KeepRemainder(std::uint32_t slot, std::string_view rest) {
  remainders_[slot].bytes.append(rest);
  connections_[slot].Set(connection_flag::kRemainder);
}

// A stream with several channels that was cut in the middle of an event: the event's rest is copied
// aside, so that something else can be said behind it. False when that closed the connection.
template <class RingT>
bool Shard<RingT>::FinishCutEvent(std::uint32_t slot) {
  const bool bare = connections_[slot].Has(connection_flag::kHttp10);
  std::string_view rest;
  ForEachSubscription(slot, [&](std::uint32_t reference) {
    Subscription& subscription = Sub(reference);
    const LogView& log = channels_[subscription.channel].log;
    if (subscription.cursor == log.head()) return;
    const FrameAt frame = log.Find(subscription.cursor);
    if (subscription.cursor == frame.start) return;
    rest = FrameMerge::Rest(frame, subscription.cursor, bare);  // at most one event is under way
    subscription.cursor = frame.end;
  });
  if (rest.size() > budget::kMaxRemainderBytes) {
    Close(slot, CloseReason::kSlow, /*abort=*/true);
    return false;
  }
  if (!rest.empty()) KeepRemainder(slot, rest);
  return true;
}

// What this subscription has not had up to `new_cursor` (the start of a segment) goes away: the
// rest of an event that is cut in the middle is copied aside, then the gap is told, then it goes on
// from there.
template <class RingT>
void Shard<RingT>::TellSlow(std::uint32_t reference, std::uint64_t new_cursor) {
  Subscription& subscription = Sub(reference);
  const std::uint32_t slot = OwnerOf(reference);
  Connection& connection = connections_[slot];
  const ShardChannel& channel = channels_[subscription.channel];
  const bool bare = connection.Has(connection_flag::kHttp10);
  const FrameAt frame = channel.log.Find(subscription.cursor);
  const bool cut = subscription.cursor > frame.start;
  const Sequence last_had = cut ? frame.sequence : channel.log.SequenceBefore(subscription.cursor);
  if (cut && frame.end == new_cursor) {
    // Only the event that is under way is touched: no gap.
    const std::string_view rest = FrameMerge::Rest(frame, subscription.cursor, bare);
    if (rest.size() > budget::kMaxRemainderBytes) return Close(slot, CloseReason::kSlow, true);
    KeepRemainder(slot, rest);
    subscription.cursor = new_cursor;
    return;
  }
  if (cut) {
    const std::string_view rest = FrameMerge::Rest(frame, subscription.cursor, bare);
    if (rest.size() > budget::kMaxRemainderBytes) return Close(slot, CloseReason::kSlow, true);
    KeepRemainder(slot, rest);
  } else if (connection.Has(connection_flag::kShared) && !FinishCutEvent(slot)) {
    return;
  }
  connection.Set(connection_flag::kRemainder);
  Remainder& remainder = remainders_[slot];
  GapInfo gap;
  gap.channel = channel.name->view();
  gap.reason = GapReason::kSlow;
  if (last_had != 0) gap.from = options_.scheme.ToId(last_had);
  const Sequence last_lost = channel.log.SequenceBefore(new_cursor);
  gap.to = options_.scheme.ToId(last_lost);
  if (remainder.gap_channel == subscription.channel && remainder.sent <= remainder.gap_at) {
    // A gap of this channel still waits to be told: it gets wider.
    remainder.bytes.resize(remainder.gap_at);
    gap.from = remainder.gap_from;
  } else {
    stats_.gaps.Add();
  }
  remainder.gap_at = remainder.bytes.size();
  remainder.gap_from = gap.from;
  remainder.gap_channel = subscription.channel;
  AppendGap(remainder.bytes, !bare, gap);
  // What is skipped was not read.
  if (fell_behind_.Has(slot)) fell_behind_[slot].position += new_cursor - subscription.cursor;
  subscription.cursor = new_cursor;
  if (!connection.Has(connection_flag::kStalled)) QueueCatchUp(slot);
}

template <class RingT>
void Shard<RingT>::ScheduleCheck(std::uint32_t index) {
  if (channels_[index].check_release) return;
  channels_[index].check_release = true;
  to_check_.push_back(index);
}

template <class RingT>
void Shard<RingT>::CheckReleases() {
  RC_CHECK(batch_.empty(), "what a batch refers to is not let go of");
  if (!withheld_.empty() && now_ >= next_flow_check_) {
    next_flow_check_ = now_ + Millis(5);
    withheld_now_.swap(withheld_);
    for (std::uint32_t index : withheld_now_) {
      if (channels_.in_use(index) && channels_[index].open) ScheduleCheck(index);
    }
    withheld_now_.clear();
  }
  checking_.swap(to_check_);
  for (std::size_t i = 0; i < checking_.size(); ++i) {
    const std::uint32_t index = checking_[i];
    if (i + kPrefetchAhead < checking_.size()) PrefetchRelease(checking_[i + kPrefetchAhead]);
    if (!channels_.in_use(index) || !channels_[index].check_release) continue;
    channels_[index].check_release = false;
    if (channels_[index].open) CheckRelease(index);
  }
  checking_.clear();
}

// Asks for the memory that CheckRelease() of a channel will touch.
template <class RingT>
void Shard<RingT>::PrefetchRelease(std::uint32_t index) const {
  if (channels_.in_use(index)) __builtin_prefetch(channels_[index].log.first());
}

// Lets go of what neither the history nor a subscriber needs, and tells the sequencer how far this
// shard is.
template <class RingT>
void Shard<RingT>::CheckRelease(std::uint32_t index) {
  ShardChannel& channel = channels_[index];
  if (channel.subscribers == 0) return CloseChannel(index);
  const std::uint64_t live_from =
      channel.flush != kNoIndex ? flushes_[channel.flush].flushed : channel.log.head();
  std::uint64_t needed = std::min(live_from, channel.kept_from);
  bool released = false;
  if (channel.log.WouldRelease(needed)) {
    const std::uint64_t head = channel.log.head();
    const std::uint64_t backlog_from = std::max(
        head > budget::kBacklogBytes ? head - budget::kBacklogBytes : 0, channel.spared_from);
    auto links = [this](std::uint32_t r) -> ListLink& { return Sub(r).link; };
    lost_.clear();
    for (const IndexList* list : {&channel.behind, &channel.shared}) {
      for (std::uint32_t r = list->front(); r != kNoIndex; r = list->Next(links, r)) {
        const std::uint64_t cursor = Sub(r).cursor;
        if (cursor >= live_from && cursor >= channel.kept_from) continue;
        lost_.push_back(r);
        if (cursor >= backlog_from) needed = std::min(needed, cursor);
      }
    }
    const std::uint64_t held_after = channel.log.HeldFromAfterRelease(needed);
    for (std::uint32_t reference : lost_) {
      // Closing one that is lost takes all of its subscriptions along, also later ones of this
      // list.
      const bool there = (reference & kExtraBit) == 0 || extras_.in_use(reference & ~kExtraBit);
      if (there && Sub(reference).list != SubscriptionList::kNone &&
          Sub(reference).cursor < held_after) {
        TellSlow(reference, held_after);
      }
    }
    released = channel.log.ReleaseBelow(needed);
    count_cache_ = CountCache{};
  }
  std::uint64_t flow = channel.reported;
  if (live_from - channel.reported >= budget::kProgressStepBytes) {
    flow = std::max(channel.reported, FlowPosition(channel, live_from));
    if (flow < live_from) withheld_.push_back(index);
  }
  if (!released && flow - channel.reported < budget::kProgressStepBytes) return;
  channel.reported = flow;
  ToSequencer progress;
  progress.kind = ToSequencer::Kind::kProgress;
  progress.channel = channel.theirs;
  progress.held_from = channel.log.held_from();
  progress.flushed = flow;
  Tell(progress);
}

// How far the subscribers are that a publisher is made to wait for: those at the head, and those
// whose socket was full a moment ago but who read on, for they keep up with what the machine can
// do. Those that are late, or amid a large event, are waited for at the last moment, when they are
// about to lose something: each for a while; and when many of a channel are behind, so that it is
// the machine that is slow, all that have read lately, for as long as they go on like that. Not
// those that replay history.
template <class RingT>
std::uint64_t Shard<RingT>::FlowPosition(const ShardChannel& channel, std::uint64_t live_from) {
  constexpr std::uint32_t kMany = 4;
  constexpr std::uint64_t kMost = budget::kBacklogBytes / 4 * 3;
  constexpr std::uint64_t kLeast = budget::kFlowWindowBytes;
  auto links = [this](std::uint32_t r) -> ListLink& { return Sub(r).link; };
  const std::uint64_t head = channel.log.head();
  const std::uint32_t patience = PatienceTicks();
  // The last moment to wait comes before another event like the newest.
  const std::uint64_t newest = channel.log.NewestFrameBytes();
  const std::uint64_t most_behind = kMost > newest + kLeast ? kMost - newest : kLeast;
  std::uint64_t position = live_from;
  std::uint64_t any = live_from;
  std::uint32_t behind = 0;
  for (const IndexList* list : {&channel.behind, &channel.shared}) {
    for (std::uint32_t r = list->front(); r != kNoIndex; r = list->Next(links, r)) {
      const std::uint64_t cursor = Sub(r).cursor;
      const std::uint32_t slot = OwnerOf(r);
      const Connection& connection = connections_[slot];
      if (cursor >= live_from || connection.Has(connection_flag::kReplay)) continue;
      ++behind;
      if (ReadsBriskly(slot)) {
        position = std::min(position, cursor);
        continue;
      }
      // The history holds what it needs, also when more like the newest is published.
      const bool kept = cursor >= channel.kept_from + kLeast + newest ||
                        (channel.forgotten == 0 && newest < kLeast);
      const bool last_moment =
          !kept && head - cursor >= most_behind && tick_ - connection.last_send_tick <= patience;
      const bool waited_for = IsWaitedFor(slot, head - cursor, last_moment);
      const std::uint64_t no_further = cursor + most_behind - budget::kFlowWindowBytes;
      if (last_moment) any = std::min(any, no_further);
      if (waited_for && (newest >= kLeast || !ReadsSlowly(slot))) {
        position = std::min(position, no_further);
      }
    }
  }
  const bool machine_is_slow = behind >= kMany && behind * 4 > channel.subscribers;
  return machine_is_slow ? std::min(position, any) : position;
}

// Whether a publisher may still be made to wait for a subscriber that is behind, now that it is at
// its last moment or not. It may only be late, its process busy or its core taken; so it is waited
// for once, and again when it has caught up with a good part. For those who hardly read a publisher
// is never slowed below half a megabyte in PatienceTicks().
template <class RingT>
bool Shard<RingT>::IsWaitedFor(std::uint32_t slot, std::uint64_t lag, bool last_moment) {
  constexpr std::uint64_t kAgainBytes = budget::kBacklogBytes / 4;
  const Connection& connection = connections_[slot];
  // One whose socket was not full: it is this shard that is late, and gets to it.
  if (!connection.Has(connection_flag::kFellBehind)) return last_moment;
  std::uint32_t& wait_until = fell_behind_[slot].wait_until;
  // Of a stream with other channels it cannot be told by one of them that it caught up; and who has
  // yet to be told of a gap did not read what is missing there.
  constexpr std::uint16_t kUnsure = connection_flag::kShared | connection_flag::kRemainder;
  if (lag < kAgainBytes && !connection.Has(kUnsure)) wait_until = 0;
  if (!last_moment) return false;
  if (wait_until == 0) wait_until = tick_ + PatienceTicks();
  return tick_ < wait_until;
}

// How long a subscriber that is about to lose events may be silent, and is waited for, in ticks:
// several times what it took those whose sockets were full lately. Who stopped reading takes for
// ever, and so counts for nothing.
template <class RingT>
std::uint32_t Shard<RingT>::PatienceTicks() const {
  constexpr std::uint32_t kLeast = 40;   // 2 s
  constexpr std::uint32_t kMost = 100;   // 5 s
  constexpr std::uint32_t kLately = 40;  // 2 s
  if (tick_ - last_recovery_tick_ > kLately) return kLeast;
  return std::clamp(static_cast<std::uint32_t>(4 * recovery_ticks_), kLeast, kMost);
}

}  // namespace ringcast
