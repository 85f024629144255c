// The tick.
namespace ringcast {

template <class RingT>
Shard<RingT>::Shard(const ShardOptions& options, RingT& ring, ShardLanes& lanes,
                    std::vector<ShardPublic*> all, RingHandle sequencer,
                    std::uint64_t sequencer_doorbell, RunControl& control, AddressLimits& addresses)
    : options_(options),
      ring_(ring),
      lanes_(lanes),
      all_(std::move(all)),
      self_(*all_[options.number]),
      stats_(self_.stats),
      sequencer_(sequencer),
      sequencer_doorbell_(sequencer_doorbell),
      control_(control),
      addresses_(addresses),
      refusals_(stats_.over_limit),
      token_refusals_(stats_.tokens_refused, "subscriber"),
      rng_(options.seed),
      start_(ring.Now()),
      now_(start_),
      completions_(1024),
      handshakes_({.max_body = options.demo == nullptr
                                   ? 0
                                   : std::max(kMaxDemoDataBytes, budget::kMaxDroppedBodyBytes)}),
      wheel_(TimerLinks{&connections_}, 0),
      batch_completions_(1024),
      pieces_(budget::kSendsPerSlice, budget::kSendsPerSlice * 8) {
  for (const ShardListener& listener : options_.listeners) {
    // A multishot accept stays at the head of a shared socket's queue and would take every
    // newcomer; one-shots go to the end of it, so that the shards take turns.
    if (!listener.shared) {
      acceptors_.push_back({.listener = listener, .multishot = true, .peer = nullptr});
    }
    const std::uint32_t singles = listener.shared ? budget::kSharedAccepts : budget::kSingleAccepts;
    for (std::uint32_t i = 0; i < singles; ++i) {
      acceptors_.push_back({.listener = listener, .peer = nullptr});
    }
  }
  Apply(options);
}

template <class RingT>
Shard<RingT>::~Shard() {
  // A name that was offered may have been adopted by now; one that is still here was not.
  while (!up_waiting_.empty()) {
    const ToSequencer message = up_waiting_.PopFront();
    if (message.kind == ToSequencer::Kind::kInterest) ChannelNameBlock::Free(message.name);
  }
}

template <class RingT>
void Shard<RingT>::Run() {
  while (Tick(std::chrono::seconds(1))) {
  }
}

template <class RingT>
std::uint32_t Shard<RingT>::TickAt(MonoTime time) const {
  return static_cast<std::uint32_t>((time - start_) / kTickLength);
}

// At least one tick, rounded up.
template <class RingT>
std::uint32_t Shard<RingT>::TicksOf(Millis duration) const {
  const auto ticks = (duration + kTickLength - Millis(1)) / kTickLength;
  constexpr std::uint32_t kMost = std::uint32_t{1} << 30;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ticks, 1, kMost));
}

template <class RingT>
std::uint64_t Shard<RingT>::TagFor(ShardOperation operation, std::uint32_t slot) const {
  return Tag{static_cast<std::uint8_t>(operation), connections_[slot].generation, slot}.Pack();
}

template <class RingT>
bool Shard<RingT>::Tick(Nanos at_most) {
  now_ = ring_.Now();
  tick_ = TickAt(now_);

  // Relaxed: the phase only ever rises, and it is looked at again on the next tick.
  const RunPhase phase = control_.phase.load(std::memory_order_relaxed);
  if (phase == RunPhase::kStopping) return false;
  if (phase == RunPhase::kDraining && !draining_) StartDrain();
  if (draining_ && held_ == 0) return false;

  if (const ShardSettings* posted = self_.settings.Posted()) FollowSettings(*posted);
  ArmAccepts();
  ServeTokens();
  ReapAll();
  DrainLane();
  TakeDecisions();
  std::vector<std::uint32_t> read_on;
  read_on.swap(read_on_);
  for (std::uint32_t slot : read_on) {
    if (connections_[slot].state == ConnectionState::kReading) OnRequestBytes(slot, {});
  }
  timers_left_ =
      !wheel_.Advance(tick_, budget::kTimersPerTick, [this](std::uint32_t slot) { OnTimer(slot); });
  FlushSlice();
  CatchUpSlice();
  SubmitBatch();
  CheckReleases();
  TellCounts();
  CommitUp();
  CommitQuestions();
  FreeHandshakes();
  UpdateStats();
  Wait(at_most);
  return true;
}

