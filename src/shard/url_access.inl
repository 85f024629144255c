// Asking the application whether a client may have its stream (auth-url). The question goes to the
// gate, and the connection waits in kAsking: it is watched, and its slot counts, but nothing else
// is done for it. What the client sends meanwhile is stray, as behind any request for a stream.
namespace ringcast {

template <class RingT>
Access Shard<RingT>::AuthorizeByUrl(std::uint32_t slot) {
  Connection& connection = connections_[slot];
  GateLanes* const gate = options_.gate.lanes;
  if (gate == nullptr || gate->questions.FreeSlots() == 0) {
    refusals_.Note(Limit::kAuthConcurrency, options_.auth_concurrency, now_);
    TurnAwayAsked(slot);
    return Access::kAnswered;
  }
  const Handshake& handshake = handshakes_[connection.handshake];
  const RequestHead& head = handshake.parser.head();
  auto question = std::make_unique<Question>();
  question->url = options_.auth_url;
  question->method = head.method == HttpMethod::kPost   ? "POST"
                     : head.method == HttpMethod::kHead ? "HEAD"
                                                        : "GET";
  question->original_uri = std::string_view(head.target).substr(head.path_begin);
  question->cookie = head.cookie;
  question->authorization = head.authorization;
  question->origin = head.origin;
  if (const IpAddress client = ClientOf(slot); client.valid()) question->address = client.Text();
  question->channels = handshake.target.channels;
  gate->questions.Stage({.asker = {slot, connection.generation}, .question = question.release()});

  connection.state = ConnectionState::kAsking;
  // The gate answers within its time, also when the application does not; this is for the case that
  // it does not get to it. A drain has set a deadline already.
  constexpr Millis kGrace{1'000};
  if (!draining_) connection.lifetime_tick = tick_ + TicksOf(options_.auth_timeout + kGrace);
  WatchPeer(slot);
  Rearm(slot);
  return Access::kAsked;
}

template <class RingT>
void Shard<RingT>::TakeDecisions() {
  GateLanes* const gate = options_.gate.lanes;
  if (gate == nullptr) return;
  bool any = false;
  while (const FromGate* entry = gate->answers.Front()) {
    const Asker asker = entry->asker;
    const std::unique_ptr<Decision> decision(entry->decision);
    gate->answers.Pop();
    any = true;
    const Connection& connection = connections_[asker.slot];
    if (connection.state != ConnectionState::kAsking ||
        connection.generation != asker.generation) {
      continue;  // the client has gone meanwhile
    }
    OnDecision(asker.slot, *decision);
  }
  if (any) gate->answers.Release();
}

template <class RingT>
void Shard<RingT>::OnDecision(std::uint32_t slot, Decision& decision) {
  switch (decision.verdict) {
    case Decision::Verdict::kDenied:
      return Deny(slot, decision);
    case Decision::Verdict::kBusy:
      refusals_.Note(Limit::kAuthConcurrency, options_.auth_concurrency, now_);
      return TurnAwayAsked(slot);
    case Decision::Verdict::kNone:  // the gate has counted and told it
      return TurnAwayAsked(slot);
    case Decision::Verdict::kAllowed:
      break;
  }
  Handshake& handshake = handshakes_[connections_[slot].handshake];
  handshake.expires = decision.expires;
  if (decision.channels) {
    if (decision.channels->size() > options_.max_channels_per_stream) {
      refusals_.Note(Limit::kChannelsPerStream, options_.max_channels_per_stream, now_,
                     [] { return std::string("by=auth-url"); });
      return TurnAwayAsked(slot);
    }
    handshake.target.channels = std::move(*decision.channels);
  }
  Subscribe(slot);
}

// 401, 403, 404, and 204 for "never again". That the application said so is all that is told.
template <class RingT>
void Shard<RingT>::Deny(std::uint32_t slot, const Decision& decision) {
  const Connection& connection = connections_[slot];
  const RequestHead& head = handshakes_[connection.handshake].parser.head();
  const std::string body = ErrorBody(decision.status, "");
  const HeaderField challenge{"WWW-Authenticate", decision.www_authenticate};
  scratch_.clear();
  SimpleResponse refusal;
  refusal.status = decision.status;
  refusal.body = body;
  refusal.http_date = DateNow();
  refusal.cors = options_.origins.For(head.has_origin ? head.origin : std::string_view{});
  if (!decision.www_authenticate.empty()) refusal.extra = {&challenge, 1};
  AppendSimpleResponse(scratch_, refusal);
  connections_[slot].close_reason = static_cast<std::uint8_t>(CloseReason::kBadRequest);
  Respond(slot, AfterResponse::kLinger);
}

template <class RingT>
void Shard<RingT>::TurnAwayAsked(std::uint32_t slot) {
  AnswerOverload(slot, connections_[slot].stray_bytes == 0 ? AfterResponse::kClose
                                                           : AfterResponse::kLinger);
}

template <class RingT>
void Shard<RingT>::GiveUpAsking(std::uint32_t slot) {
  CancelQuestion(slot);
  TurnAwayAsked(slot);
}

// Nobody waits for its answer any more. Where the lane has no room the gate answers in vain.
template <class RingT>
void Shard<RingT>::CancelQuestion(std::uint32_t slot) {
  SpscQueue<ToGate>& questions = options_.gate.lanes->questions;
  if (questions.FreeSlots() == 0) return;
  questions.Stage({.asker = {slot, connections_[slot].generation}});
}

template <class RingT>
void Shard<RingT>::CommitQuestions() {
  GateLanes* const gate = options_.gate.lanes;
  if (gate == nullptr || !gate->questions.Commit() || !gate->questions.ShouldWake()) return;
  if (options_.gate.bell != nullptr) options_.gate.bell->Ring();
}

// The stream ends at that moment, whatever its lifetime.
template <class RingT>
void Shard<RingT>::NoteExpiry(std::uint32_t slot, std::int64_t unix_seconds) {
  const std::int64_t left_ms = unix_seconds * 1000 - static_cast<std::int64_t>(ring_.WallNow());
  expiry_ticks_.EnsureIndex(slot);
  expiry_ticks_[slot] = tick_ + TicksOf(Millis(std::max<std::int64_t>(left_ms, 0)));
  connections_[slot].Set(connection_flag::kExpires);
}

}  // namespace ringcast
