// Settings that change while the sequencer runs: taken up between two ticks, and acknowledged when
// nothing goes by those before any more.
namespace ringcast {

template <class RingT>
void Sequencer<RingT>::FollowSettings(const SequencerSettings& posted) {
  if (!settling_) {
    settling_ = true;
    Apply(posted);
  }
  if (directory_.trimming()) return;
  settling_ = false;
  settings_.Acknowledge();
}

template <class RingT>
void Sequencer<RingT>::Apply(const SequencerSettings& fresh) {
  const SequencerSettings before = options_;
  static_cast<SequencerSettings&>(options_) = fresh;
  stats_.history_memory.Set(fresh.history_memory);
  const HistoryLimits limits = LimitsOf(fresh);
  if (limits != LimitsOf(before)) directory_.SetHistory(limits);
  if (fresh.channel_rules != before.channel_rules) {
    directory_.SetRules(ChannelRules(fresh.channel_rules));
  }
  directory_.SetEndedLifetime(EndedTicks(fresh));
  idempotency_.SetWindow(WindowOf(fresh, kTickLength));
  const bool other_rate = fresh.address_limits != before.address_limits;
  if (other_rate || fresh.max_publishers != before.max_publishers) {
    remote_addresses_.Change(RemoteLimits());
  }
  const bool other_list = fresh.users != before.users || fresh.groups != before.groups;
  for (std::uint32_t i = 0; i < publishers_.size(); ++i) {
    if (!publishers_[i]) continue;
    PublisherConnection& publisher = *publishers_[i];
    publisher.decoder.SetLimits({fresh.max_event_bytes});
    publisher.parser.SetMaxBody(HttpLimits().max_body);
    if (publisher.remote) {
      // With other keys a token has to show anew that it is good; a request on its way goes on.
      if (fresh.tokens == before.tokens) continue;
      publisher.remote->token.clear();
      continue;
    }
    if (!other_list || publisher.turned_away) continue;
    // Who may not publish any more is closed, not only kept from coming again: the list is there to
    // take a right away. What it has not been told of may have been published or not.
    const Result<PeerCredentials> peer = ring_.Credentials(publisher.file);
    if (peer && IsListed(*peer)) continue;
    Log(LogLevel::kWarning,
        "publisher closed reason=not-allowed-any-more" +
            (peer ? " uid=" + std::to_string(peer->user) + " pid=" + std::to_string(peer->process)
                  : std::string()));
    stats_.publishers_refused.Add();
    Break(i);
  }
}

template <class RingT>
RequestLimits Sequencer<RingT>::HttpLimits() const {
  RequestLimits limits;
  limits.max_body = std::max(options_.max_batch_bytes, options_.max_event_bytes);
  return limits;
}

}  // namespace ringcast
