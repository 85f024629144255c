// Channels that are not there: one that must be created first, one that has ended, one that ends
// while it has streams.
namespace ringcast {

// Whether a stream that is about to start has a channel to follow; if not, it is answered.
template <class RingT>
bool Shard<RingT>::FindsItsChannels(std::uint32_t slot) {
  bool live = false;
  bool ended = false;
  bool unknown = false;
  ForEachSubscription(slot, [&](std::uint32_t reference) {
    switch (channels_[Sub(reference).channel].standing) {
      case ChannelStanding::kLive:
        live = true;
        break;
      case ChannelStanding::kEnded:
        ended = true;
        break;
      case ChannelStanding::kUnknown:
        unknown = true;
        break;
    }
  });
  if (!ended && !unknown) return true;
  if (!connections_[slot].Has(connection_flag::kSyncAsked)) {
    // It may have begun anew, and this shard has not been told yet: whoever is sent away for good
    // must not be sent away in error.
    AwaitSync(slot);
    return false;
  }
  if (unknown) {
    AnswerWithoutStream(slot, 404, CloseReason::kUnknownChannel);
  } else if (!live) {
    AnswerWithoutStream(slot, 204, CloseReason::kChannelEnded);
  }
  return !unknown && live;
}

// StartStream() is called again when everything that was ordered so far has been told.
template <class RingT>
void Shard<RingT>::AwaitSync(std::uint32_t slot) {
  connections_[slot].Set(connection_flag::kSyncAsked);
  sync_waiters_.push_back(slot);
  if (sync_asked_) return;
  sync_asked_ = true;
  ToSequencer sync;
  sync.kind = ToSequencer::Kind::kSync;
  Tell(sync);
}

// 404 and 204 are what an EventSource stops for.
template <class RingT>
void Shard<RingT>::AnswerWithoutStream(std::uint32_t slot, int status, CloseReason reason) {
  Unsubscribe(slot);
  Connection& connection = connections_[slot];
  // Caches may keep both for a while if nothing forbids it (RFC 9111 4.2.2), and the channel may
  // begin anew.
  static constexpr HeaderField kNotKept{"Cache-Control", "no-store"};
  SimpleResponse answer;
  answer.status = status;
  answer.extra = {&kNotKept, 1};
  answer.body = "{\"error\":\"no such channel\"}\n";
  answer.content_type = "application/json";
  answer.cors = CorsOf(handshakes_[connection.handshake]);
  answer.http_date = DateNow();
  scratch_.clear();
  AppendSimpleResponse(scratch_, answer);
  connection.close_reason = static_cast<std::uint8_t>(reason);
  Respond(slot, AfterResponse::kLinger);
}

// Whether nothing more will come on a stream's channels.
template <class RingT>
bool Shard<RingT>::HasOnlyEnded(std::uint32_t slot) {
  bool only = true;
  ForEachSubscription(slot, [&](std::uint32_t reference) {
    only = only && channels_[Sub(reference).channel].standing != ChannelStanding::kLive;
  });
  return only;
}

// Whether a stream has not been sent everything up to the heads of its channels.
template <class RingT>
bool Shard<RingT>::IsBehind(std::uint32_t slot) {
  return connections_[slot].Has(connection_flag::kStalled | connection_flag::kRemainder) ||
         !AtHead(slot);
}

// The channel was ended: each of its streams is told, and closed when it has no other channel.
template <class RingT>
void Shard<RingT>::EndChannel(std::uint32_t index) {
  ShardChannel& channel = channels_[index];
  std::vector<std::uint32_t> references;
  auto links = [this](std::uint32_t r) -> ListLink& { return Sub(r).link; };
  for (const IndexList* list : {&channel.live, &channel.behind, &channel.shared}) {
    for (std::uint32_t r = list->front(); r != kNoIndex; r = list->Next(links, r)) {
      references.push_back(r);
    }
  }
  // A send on the way here may have closed one of the later ones.
  auto is_gone = [this](std::uint32_t reference) {
    return ((reference & kExtraBit) != 0 && !extras_.in_use(reference & ~kExtraBit)) ||
           Sub(reference).list == SubscriptionList::kNone;
  };
  for (std::uint32_t reference : references) {
    if (!is_gone(reference)) PrepareRest(OwnerOf(reference));
  }
  SubmitBatch();
  std::string block;
  for (std::uint32_t reference : references) {
    if (is_gone(reference)) continue;
    const std::uint32_t slot = OwnerOf(reference);
    const bool last = HasOnlyEnded(slot);
    if (IsBehind(slot)) {
      // One with nothing to come back for is told when it has caught up, by ServeCatchUp(). Any
      // other must not be cut in the middle of an event: it is closed, and resumes.
      if (!last) Close(slot, CloseReason::kChannelEnded);
      continue;
    }
    const bool chunked = !connections_[slot].Has(connection_flag::kHttp10);
    block.clear();
    AppendEnd(block, chunked, channel.name->view());
    if (last) AppendLastChunk(block, chunked);
    if (last || !connections_[slot].Has(connection_flag::kShared)) {
      SayLastWords(slot, block, CloseReason::kChannelEnded);
    } else {
      PrepareOwn(slot, block);
    }
  }
}

// A stream that was behind when the last of its channels ended has caught up. Which of several it
// has been told of is not kept: it is told of all.
template <class RingT>
void Shard<RingT>::EndStream(std::uint32_t slot) {
  std::string blocks;
  const bool chunked = !connections_[slot].Has(connection_flag::kHttp10);
  ForEachSubscription(slot, [&](std::uint32_t reference) {
    AppendEnd(blocks, chunked, channels_[Sub(reference).channel].name->view());
  });
  AppendLastChunk(blocks, chunked);
  SayLastWords(slot, blocks, CloseReason::kChannelEnded);
}

}  // namespace ringcast
