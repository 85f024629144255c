// Whether a client may subscribe by the word of the application (auth-url), which the gate asks.
// The connection waits in kAsking: it is watched, and its slot counts, but nothing else is done for
// it. What comes behind a request for a stream is stray already.
namespace ringcast {

template <class RingT>
Access Shard<RingT>::AuthorizeByUrl(std::uint32_t slot) {
  auto question = std::make_unique<Question>();
  if (!MakeQuestion(slot, *question)) return Access::kAnswered;
  GateLanes* const gate = options_.gate.lanes;
  if (gate == nullptr || gate->questions.FreeSlots() == 0) {
    refusals_.Note(Limit::kAuthConcurrency, options_.auth_concurrency, now_);
    TurnAwayAsked(slot);
    return Access::kAnswered;
  }
  Connection& connection = connections_[slot];
  gate->questions.Stage({.asker = {slot, connection.generation}, .question = question.release()});
  Handshake& handshake = handshakes_[connection.handshake];
  handshake.asked_gate = true;
  connection.state = ConnectionState::kAsking;
  // The gate answers within its time, also when the application does not; this is for the case that
  // it does not get to it. A drain has set a deadline already.
  constexpr Millis kGrace{1'000};
  if (!draining_) connection.lifetime_tick = tick_ + TicksOf(options_.auth_timeout + kGrace);
  // Behind a HEAD a further request may come, which is read when this one is answered.
  if (handshake.parser.head().method != HttpMethod::kHead) WatchPeer(slot);
  Rearm(slot);
  return Access::kAsked;
}

// False: what the path says makes no channel's name, and the request is refused.
template <class RingT>
bool Shard<RingT>::MakeQuestion(std::uint32_t slot, Question& question) {
  const Handshake& handshake = handshakes_[connections_[slot].handshake];
  const RequestHead& head = handshake.parser.head();
  const RouteMatch& match = handshake.match;
  question.channels = match.target.channels;
  for (const ChannelTemplate& channel : match.route->channels) {
    // One with a variable that only the answer has cannot be named yet.
    if (!HasAll(channel, match.variables)) continue;
    std::string name;
    const std::string_view why = channel.Fill(match.variables, name);
    if (!why.empty()) {
      Refuse(slot, 400, why, head.method == HttpMethod::kHead);
      return false;
    }
    question.channels.push_back(std::move(name));
  }
  question.url = match.route->auth_url;
  question.method = head.method == HttpMethod::kPost   ? "POST"
                    : head.method == HttpMethod::kHead ? "HEAD"
                                                       : "GET";
  question.original_uri = std::string_view(head.target).substr(head.path_begin);
  question.cookie = head.cookie;
  question.authorization = head.authorization;
  question.origin = head.origin;
  if (const IpAddress client = ClientOf(slot); client.valid()) question.address = client.Text();
  return true;
}

template <class RingT>
bool Shard<RingT>::HasAll(const ChannelTemplate& channel, const TemplateVariables& variables) {
  return std::all_of(channel.parts().begin(), channel.parts().end(),
                     [&variables](const ChannelTemplate::Part& part) {
                       return !part.variable ||
                              FindTemplateVariable(variables, part.text) != nullptr;
                     });
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
    if (connection.state != ConnectionState::kAsking || connection.generation != asker.generation) {
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
  if (!FillIn(slot, decision)) return TurnAwayAsked(slot);
  Enter(slot);
}

// What the application says of the channels and the end of the stream. False: it does not fit,
// which is no fault of the client.
template <class RingT>
bool Shard<RingT>::FillIn(std::uint32_t slot, Decision& decision) {
  Handshake& handshake = handshakes_[connections_[slot].handshake];
  RouteMatch& match = handshake.match;
  handshake.expires = decision.expires;
  const auto refuse = [this, &match](const std::string& why) {
    if (const LogAdmission admission = unfit_decisions_.Admit(now_); admission.admitted) {
      Log(LogLevel::kError, "the application's answer does not fit auth-url=" +
                                match.route->auth_url.text + ": " + why + admission.Suffix());
    }
    return false;
  };
  if (decision.channels) {
    if (decision.channels->size() > options_.max_channels_per_stream) {
      return refuse("it names " + std::to_string(decision.channels->size()) +
                    " channels, and max-channels-per-stream is " +
                    std::to_string(options_.max_channels_per_stream));
    }
    match.target.channels = std::move(*decision.channels);
    handshake.channels_named = true;
    return true;
  }
  // Of two with one name the first counts: nothing of the path is replaced.
  match.variables.insert(match.variables.end(), std::make_move_iterator(decision.texts.begin()),
                         std::make_move_iterator(decision.texts.end()));
  for (const ChannelTemplate& channel : match.route->channels) {
    std::string name;
    const std::string_view why = channel.Fill(match.variables, name);
    if (!why.empty()) {
      return refuse("the channel " + channel.text() + " cannot be made of it" +
                    (HasAll(channel, match.variables) ? "" : ": a variable is missing"));
    }
  }
  return true;
}

// 401, 403, 404, and 204 for "never again". That the application said so is all that is told.
template <class RingT>
void Shard<RingT>::Deny(std::uint32_t slot, const Decision& decision) {
  const Handshake& handshake = handshakes_[connections_[slot].handshake];
  const HeaderField challenge{"WWW-Authenticate", decision.www_authenticate};
  std::span<const HeaderField> extra;
  if (!decision.www_authenticate.empty()) extra = {&challenge, 1};
  Refuse(slot, decision.status, "", handshake.parser.head().method == HttpMethod::kHead, extra);
}

// There is no decision: an EventSource is asked to come back; a HEAD, which is nobody's stream, is
// told what it is.
template <class RingT>
void Shard<RingT>::TurnAwayAsked(std::uint32_t slot) {
  const Connection& connection = connections_[slot];
  if (handshakes_[connection.handshake].parser.head().method == HttpMethod::kHead) {
    return Refuse(slot, 503, "", /*head_only=*/true);
  }
  AnswerOverload(slot,
                 connection.stray_bytes == 0 ? AfterResponse::kClose : AfterResponse::kLinger);
}

template <class RingT>
void Shard<RingT>::GiveUpAsking(std::uint32_t slot) {
  CancelQuestion(slot);
  TurnAwayAsked(slot);
}

// Nobody waits for its answer any more. Where the lane has no room the gate answers in vain.
template <class RingT>
void Shard<RingT>::CancelQuestion(std::uint32_t slot) {
  if (!handshakes_[connections_[slot].handshake].asked_gate) return;
  SpscQueue<ToGate>& questions = options_.gate.lanes->questions;
  if (questions.FreeSlots() == 0) return;
  questions.Stage({.asker = {slot, connections_[slot].generation}, .question = nullptr});
}

template <class RingT>
void Shard<RingT>::CommitQuestions() {
  GateLanes* const gate = options_.gate.lanes;
  if (gate == nullptr || !gate->questions.Commit() || !gate->questions.ShouldWake()) return;
  if (options_.gate.bell != nullptr) options_.gate.bell->Ring();
}

}  // namespace ringcast
