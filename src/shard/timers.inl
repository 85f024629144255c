// Heartbeats, idle clean-up, deadlines. A connection has one timer, for the earliest of what may be
// due; what has happened meanwhile is looked at when it fires, so a delivery never touches the
// wheel.
namespace ringcast {

template <class RingT>
Millis Shard<RingT>::HeartbeatOf(std::uint32_t slot) const {
  if (!connections_[slot].has_rules) return options_.heartbeat;
  return stream_rules_.Of(slot).heartbeat.value_or(options_.heartbeat);
}

template <class RingT>
void Shard<RingT>::Rearm(std::uint32_t slot) {
  const Connection& connection = connections_[slot];
  std::uint32_t due = UINT32_MAX - 1;
  auto at = [&due](std::uint32_t tick) { due = std::min(due, tick); };
  if (connection.state == ConnectionState::kStreaming) {
    if (connection.lifetime_tick != 0) at(connection.lifetime_tick);
    if (connection.Has(connection_flag::kStalled)) {
      at(connection.last_send_tick + TicksOf(options_.stall_timeout));
    } else if (!draining_) {  // where neither is done any more
      if (const Millis heartbeat = HeartbeatOf(slot); heartbeat.count() > 0) {
        // Spread, so that streams which were sent the same event do not all beat together; never
        // later than what was asked for.
        const std::uint32_t ticks = TicksOf(heartbeat);
        at(connection.last_send_tick + ticks -
           static_cast<std::uint32_t>(rng_.Below(ticks / 4 + 1)));
      }
      if (options_.idle_timeout.count() > 0) {
        at(connection.last_event_tick + TicksOf(options_.idle_timeout));
      }
    }
  } else if (connection.Has(connection_flag::kStalled)) {
    at(connection.last_send_tick + TicksOf(options_.stall_timeout));
  } else {
    at(connection.lifetime_tick);
  }
  // A response that is being sent goes out first.
  if (draining_ && connection.state != ConnectionState::kResponding) at(connection.lifetime_tick);
  constexpr std::uint32_t kFar = std::uint32_t{1} << 30;
  wheel_.Schedule(slot, std::min(due, tick_ + kFar));
}

template <class RingT>
void Shard<RingT>::OnTimer(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  auto passed = [this](std::uint32_t since, Millis limit) {
    return limit.count() > 0 && tick_ - since >= TicksOf(limit);
  };
  switch (connection.state) {
    case ConnectionState::kReading:
      if (draining_ || tick_ < connection.lifetime_tick) break;
      // Silence is answered with silence; a request that does not come to its end is told.
      if (connection.handshake != kNoIndex && handshakes_[connection.handshake].parser.started()) {
        return Refuse(slot, 408, "The request did not arrive in time.");
      }
      return Close(slot, CloseReason::kHeaderTimeout);
    case ConnectionState::kAsking:
      if (draining_ || tick_ < connection.lifetime_tick) break;
      return GiveUpAsking(slot);
    case ConnectionState::kResponding:
      if (passed(connection.last_send_tick, options_.stall_timeout)) {
        return Close(slot, CloseReason::kStalled, /*abort=*/true);
      }
      break;
    case ConnectionState::kLingering:
      return Close(slot, static_cast<CloseReason>(connection.close_reason));
    case ConnectionState::kStreaming:
      if (connection.Has(connection_flag::kStalled) &&
          passed(connection.last_send_tick, options_.stall_timeout)) {
        return Close(slot, CloseReason::kStalled, /*abort=*/true);
      }
      if (draining_) break;
      if (!connection.Has(connection_flag::kStalled) &&
          passed(connection.last_event_tick, options_.idle_timeout)) {
        return Close(slot, CloseReason::kIdle);
      }
      // Of a stalled stream as well: whatever Rearm() asks for must be done when it is due, or the
      // timer fires again at once.
      if (connection.lifetime_tick != 0 && tick_ >= connection.lifetime_tick) {
        return Close(slot, connection.lifetime_tick == TokenEnd(slot) ? CloseReason::kTokenExpired
                                                                      : CloseReason::kLifetime);
      }
      if (const Millis heartbeat = HeartbeatOf(slot);
          !connection.Has(connection_flag::kStalled) && heartbeat.count() > 0 &&
          tick_ - connection.last_send_tick >= TicksOf(heartbeat) * 3 / 4) {
        SendHeartbeat(slot);
      }
      break;
    case ConnectionState::kOpening:
    case ConnectionState::kFree:
    case ConnectionState::kPassing:
    case ConnectionState::kClosing:
    case ConnectionState::kClosed:
    case ConnectionState::kPassedOn:
      break;
  }
  if (draining_ && tick_ >= connection.lifetime_tick) {
    if (connection.state == ConnectionState::kStreaming) {
      scratch_.clear();
      AppendDrain(scratch_, !connection.Has(connection_flag::kHttp10), JitteredRetryMs());
      return SayLastWords(slot, scratch_, CloseReason::kDrain);
    }
    if (connection.state != ConnectionState::kResponding) return Close(slot, CloseReason::kDrain);
  }
  const ConnectionState state = connections_[slot].state;
  if (state == ConnectionState::kReading || state == ConnectionState::kResponding ||
      state == ConnectionState::kAsking || state == ConnectionState::kStreaming) {
    Rearm(slot);
  }
}

// Only on a stream that has been quiet: never within an event.
template <class RingT>
void Shard<RingT>::SendHeartbeat(std::uint32_t slot) {
  // One that is behind is not quiet, and has its event's rest to send first.
  if (connections_[slot].Has(connection_flag::kRemainder | connection_flag::kQueued |
                             connection_flag::kFlushQueued)) {
    return;
  }
  const Connection& before = connections_[slot];
  if (before.subscription.list == SubscriptionList::kBehind) return;
  if (!MakeRoom(slot)) return;
  Connection& connection = connections_[slot];
  if (connection.Has(connection_flag::kStalled) ||
      connection.subscription.list == SubscriptionList::kBehind) {
    return;
  }
  const std::string_view beat = Heartbeat(!connection.Has(connection_flag::kHttp10));
  SendEntry& entry = AddEntry(slot, SendKind::kHeartbeat);
  entry.data = beat.data();
  entry.bytes = beat.size();
  connection.last_send_tick = tick_;
  ring_.SendNow(File::Slot(slot), {beat.data(), beat.size()}, SendTag());
}

// Sends a last block and closes. A stream that is not at an event's end is closed as it is: its
// client resumes.
template <class RingT>
void Shard<RingT>::SayLastWords(std::uint32_t slot, std::string_view bytes, CloseReason reason) {
  PrepareRest(slot);
  Connection& connection = connections_[slot];
  if (connection.Has(connection_flag::kInBatch)) SubmitBatch();
  if (connection.state != ConnectionState::kStreaming) return;
  if (IsBehind(slot)) return Close(slot, reason);
  connection.Set(connection_flag::kLastWords);
  connection.close_reason = static_cast<std::uint8_t>(reason);
  PrepareOwn(slot, bytes);
}

// Up to half as long again as the configured time, so that clients do not come back together.
template <class RingT>
std::uint32_t Shard<RingT>::JitteredRetryMs() {
  const auto base = static_cast<std::uint64_t>(options_.retry.count());
  return static_cast<std::uint32_t>(base + rng_.Below(base / 2 + 1));
}

}  // namespace ringcast