template <class RingT>
void Shard<RingT>::ReapAll() {
  // What arrives while handlers run belongs to the next round; the bound keeps sends going under a
  // storm of completions.
  constexpr int kRounds = 4;
  std::size_t total = 0;
  for (int round = 0; round < kRounds; ++round) {
    // Those that a batch's submission brought along are older than what is in the queue now.
    while (!deferred_.empty()) {
      const Completion completion = deferred_.PopFront();
      Dispatch(completion);
      ++total;
    }
    const std::size_t count = ring_.Reap(completions_);
    for (std::size_t i = 0; i < count; ++i) Dispatch(completions_[i]);
    total += count;
    if (count < completions_.size() && deferred_.empty()) break;
  }
  busy_ = total >= 16;
  std::vector<std::uint32_t> again;
  again.swap(retry_receive_);
  for (std::uint32_t slot : again) {
    const ConnectionState state = connections_[slot].state;
    if (state == ConnectionState::kReading || state == ConnectionState::kLingering ||
        state == ConnectionState::kAsking || state == ConnectionState::kOpening ||
        state == ConnectionState::kStreaming) {
      ArmReceive(slot);
    }
  }
}

template <class RingT>
void Shard<RingT>::Dispatch(const Completion& completion) {
  const Tag tag = Tag::Unpack(completion.tag);
  const auto operation = static_cast<ShardOperation>(tag.operation);
  switch (operation) {
    case ShardOperation::kAccept:
      return OnAccept(completion);
    case ShardOperation::kPassed:
    case ShardOperation::kPassedProxy:
      return OnPassed(completion);
    case ShardOperation::kDoorbell:    // being awake is all it is for
    case ShardOperation::kWakeResult:  // a doorbell that failed: the sequencer's timer looks again
    case ShardOperation::kCancel:
      return;
    case ShardOperation::kSend:
      // The submission queue was full, and a part of the batch went to the kernel early.
      return NoteUnsent(completion);
    case ShardOperation::kReceive:
    case ShardOperation::kReadable:
    case ShardOperation::kWritable:
    case ShardOperation::kShutdown:
    case ShardOperation::kAbort:
    case ShardOperation::kClose:
    case ShardOperation::kPassResult:
      break;
  }
  const std::uint32_t slot = tag.index;
  Connection& connection = connections_[slot];
  RC_CHECK((connection.generation & kGenerationMask) == tag.generation,
           "a slot is not reused while an operation on it is in flight");
  if (operation == ShardOperation::kClose) return OnClosed(slot);
  RC_CHECK(connection.in_flight > 0, "a completion belongs to an operation in flight");
  --connection.in_flight;
  if (connection.state == ConnectionState::kClosing) {
    if (completion.has_buffer()) ring_.RecycleBuffer(completion);
    if (operation == ShardOperation::kAbort && completion.result < 0 && connection.in_flight > 0) {
      // UNIX sockets know no abort: what is armed is ended as for any other.
      ++connection.in_flight;
      ring_.Shutdown(File::Slot(slot), TagFor(ShardOperation::kShutdown, slot));
    }
    return CloseWhenQuiet(slot);
  }
  switch (operation) {
    case ShardOperation::kReceive:
      return OnReceive(slot, completion);
    case ShardOperation::kReadable:
      // The poll says "readable" for data and for the end alike; the receive tells them apart.
      return completion.result < 0 ? Close(slot, CloseReason::kClient) : ArmReceive(slot);
    case ShardOperation::kWritable:
      return OnWritable(slot);
    case ShardOperation::kPassResult:
      return OnPassResult(slot, completion);
    default:
      return;
  }
}

