// Live delivery: a channel that has grown is flushed in rounds, a slice of sends at a time, from
// each subscriber's cursor to the head.
namespace ringcast {

// `flushed`: where the live subscriptions stand. `published_ns`: of the oldest event that is new.
template <class RingT>
void Shard<RingT>::MarkDirty(std::uint32_t index, std::uint64_t flushed,
                             std::int64_t published_ns) {
  ShardChannel& channel = channels_[index];
  if (channel.flush != kNoIndex) {
    Flush& flush = flushes_[channel.flush];
    if (flush.next_published_ns == 0) flush.next_published_ns = published_ns;
    return;
  }
  channel.flush = flushes_.Allocate();
  Flush& flush = flushes_[channel.flush];
  flush.channel = index;
  flush.flushed = flushed;
  flush.next_published_ns = published_ns;
  flush_queue_.PushBack(channel.flush);
}

template <class RingT>
void Shard<RingT>::FlushSlice() {
  // What a tick may send before it looks at completions, the lane and timers again.
  std::size_t sends_left = 2 * budget::kSendsPerSlice;
  while (!flush_queue_.empty() && sends_left > 0) {
    PrefetchFlush(flush_queue_.Peek(kPrefetchAhead));
    const std::uint32_t index = flush_queue_.PopFront();
    Flush& flush = flushes_[index];
    if (flush.channel == kNoIndex) {  // the channel has been closed meanwhile
      flushes_.Free(index);
      continue;
    }
    if (!FlushRound(flush, sends_left)) {
      flush_queue_.PushBack(index);  // other channels have their turn first
      continue;
    }
    flush.under_way = false;
    flush.flushed = flush.round_head;
    ShardChannel& channel = channels_[flush.channel];
    ScheduleCheck(flush.channel);
    if (channel.log.head() > flush.round_head) {
      flush_queue_.PushBack(index);
    } else {
      channel.flush = kNoIndex;
      flushes_.Free(index);
    }
  }
  // Streams with several channels, as far as the slice goes.
  for (std::size_t left = std::min(shared_queue_.size(), budget::kSendsPerSlice); left > 0;
       --left) {
    const std::uint32_t slot = shared_queue_.PopFront();
    Connection& connection = connections_[slot];
    if (!connection.Has(connection_flag::kFlushQueued)) continue;
    connection.Clear(connection_flag::kFlushQueued);
    // A stalled one is served when its socket has room, one with own bytes to send after them.
    if (connection.Has(connection_flag::kStalled | connection_flag::kRemainder)) continue;
    PrepareMerged(slot, shared_published_ns_);
  }
}

// Asks for the memory that a flush to come will touch. nullptr: there is none.
template <class RingT>
void Shard<RingT>::PrefetchFlush(const std::uint32_t* index) const {
  if (index == nullptr || flushes_[*index].channel == kNoIndex) return;
  const ShardChannel& channel = channels_[flushes_[*index].channel];
  if (channel.live.front() != kNoIndex) Prefetch(connections_[channel.live.front()]);
  __builtin_prefetch(channel.log.last());
}

// Goes on with a channel's round; true when every live subscription was visited.
template <class RingT>
bool Shard<RingT>::FlushRound(Flush& flush, std::size_t& sends_left) {
  ShardChannel& channel = channels_[flush.channel];
  auto links = [this](std::uint32_t r) -> ListLink& { return Sub(r).link; };
  if (!flush.under_way) {
    flush.under_way = true;
    flush.round_head = channel.log.head();
    flush.next = channel.live.front();
    flush.published_ns = std::exchange(flush.next_published_ns, 0);
    for (std::uint32_t r = channel.shared.front(); r != kNoIndex;
         r = channel.shared.Next(links, r)) {
      const std::uint32_t slot = OwnerOf(r);
      if (connections_[slot].Has(connection_flag::kFlushQueued)) continue;
      if (shared_queue_.empty()) shared_published_ns_ = flush.published_ns;
      connections_[slot].Set(connection_flag::kFlushQueued);
      shared_queue_.PushBack(slot);
    }
  }
  while (flush.next != kNoIndex && sends_left > 0) {
    const std::uint32_t slot = flush.next;  // a live subscription is its connection's own
    flush.next = connections_[slot].subscription.link.next;
    if (flush.next != kNoIndex) __builtin_prefetch(&connections_[flush.next]);
    if (connections_[slot].subscription.cursor == channel.log.head()) continue;
    if (connections_[slot].Has(connection_flag::kByFrames)) {
      PrepareMerged(slot, flush.published_ns);
    } else {
      PrepareLive(slot, channel, flush.published_ns);
    }
    --sends_left;
  }
  return flush.next == kNoIndex;
}

// A place in the batch for this connection, which must have none yet. False when the connection did
// not survive the submission that made room.
template <class RingT>
bool Shard<RingT>::MakeRoom(std::uint32_t slot) {
  if (!batch_.full() && !connections_[slot].Has(connection_flag::kInBatch)) return true;
  SubmitBatch();
  const ConnectionState state = connections_[slot].state;
  return state == ConnectionState::kStreaming || state == ConnectionState::kResponding;
}

// REQUIRES: MakeRoom().
template <class RingT>
SendEntry& Shard<RingT>::AddEntry(std::uint32_t slot, SendKind kind) {
  Connection& connection = connections_[slot];
  connection.Set(connection_flag::kInBatch);
  return batch_.entries().emplace_back(
      SendEntry{.slot = slot, .generation = connection.generation, .kind = kind});
}

// The tag of the entry added last.
template <class RingT>
std::uint64_t Shard<RingT>::SendTag() {
  return Tag{static_cast<std::uint8_t>(ShardOperation::kSend), batch_.number(),
             static_cast<std::uint32_t>(batch_.entries().size() - 1)}
      .Pack();
}

template <class RingT>
void Shard<RingT>::SendPieces(std::uint32_t slot, std::span<const std::string_view> pieces) {
  if (pieces.size() == 1) {
    ring_.SendNow(File::Slot(slot), {pieces[0].data(), pieces[0].size()}, SendTag());
    return;
  }
  const auto* list = pieces_.Add(pieces);
  RC_CHECK(list != nullptr, "room was made for the pieces");
  ring_.SendMessageNow(File::Slot(slot), list, SendTag());
}

template <class RingT>
void Shard<RingT>::PrepareLive(std::uint32_t slot, ShardChannel& channel,
                               std::int64_t published_ns) {
  std::array<std::string_view, kMostSegmentsInASend> pieces;
  if (!MakeRoom(slot)) return;
  if (!pieces_.HasRoomFor(pieces.size())) SubmitBatch();
  Connection& connection = connections_[slot];
  Subscription& subscription = connection.subscription;
  // The submission that made room may have found this one's socket full.
  if (subscription.list != SubscriptionList::kLive) return;
  const std::size_t count = channel.log.Gather(subscription.cursor, channel.log.head(), pieces);
  SendEntry& entry = AddEntry(slot, SendKind::kLive);
  entry.channel = subscription.channel;
  entry.from = subscription.cursor;
  entry.published_ns = published_ns;
  for (std::size_t i = 0; i < count; ++i) entry.bytes += pieces[i].size();
  // Most sends go through, so the cursor is moved now and moved back if this one does not.
  subscription.cursor += entry.bytes;
  connection.last_send_tick = tick_;
  connection.last_event_tick = tick_;
  SendPieces(slot, {pieces.data(), count});
  if (subscription.cursor < channel.log.head()) {
    Unlink(slot);
    Link(slot, SubscriptionList::kBehind);
    QueueCatchUp(slot);
  }
}

template <class RingT>
void Shard<RingT>::LoadSources(std::uint32_t slot) {
  sources_.clear();
  source_references_.clear();
  ForEachSubscription(slot, [&](std::uint32_t reference) {
    const Subscription& subscription = Sub(reference);
    sources_.push_back({&channels_[subscription.channel].log, subscription.cursor});
    source_references_.push_back(reference);
  });
}

// The types of events that a stream gets; nullptr: all.
template <class RingT>
const EventFilter* Shard<RingT>::FilterOf(std::uint32_t slot) const {
  const bool filtered = connections_[slot].Has(connection_flag::kFiltered);
  return filtered ? &stream_rules_.Of(slot).filter : nullptr;
}

template <class RingT>
void Shard<RingT>::StoreCursors() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Sub(source_references_[i]).cursor = sources_[i].cursor;
  }
}

