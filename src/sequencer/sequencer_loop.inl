// The sequencer's tick.
namespace ringcast {

namespace {

HistoryLimits LimitsOf(const SequencerSettings& options) {
  HistoryLimits limits;
  limits.events = options.history_events;
  limits.bytes = options.history_bytes;
  if (options.history_memory > 0) limits.memory = options.history_memory;
  limits.ticks = HistoryTicks(options.history_ttl);
  return limits;
}

std::uint32_t EndedTicks(const SequencerSettings& options) {
  return options.ended_ttl.count() == 0 ? 0 : HistoryTicks(options.ended_ttl);
}

// In ticks.
std::uint32_t WindowOf(const SequencerSettings& options, Millis tick_length) {
  return static_cast<std::uint32_t>(options.idempotency_window / tick_length);
}

}  // namespace

template <class RingT>
Sequencer<RingT>::Sequencer(const SequencerOptions& options, RingT& ring,
                            std::vector<ShardPort> shards, SequencerStats& stats,
                            ReportBox& reports, const StopFlags& stop,
                            Mailbox<SequencerSettings>& settings, ChannelCensus& census)
    : options_(options),
      ring_(ring),
      shards_(std::move(shards)),
      stats_(stats),
      reports_(reports),
      stop_(stop),
      settings_(settings),
      census_(census),
      refusals_(stats.over_limit),
      start_(ring.Now()),
      now_(start_),
      directory_(options.scheme, options.hash_key, LimitsOf(options),
                 static_cast<unsigned>(shards_.size()), tick_),
      idempotency_(options.hash_key, WindowOf(options, kTickLength)),
      remote_addresses_(RemoteLimits()),
      doorbells_(static_cast<unsigned>(shards_.size()), options.doorbell_rest),
      completions_(512),
      accepting_(options.listeners.size()),
      given_up_log_(1, std::chrono::minutes(1)),
      denied_log_(1, std::chrono::seconds(10)) {
  stats_.history_memory.Set(options_.history_memory);
  directory_.SetRules(ChannelRules(options_.channel_rules));
  directory_.SetEndedLifetime(EndedTicks(options_));
}

template <class RingT>
Sequencer<RingT>::~Sequencer() {
  for (const auto& publisher : publishers_) {
    if (publisher) ring_.CloseNow(publisher->file);
  }
}

template <class RingT>
void Sequencer<RingT>::Run() {
  while (Tick(std::chrono::seconds(1))) {
  }
}

// From 1: 0 means "not set" in a publisher.
template <class RingT>
std::uint32_t Sequencer<RingT>::TickNow() const {
  return 1 + static_cast<std::uint32_t>((now_ - start_) / kTickLength);
}

template <class RingT>
bool Sequencer<RingT>::Tick(Nanos at_most) {
  now_ = ring_.Now();
  tick_ = TickNow();
  moment_ = {ring_.WallNow(), tick_, now_.time_since_epoch().count()};
  // Relaxed: looked at again on every tick.
  if (stop_.stop.load(std::memory_order_relaxed)) return false;
  if (!stopping_ && stop_.drain.load(std::memory_order_relaxed)) {
    stopping_ = true;
    StopAccepting();
  }

  if (const SequencerSettings* posted = settings_.Posted()) FollowSettings(*posted);
  ArmAccept();
  for (std::size_t count = ring_.Reap(completions_); count > 0; count = ring_.Reap(completions_)) {
    for (std::size_t i = 0; i < count; ++i) Dispatch(completions_[i]);
  }
  // What shards have to say comes before what publishers have: a client that has read `connected`
  // counts as a subscriber from then on.
  bool more = TakeFromShards();
  if (directory_.TakeRelieved()) {
    for (std::uint32_t i = 0; i < publishers_.size(); ++i) {
      if (publishers_[i] && publishers_[i]->blocked) {
        publishers_[i]->blocked = false;
        MakeReady(i);
      }
    }
  }
  // While a lane is full nothing new is made for it.
  if (told_all_) directory_.Expire(tick_);
  idempotency_.Expire(tick_);
  told_all_ = TellShards();
  if (told_all_) {
    SendAnswers();  // what waited for room in a lane, before that is full again
    WorkReady();
  }
  told_all_ = TellShards();
  if (told_all_) SendAnswers();
  CheckDeadlines();
  if (reports_.wanted()) WorkReport();
  if (census_concerns_ || census_.wanted()) WorkCensus();
  UpdateStats();
  const bool work_left = settling_ || !ready_.empty() || directory_.HasMoreToForget();
  if (more || report_walk_.under_way() || census_concerns_ || (told_all_ && work_left)) {
    ring_.Submit(/*run_deferred=*/true);
  } else {
    Wait(at_most);
  }
  return true;
}

template <class RingT>
void Sequencer<RingT>::Dispatch(const Completion& completion) {
  const Tag tag = Tag::Unpack(completion.tag);
  switch (static_cast<SequencerOperation>(tag.operation)) {
    case SequencerOperation::kAccept:
      return OnAccept(tag.index, completion);
    case SequencerOperation::kReceive:
      return OnReceive(tag.index, completion);
    case SequencerOperation::kSend:
      return OnSent(tag.index, completion);
    case SequencerOperation::kShutdown:
      return OnShutdown(tag.index);
    case SequencerOperation::kDoorbell:
    case SequencerOperation::kWakeResult:
    case SequencerOperation::kCancel:
      return;
  }
}

// Takes a bounded number of messages from each shard, as long as the answers fit its lane. True
// when there is more.
template <class RingT>
bool Sequencer<RingT>::TakeFromShards() {
  bool more = false;
  for (unsigned i = 0; i < shards_.size(); ++i) {
    SpscQueue<ToSequencer>& up = *shards_[i].up;
    std::size_t taken = 0;
    while (taken < budget::kBatchShare) {
      if (directory_.pending_entries() >= budget::kBatchShare) {
        if (taken > 0) up.Release();
        return false;  // what is to be told comes first
      }
      const ToSequencer* message = up.Front();
      if (message == nullptr) break;
      if (const ToSequencer* later = up.Peek(kPrefetchAhead)) directory_.Prefetch(*later);
      directory_.Receive(i, *message);
      up.Pop();
      ++taken;
    }
    if (taken > 0) up.Release();
    if (taken == budget::kBatchShare) more = true;
  }
  return more;
}

// Moves the outboxes into the lanes, each as one commit. False when one waits for room.
template <class RingT>
bool Sequencer<RingT>::TellShards() {
  directory_.CollectChanges();
  bool all = true;
  for (unsigned i = 0; i < shards_.size(); ++i) {
    const std::vector<ToShard>& outbox = directory_.outbox(i);
    if (outbox.empty()) continue;
    SpscQueue<ToShard>& down = *shards_[i].down;
    RC_CHECK(outbox.size() <= down.capacity(), "a batch is bounded by the lane");
    if (down.FreeSlots(outbox.size()) < outbox.size()) {
      all = false;
      continue;
    }
    for (const ToShard& message : outbox) down.Stage(message);
    directory_.ClearOutbox(i);
    down.Commit();
    if (down.ShouldWake()) doorbells_.Want(i);
  }
  RingDoorbells();
  return all;
}

template <class RingT>
void Sequencer<RingT>::RingDoorbells() {
  doorbells_.RingDue(
      now_,
      [this](unsigned i) {
        SpscQueue<ToShard>& down = *shards_[i].down;
        return down.capacity() - down.FreeSlots(down.capacity());
      },
      [this](unsigned i) {
        ring_.Wake(shards_[i].ring, shards_[i].doorbell,
                   Tag{static_cast<std::uint8_t>(SequencerOperation::kWakeResult), 0, 0}.Pack());
      });
}

template <class RingT>
void Sequencer<RingT>::Wait(Nanos at_most) {
  // Doorbells may be lost, and deadlines are coarse: looked at again soon anyway.
  constexpr Nanos kLongest = Millis(100);
  Nanos wait = std::min(at_most, kLongest);
  bool sleep = true;
  std::size_t prepared = 0;
  for (; prepared < shards_.size() && sleep; ++prepared)
    sleep = shards_[prepared].up->PrepareSleep();
  std::size_t waiting = 0;
  if (sleep && !told_all_) {
    stats_.blocked.Add();
    for (; waiting < shards_.size() && sleep; ++waiting) {
      const std::size_t wanted = directory_.outbox(static_cast<unsigned>(waiting)).size();
      if (wanted > 0) sleep = shards_[waiting].down->PrepareWaitForSpace(wanted);
    }
  }
  if (sleep) {
    const std::uint32_t expiry = directory_.NextExpiry();
    if (expiry != UINT32_MAX) {
      const MonoTime due = start_ + Nanos(kTickLength) * (expiry - 1);
      wait = std::clamp<Nanos>(due - ring_.Now(), Nanos(0), wait);
    }
    if (doorbells_.next() != MonoTime::max()) {
      wait = std::clamp<Nanos>(doorbells_.next() - ring_.Now(), Nanos(0), wait);
    }
    ring_.SubmitAndWait(1, wait);
  } else {
    ring_.Submit(/*run_deferred=*/true);
  }
  for (std::size_t i = 0; i < prepared; ++i) shards_[i].up->FinishSleep();
  for (std::size_t i = 0; i < waiting; ++i) shards_[i].down->FinishWaitForSpace();
}

template <class RingT>
bool Sequencer<RingT>::Publish(std::string_view channel, const Event& event,
                               ChannelDirectory::Published& published) {
  if (!directory_.Publish(channel, event, moment_, published)) {
    stats_.blocked.Add();
    return false;
  }
  if (published.unknown_channel) {
    stats_.refused.Add();
    return true;
  }
  stats_.published.Add();
  stats_.published_bytes.Add(event.data.size());
  CountType(event.type);
  return true;
}

template <class RingT>
typename Sequencer<RingT>::Outcome Sequencer<RingT>::PublishOnce(
    std::string_view channel, const Event& event, std::string_view key,
    ChannelDirectory::Published& published) {
  const auto publish = [&] {
    if (!Publish(channel, event, published)) return Outcome::kBlocked;
    return published.unknown_channel ? Outcome::kUnknownChannel : Outcome::kPublished;
  };
  if (key.empty()) return publish();
  const Idempotency::Claim claim = idempotency_.ClaimOf(channel, key, event);
  Sequence sequence = 0;
  switch (idempotency_.Judge(claim, tick_, sequence)) {
    case Idempotency::Verdict::kNew:
      break;
    case Idempotency::Verdict::kRepeated:
      stats_.repeated.Add();
      published.id = options_.scheme.ToId(sequence);
      return Outcome::kRepeated;
    case Idempotency::Verdict::kOther:
      return Outcome::kOther;
  }
  // While it waits for subscribers its key is not taken: whichever of two that wait goes first is
  // the event, and the other one finds it.
  const Outcome outcome = publish();
  if (outcome == Outcome::kPublished) {
    idempotency_.Remember(claim, directory_.newest(), tick_);
  }
  return outcome;
}

template <class RingT>
void Sequencer<RingT>::CountType(std::string_view type) {
  if (type.empty()) {
    ++untyped_events_;
    return;
  }
  if (last_type_count_ == nullptr || type != last_type_) {
    // Types come from publishers: a bounded number is counted by name.
    constexpr std::size_t kMostTypes = 256;
    last_type_ = type;
    const auto found = events_by_type_.find(last_type_);
    if (found != events_by_type_.end()) {
      last_type_count_ = &found->second;
    } else if (events_by_type_.size() < kMostTypes) {
      last_type_count_ = &events_by_type_[last_type_];
    } else {
      last_type_count_ = &events_by_type_["(other)"];
    }
  }
  ++*last_type_count_;
}

template <class RingT>
void Sequencer<RingT>::UpdateStats() {
  stats_.pulse.Beat();
  stats_.publishers.Set(publisher_count_ - turned_away_);
  stats_.remote_publishers.Set(remote_count_);
  stats_.idempotency_keys.Set(idempotency_.size());
  stats_.idempotency_keys_dropped.Set(idempotency_.dropped());
  stats_.channels.Set(directory_.channel_count());
  stats_.created_channels.Set(directory_.created_count());
  stats_.channels_created.Set(directory_.creations());
  for (std::size_t reason = 0; reason < kEndReasons; ++reason) {
    stats_.channels_ended[reason].Set(directory_.ended(static_cast<EndReason>(reason)));
  }
  stats_.log_bytes.Set(directory_.log_bytes());
  stats_.memory_bytes.Set(directory_.bytes() + idempotency_.bytes());
  if (directory_.given_up_events() == stats_.given_up_events.Get()) return;
  stats_.given_up_events.Set(directory_.given_up_events());
  if (!given_up_log_.Admit(now_).admitted) return;
  Log(LogLevel::kWarning,
      "history shortened limit=history-memory allowed=" + std::to_string(options_.history_memory) +
          " events=" + std::to_string(directory_.given_up_events()) +
          "; --history-memory raises it");
}

template <class RingT>
void Sequencer<RingT>::WorkReport() {
  if (!report_walk_.Step(directory_)) return;
  ReportBox::Report report;
  report.channel_count = directory_.channel_count();
  report.newest_id = ShownId(directory_.newest_id());
  for (const ChannelInfo& info : report_walk_.Chosen(directory_)) {
    report.channels.push_back({std::string(info.name), info.subscribers, info.kept_events,
                               info.kept_bytes, ShownId(info.newest)});
  }
  if (untyped_events_ > 0) report.events_by_type.emplace_back("message", untyped_events_);
  for (const auto& [type, count] : events_by_type_) report.events_by_type.emplace_back(type, count);
  reports_.Answer(std::move(report));
}

template <class RingT>
void Sequencer<RingT>::WorkCensus() {
  if (!census_concerns_) {
    census_concerns_ = census_.Begin();
    if (!census_concerns_) return;
    directory_.BeginDoubt(census_concerns_);
    census_next_ = 0;
  }
  // Slots that are made meanwhile too: who comes to a channel now has been told already, or is new.
  const std::uint32_t until =
      std::min(directory_.slots(), census_next_ + static_cast<std::uint32_t>(budget::kReportSlice));
  for (; census_next_ < until; ++census_next_) {
    if (!directory_.HasChannel(census_next_)) continue;
    const std::string_view name = directory_.Describe(census_next_).name;
    if (census_concerns_(name)) census_names_.emplace_back(name);
  }
  if (census_next_ < directory_.slots()) return;
  directory_.EndDoubt(moment_);
  census_concerns_ = nullptr;
  census_.Answer(std::exchange(census_names_, {}));
}

template <class RingT>
std::string_view Sequencer<RingT>::DateNow() {
  const UnixMillis second = moment_.wall / 1000;
  if (second != date_second_ || date_.empty()) {
    date_second_ = second;
    date_ = HttpDate(second * 1000);
  }
  return date_;
}

}  // namespace ringcast
