// Who the client is: by the address a connection comes from, by the header of the PROXY protocol
// that it begins with, or by the X-Forwarded-For of a trusted proxy's request. An address is
// counted once for a connection, as soon as it is known.
namespace ringcast {

template <class RingT>
AddressLimits::Key Shard<RingT>::KeyOf(const IpAddress& address) const {
  // 0 stands for "no address".
  return std::max<std::uint64_t>(
      SipHash13(options_.hash_key, address.Network()) & AddressLimits::kKeyMask, 1);
}

template <class RingT>
bool Shard<RingT>::IsTrustedUnix(const ShardListener& listener) const {
  return !listener.has_addresses && WantsAddresses() && options_.trusted_proxies.trusts_unix();
}

// Counts a connection for its address, or gives the limit that it is over.
template <class RingT>
std::optional<Limit> Shard<RingT>::EnterAddress(std::uint32_t slot, AddressLimits::Key address) {
  switch (addresses_.Enter(address, now_)) {
    case AddressLimits::Verdict::kTooMany:
      return Limit::kConnectionsPerIp;
    case AddressLimits::Verdict::kTooFast:
      return Limit::kConnectionRatePerIp;
    case AddressLimits::Verdict::kWithin:
      break;
  }
  address_keys_.EnsureIndex(slot);
  address_keys_[slot] = address;
  return std::nullopt;
}

template <class RingT>
void Shard<RingT>::NoteOverLimit(Limit limit, const IpAddress& address) {
  const std::uint64_t allowed =
      limit == Limit::kConnectionsPerIp      ? options_.address_limits.connections
      : limit == Limit::kConnectionRatePerIp ? options_.address_limits.per_second
                                             : options_.max_connections;
  refusals_.Note(limit, allowed, now_, [&address] {
    return address.valid() ? "address=" + address.Text() : std::string();
  });
}

// Takes the header, or what there is of it, off `bytes`. False: there is nothing to be read on yet.
template <class RingT>
bool Shard<RingT>::ReadProxyHeader(std::uint32_t slot, std::string_view& bytes) {
  Connection& connection = connections_[slot];
  ProxyHeader& header = handshakes_[connection.handshake].proxy_header;
  const ProxyHeader::Progress progress = header.Feed(bytes);
  bytes.remove_prefix(progress.consumed);
  switch (progress.status) {
    case ProxyHeader::Status::kNeedMore:
      ArmReceive(slot);
      return false;
    case ProxyHeader::Status::kError:
      RefuseProxy(slot, header.error(), {});
      return false;
    case ProxyHeader::Status::kComplete:
      break;
  }
  connection.Clear(connection_flag::kProxyHeader);
  // Who has been turned away already takes no further count.
  return connection.Has(connection_flag::kOverload) || AdmitClient(slot, header.source());
}

// The limits of the client that a PROXY header names. False: the connection is closed.
template <class RingT>
bool Shard<RingT>::AdmitClient(std::uint32_t slot, const IpAddress& client) {
  if (!WantsAddresses() || !client.valid()) return true;
  Connection& connection = connections_[slot];
  if (options_.trusted_proxies.Trusts(client)) {
    connection.Set(connection_flag::kForwarded);
    return true;
  }
  NoteClient(slot, client);
  if (!options_.address_limits.enabled()) return true;
  const std::optional<Limit> limit = EnterAddress(slot, KeyOf(client));
  if (!limit) return true;
  if (!GiveUpPlace(slot, *limit, client)) return false;
  connection.lifetime_tick = std::min(connection.lifetime_tick, tick_ + TicksOf(kTurnAwayTimeout));
  Rearm(slot);
  return true;
}

// Remembers who the client of a connection is while the application may be asked about it.
template <class RingT>
void Shard<RingT>::NoteClient(std::uint32_t slot, const IpAddress& client) {
  if (asks_application_) client_addresses_.EnsureIndex(slot);
  if (client_addresses_.Has(slot)) client_addresses_[slot] = client;
}

// The client for whom a whole request came; not valid() when it is not known.
template <class RingT>
IpAddress Shard<RingT>::ClientOf(std::uint32_t slot) {
  const Connection& connection = connections_[slot];
  if (connection.Has(connection_flag::kForwarded)) {
    return options_.trusted_proxies.ClientOf(
        handshakes_[connection.handshake].parser.head().forwarded_for);
  }
  return client_addresses_.Has(slot) ? client_addresses_[slot] : IpAddress();
}

// The limits of the client for whom a trusted proxy asks for a stream. A proxy's connection may
// carry requests of many clients one after the other, but nothing follows a stream.
template <class RingT>
bool Shard<RingT>::AdmitForwarded(std::uint32_t slot) {
  const Connection& connection = connections_[slot];
  if (!connection.Has(connection_flag::kForwarded) || !options_.address_limits.enabled()) {
    return true;
  }
  const IpAddress client = ClientOf(slot);
  if (!client.valid()) return true;
  const std::optional<Limit> limit = EnterAddress(slot, KeyOf(client));
  if (limit) NoteOverLimit(*limit, client);
  return !limit;
}

template <class RingT>
void Shard<RingT>::RefuseProxy(std::uint32_t slot, std::string_view reason, const IpAddress& peer) {
  if (const LogAdmission admission = proxy_refusals_.Admit(now_); admission.admitted) {
    Log(LogLevel::kWarning,
        "closed a connection to a proxy: listener" +
            (peer.valid() ? " address=" + peer.Text() : std::string()) + ": " +
            std::string(reason) +
            "; let only proxies connect there, and have them send it (HAProxy: send-proxy-v2, "
            "nginx: proxy_protocol on)" +
            admission.Suffix());
  }
  Close(slot, CloseReason::kBadProxyHeader);
}

}  // namespace ringcast