// A send of frames in their order over all the stream's channels. False when there is nothing to
// send; what a filter does not let pass is behind the stream then.
template <class RingT>
bool Shard<RingT>::PrepareMerged(std::uint32_t slot, std::int64_t published_ns) {
  if (!MakeRoom(slot)) return true;
  if (!pieces_.HasRoomFor(budget::kMaxPieces)) SubmitBatch();
  if (connections_[slot].state != ConnectionState::kStreaming ||
      connections_[slot].Has(connection_flag::kStalled)) {
    return true;
  }
  LoadSources(slot);
  std::array<std::string_view, budget::kMaxPieces> pieces;
  Connection& connection = connections_[slot];
  const EventFilter* filter = FilterOf(slot);
  FrameMerge merge(sources_, connection.Has(connection_flag::kHttp10), filter);
  const FrameMerge::Collected collected = merge.Collect(pieces, budget::kCatchUpSendBytes);
  if (collected.bytes == 0) {
    if (filter == nullptr) return false;
    merge.Advance(0);
    StoreCursors();
    if (!AtHead(slot)) GoOnBehind(slot);
    return false;
  }
  SendEntry& entry = AddEntry(slot, SendKind::kMerged);
  entry.bytes = collected.bytes;
  entry.published_ns = published_ns;
  connection.last_event_tick = tick_;
  SendPieces(slot, {pieces.data(), collected.pieces});
  return true;
}

