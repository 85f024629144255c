// Connections come and go: accepting, sharing them out, closing, drain.
namespace ringcast {

template <class RingT>
void Shard<RingT>::ArmAccepts() {
  if (draining_ || tick_ < accept_again_tick_) return;
  const std::uint32_t places = PlacesTaken();
  // Other shards pass connections on to here until the capacity is reached; what is above it is for
  // accepts alone. With every slot in use an accept would only close clients (the kernel answers
  // -ENFILE): they wait in the backlog until slots are free again.
  const std::uint32_t taken = passing_ + turned_away_ + std::max(places, options_.capacity);
  const std::uint32_t free = options_.direct_slots > taken ? options_.direct_slots - taken : 0;
  // Either nobody else can take what a whole backlog needs, or there is so much that nobody will.
  const std::uint64_t backlog = options_.accept_backlog;
  const bool roomy = free >= backlog || places + 2 * backlog <= options_.capacity;
  for (std::size_t n = 0; n < acceptors_.size(); ++n) {
    const std::size_t i = (next_acceptor_ + n) % acceptors_.size();
    Acceptor& acceptor = acceptors_[i];
    const bool needs_peer = NeedsPeer(acceptor);
    if (acceptor.armed) {
      const bool stale = needs_peer && !acceptor.tells_peer;
      if (stale || (acceptor.multishot && !roomy)) CancelAccept(i);
      continue;
    }
    if (acceptor.multishot ? !roomy || needs_peer : armed_singles_ >= free) continue;
    acceptor.armed = true;
    acceptor.tells_peer = needs_peer;
    const File listener = File::Descriptor(acceptor.listener.descriptor);
    if (acceptor.multishot) {
      ring_.AcceptDirect(listener, AcceptTag(i));
      continue;
    }
    ++armed_singles_;
    if (needs_peer && !acceptor.peer) acceptor.peer = std::make_unique<PeerAddress>();
    ring_.AcceptOneDirect(listener, needs_peer ? acceptor.peer.get() : nullptr, AcceptTag(i));
    next_acceptor_ = i + 1;
  }
}

template <class RingT>
void Shard<RingT>::CancelAccept(std::size_t acceptor) {
  if (!acceptors_[acceptor].armed || acceptors_[acceptor].cancelled) return;
  acceptors_[acceptor].cancelled = true;
  ring_.Cancel(AcceptTag(acceptor),
               Tag{static_cast<std::uint8_t>(ShardOperation::kCancel), 0, 0}.Pack());
}

template <class RingT>
std::uint64_t Shard<RingT>::AcceptTag(std::size_t acceptor) {
  return Tag{static_cast<std::uint8_t>(ShardOperation::kAccept), 0,
             static_cast<std::uint32_t>(acceptor)}
      .Pack();
}

template <class RingT>
void Shard<RingT>::OnAccept(const Completion& completion) {
  Acceptor& acceptor = acceptors_[Tag::Unpack(completion.tag).index];
  if (!completion.more()) {
    acceptor.armed = false;
    acceptor.cancelled = false;
    if (!acceptor.multishot) --armed_singles_;
    // Armed again by the next tick, but after a refusal (a full table, no memory) not at once: the
    // cause needs time to pass.
    if (completion.result < 0 && completion.result != -ECANCELED) accept_again_tick_ = tick_ + 1;
  }
  if (completion.result < 0) return;
  stats_.accepted.Add();
  AddressLimits::Key address = 0;
  const PeerAddress* const peer = acceptor.tells_peer ? acceptor.peer.get() : nullptr;
  if (peer != nullptr) {
    const std::string_view network = peer->Network();
    // 0 stands for "no address".
    address =
        std::max<std::uint64_t>(SipHash13(options_.hash_key, network) & AddressLimits::kKeyMask, 1);
  }
  Admit(static_cast<std::uint32_t>(completion.result), /*may_pass=*/true, address, peer);
}

template <class RingT>
void Shard<RingT>::OnPassed(const Completion& completion) {
  if (completion.result < 0) return;  // the sender is told as well, and keeps it
  Admit(static_cast<std::uint32_t>(completion.result), /*may_pass=*/false,
        completion.tag & AddressLimits::kKeyMask, nullptr);
  // Release: who sees that it is no longer on its way sees that it is held.
  self_.incoming.fetch_sub(1, std::memory_order_release);
}

// `address`: 0 when nothing is limited by it. `peer`: where it comes from, if that is known.
template <class RingT>
void Shard<RingT>::Admit(std::uint32_t slot, bool may_pass, AddressLimits::Key address,
                         const PeerAddress* peer) {
  connections_.EnsureIndex(slot);
  Connection& connection = connections_[slot];
  RC_CHECK(connection.state == ConnectionState::kFree, "the kernel hands out free slots");
  const std::uint32_t generation = connection.generation;
  connection = Connection{};
  connection.generation = generation;
  ++held_;
  NoteHeld();
  if (address != 0) {
    // Counted once, where it was accepted; a connection that is passed on takes its count along.
    const AddressLimits::Verdict verdict =
        may_pass ? addresses_.Enter(address, now_) : AddressLimits::Verdict::kWithin;
    switch (verdict) {
      case AddressLimits::Verdict::kTooMany:
        return TurnAway(slot, Limit::kConnectionsPerIp, peer);
      case AddressLimits::Verdict::kTooFast:
        return TurnAway(slot, Limit::kConnectionRatePerIp, peer);
      case AddressLimits::Verdict::kWithin:
        break;
    }
    address_keys_.EnsureIndex(slot);
    address_keys_[slot] = address;
  }
  if (draining_) return Close(slot, CloseReason::kDrain);
  // One that was passed on is still counted as incoming, too.
  const bool full = PlacesTaken() - (may_pass ? 0u : 1u) > options_.capacity;
  // One that was passed on goes further only when this shard has filled up meanwhile: two shards
  // may have chosen it for the same last place.
  if ((may_pass || full) && PassToAnother(slot, full)) return;
  if (full) return TurnAway(slot, Limit::kConnections, peer);
  BeginReading(slot);
}

// It takes no place from now on. Its request is still read: only who has asked for a stream can be
// told when to come back.
template <class RingT>
void Shard<RingT>::TurnAway(std::uint32_t slot, Limit limit, const PeerAddress* peer) {
  connections_[slot].Set(connection_flag::kOverload);
  ++turned_away_;
  NoteHeld();
  const std::uint64_t allowed =
      limit == Limit::kConnectionsPerIp      ? options_.address_limits.connections
      : limit == Limit::kConnectionRatePerIp ? options_.address_limits.per_second
                                             : options_.max_connections;
  refusals_.Note(limit, allowed, now_,
                 [peer] { return peer != nullptr ? "address=" + peer->Text() : std::string(); });
  if (draining_) return Close(slot, CloseReason::kDrain);
  // When the server is full, newcomers have nothing to wait for but this answer, and the slots
  // bound them. One address must not use up what others could have.
  if (limit != Limit::kConnections && turned_away_ > most_turned_away_) {
    return Close(slot, CloseReason::kOverload);
  }
  BeginReading(slot);
}

// The kernel spreads connections over listeners by a hash, well but not evenly, and does not know
// when a shard is full. Whoever holds clearly more than the emptiest shard passes the newcomer on
// to it.
template <class RingT>
bool Shard<RingT>::PassToAnother(std::uint32_t slot, bool full) {
  if (all_.size() == 1) return false;
  // Without the newcomer, and without those that are on their way out already.
  const std::uint64_t mine = Staying() - 1;
  ShardPublic* emptiest = nullptr;
  // Another may take the last place meanwhile; then there is one place fewer to look for.
  do {
    // A full shard passes on to whoever has room, however many that one holds.
    std::uint64_t least = full ? UINT64_MAX : mine;
    emptiest = nullptr;
    for (ShardPublic* shard : all_) {
      if (shard == &self_) continue;
      const std::uint64_t held =
          shard->incoming.load(std::memory_order_acquire) + shard->staying.Get();
      if (held < least && held < shard->capacity.Get()) {
        least = held;
        emptiest = shard;
      }
    }
    if (emptiest == nullptr) return false;
    // 3% and two connections of slack: shards stay within 5% of one another, and few are passed on
    // while the kernel's own spread is good.
    if (!full && mine <= least + least / 32 + 2) return false;
  } while (!ReserveRoom(*emptiest));
  Connection& connection = connections_[slot];
  connection.state = ConnectionState::kPassing;
  connection.passed_to = emptiest->number;
  ++passing_;
  NoteHeld();
  ++connection.in_flight;
  ring_.PassOn(slot, emptiest->ring,
               Tag{static_cast<std::uint8_t>(ShardOperation::kPassed), 0, 0}.Pack() |
                   (address_keys_.Has(slot) ? address_keys_[slot] : 0),
               TagFor(ShardOperation::kPassResult, slot));
  return true;
}

// Counts a connection as on its way to `shard`, if that has room for it; so a shard is never passed
// more than its capacity.
template <class RingT>
bool Shard<RingT>::ReserveRoom(ShardPublic& shard) {
  // Acquire: pairs with the release in OnPassed(); one that has arrived is seen as held.
  const std::uint32_t before = shard.incoming.fetch_add(1, std::memory_order_acq_rel);
  if (before + shard.staying.Get() < shard.capacity.Get()) return true;
  shard.incoming.fetch_sub(1, std::memory_order_relaxed);  // nothing has come
  return false;
}

template <class RingT>
void Shard<RingT>::OnPassResult(std::uint32_t slot, const Completion& completion) {
  Connection& connection = connections_[slot];
  if (completion.result < 0) {
    // This kernel (before 6.3) cannot, or has no memory for it: it stays here.
    --passing_;
    NoteHeld();
    all_[connection.passed_to]->incoming.fetch_sub(1, std::memory_order_relaxed);  // as above
    connection.stray_bytes = 0;
    if (draining_) return Close(slot, CloseReason::kDrain);
    if (PlacesTaken() > options_.capacity) return TurnAway(slot, Limit::kConnections, nullptr);
    return BeginReading(slot);
  }
  stats_.passed_on.Add();
  if (address_keys_.Has(slot)) address_keys_[slot] = 0;
  connection.state = ConnectionState::kPassedOn;
  ring_.Close(File::Slot(slot), TagFor(ShardOperation::kClose, slot));
}

// Terminate, wait for what is in flight, close the slot. `abort` drops what is queued in the
// kernel.
template <class RingT>
void Shard<RingT>::Close(std::uint32_t slot, CloseReason reason, bool abort) {
  Connection& connection = connections_[slot];
  if (connection.state == ConnectionState::kClosing ||
      connection.state == ConnectionState::kClosed ||
      connection.state == ConnectionState::kPassedOn) {
    return;
  }
  Unsubscribe(slot);
  ReturnHandshake(slot);
  wheel_.Cancel(slot);
  if (connection.Has(connection_flag::kRemainder)) remainders_.erase(slot);
  if (connection.Has(connection_flag::kStream)) stats_.streams.Set(stats_.streams.Get() - 1);
  // Who is turned away is counted until the slot is free.
  connection.flags =
      static_cast<std::uint16_t>(connection.flags & std::uint16_t{connection_flag::kOverload});
  stats_.closed[static_cast<std::size_t>(reason)].Add();
  connection.state = ConnectionState::kClosing;
  if (abort) {
    ++connection.in_flight;
    ring_.Abort(File::Slot(slot), TagFor(ShardOperation::kAbort, slot));
  } else if (connection.in_flight > 0) {
    // Closing alone would send no FIN while an operation is armed; this ends them too.
    ++connection.in_flight;
    ring_.Shutdown(File::Slot(slot), TagFor(ShardOperation::kShutdown, slot));
  }
  CloseWhenQuiet(slot);
}

template <class RingT>
void Shard<RingT>::CloseWhenQuiet(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (connection.in_flight > 0) return;
  connection.state = ConnectionState::kClosed;
  ring_.Close(File::Slot(slot), TagFor(ShardOperation::kClose, slot));
}

template <class RingT>
void Shard<RingT>::OnClosed(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (address_keys_.Has(slot) && address_keys_[slot] != 0) {
    addresses_.Leave(std::exchange(address_keys_[slot], 0));
  }
  if (connection.state == ConnectionState::kPassedOn) --passing_;
  if (connection.Has(connection_flag::kOverload)) --turned_away_;
  connection.state = ConnectionState::kFree;
  ++connection.generation;
  --held_;
  NoteHeld();
}

template <class RingT>
void Shard<RingT>::NoteHeld() {
  stats_.connections.Set(held_);
  self_.staying.Set(Staying());
}

// Connections that have a place here and keep it.
template <class RingT>
std::uint32_t Shard<RingT>::Staying() const {
  return held_ - passing_ - turned_away_;
}

// Of its capacity.
template <class RingT>
std::uint32_t Shard<RingT>::PlacesTaken() const {
  // Relaxed: who is seen as arrived has been admitted by this thread.
  return Staying() + self_.incoming.load(std::memory_order_relaxed);
}

// Stops accepting and gives every connection a moment, spread over the drain timeout, at which it
// is told to come back and closed.
template <class RingT>
void Shard<RingT>::StartDrain() {
  draining_ = true;
  next_retimed_ = UINT32_MAX;  // every timer is set for the drain below
  // Release: pairs with the acquire of the main thread, which closes the listeners; this shard does
  // not name their descriptors after this.
  control_.shards_draining.fetch_add(1, std::memory_order_release);
  for (std::size_t i = 0; i < acceptors_.size(); ++i) CancelAccept(i);
  // A few connections need no long spread: at most 2 ms for each.
  const Millis spread = std::min(options_.drain_timeout, Millis(held_ * 2));
  const std::uint32_t ticks = spread.count() > 0 ? TicksOf(spread) : 0;
  for (std::uint32_t slot = 0; slot < options_.direct_slots; ++slot) {
    if (!connections_.Has(slot)) continue;
    const ConnectionState state = connections_[slot].state;
    if (state == ConnectionState::kFree || state == ConnectionState::kClosing ||
        state == ConnectionState::kClosed || state == ConnectionState::kPassing ||
        state == ConnectionState::kPassedOn) {
      continue;
    }
    connections_[slot].lifetime_tick =
        tick_ + (ticks > 0 ? static_cast<std::uint32_t>(rng_.Below(ticks)) : 0);
    wheel_.Schedule(slot, connections_[slot].lifetime_tick);
  }
}

}  // namespace ringcast
