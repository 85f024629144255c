// From an accepted connection to a request and its answer.
namespace ringcast {

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
  const ParseResult result = handshake.parser.Feed(bytes);
  const std::string_view rest = bytes.substr(result.consumed);
  switch (result.status) {
    case ParseStatus::kNeedMore:
      return ArmReceive(slot);
    case ParseStatus::kError:
      return Refuse(slot, handshake.parser.error_status(), handshake.parser.error_reason());
    case ParseStatus::kHeadComplete: {
      if (ReadsDemoBody(slot, rest)) return;
      // A body, where no resource takes one.
      const SubscribeTarget target = ParseSubscribeTarget(handshake.parser.head());
      const bool known = target.kind == RouteKind::kEvents || target.kind == RouteKind::kHealth ||
                         target.kind == RouteKind::kBadRequest;
      return Refuse(slot, known ? 405 : 404,
                    known ? "This resource is read with GET." : "No such resource.");
    }
    case ParseStatus::kComplete:
      break;
  }
  handshake.pending = rest;
  if (Answer(slot)) return;
  // It has become a stream: what was sent along is no request any more.
  connection.stray_bytes = static_cast<std::uint16_t>(std::min<std::size_t>(rest.size(), 0xffff));
  handshake.pending.clear();
  if (connection.stray_bytes > budget::kMaxStrayBytes) return Close(slot, CloseReason::kStray);
  Subscribe(slot);
}

// Answers a whole request without a body. False: it asks for a stream.
template <class RingT>
bool Shard<RingT>::Answer(std::uint32_t slot) {
  if (AnswerDemo(slot)) return true;
  Connection& connection = connections_[slot];
  Handshake& handshake = handshakes_[connection.handshake];
  const RequestHead& head = handshake.parser.head();
  const CorsAnswer cors = options_.origins.For(head.has_origin ? head.origin : std::string_view{});
  handshake.target = ParseSubscribeTarget(head, options_.max_channels_per_stream);
  const SubscribeTarget& target = handshake.target;
  const bool overload = connection.Has(connection_flag::kOverload);
  const bool keep_alive = head.keep_alive && !overload;
  const AfterResponse after = keep_alive ? AfterResponse::kReadOn : AfterResponse::kLinger;
  const bool head_only = head.method == HttpMethod::kHead;

  if (target.kind == RouteKind::kNotFound) {
    Refuse(slot, 404, "Streams are at /events/{channel}.", head_only);
    return true;
  }
  scratch_.clear();
  if (head.method == HttpMethod::kOptions || target.kind == RouteKind::kServerOptions) {
    AppendOptions(scratch_, head.has_request_method && head.has_origin, keep_alive, cors,
                  DateNow());
    Respond(slot, after);
    return true;
  }
  if (head.method != HttpMethod::kGet && !head_only) {
    Refuse(slot, 405, "This resource is read with GET.");
    return true;
  }
  if (target.kind == RouteKind::kBadRequest) {
    if (target.error == kTooManyChannels) {
      refusals_.Note(Limit::kChannelsPerStream, options_.max_channels_per_stream, now_);
    }
    Refuse(slot, 400, target.error, head_only);
    return true;
  }
  if (target.kind == RouteKind::kHealth) {
    SimpleResponse health;
    health.body = "ok\n";
    health.keep_alive = keep_alive;
    health.head_only = head_only;
    health.cors = cors;
    health.http_date = DateNow();
    AppendSimpleResponse(scratch_, health);
    Respond(slot, after);
    return true;
  }
  if (!head.accepts_event_stream) {
    Refuse(slot, 406, "This resource is an event stream: accept text/event-stream.", head_only);
    return true;
  }
  if (head_only) {
    AppendStreamHead(scratch_, head.http_1_0, cors, DateNow());
    Respond(slot, after);
    return true;
  }
  if (head.http_1_0) connection.Set(connection_flag::kHttp10);
  if (overload || !AdmitForwarded(slot)) {
    AnswerOverload(slot,
                   handshake.pending.empty() ? AfterResponse::kClose : AfterResponse::kLinger);
    return true;
  }
  return false;
}

// A stream that says when to come back and ends: browsers give up for good on any error status.
template <class RingT>
void Shard<RingT>::AnswerOverload(std::uint32_t slot, AfterResponse after) {
  Connection& connection = connections_[slot];
  const RequestHead& head = handshakes_[connection.handshake].parser.head();
  scratch_.clear();
  AppendOverload(scratch_, head.http_1_0,
                 options_.origins.For(head.has_origin ? head.origin : std::string_view{}),
                 JitteredRetryMs(), DateNow());
  connection.close_reason = static_cast<std::uint8_t>(CloseReason::kOverload);
  Respond(slot, after);
}

// An error status, and the end of the connection once the peer could read it.
template <class RingT>
void Shard<RingT>::Refuse(std::uint32_t slot, int status, std::string_view reason, bool head_only) {
  const std::string body = ErrorBody(status, reason);
  scratch_.clear();
  SimpleResponse refusal;
  refusal.status = status;
  refusal.body = body;
  refusal.head_only = head_only;
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
  if (handshake.after == AfterResponse::kLinger || draining_) {
    if (connection.close_reason == 0) {
      connection.close_reason = static_cast<std::uint8_t>(CloseReason::kDone);
    }
    return BeginLingering(slot);
  }
  handshake.parser.Reset();
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