// Bytes made for this connection alone: a response, the first event, a goodbye.
template <class RingT>
void Shard<RingT>::PrepareOwn(std::uint32_t slot, std::string_view bytes) {
  if (connections_[slot].Has(connection_flag::kRemainder)) {
    remainders_[slot].bytes.append(bytes);
    return;
  }
  if (!MakeRoom(slot)) return;
  if (connections_[slot].Has(connection_flag::kRemainder)) return PrepareOwn(slot, bytes);
  std::string_view kept = batch_.Keep(bytes);
  if (kept.empty()) {
    SubmitBatch();
    kept = batch_.Keep(bytes);
    RC_CHECK(!kept.empty(), "own bytes fit an empty batch");
  }
  SendEntry& entry = AddEntry(slot, SendKind::kOwn);
  entry.data = kept.data();
  entry.bytes = kept.size();
  connections_[slot].last_send_tick = tick_;
  ring_.SendNow(File::Slot(slot), {kept.data(), kept.size()}, SendTag());
}

// Own bytes and, in the same send, the first of what the stream missed. REQUIRES: a stream with one
// channel, behind its head, that nothing was sent on yet, and chunked.
template <class RingT>
void Shard<RingT>::PrepareFirst(std::uint32_t slot, std::string_view bytes) {
  std::array<std::string_view, kMostSegmentsInASend> pieces;
  if (!MakeRoom(slot)) return;
  std::string_view kept;
  if (pieces_.HasRoomFor(pieces.size())) kept = batch_.Keep(bytes);
  if (kept.empty()) {
    SubmitBatch();
    kept = batch_.Keep(bytes);
    RC_CHECK(!kept.empty(), "own bytes fit an empty batch");
  }
  Connection& connection = connections_[slot];
  Subscription& subscription = connection.subscription;
  SendEntry& entry = AddEntry(slot, SendKind::kFirst);
  entry.data = kept.data();
  entry.own_bytes = kept.size();
  entry.channel = subscription.channel;
  entry.from = subscription.cursor;
  pieces[0] = kept;
  const std::size_t count = 1 + GatherCatchUp(subscription, std::span(pieces).subspan(1));
  for (std::size_t i = 0; i < count; ++i) entry.bytes += pieces[i].size();
  connection.last_send_tick = tick_;
  SendPieces(slot, {pieces.data(), count});
}

// Puts the batch into the kernel and takes the completions of those sends that did not go through
// whole. When this returns nothing refers to the logs or to the batch's own bytes.
template <class RingT>
void Shard<RingT>::SubmitBatch() {
  if (batch_.empty()) return;
  // A client that reads `connected` may publish at once and ask how many subscribers there are.
  TellCounts();
  CommitUp();
  ring_.Submit();
  std::size_t count = 0;
  do {
    count = ring_.Reap(batch_completions_);
    for (std::size_t i = 0; i < count; ++i) {
      const Completion& completion = batch_completions_[i];
      const Tag tag = Tag::Unpack(completion.tag);
      if (static_cast<ShardOperation>(tag.operation) != ShardOperation::kSend) {
        deferred_.PushBack(completion);
      } else {
        NoteUnsent(completion);
      }
    }
  } while (count == batch_completions_.size());

  // Finishing one may prepare another: that belongs to the next batch.
  finishing_.swap(batch_.entries());
  batch_.Clear();
  const std::int64_t sent_ns = ring_.Now().time_since_epoch().count();
  pieces_.Reset();
  for (SendEntry& entry : finishing_) Finish(entry, sent_ns);
  finishing_.clear();
}

