// Whether a client may subscribe by the token that it brings, and when its stream ends by it.
//
// A signature costs up to a tenth of a millisecond, and anybody can send one that is wrong. So a
// tick verifies only so many, and the others wait for the next ones in the order in which they
// came: deliveries go on between.
namespace ringcast {

template <class RingT>
Access Shard<RingT>::AuthorizeByToken(std::uint32_t slot) {
  if (tokens_left_ == 0 || !token_queue_.empty()) {
    Connection& connection = connections_[slot];
    connection.state = ConnectionState::kAsking;
    connection.lifetime_tick = tick_ + TicksOf(options_.header_timeout);
    Rearm(slot);
    token_queue_.PushBack({slot, connection.generation});
    return Access::kAsked;
  }
  return JudgeToken(slot);
}

// Those who wait come before those who ask on this tick.
template <class RingT>
void Shard<RingT>::ServeTokens() {
  tokens_left_ = budget::kTokensPerTick;
  while (!token_queue_.empty() && tokens_left_ > 0) {
    const TokenWaiter waiter = token_queue_.PopFront();
    const Connection& connection = connections_[waiter.slot];
    // It may have been closed meanwhile, and its slot be another's.
    if (connection.generation != waiter.generation ||
        connection.state != ConnectionState::kAsking) {
      continue;
    }
    if (JudgeToken(waiter.slot) == Access::kAllowed) Enter(waiter.slot);
  }
}

template <class RingT>
Access Shard<RingT>::JudgeToken(std::uint32_t slot) {
  Handshake& handshake = handshakes_[connections_[slot].handshake];
  const Bearer bearer = FindBearer(handshake.parser.head(), options_.bearer);
  handshake.token_in_query = bearer.place == BearerPlace::kQuery;
  switch (bearer.place) {
    case BearerPlace::kNone:
      return RefuseToken(slot, TokenFault::kMissing);
    case BearerPlace::kAmbiguous:
      return RefuseToken(slot, TokenFault::kAmbiguous);
    case BearerPlace::kCookie:
      if (!MayUseCookie(handshake)) return RefuseToken(slot, TokenFault::kOrigin);
      break;
    case BearerPlace::kHeader:
    case BearerPlace::kQuery:
      break;
  }
  // A reload may have taken the keys away while the request waited.
  if (options_.tokens == nullptr) return RefuseToken(slot, TokenFault::kKey);
  --tokens_left_;
  Claims& claims = handshake.claims.emplace();
  const auto now = static_cast<std::int64_t>(ring_.WallNow() / 1000);
  if (const auto fault = options_.tokens->Judge(bearer.token, now, claims)) {
    return RefuseToken(slot, *fault);
  }
  return MayHaveChannels(handshake) ? Access::kAllowed : RefuseToken(slot, TokenFault::kChannel);
}

// A browser sends a cookie along whatever page asks. So the page's origin must be named, or be the
// server's own; where there is none, no page of another origin asks that could read the answer.
template <class RingT>
bool Shard<RingT>::MayUseCookie(const Handshake& handshake) const {
  const RequestHead& head = handshake.parser.head();
  return !head.has_origin || IsOwnOrigin(head.origin, head.host) || CorsOf(handshake).credentials;
}

// A route's channel is the client's when each variable in it is a claim of the token; any other
// must be named by the token.
template <class RingT>
bool Shard<RingT>::MayHaveChannels(Handshake& handshake) const {
  const Claims& claims = *handshake.claims;
  for (const std::string& channel : handshake.match.target.channels) {
    if (!claims.MaySubscribe(channel)) return false;
  }
  const Route& route = *handshake.match.route;
  TemplateVariables& variables = handshake.match.variables;
  // What the path says comes first, so a claim of the same name does not count.
  variables.insert(variables.end(), claims.texts.begin(), claims.texts.end());
  for (const ChannelTemplate& channel : route.channels) {
    const bool by_path = std::any_of(channel.parts().begin(), channel.parts().end(),
                                     [&route](const ChannelTemplate::Part& part) {
                                       return part.variable && route.path.HasVariable(part.text);
                                     });
    std::string name;
    const bool named = channel.Fill(variables, name).empty();
    // A path that makes no name is a bad request (NameChannels), a claim that makes none allows
    // nothing.
    if (by_path ? named && !claims.MaySubscribe(name) : !named) return false;
  }
  return true;
}

// What the client is told is the same for everything that may be wrong with a token.
template <class RingT>
Access Shard<RingT>::RefuseToken(std::uint32_t slot, TokenFault fault) {
  token_refusals_.Note(fault, now_);
  struct Answer {
    int status;
    std::string_view sentence;
    std::string_view challenge;  // RFC 6750 3
  };
  Answer answer{401, "The token is not valid.", "Bearer error=\"invalid_token\""};
  if (fault == TokenFault::kMissing) answer = {401, "A token is required.", "Bearer"};
  if (fault == TokenFault::kAmbiguous) {
    answer = {400, "There must be one token.", "Bearer error=\"invalid_request\""};
  }
  if (fault == TokenFault::kChannel || fault == TokenFault::kOrigin) {
    answer = {403, "The token does not allow this.", "Bearer error=\"insufficient_scope\""};
  }
  const HeaderField challenge[] = {{"WWW-Authenticate", answer.challenge}};
  const HttpMethod method = handshakes_[connections_[slot].handshake].parser.head().method;
  Refuse(slot, answer.status, answer.sentence, method == HttpMethod::kHead, challenge);
  return Access::kAnswered;
}

// A stream does not outlive its token, or what the application has said. The wall clock is asked
// once: from here on the end is a tick like any other, and a clock that is set moves it no more. A
// little before, each at another moment, so that tokens made together do not bring all their
// bearers back together.
template <class RingT>
void Shard<RingT>::EndWithToken(std::uint32_t slot) {
  const Handshake& handshake = handshakes_[connections_[slot].handshake];
  const std::optional<Claims>& claims = handshake.claims;
  if (token_ends_.Has(slot)) token_ends_[slot] = 0;
  std::int64_t end = handshake.expires;
  if (claims && options_.tokens != nullptr) {
    end = claims->expires + options_.tokens->leeway_seconds();
  }
  if (end == 0 || draining_) return;
  const std::int64_t end_ms = end * 1000;
  const std::int64_t left_ms = end_ms - static_cast<std::int64_t>(ring_.WallNow());
  // Whole ticks before the end; of one in years, the longest that a tick can tell.
  constexpr std::int64_t kMostTicks = std::int64_t{1} << 30;
  const auto left = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(left_ms / kTickLength.count(), 1, kMostTicks));
  constexpr std::uint32_t kMostSpread = 200;  // 10 s
  const std::uint32_t spread = std::min(left / 10, kMostSpread);
  token_ends_.EnsureIndex(slot);
  token_ends_[slot] = tick_ + left - static_cast<std::uint32_t>(rng_.Below(spread + 1));
  std::uint32_t& lifetime = connections_[slot].lifetime_tick;
  lifetime = lifetime == 0 ? token_ends_[slot] : std::min(lifetime, token_ends_[slot]);
}

// The tick by which the stream's token ends; 0: it has none.
template <class RingT>
std::uint32_t Shard<RingT>::TokenEnd(std::uint32_t slot) const {
  return token_ends_.Has(slot) ? token_ends_[slot] : 0;
}

}  // namespace ringcast
