// Publishers on other hosts: how many there may be, which of their requests may go on, what they
// and their browsers are told. They come over TCP, speak HTTP, and show a token with each request.
namespace ringcast {

namespace {

constexpr std::string_view kRemoteMethods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";

}  // namespace

// One address may take a quarter of the places.
template <class RingT>
AddressLimits::Options Sequencer<RingT>::RemoteLimits() const {
  AddressLimits::Options limits = options_.address_limits;
  limits.connections = std::max<std::uint64_t>(1, options_.max_publishers / 4);
  return limits;
}

// All other hosts together may take three quarters of the places, so that nobody can keep this
// host's own publishers out over the network.
template <class RingT>
bool Sequencer<RingT>::HasRoomFor(RemotePublisher& remote) {
  const auto who = [&remote] { return "address=" + remote.address.Text(); };
  const std::uint32_t most = options_.max_publishers - options_.max_publishers / 4;
  if (remote_count_ >= most) {
    refusals_.Note(Limit::kPublishers, most, now_, who);
    return false;
  }
  if (options_.trusted_proxies.Trusts(remote.address)) return true;
  // 0 stands for an address that is not counted.
  const AddressLimits::Key key = std::max<AddressLimits::Key>(
      SipHash13(options_.hash_key, remote.address.Network()) & AddressLimits::kKeyMask, 1);
  switch (remote_addresses_.Enter(key, now_)) {
    case AddressLimits::Verdict::kWithin:
      remote.counted = key;
      return true;
    case AddressLimits::Verdict::kTooMany:
      refusals_.Note(Limit::kPublishers, RemoteLimits().connections, now_, who);
      return false;
    case AddressLimits::Verdict::kTooFast:
      refusals_.Note(Limit::kConnectionRatePerIp, options_.address_limits.per_second, now_, who);
      return false;
  }
  return false;
}

// The connection is gone.
template <class RingT>
void Sequencer<RingT>::Forget(const PublisherConnection& publisher) {
  if (!publisher.remote || publisher.turned_away) return;
  --remote_count_;
  if (publisher.remote->counted != 0) remote_addresses_.Leave(publisher.remote->counted);
}

// Whether the request whose head has come may go on: judged once, before any of its body is read.
// If not, it has been answered.
template <class RingT>
bool Sequencer<RingT>::Authorize(PublisherConnection& publisher) {
  if (!publisher.remote || publisher.remote->allowed) return true;
  if (!ShowsGoodToken(publisher)) return false;
  // A batch names its channels in its lines, where each is judged.
  std::string_view path = publisher.parser.head().path();
  for (const std::string_view prefix : {kPublishPath, kChannelsPath}) {
    if (!path.starts_with(prefix)) continue;
    // A name that is none is answered as on the publish socket.
    const std::optional<std::string> channel = PercentDecode(path.substr(prefix.size()));
    if (!channel || !IsValidChannelName(*channel)) break;
    if (!MayPublishTo(publisher, *channel)) {
      Deny(publisher, PublishDenial::kNotAllowed);
      return false;
    }
  }
  publisher.remote->allowed = true;
  return true;
}

// A token that was good a moment ago is known by its bytes, so that a publisher which stays costs
// no signature for each request. Neither cookie nor query is looked at: a browser sends cookies
// for pages of any origin, and a query stands in logs.
template <class RingT>
bool Sequencer<RingT>::ShowsGoodToken(PublisherConnection& publisher) {
  RemotePublisher& remote = *publisher.remote;
  Bearer bearer = FindBearer(publisher.parser.head(), {});
  if (bearer.place == BearerPlace::kNone) {
    Deny(publisher, PublishDenial::kNoToken);
    return false;
  }
  if (bearer.token != remote.token || IsOver(remote)) {
    std::optional<TokenFault> fault;
    Claims claims;
    if (bearer.place == BearerPlace::kAmbiguous) {
      fault = TokenFault::kAmbiguous;
    } else if (!options_.tokens) {
      fault = TokenFault::kKey;  // the last one went with a reload
    } else {
      fault = options_.tokens->Judge(bearer.token, UnixSeconds(), claims);
    }
    if (fault) {
      Deny(publisher, PublishDenial::kInvalidToken, Describe(*fault));
      return false;
    }
    remote.token = std::move(bearer.token);
    remote.claims = std::move(claims);
  }
  remote.unknown_since = 0;
  return true;
}

template <class RingT>
bool Sequencer<RingT>::IsOver(const RemotePublisher& remote) const {
  const std::int64_t leeway = options_.tokens ? options_.tokens->leeway_seconds() : 0;
  return UnixSeconds() >= remote.claims.expires + leeway;
}

template <class RingT>
bool Sequencer<RingT>::MayPublishTo(const PublisherConnection& publisher,
                                    std::string_view channel) {
  return !publisher.remote || publisher.remote->claims.MayPublish(channel);
}

// A request without a good token ends its connection, so that trying tokens costs a connection
// each.
template <class RingT>
void Sequencer<RingT>::Deny(PublisherConnection& publisher, PublishDenial denial,
                            std::string_view cause) {
  NoteDenial(publisher, denial, cause);
  const RequestHead& head = publisher.parser.head();
  const bool body_follows = head.chunked || head.content_length.value_or(0) > 0;
  SimpleResponse response{.status = 401,
                          .keep_alive = false,
                          .head_only = head.method == HttpMethod::kHead,
                          .http_date = DateNow()};
  HeaderField challenge{"WWW-Authenticate", "Bearer"};
  switch (denial) {
    case PublishDenial::kNoToken:
      response.body = R"({"error":"a token is needed, as Authorization: Bearer"})"
                      "\n";
      break;
    case PublishDenial::kInvalidToken:
      response.body = "{\"error\":\"invalid_token\"}\n";
      challenge.value = R"(Bearer error="invalid_token")";
      break;
    case PublishDenial::kNotAllowed: {
      const std::string body = "{\"error\":" + JsonString(kNotAllowedReason) + "}\n";
      response.status = 403;
      response.body = body;
      response.keep_alive = head.keep_alive && !body_follows;
      AppendAnswer(publisher, response);
      return;
    }
  }
  response.extra = {&challenge, 1};
  AppendAnswer(publisher, response);
}

template <class RingT>
void Sequencer<RingT>::NoteDenial(const PublisherConnection& publisher, PublishDenial denial,
                                  std::string_view cause) {
  stats_.refused.Add();
  stats_.denied[static_cast<std::size_t>(denial)].Add();
  const LogAdmission admission = denied_log_.Admit(now_);
  if (!admission.admitted) return;
  std::string message = "publisher denied reason=" + std::string(Name(denial)) +
                        " address=" + publisher.remote->address.Text();
  if (!cause.empty()) (message += "; ") += cause;
  Log(LogLevel::kWarning, message + admission.Suffix());
}

// A browser asks first whether a page of another origin may publish; it shows no token then.
template <class RingT>
void Sequencer<RingT>::AnswerOptions(PublisherConnection& publisher) {
  constexpr HeaderField kPreflight[] = {
      {"Access-Control-Allow-Methods", kRemoteMethods},
      {"Access-Control-Allow-Headers", "authorization, content-type, idempotency-key"},
      {"Access-Control-Max-Age", "7200"},
  };
  const RequestHead& head = publisher.parser.head();
  SimpleResponse response{.status = 204,
                          .keep_alive = head.keep_alive,
                          .allow = kRemoteMethods,
                          .http_date = DateNow()};
  if (head.has_request_method && !options_.origins.For(head.origin).allow_origin.empty()) {
    response.extra = kPreflight;
  }
  AppendAnswer(publisher, response);
}

// Who has shown no good token, or whose token is over, has the time of a request's head to show
// one.
template <class RingT>
void Sequencer<RingT>::WatchToken(PublisherConnection& publisher) {
  RemotePublisher& remote = *publisher.remote;
  if (remote.allowed || remote.unknown_since != 0) return;
  if (remote.token.empty() || IsOver(remote)) remote.unknown_since = tick_;
}

// Everything is answered and the connection is to end: the peer is told so, and what it has sent
// since is dropped until it has seen that.
template <class RingT>
void Sequencer<RingT>::Linger(std::uint32_t index) {
  PublisherConnection& publisher = *publishers_[index];
  if (publisher.lingers_since == 0) {
    publisher.lingers_since = tick_;
    ++publisher.shutdowns;
    ring_.ShutdownWrite(
        publisher.file,
        Tag{static_cast<std::uint8_t>(SequencerOperation::kShutdown), 0, index}.Pack());
  }
  if (publisher.receiving) return;
  publisher.dropped += publisher.end - publisher.begin;
  publisher.begin = publisher.end = 0;
  if (publisher.dropped > budget::kMaxLingerBytes) return Break(index);
  ArmReceive(index);
}

}  // namespace ringcast