// A send of the batch that did not go through whole.
template <class RingT>
void Shard<RingT>::NoteUnsent(const Completion& completion) {
  const Tag tag = Tag::Unpack(completion.tag);
  RC_CHECK(
      tag.generation == (batch_.number() & kGenerationMask) && tag.index < batch_.entries().size(),
      "a send completes before its batch is finished");
  SendEntry& entry = batch_.entries()[tag.index];
  entry.failed = true;
  entry.result = completion.result;
}

template <class RingT>
void Shard<RingT>::Finish(SendEntry& entry, std::int64_t sent_ns) {
  const std::uint32_t slot = entry.slot;
  Connection& connection = connections_[slot];
  if (connection.generation != entry.generation || !connection.Has(connection_flag::kInBatch))
    return;
  connection.Clear(connection_flag::kInBatch);
  if (entry.failed && entry.result < 0 && entry.result != -EAGAIN) {
    return Close(slot, CloseReason::kClient);
  }
  const std::uint64_t sent = !entry.failed      ? entry.bytes
                             : entry.result > 0 ? static_cast<std::uint64_t>(entry.result)
                                                : 0;
  const bool all = sent == entry.bytes;
  stats_.sent_bytes.Add(sent);
  switch (entry.kind) {
    case SendKind::kLive:
    case SendKind::kCatchUp:
      CountDeliveries(entry.channel, entry.from, entry.from + sent,
                      entry.kind == SendKind::kLive ? sent_ns - entry.published_ns : -1);
      if (entry.kind == SendKind::kLive && all) return;
      connection.subscription.cursor = entry.from + sent;
      break;
    case SendKind::kMerged: {
      LoadSources(slot);
      FrameMerge merge(sources_, connection.Has(connection_flag::kHttp10), FilterOf(slot));
      RecordDeliveries(merge.Advance(sent),
                       entry.published_ns != 0 ? sent_ns - entry.published_ns : -1);
      StoreCursors();
      break;
    }
    case SendKind::kFirst: {
      const std::uint64_t own = std::min(sent, entry.own_bytes);
      const std::uint64_t to = entry.from + sent - own;
      CountDeliveries(entry.channel, entry.from, to, -1);
      connection.subscription.cursor = to;
      if (own < entry.own_bytes) KeepRemainder(slot, {entry.data + own, entry.own_bytes - own});
      break;
    }
    case SendKind::kOwn:
      if (!all) KeepRemainder(slot, {entry.data + sent, entry.bytes - sent});
      break;
    case SendKind::kRemainder: {
      Remainder& remainder = remainders_[slot];
      remainder.sent += sent;
      // More may have been added behind what this send was asked to take.
      if (all && remainder.sent == remainder.bytes.size()) {
        remainders_.erase(slot);
        connection.Clear(connection_flag::kRemainder);
      }
      break;
    }
    case SendKind::kHeartbeat:
      if (all) {
        stats_.heartbeats.Add();
        return;
      }
      if (sent > 0) KeepRemainder(slot, {entry.data + sent, entry.bytes - sent});
      break;
  }
  if (sent > 0) connection.last_send_tick = tick_;
  if (!all) return Stall(slot);
  AfterProgress(slot);
}

template <class RingT>
void Shard<RingT>::CountDeliveries(std::uint32_t channel, std::uint64_t from, std::uint64_t to,
                                   std::int64_t latency_ns) {
  CountCache& cache = count_cache_;
  if (cache.channel != channel || cache.from != from || cache.to != to) {
    // A log that was let go of meanwhile (its channel closed) cannot be asked any more; the cache
    // is cleared when that happens.
    cache = {channel, from, to, channels_[channel].log.CountFrames(from, to)};
  }
  RecordDeliveries(cache.count, latency_ns);
}

template <class RingT>
void Shard<RingT>::RecordDeliveries(std::uint64_t count, std::int64_t latency_ns) {
  if (count == 0) return;
  stats_.deliveries.Add(count);
  if (latency_ns < 0) return;
  const auto us = static_cast<std::uint64_t>(latency_ns / 1000);
  const auto bound = std::lower_bound(kLatencyBoundsUs.begin(), kLatencyBoundsUs.end(), us);
  stats_.latency[static_cast<std::size_t>(bound - kLatencyBoundsUs.begin())].Add(count);
  stats_.latency_sum_us.Add(us * count);
}

}  // namespace ringcast
