// From an accepted connection to a whole request, and the answers that are no streams.
namespace ringcast {

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

template <class RingT>
void Shard<RingT>::BeginReading(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  connection.state = ConnectionState::kReading;
  const Millis time = connection.Has(connection_flag::kOverload)
                          ? std::min(options_.header_timeout, kTurnAwayTimeout)
                          : options_.header_timeout;
  connection.lifetime_tick = tick_ + TicksOf(time);
  ArmReceive(slot);
  Rearm(slot);
}

template <class RingT>
void Shard<RingT>::ArmReceive(std::uint32_t slot) {
  ++connections_[slot].in_flight;
  ring_.ReceiveProvided(File::Slot(slot), TagFor(ShardOperation::kReceive, slot));
}

template <class RingT>
void Shard<RingT>::OnReceive(std::uint32_t slot, const Completion& completion) {
  Connection& connection = connections_[slot];
  if (completion.result == -ENOBUFS) {
    retry_receive_.push_back(slot);
    return;
  }
  if (completion.result <= 0) {
    // The end, or a reset. A lingering peer that has read its answer ends like this, as it should.
    return Close(slot, connection.state == ConnectionState::kLingering
                           ? static_cast<CloseReason>(connection.close_reason)
                           : CloseReason::kClient);
  }
  const std::span<const char> bytes = ring_.BufferBytes(completion);
  if (connection.state == ConnectionState::kReading) {
    OnRequestBytes(slot, {bytes.data(), bytes.size()});
    ring_.RecycleBuffer(completion);
    return;
  }
  const auto count = static_cast<std::uint32_t>(bytes.size());
  ring_.RecycleBuffer(completion);
  // What comes after the request is never executed.
  const std::uint32_t stray = connection.stray_bytes + count;
  connection.stray_bytes = static_cast<std::uint16_t>(std::min<std::uint32_t>(stray, 0xffff));
  if (connection.state == ConnectionState::kLingering) {
    constexpr std::uint32_t kMostWhileLingering = 0xffff;
    if (stray >= kMostWhileLingering) {
      return Close(slot, static_cast<CloseReason>(connection.close_reason));
    }
    return ArmReceive(slot);
  }
  if (stray > budget::kMaxStrayBytes) return Close(slot, CloseReason::kStray);
  ++connection.in_flight;
  ring_.PollReadable(File::Slot(slot), TagFor(ShardOperation::kReadable, slot));
}

template <class RingT>
void Shard<RingT>::OnRequestBytes(std::uint32_t slot, std::string_view bytes) {
  Connection& connection = connections_[slot];
  if (connection.handshake == kNoIndex) connection.handshake = handshakes_.Take();
  Handshake& handshake = handshakes_[connection.handshake];
  if (connection.Has(connection_flag::kProxyHeader) && !ReadProxyHeader(slot, bytes)) return;
  std::string pipelined;
  if (!handshake.pending.empty()) {
    pipelined.swap(handshake.pending);
    pipelined.append(bytes);
    bytes = pipelined;
  }
  for (;;) {
    const ParseResult result = handshake.parser.Feed(bytes);
    bytes.remove_prefix(result.consumed);
    switch (result.status) {
      case ParseStatus::kNeedMore:
        return ArmReceive(slot);
      case ParseStatus::kError:
        return Refuse(slot, handshake.parser.error_status(), handshake.parser.error_reason());
      case ParseStatus::kHeadComplete:
        if (!TakeBody(slot)) return;
        if (!handshake.parser.head().expect_continue) continue;
        handshake.pending = bytes;
        scratch_ = kContinue;
        return Respond(slot, AfterResponse::kReadBody);
      case ParseStatus::kComplete:
        handshake.pending = bytes;
        return Decide(slot);
    }
  }
}

// A stream that says when to come back and ends: browsers give up for good on any error status.
template <class RingT>
void Shard<RingT>::AnswerOverload(std::uint32_t slot, AfterResponse after) {
  Connection& connection = connections_[slot];
  const Handshake& handshake = handshakes_[connection.handshake];
  scratch_.clear();
  AppendOverload(scratch_, handshake.parser.head().http_1_0, CorsOf(handshake), JitteredRetryMs(),
                 DateNow());
  connection.close_reason = static_cast<std::uint8_t>(CloseReason::kOverload);
  Respond(slot, after);
}

// An error status, and the end of the connection once the peer could read it.
template <class RingT>
void Shard<RingT>::Refuse(std::uint32_t slot, int status, std::string_view reason, bool head_only,
                          std::span<const HeaderField> extra) {
  const Handshake& handshake = handshakes_[connections_[slot].handshake];
  const std::string body = ErrorBody(status, reason);
  scratch_.clear();
  SimpleResponse refusal;
  refusal.status = status;
  refusal.body = body;
  refusal.head_only = head_only;
  if (status == 405 && handshake.match.route != nullptr) {
    refusal.allow = handshake.match.route->allow();
  }
  // A page must be able to read why.
  refusal.cors = CorsOf(handshake);
  refusal.extra = extra;
  refusal.http_date = DateNow();
  AppendSimpleResponse(scratch_, refusal);
  connections_[slot].close_reason = static_cast<std::uint8_t>(
      status == 408 ? CloseReason::kHeaderTimeout : CloseReason::kBadRequest);
  Respond(slot, AfterResponse::kLinger);
}

// Sends scratch_ as the whole response.
template <class RingT>
void Shard<RingT>::Respond(std::uint32_t slot, AfterResponse after) {
  Connection& connection = connections_[slot];
  if (connection.handshake == kNoIndex) connection.handshake = handshakes_.Take();
  handshakes_[connection.handshake].after = after;
  connection.state = ConnectionState::kResponding;
  PrepareOwn(slot, scratch_);
}

template <class RingT>
void Shard<RingT>::OnResponseSent(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  Handshake& handshake = handshakes_[connection.handshake];
  if (handshake.after == AfterResponse::kClose) {
    return Close(slot, static_cast<CloseReason>(connection.close_reason));
  }
  if (handshake.after == AfterResponse::kReadBody) {
    connection.state = ConnectionState::kReading;
    Rearm(slot);
    if (handshake.pending.empty()) return ArmReceive(slot);
    read_on_.push_back(slot);
    return;
  }
  if (handshake.after == AfterResponse::kLinger || draining_) {
    if (connection.close_reason == 0) {
      connection.close_reason = static_cast<std::uint8_t>(CloseReason::kDone);
    }
    return BeginLingering(slot);
  }
  handshake.parser.Reset();
  handshake.match = RouteMatch{};
  connection.state = ConnectionState::kReading;
  connection.lifetime_tick = tick_ + TicksOf(options_.header_timeout);
  Rearm(slot);
  if (handshake.pending.empty()) {
    ReturnHandshake(slot);
    return ArmReceive(slot);
  }
  read_on_.push_back(slot);
}

// Closing with unread bytes would send a reset, and the peer might lose the answer: our side is
// shut, and what still comes is read and dropped until the peer closes or a second has passed.
template <class RingT>
void Shard<RingT>::BeginLingering(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  ReturnHandshake(slot);
  connection.state = ConnectionState::kLingering;
  connection.stray_bytes = 0;
  // A request that did not arrive in time has left its receive armed (or, when more came meanwhile,
  // the poll that takes its place).
  if (connection.in_flight == 0) ArmReceive(slot);
  ++connection.in_flight;
  ring_.ShutdownWrite(File::Slot(slot), TagFor(ShardOperation::kShutdown, slot));
  constexpr Millis kLinger{1000};
  connection.lifetime_tick = tick_ + TicksOf(kLinger);
  Rearm(slot);
}

template <class RingT>
void Shard<RingT>::ReturnHandshake(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  if (connection.handshake == kNoIndex) return;
  handshakes_.Return(connection.handshake);
  connection.handshake = kNoIndex;
}

}  // namespace ringcast