template <class RingT>
bool Shard<RingT>::HasWork() {
  return timers_left_ || settling_ || !deferred_.empty() || !flush_queue_.empty() ||
         !shared_queue_.empty() || !catch_up_queue_.empty() || !read_on_.empty() ||
         !retry_receive_.empty() || !to_check_.empty() || !token_queue_.empty() ||
         handshakes_.HasExcess();
}

template <class RingT>
void Shard<RingT>::Wait(Nanos at_most) {
  if (HasWork()) return ring_.Submit(/*run_deferred=*/true);
  if (!lanes_.down.PrepareSleep()) return ring_.Submit(/*run_deferred=*/true);
  GateLanes* const gate = options_.gate.lanes;
  if (gate != nullptr && !gate->answers.PrepareSleep()) {
    lanes_.down.FinishSleep();
    return ring_.Submit(/*run_deferred=*/true);
  }
  // The doorbell may be lost (a full completion queue): the lane is looked at again soon anyway.
  constexpr Nanos kLongest = Millis(100);
  Nanos wait = std::min(at_most, kLongest);
  const std::uint32_t next = wheel_.NextTick();
  if (next != UINT32_MAX) {
    const MonoTime due = start_ + Nanos(kTickLength) * next;
    wait = std::clamp<Nanos>(due - ring_.Now(), Nanos(0), wait);
  }
  if (!withheld_.empty()) wait = std::min<Nanos>(wait, Millis(5));
  if (!up_waiting_.empty()) wait = std::min<Nanos>(wait, Millis(1));
  // One completion wakes an idle shard; a busy one lets some more gather, since each enter handles
  // only so many deferred completions as it waits for.
  if (busy_) {
    ring_.SubmitAndWait(64, std::min<Nanos>(wait, std::chrono::microseconds(100)));
  } else {
    ring_.SubmitAndWait(1, wait);
  }
  lanes_.down.FinishSleep();
  if (gate != nullptr) gate->answers.FinishSleep();
}

// What a crowd of requests has left is freed when none has needed it for a while.
template <class RingT>
void Shard<RingT>::FreeHandshakes() {
  if (tick_ >= next_handshake_review_) {
    handshakes_.Review(budget::kSpareHandshakes);
    next_handshake_review_ = tick_ + TicksOf(budget::kHandshakeReview);
  }
  freed_handshakes_ += handshakes_.FreeSome(budget::kHandshakesFreedPerTick);
  // Each trim has little to do while there is much to free. Requests that come and go in numbers
  // take what was freed again: only a shard that has none but its spare ones trims for a few.
  const bool quiet = handshakes_.made() <= budget::kSpareHandshakes;
  if (freed_handshakes_ < (quiet ? budget::kSpareHandshakes : budget::kHandshakesPerTrim)) return;
  freed_handshakes_ = 0;
  TrimHeap();
}

template <class RingT>
void Shard<RingT>::UpdateStats() {
  self_.pulse.Beat();
  stats_.channels.Set(channels_.size());
  stats_.ring_overflows.Set(ring_.overflows());
  stats_.memory_bytes.Set(connections_.bytes() + extras_.bytes() + channels_.bytes() +
                          channel_names_.bytes() + flushes_.bytes() + token_ends_.bytes() +
                          fell_behind_.bytes() + address_keys_.bytes() + client_addresses_.bytes());
}

template <class RingT>
std::string_view Shard<RingT>::DateNow() {
  const UnixMillis second = ring_.WallNow() / 1000;
  if (second != date_second_ || date_.empty()) {
    date_second_ = second;
    date_ = HttpDate(second * 1000);
  }
  return date_;
}

}  // namespace ringcast
