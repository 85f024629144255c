// Settings that change while the shard runs: taken up between two ticks, and acknowledged when
// nothing goes by those before any more.
namespace ringcast {

template <class RingT>
void Shard<RingT>::FollowSettings(const ShardSettings& posted) {
  if (!settling_) {
    settling_ = true;
    const bool retime = posted.heartbeat != options_.heartbeat ||
                        posted.idle_timeout != options_.idle_timeout ||
                        posted.stall_timeout != options_.stall_timeout ||
                        posted.max_lifetime != options_.max_lifetime;
    if (retime && !draining_) next_retimed_ = 0;
    lifetime_before_ = options_.max_lifetime;
    Apply(posted);
  }
  RetimeSlice();
  // An accept that was armed before does not tell where a connection comes from: ArmAccepts() has
  // it cancelled.
  const bool stale_accept =
      std::any_of(acceptors_.begin(), acceptors_.end(), [this](const Acceptor& acceptor) {
        return acceptor.armed && NeedsPeer(acceptor) && !acceptor.tells_peer;
      });
  if (Retiming() || (stale_accept && !draining_)) return;
  settling_ = false;
  self_.settings.Acknowledge();
}

template <class RingT>
void Shard<RingT>::Apply(const ShardSettings& fresh) {
  static_cast<ShardSettings&>(options_) = fresh;
  self_.capacity.Set(options_.capacity);
  const auto asks = [](const Route& route) { return route.auth == AuthMode::kUrl; };
  asks_application_ =
      asks(options_.routes->events()) ||
      std::any_of(options_.routes->routes().begin(), options_.routes->routes().end(), asks);
  most_turned_away_ =
      std::min(budget::kMaxTurnedAway, (options_.direct_slots - options_.capacity) / 2);
}

// Sets some more timers by the new times: else a stream would notice them when its old timer fires,
// which may be an hour later.
template <class RingT>
void Shard<RingT>::RetimeSlice() {
  for (std::uint32_t n = 0; n < budget::kRetimesPerTick && Retiming(); ++n, ++next_retimed_) {
    if (connections_.Has(next_retimed_)) Retime(next_retimed_);
  }
  if (!Retiming()) next_retimed_ = UINT32_MAX;
}

template <class RingT>
void Shard<RingT>::Retime(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  const bool streams = connection.state == ConnectionState::kStreaming;
  if (!wheel_.armed(slot) || (!streams && !connection.Has(connection_flag::kStalled))) return;
  if (streams && options_.max_lifetime != lifetime_before_) {
    const std::uint32_t token_end = TokenEnd(slot);
    // Its own end is that of its token alone: then nothing is known of when it began.
    if (connection.lifetime_tick == token_end) connection.lifetime_tick = 0;
    if (options_.max_lifetime.count() == 0) {
      connection.lifetime_tick = 0;
    } else {
      // No later than one that begins now. When it began is not kept, but its end moves with the
      // lifetime, give or take the spread that it has.
      std::int64_t end = std::int64_t{tick_} + static_cast<std::int64_t>(rng_.Jittered(
                                                   TicksOf(options_.max_lifetime), 0.1));
      if (connection.lifetime_tick != 0) {
        end = std::min(end, std::int64_t{connection.lifetime_tick} +
                                TicksOf(options_.max_lifetime) - TicksOf(lifetime_before_));
      }
      connection.lifetime_tick = static_cast<std::uint32_t>(std::max<std::int64_t>(end, 1));
    }
    if (token_end != 0 && (connection.lifetime_tick == 0 || token_end < connection.lifetime_tick)) {
      connection.lifetime_tick = token_end;
    }
  }
  Rearm(slot);
  if (connection.timer.deadline_tick > tick_) return;
  // By shorter times it is overdue, and so are many others: not all in the same moment.
  constexpr std::uint32_t kSpreadTicks = 20;  // 1 s
  wheel_.Schedule(slot, tick_ + 1 + static_cast<std::uint32_t>(rng_.Below(kSpreadTicks)));
}

// For a stream that begins. One whose turn in RetimeSlice() is still to come begins by the times
// before, so that each is moved on exactly once.
template <class RingT>
Millis Shard<RingT>::LifetimeOf(std::uint32_t slot) const {
  return slot < next_retimed_ ? options_.max_lifetime : lifetime_before_;
}

}  // namespace ringcast
