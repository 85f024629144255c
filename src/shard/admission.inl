// From a whole request to the decision: what it asks for, whether that can be had in this way, the
// limits, whether the client may, and then its stream.
namespace ringcast {

template <class RingT>
void Shard<RingT>::MatchRoute(std::uint32_t slot) {
  Handshake& handshake = handshakes_[connections_[slot].handshake];
  handshake.routes = options_.routes;
  handshake.claims.reset();
  handshake.token_in_query = false;
  handshake.expires = 0;
  handshake.asked_gate = false;
  handshake.channels_named = false;
  handshake.match =
      options_.routes->Match(handshake.parser.head(), options_.max_channels_per_stream);
}

// What the answer tells a browser, by the route's origins; the ones of /events where none matches.
template <class RingT>
CorsAnswer Shard<RingT>::CorsOf(const Handshake& handshake) const {
  const RequestHead& head = handshake.parser.head();
  const Route* route = handshake.match.route;
  const OriginPolicy& origins =
      route != nullptr ? route->origins : options_.routes->events().origins;
  return origins.For(head.has_origin ? head.origin : std::string_view{});
}

// A body follows. False: the resource takes none, or none as long, and the request is refused.
template <class RingT>
bool Shard<RingT>::TakeBody(std::uint32_t slot) {
  if (IsForDemo(slot)) return TakeDemoBody(slot);
  MatchRoute(slot);
  Handshake& handshake = handshakes_[connections_[slot].handshake];
  const RouteMatch& match = handshake.match;
  const bool known = match.route != nullptr || match.target.kind == RouteKind::kHealth;
  if (!known) {
    Refuse(slot, 404, "No such resource.");
    return false;
  }
  if (match.route == nullptr || !match.route->Takes(handshake.parser.head().method)) {
    RefuseMethod(slot);
    return false;
  }
  if (handshake.parser.DropBody(budget::kMaxDroppedBodyBytes)) return true;
  Refuse(slot, 413, "The body is too large.");
  return false;
}

template <class RingT>
void Shard<RingT>::RefuseMethod(std::uint32_t slot) {
  const Route* route = handshakes_[connections_[slot].handshake].match.route;
  const bool get = route == nullptr || route->get;
  const bool post = route != nullptr && route->post;
  Refuse(slot, 405,
         get && post ? "This resource is read with GET or POST."
         : post      ? "This resource is read with POST."
                     : "This resource is read with GET.");
}

// A whole request: what is no stream is answered; a stream passes the limits and is authorized.
template <class RingT>
void Shard<RingT>::Decide(std::uint32_t slot) {
  if (AnswerDemo(slot)) return;
  MatchRoute(slot);
  if (Answer(slot)) return;
  Connection& connection = connections_[slot];
  Handshake& handshake = handshakes_[connection.handshake];
  const RequestHead& head = handshake.parser.head();
  if (head.method != HttpMethod::kHead) {
    if (head.http_1_0) connection.Set(connection_flag::kHttp10);
    if (connection.Has(connection_flag::kOverload) || !AdmitForwarded(slot)) {
      return AnswerOverload(
          slot, handshake.pending.empty() ? AfterResponse::kClose : AfterResponse::kLinger);
    }
    // What was sent along with the request for a stream is no request any more.
    connection.stray_bytes =
        static_cast<std::uint16_t>(std::min<std::size_t>(handshake.pending.size(), 0xffff));
    handshake.pending.clear();
    if (connection.stray_bytes > budget::kMaxStrayBytes) return Close(slot, CloseReason::kStray);
  }
  switch (Authorize(slot)) {
    case Access::kAllowed:
      return Enter(slot);
    case Access::kAnswered:
    case Access::kAsked:
      return;
  }
}

// Answers what is no stream, or cannot be one. False: it asks for a stream.
template <class RingT>
bool Shard<RingT>::Answer(std::uint32_t slot) {
  Handshake& handshake = handshakes_[connections_[slot].handshake];
  const RequestHead& head = handshake.parser.head();
  const SubscribeTarget& target = handshake.match.target;
  const Route* route = handshake.match.route;
  const bool head_only = head.method == HttpMethod::kHead;

  if (target.kind == RouteKind::kNotFound) {
    Refuse(slot, 404, "Streams are at /events/{channel}.", head_only);
    return true;
  }
  if (head.method == HttpMethod::kOptions || target.kind == RouteKind::kServerOptions) {
    AnswerOptions(slot);
    return true;
  }
  const bool taken =
      route != nullptr ? route->Takes(head.method) : head.method == HttpMethod::kGet || head_only;
  if (!taken) {
    RefuseMethod(slot);
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
    AnswerHealth(slot);
    return true;
  }
  if (!head.accepts_event_stream) {
    Refuse(slot, 406, "This resource is an event stream: accept text/event-stream.", head_only);
    return true;
  }
  return false;
}

template <class RingT>
void Shard<RingT>::AnswerOptions(std::uint32_t slot) {
  const Handshake& handshake = handshakes_[connections_[slot].handshake];
  const RequestHead& head = handshake.parser.head();
  OptionsAnswer answer;
  if (handshake.match.route != nullptr) answer.allow = handshake.match.route->allow();
  answer.preflight = head.has_request_method && head.has_origin;
  answer.private_network = head.asks_private_network;
  answer.keep_alive = KeepsAlive(slot);
  answer.cors = CorsOf(handshake);
  answer.http_date = DateNow();
  scratch_.clear();
  AppendOptions(scratch_, answer);
  Respond(slot, answer.keep_alive ? AfterResponse::kReadOn : AfterResponse::kLinger);
}

template <class RingT>
void Shard<RingT>::AnswerHealth(std::uint32_t slot) {
  const Handshake& handshake = handshakes_[connections_[slot].handshake];
  SimpleResponse health;
  health.body = "ok\n";
  health.keep_alive = KeepsAlive(slot);
  health.head_only = handshake.parser.head().method == HttpMethod::kHead;
  health.cors = CorsOf(handshake);
  health.http_date = DateNow();
  scratch_.clear();
  AppendSimpleResponse(scratch_, health);
  Respond(slot, health.keep_alive ? AfterResponse::kReadOn : AfterResponse::kLinger);
}

template <class RingT>
bool Shard<RingT>::KeepsAlive(std::uint32_t slot) {
  const Connection& connection = connections_[slot];
  return handshakes_[connection.handshake].parser.head().keep_alive &&
         !connection.Has(connection_flag::kOverload);
}

// Whether the client may have what it asks for. Whoever has to be waited for is asked, and Enter()
// comes when the answer does.
template <class RingT>
Access Shard<RingT>::Authorize(std::uint32_t slot) {
  switch (handshakes_[connections_[slot].handshake].match.route->auth) {
    case AuthMode::kNone:
      return Access::kAllowed;
    case AuthMode::kToken:
      return AuthorizeByToken(slot);
    case AuthMode::kUrl:
      return AuthorizeByUrl(slot);
  }
  return Access::kAnswered;
}

// It may: the stream begins, or HEAD is told what GET would be.
template <class RingT>
void Shard<RingT>::Enter(std::uint32_t slot) {
  if (!NameChannels(slot)) return;
  const Handshake& handshake = handshakes_[connections_[slot].handshake];
  const RequestHead& head = handshake.parser.head();
  if (head.method != HttpMethod::kHead) return Subscribe(slot);
  scratch_.clear();
  AppendStreamHead(scratch_, head.http_1_0, CorsOf(handshake), DateNow(), handshake.token_in_query);
  Respond(slot, KeepsAlive(slot) ? AfterResponse::kReadOn : AfterResponse::kLinger);
}

// Fills a route's templates. False: a value makes no channel's name, and the request is refused.
template <class RingT>
bool Shard<RingT>::NameChannels(std::uint32_t slot) {
  Handshake& handshake = handshakes_[connections_[slot].handshake];
  if (handshake.channels_named) return true;
  std::vector<std::string>& channels = handshake.match.target.channels;
  for (const ChannelTemplate& channel : handshake.match.route->channels) {
    std::string name;
    const std::string_view why = channel.Fill(handshake.match.variables, name);
    if (!why.empty()) {
      Refuse(slot, 400, why, handshake.parser.head().method == HttpMethod::kHead);
      return false;
    }
    if (std::find(channels.begin(), channels.end(), name) == channels.end()) {
      channels.push_back(std::move(name));
    }
  }
  return true;
}

}  // namespace ringcast
