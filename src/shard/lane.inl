// What the sequencer tells this shard, and what this shard tells the sequencer.
namespace ringcast {

template <class RingT>
void Shard<RingT>::DrainLane() {
  // All that is visible is taken before anything is sent: a commit of the sequencer is seen whole
  // or not at all, and stopping in its middle would deliver a later event before an earlier one to
  // a stream with both channels. The lane's capacity bounds the work.
  bool any = false;
  while (const ToShard* message = lanes_.down.Front()) {
    const ToShard copy = *message;
    PrefetchState(lanes_.down.Peek(kPrefetchAhead));
    lanes_.down.Pop();
    any = true;
    switch (copy.kind) {
      case ToShard::Kind::kOpen:
        OnOpen(copy);
        break;
      case ToShard::Kind::kState:
        OnState(copy);
        break;
      case ToShard::Kind::kEnd:
        if (Named(copy) != nullptr) EndChannel(copy.channel.index);
        break;
      case ToShard::Kind::kSync:
        OnSync(copy);
        break;
    }
  }
  if (!any) return;
  lanes_.down.Release();
  if (lanes_.down.ShouldWakeProducer()) {
    ring_.Wake(sequencer_, sequencer_doorbell_,
               Tag{static_cast<std::uint8_t>(ShardOperation::kWakeResult), 0, 0}.Pack());
  }
}

// Asks for the memory that a message to come will touch. nullptr: there is none.
template <class RingT>
void Shard<RingT>::PrefetchState(const ToShard* message) const {
  if (message == nullptr || message->kind != ToShard::Kind::kState ||
      !channels_.in_use(message->channel.index)) {
    return;
  }
  Prefetch(channels_[message->channel.index]);
  __builtin_prefetch(message->from);
}

template <class RingT>
ShardChannel* Shard<RingT>::Named(const ToShard& message) {
  const std::uint32_t index = message.channel.index;
  if (!channels_.in_use(index)) return nullptr;
  ShardChannel& channel = channels_[index];
  return channel.generation == message.channel.generation ? &channel : nullptr;
}

template <class RingT>
void Shard<RingT>::OnOpen(const ToShard& message) {
  newest_ = std::max(newest_, message.newest);
  ShardChannel* channel = Named(message);
  RC_CHECK(channel != nullptr && !channel->open, "a channel is kept until the sequencer answers");
  if (channel->name != message.name) {
    ChannelNameBlock::Free(channel->name);
    channel->name = message.name;
  }
  channel->theirs = message.sequencer_channel;
  channel->log = LogView(message.head);
}

template <class RingT>
void Shard<RingT>::OnState(const ToShard& message) {
  ShardChannel* channel = Named(message);
  if (channel == nullptr) return;
  newest_ = std::max(newest_, message.newest);
  const std::uint64_t head_before = channel->log.head();
  channel->log.Extend(message.from, message.hops, message.frames_in_last, message.head);
  channel->kept_from = message.kept_from;
  channel->forgotten = message.forgotten;
  channel->standing = message.standing;
  channel->spared_from = std::max(channel->spared_from, message.spared_from);
  const std::uint32_t index = message.channel.index;

  if (!channel->open) {
    channel->open = true;
    channel->reported = channel->log.head();
    if (channel->subscribers == 0) return ScheduleCheck(index);
    NoteCount(index);
    auto links = [this](std::uint32_t r) -> ListLink& { return Sub(r).link; };
    // Starting a stream puts it on a list of this channel: take all that wait off first.
    std::vector<std::uint32_t> waiting;
    for (std::uint32_t r = channel->behind.front(); r != kNoIndex;
         r = channel->behind.Next(links, r)) {
      waiting.push_back(r);
    }
    for (std::uint32_t reference : waiting) Unlink(reference);
    for (std::uint32_t reference : waiting) {
      const std::uint32_t slot = OwnerOf(reference);
      Handshake& handshake = handshakes_[connections_[slot].handshake];
      if (--handshake.opening == 0) StartStream(slot);
    }
    return ScheduleCheck(index);
  }
  if (message.head > head_before) {
    MarkDirty(index, head_before, message.published_ns);
  } else {
    ScheduleCheck(index);
  }
}

template <class RingT>
void Shard<RingT>::OnSync(const ToShard& message) {
  newest_ = std::max(newest_, message.newest);
  sync_asked_ = false;
  std::vector<std::uint32_t> waiters;
  waiters.swap(sync_waiters_);
  for (std::uint32_t slot : waiters) {
    const Connection& connection = connections_[slot];
    if (connection.state == ConnectionState::kOpening &&
        connection.Has(connection_flag::kSyncAsked)) {
      StartStream(slot);
    }
  }
}

template <class RingT>
void Shard<RingT>::Tell(const ToSequencer& message) {
  if (up_waiting_.empty() && lanes_.up.FreeSlots() > 0) {
    lanes_.up.Stage(message);
  } else {
    up_waiting_.PushBack(message);
  }
}

template <class RingT>
void Shard<RingT>::TellCounts() {
  for (std::uint32_t index : counts_changed_) {
    if (!channels_.in_use(index)) continue;
    ShardChannel& channel = channels_[index];
    if (!channel.count_changed) continue;
    channel.count_changed = false;
    ToSequencer message;
    message.kind = ToSequencer::Kind::kCount;
    message.channel = channel.theirs;
    message.count = channel.subscribers;
    Tell(message);
  }
  counts_changed_.clear();
}

// Makes what was told visible and rings if the sequencer sleeps.
template <class RingT>
void Shard<RingT>::CommitUp() {
  while (!up_waiting_.empty() && lanes_.up.FreeSlots() > 0) {
    lanes_.up.Stage(up_waiting_.PopFront());
  }
  if (lanes_.up.Commit() && lanes_.up.ShouldWake()) {
    ring_.Wake(sequencer_, sequencer_doorbell_,
               Tag{static_cast<std::uint8_t>(ShardOperation::kWakeResult), 0, 0}.Pack());
  }
}

// The last subscriber is gone. REQUIRES: open, no subscriber, no batch under way.
template <class RingT>
void Shard<RingT>::CloseChannel(std::uint32_t index) {
  ShardChannel& channel = channels_[index];
  if (channel.flush != kNoIndex) {
    // Its entry in the queue is found to be stale when its turn comes.
    flushes_[channel.flush].channel = kNoIndex;
  }
  channel_names_.Erase(SipHash13(options_.hash_key, channel.name->view()), index);
  ToSequencer leave;
  leave.kind = ToSequencer::Kind::kLeave;
  leave.channel = channel.theirs;
  channels_.Free(index);
  count_cache_ = CountCache{};  // another channel may take this index
  Tell(leave);
}

}  // namespace ringcast
