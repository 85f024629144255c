// The binary publish protocol on a publisher's connection; <ringcast/publish.h> is the format.
namespace ringcast {

// Works through whole frames. True when there is more to do than one turn allows.
template <class RingT>
bool Sequencer<RingT>::WorkBinary(PublisherConnection& publisher) {
  if (publisher.protocol == PublisherConnection::Protocol::kHello) {
    const auto max_data = static_cast<std::uint32_t>(options_.max_event_bytes);
    std::uint8_t version = RINGCAST_PUBLISH_VERSION;
    switch (ReadClientHello(publisher.unread(), &version)) {
      case HelloStatus::kNeedMore:
        return false;
      case HelloStatus::kOk:
        break;
      case HelloStatus::kWrongVersion:
        AppendHello(publisher.out, max_data, kReadAheadBytes, RINGCAST_PUBLISH_VERSION_KEYS);
        publisher.closing = true;
        return false;
      case HelloStatus::kNotHello:
        publisher.closing = true;
        return false;
    }
    publisher.begin += RINGCAST_PUBLISH_CLIENT_HELLO_SIZE;
    AppendHello(publisher.out, max_data, kReadAheadBytes, version);
    if (version == RINGCAST_PUBLISH_VERSION_KEYS) publisher.decoder.AllowKeys();
    publisher.protocol = PublisherConnection::Protocol::kBinary;
  }
  if (publisher.waiting) {
    const PublishDecoder::Step step = *publisher.waiting;
    publisher.waiting.reset();
    if (!TakeStep(publisher, step)) return false;
  }
  for (unsigned turn = 0; turn < kFramesPerTurn; ++turn) {
    if (directory_.pending_entries() >= kMaxBatchChannels) return true;
    if (turn % ChannelDirectory::kLookAhead == 0 && directory_.WorthLookingAhead()) {
      std::array<std::string_view, ChannelDirectory::kLookAhead> names;
      const std::size_t count = publisher.decoder.Peek(publisher.unread(), names);
      directory_.Prefetch(std::span(names).first(count));
    }
    const PublishDecoder::Step step = publisher.decoder.Next(publisher.unread());
    if (step.status == PublishDecoder::Status::kNeedMore) {
      publisher.begin += step.consumed;
      return false;
    }
    if (!TakeStep(publisher, step)) return false;
  }
  return true;
}

// False when the connection goes no further for now.
template <class RingT>
bool Sequencer<RingT>::TakeStep(PublisherConnection& publisher, const PublishDecoder::Step& step) {
  switch (step.status) {
    case PublishDecoder::Status::kNeedMore:
      return false;
    case PublishDecoder::Status::kFrame: {
      ChannelDirectory::Published published;
      const Outcome outcome =
          PublishOnce(step.channel, {step.type, step.data}, step.key, published);
      if (outcome == Outcome::kBlocked) {
        publisher.waiting = step;
        publisher.blocked = true;
        return false;
      }
      publisher.begin += step.consumed;
      publisher.partial_since = 0;
      if (outcome == Outcome::kUnknownChannel) {
        publisher.acks.Flush(publisher.out);
        AppendNack(publisher.out, step.request, NackCode::kUnknownChannel, kUnknownChannelReason);
        return true;
      }
      if (outcome == Outcome::kOther) {
        stats_.refused.Add();
        publisher.acks.Flush(publisher.out);
        AppendNack(publisher.out, step.request, NackCode::kKey, kOtherEventReason);
        return true;
      }
      publisher.acks.Add(step.request, published.id, publisher.out);
      return true;
    }
    case PublishDecoder::Status::kRefused:
      publisher.begin += step.consumed;
      publisher.partial_since = 0;
      stats_.refused.Add();
      if (step.code == NackCode::kTooLarge) {
        refusals_.Note(Limit::kEventSize, options_.max_event_bytes, now_);
      }
      publisher.acks.Flush(publisher.out);
      AppendNack(publisher.out, step.request, step.code, step.reason);
      return true;
    case PublishDecoder::Status::kBroken:
      publisher.acks.Flush(publisher.out);
      AppendError(publisher.out, step.request, step.error, step.reason);
      publisher.begin = publisher.end;
      publisher.closing = true;
      return false;
  }
  return false;
}

}  // namespace ringcast
