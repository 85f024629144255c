// Connections come and go: accepting, sharing them out, closing, drain.
namespace ringcast {

template <class RingT>
void Shard<RingT>::ArmAccepts() {
  if (std::exchange(slots_spread_, false)) ring_.UseLowestSlots();
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
  Arrival arrival;
  if (acceptor.tells_peer) arrival.peer = acceptor.peer->address();
  if (acceptor.listener.proxy_header) {
    arrival.flags = connection_flag::kProxyHeader;
  } else if (IsTrustedUnix(acceptor.listener) || options_.trusted_proxies.Trusts(arrival.peer)) {
    arrival.flags = connection_flag::kForwarded;
  } else if (acceptor.tells_peer && options_.address_limits.enabled()) {
    arrival.address = KeyOf(arrival.peer);
  }
  Admit(static_cast<std::uint32_t>(completion.result), arrival);
}

template <class RingT>
void Shard<RingT>::OnPassed(const Completion& completion) {
  if (completion.result < 0) return;  // the sender is told as well, and keeps it
  const Tag tag = Tag::Unpack(completion.tag);
  Arrival arrival;
  arrival.passed_on = true;
  if (static_cast<ShardOperation>(tag.operation) == ShardOperation::kPassedProxy) {
    arrival.flags = static_cast<std::uint16_t>(tag.index);
  } else {
    arrival.address = completion.tag & AddressLimits::kKeyMask;
  }
  Admit(static_cast<std::uint32_t>(completion.result), arrival);
  // Release: who sees that it is no longer on its way sees that it is held.
  self_.incoming.fetch_sub(1, std::memory_order_release);
}

template <class RingT>
void Shard<RingT>::Admit(std::uint32_t slot, const Arrival& arrival) {
  connections_.EnsureIndex(slot);
  // What is kept for a slot is kept for good, and the kernel gives out slots from where it last
  // was: waves of clients that go and come back would fill the whole table in turn.
  if (slot >= std::max(held_ + held_ / 4, budget::kCompactSlots)) slots_spread_ = true;
  Connection& connection = connections_[slot];
  RC_CHECK(connection.state == ConnectionState::kFree, "the kernel hands out free slots");
  const std::uint32_t generation = connection.generation;
  connection = Connection{};
  connection.generation = generation;
  connection.flags = arrival.flags;
  ++held_;
  NoteHeld();
  // What comes behind a proxy says itself whose it is.
  const bool direct = arrival.flags == 0;
  NoteClient(slot, direct ? arrival.peer : IpAddress());
  if (connection.Has(connection_flag::kProxyHeader) && arrival.peer.valid() &&
      options_.trusted_proxies.has_networks() && !options_.trusted_proxies.Trusts(arrival.peer)) {
    return RefuseProxy(slot, "not from an address that --trusted-proxy names", arrival.peer);
  }
  if (arrival.passed_on && arrival.address != 0) {
    // Counted where it was accepted; it brings its count along.
    address_keys_.EnsureIndex(slot);
    address_keys_[slot] = arrival.address;
  } else if (arrival.address != 0) {
    if (const auto limit = EnterAddress(slot, arrival.address)) {
      return TurnAway(slot, *limit, arrival.peer);
    }
  }
  if (draining_) return Close(slot, CloseReason::kDrain);
  // One that was passed on is still counted as incoming, too.
  const bool full = PlacesTaken() - (arrival.passed_on ? 1u : 0u) > options_.capacity;
  // One that was passed on goes further only when this shard has filled up meanwhile: two shards
  // may have chosen it for the same last place.
  // Its address does not go with it, so one whose address is asked for stays while there is room.
  const bool stays = arrival.passed_on || (asks_application_ && direct && arrival.peer.valid());
  if ((!stays || full) && PassToAnother(slot, full)) return;
  if (full) return TurnAway(slot, Limit::kConnections, arrival.peer);
  BeginReading(slot);
}

// Its request is still read: only who has asked for a stream can be told when to come back.
template <class RingT>
void Shard<RingT>::TurnAway(std::uint32_t slot, Limit limit, const IpAddress& address) {
  if (GiveUpPlace(slot, limit, address)) BeginReading(slot);
}

// It takes no place from now on. False: it is closed without an answer.
template <class RingT>
bool Shard<RingT>::GiveUpPlace(std::uint32_t slot, Limit limit, const IpAddress& address) {
  connections_[slot].Set(connection_flag::kOverload);
  ++turned_away_;
  NoteHeld();
  NoteOverLimit(limit, address);
  if (draining_) {
    Close(slot, CloseReason::kDrain);
    return false;
  }
  // When the server is full, newcomers have nothing to wait for but this answer, and the slots
  // bound them. One address must not use up what others could have.
  if (limit != Limit::kConnections && turned_away_ > most_turned_away_) {
    Close(slot, CloseReason::kOverload);
    return false;
  }
  return true;
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
  // What the other shard must know: the address that is counted already, or how to learn it.
  const std::uint32_t proxy =
      connection.flags & (connection_flag::kProxyHeader | connection_flag::kForwarded);
  const std::uint64_t passed =
      proxy != 0 ? Tag{static_cast<std::uint8_t>(ShardOperation::kPassedProxy), 0, proxy}.Pack()
                 : Tag{static_cast<std::uint8_t>(ShardOperation::kPassed), 0, 0}.Pack() |
                       (address_keys_.Has(slot) ? address_keys_[slot] : 0);
  ring_.PassOn(slot, emptiest->ring, passed, TagFor(ShardOperation::kPassResult, slot));
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
    if (completion.result == -EOVERFLOW) {
      // No memory to tell the other shard: its table holds the connection, in a slot that nobody
      // knows, so that closing ours alone is no end for the client. Shut down, it comes back.
      ++connection.in_flight;
      ring_.Shutdown(File::Slot(slot), TagFor(ShardOperation::kShutdown, slot));
      return Close(slot, CloseReason::kOverload);
    }
    if (draining_) return Close(slot, CloseReason::kDrain);
    if (PlacesTaken() > options_.capacity) return TurnAway(slot, Limit::kConnections, {});
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
  if (connection.state == ConnectionState::kAsking) CancelQuestion(slot);
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
