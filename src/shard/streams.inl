// Subscribing and unsubscribing: from an accepted request to a cursor on each of its channels.
namespace ringcast {

template <class RingT>
Subscription& Shard<RingT>::Sub(std::uint32_t reference) {
  return (reference & kExtraBit) != 0 ? extras_[reference & ~kExtraBit].subscription
                                      : connections_[reference].subscription;
}

template <class RingT>
std::uint32_t Shard<RingT>::OwnerOf(std::uint32_t reference) const {
  return (reference & kExtraBit) != 0 ? extras_[reference & ~kExtraBit].connection : reference;
}

// Calls fn(reference) for each subscription of a stream; fn may release it.
template <class RingT>
template <class Fn>
void Shard<RingT>::ForEachSubscription(std::uint32_t slot, Fn&& fn) {
  for (std::uint32_t reference = slot; reference != kNoIndex;) {
    const std::uint32_t next = Sub(reference).next;
    fn(reference);
    reference = next;
  }
}

template <class RingT>
IndexList& Shard<RingT>::ListOf(ShardChannel& channel, SubscriptionList list) {
  switch (list) {
    case SubscriptionList::kLive:
      return channel.live;
    case SubscriptionList::kShared:
      return channel.shared;
    case SubscriptionList::kBehind:
    case SubscriptionList::kOpening:  // a channel that is not open has nobody behind
    case SubscriptionList::kNone:
      break;
  }
  return channel.behind;
}

template <class RingT>
void Shard<RingT>::Link(std::uint32_t reference, SubscriptionList list) {
  Subscription& subscription = Sub(reference);
  RC_CHECK(subscription.list == SubscriptionList::kNone, "a subscription is on one list");
  subscription.list = list;
  ListOf(channels_[subscription.channel], list)
      .PushBack([this](std::uint32_t r) -> ListLink& { return Sub(r).link; }, reference);
}

template <class RingT>
void Shard<RingT>::Unlink(std::uint32_t reference) {
  Subscription& subscription = Sub(reference);
  if (subscription.list == SubscriptionList::kNone) return;
  ShardChannel& channel = channels_[subscription.channel];
  if (channel.flush != kNoIndex && flushes_[channel.flush].next == reference) {
    flushes_[channel.flush].next = subscription.link.next;
  }
  ListOf(channel, subscription.list)
      .Remove([this](std::uint32_t r) -> ListLink& { return Sub(r).link; }, reference);
  subscription.list = SubscriptionList::kNone;
}

template <class RingT>
void Shard<RingT>::NoteCount(std::uint32_t channel) {
  if (channels_[channel].count_changed) return;
  channels_[channel].count_changed = true;
  counts_changed_.push_back(channel);
}

// The channel's index on this shard; the sequencer is asked for a channel that the shard does not
// have.
template <class RingT>
std::uint32_t Shard<RingT>::OpenChannel(std::string_view name) {
  const std::uint64_t hash = SipHash13(options_.hash_key, name);
  std::uint32_t index =
      channel_names_.Find(hash, [&](std::uint32_t i) { return channels_[i].name->view() == name; });
  if (index != kNoIndex) return index;
  index = channels_.Allocate();
  ShardChannel& channel = channels_[index];
  channel.name = ChannelNameBlock::Make(name);
  channel.generation = next_channel_generation_++;
  channel_names_.Insert(hash, index);
  ToSequencer interest;
  interest.kind = ToSequencer::Kind::kInterest;
  interest.ours = {index, channel.generation};
  interest.name = channel.name;
  Tell(interest);
  return index;
}

template <class RingT>
void Shard<RingT>::Subscribe(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  Handshake& handshake = handshakes_[connection.handshake];
  connection.has_rules = stream_rules_.Enter(slot, *handshake.match.route);
  if (!handshake.match.route->events.passes_all()) connection.Set(connection_flag::kFiltered);
  connection.state = ConnectionState::kOpening;
  wheel_.Cancel(slot);
  if (handshake.match.target.channels.size() > 1) connection.Set(connection_flag::kShared);
  std::uint32_t last = kNoIndex;
  for (const std::string& name : handshake.match.target.channels) {
    std::uint32_t reference = slot;
    if (last != kNoIndex) {
      const std::uint32_t extra = extras_.Allocate();
      extras_[extra].connection = slot;
      reference = extra | kExtraBit;
      Sub(last).next = reference;
    }
    last = reference;
    Subscription& subscription = Sub(reference);
    subscription = Subscription{};
    const std::uint32_t index = OpenChannel(name);
    subscription.channel = index;
    ShardChannel& channel = channels_[index];
    ++channel.subscribers;
    if (channel.open) {
      NoteCount(index);
    } else {
      ++handshake.opening;
      Link(reference, SubscriptionList::kOpening);
    }
  }
  if (!handshake.asked_gate) WatchPeer(slot);
  if (handshake.opening == 0) StartStream(slot);
}

// The end of the connection is noticed from here on.
template <class RingT>
void Shard<RingT>::WatchPeer(std::uint32_t slot) {
  ++connections_[slot].in_flight;
  ring_.PollReadable(File::Slot(slot), TagFor(ShardOperation::kReadable, slot));
}

template <class RingT>
void Shard<RingT>::StartStream(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  Handshake& handshake = handshakes_[connection.handshake];
  if (!FindsItsChannels(slot)) return;
  const ResumePoint resume = PlaceResume(options_.scheme, handshake.match.target.last_event_id,
                                         newest_, connection.Has(connection_flag::kSyncAsked));
  if (resume.kind == ResumePoint::Kind::kNotYet) {
    // Perhaps another shard has told of an event that this one has not been told of. After a sync
    // that is certain.
    return AwaitSync(slot);
  }

  if (!TakePlaces(slot)) {
    Unsubscribe(slot);
    return AnswerOverload(slot, AfterResponse::kClose);
  }
  connection.state = ConnectionState::kStreaming;
  connection.Set(connection_flag::kStream);
  connection.last_send_tick = tick_;
  connection.last_event_tick = tick_;
  connection.lifetime_tick = 0;
  const Millis lifetime = LifetimeOf(slot);
  // One that starts while the shard drains ends at once.
  if (lifetime.count() > 0 && !draining_) {
    connection.lifetime_tick =
        tick_ + static_cast<std::uint32_t>(rng_.Jittered(TicksOf(lifetime), 0.1));
  }
  EndWithToken(slot);
  stats_.streams.Add();
  SendFirstBlocks(slot, resume);
  ReturnHandshake(slot);
  Rearm(slot);
}

// A place among the subscribers of each of the stream's channels, or none at all.
template <class RingT>
bool Shard<RingT>::TakePlaces(std::uint32_t slot) {
  const std::uint32_t limit = options_.max_subscribers_per_channel;
  std::uint32_t full = kNoIndex;
  ForEachSubscription(slot, [&](std::uint32_t reference) {
    if (full == kNoIndex && !channels_[Sub(reference).channel].name->TakePlace(limit)) {
      full = reference;
    }
  });
  if (full == kNoIndex) return true;
  for (std::uint32_t reference = slot; reference != full; reference = Sub(reference).next) {
    channels_[Sub(reference).channel].name->ReturnPlace();
  }
  refusals_.Note(Limit::kSubscribersPerChannel, limit, now_, [&] {
    return "channel=" + EscapeForLog(channels_[Sub(full).channel].name->view());
  });
  return false;
}

// Sets the cursors and sends response head, `connected`, gaps and ends in one go.
template <class RingT>
void Shard<RingT>::SendFirstBlocks(std::uint32_t slot, const ResumePoint& resume) {
  using Kind = ResumePoint::Kind;
  Connection& connection = connections_[slot];
  const Handshake& handshake = handshakes_[connection.handshake];
  const bool chunked = !connection.Has(connection_flag::kHttp10);
  const bool shared = connection.Has(connection_flag::kShared);

  std::string gaps;
  std::string ends;
  bool behind = false;
  ForEachSubscription(slot, [&](std::uint32_t reference) {
    Subscription& subscription = Sub(reference);
    const ShardChannel& channel = channels_[subscription.channel];
    const StreamPosition position =
        PlaceStream(resume, channel.log, channel.kept_from, channel.forgotten);
    subscription.cursor = position.cursor;
    behind = behind || position.cursor < channel.log.head();
    Link(reference, shared                                 ? SubscriptionList::kShared
                    : position.cursor < channel.log.head() ? SubscriptionList::kBehind
                                                           : SubscriptionList::kLive);
    if (channel.standing != ChannelStanding::kLive) AppendEnd(ends, chunked, channel.name->view());
    if (!position.gap) return;
    GapInfo gap;
    gap.channel = channel.name->view();
    gap.reason = *position.gap;
    if (resume.kind != Kind::kUnknown) gap.from = resume.id;
    if (position.gap_to != 0) gap.to = options_.scheme.ToId(position.gap_to);
    AppendGap(gaps, chunked, gap);
    stats_.gaps.Add();
  });

  const bool placed = resume.kind == Kind::kKnown || resume.kind == Kind::kRestart;
  if (resume.kind != Kind::kNone) {
    const ReplayResult result = resume.kind == Kind::kUnknown ? ReplayResult::kUnknownId
                                : gaps.empty()                ? ReplayResult::kComplete
                                                              : ReplayResult::kGap;
    stats_.replays[static_cast<std::size_t>(result)].Add();
  }
  scratch_.clear();
  AppendStreamHead(scratch_, handshake.parser.head().http_1_0, CorsOf(handshake), DateNow(),
                   handshake.token_in_query);
  // The position the stream starts from: what the client sent, so that a cut right after this loses
  // nothing; on a fresh stream the newest id.
  AppendConnected(scratch_, chunked, placed ? resume.id : options_.scheme.ToId(newest_),
                  options_.retry, DescribeStart(resume, !gaps.empty()));
  scratch_ += gaps;
  scratch_ += ends;
  if (!behind) return PrepareOwn(slot, scratch_);
  connection.Set(connection_flag::kReplay);
  if (!connection.Has(connection_flag::kByFrames)) return PrepareFirst(slot, scratch_);
  PrepareOwn(slot, scratch_);
  QueueCatchUp(slot);
}

template <class RingT>
void Shard<RingT>::Unsubscribe(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (connection.state != ConnectionState::kStreaming &&
      connection.state != ConnectionState::kOpening) {
    return;
  }
  const bool holds_places = connection.Has(connection_flag::kStream);
  ForEachSubscription(slot, [&](std::uint32_t reference) {
    const std::uint32_t index = Sub(reference).channel;
    Unlink(reference);
    ShardChannel& channel = channels_[index];
    if (holds_places) channel.name->ReturnPlace();
    --channel.subscribers;
    if (channel.open) {
      NoteCount(index);
      // A subscriber that was behind may have been all that held something.
      ScheduleCheck(index);
    }
    if ((reference & kExtraBit) != 0) extras_.Free(reference & ~kExtraBit);
  });
  connection.subscription = Subscription{};
  if (connection.has_rules) stream_rules_.Leave(slot);
  connection.has_rules = false;
  connection.Clear(connection_flag::kFiltered);
}

// Prepares what a stream that keeps up has not had yet, because it is about to end: those events
// were acknowledged.
template <class RingT>
void Shard<RingT>::PrepareRest(std::uint32_t slot) {
  const Connection& connection = connections_[slot];
  if (connection.Has(connection_flag::kStalled | connection_flag::kRemainder)) return;
  const Subscription& subscription = connection.subscription;
  ShardChannel& channel = channels_[subscription.channel];
  if (connection.Has(connection_flag::kByFrames)) {
    PrepareMerged(slot, 0);
  } else if (subscription.list == SubscriptionList::kLive &&
             subscription.cursor < channel.log.head()) {
    const Flush& flush = flushes_[channel.flush];
    PrepareLive(slot, channel, flush.under_way ? flush.published_ns : flush.next_published_ns);
  }
}

}  // namespace ringcast
