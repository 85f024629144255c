// Publishers' connections: accept, read, answer, deadlines.
namespace ringcast {

namespace {

std::uint64_t AcceptTag(std::size_t listener) {
  return Tag{static_cast<std::uint8_t>(SequencerOperation::kAccept), 0,
             static_cast<std::uint32_t>(listener)}
      .Pack();
}

}  // namespace

template <class RingT>
void Sequencer<RingT>::ArmAccept() {
  if (stopping_ || tick_ < accept_again_tick_) return;
  for (std::size_t i = 0; i < options_.listeners.size(); ++i) {
    if (accepting_[i]) continue;
    accepting_[i] = true;
    ring_.AcceptPlain(File::Descriptor(options_.listeners[i].descriptor), AcceptTag(i));
  }
}

// Publishers that come while the server drains are told so by a close, unless the listener outlives
// it: there they wait for the next server.
template <class RingT>
void Sequencer<RingT>::StopAccepting() {
  for (std::size_t i = 0; i < options_.listeners.size(); ++i) {
    if (!accepting_[i] || !options_.listeners[i].outlives) continue;
    ring_.Cancel(AcceptTag(i),
                 Tag{static_cast<std::uint8_t>(SequencerOperation::kCancel), 0, 0}.Pack());
  }
}

template <class RingT>
void Sequencer<RingT>::OnAccept(std::uint32_t listener, const Completion& completion) {
  if (!completion.more()) accepting_[listener] = false;
  if (completion.result < 0) {
    // No descriptor is left, or no memory: tried again at once, that would only burn the core.
    accept_again_tick_ = tick_ + 1;
    return;
  }
  const File file = File::Descriptor(completion.result);
  // Where the listener stays, this one came before the accept was cancelled, and did not wait.
  if (stopping_ && !options_.listeners[listener].outlives) return ring_.CloseNow(file);
  std::unique_ptr<RemotePublisher> remote;
  if (options_.listeners[listener].tcp) {
    remote = std::make_unique<RemotePublisher>();
    remote->address = ring_.AddressOf(file);
    remote->unknown_since = tick_;
    if (!remote->address.valid()) return ring_.CloseNow(file);  // it has gone already
  }
  bool full = publisher_count_ - turned_away_ >= options_.max_publishers;
  if (full) {
    refusals_.Note(Limit::kPublishers, options_.max_publishers, now_);
  } else if (remote) {
    full = !HasRoomFor(*remote);
  } else if (!MayPublish(file)) {
    return ring_.CloseNow(file);
  }
  if (full) {
    stats_.publishers_refused.Add();
    if (turned_away_ >= budget::kMaxTurnedAwayPublishers) return ring_.CloseNow(file);
  }
  std::uint32_t index = 0;
  if (!free_publishers_.empty()) {
    index = free_publishers_.back();
    free_publishers_.pop_back();
  } else {
    index = static_cast<std::uint32_t>(publishers_.size());
    publishers_.emplace_back();
  }
  RequestLimits http_limits = HttpLimits();
  http_limits.credentials = remote != nullptr;
  publishers_[index] = std::make_unique<PublisherConnection>(
      file, PublishLimits{options_.max_event_bytes}, http_limits);
  publishers_[index]->generation = next_generation_++;
  publishers_[index]->send_progress = tick_;
  publishers_[index]->remote = std::move(remote);
  ++publisher_count_;
  if (full) {
    ++turned_away_;
    publishers_[index]->turned_away = true;
    publishers_[index]->partial_since = tick_;  // its first byte has a deadline
  } else {
    stats_.publishers_total.Add();
    if (publishers_[index]->remote) ++remote_count_;
  }
  ArmReceive(index);
}

// The first byte has told in which language.
template <class RingT>
void Sequencer<RingT>::TellBusy(PublisherConnection& publisher) {
  constexpr std::string_view kReason = "too many publishers; max-publishers limits them";
  if (publisher.protocol == PublisherConnection::Protocol::kHttp) {
    return RefuseHttp(publisher, 503, kReason);
  }
  AppendHello(publisher.out, static_cast<std::uint32_t>(options_.max_event_bytes), kReadAheadBytes);
  AppendError(publisher.out, 0, ErrorCode::kBusy, kReason);
  publisher.closing = true;
}

// The allow-list of users and groups; who comes and who is refused stands in the log.
template <class RingT>
bool Sequencer<RingT>::MayPublish(File file) {
  const Result<PeerCredentials> peer = ring_.Credentials(file);
  if (!peer) {
    Log(LogLevel::kWarning, "publisher refused reason=no-credentials " + peer.error().message);
    stats_.publishers_refused.Add();
    return false;
  }
  const std::string who = " uid=" + std::to_string(peer->user) +
                          " gid=" + std::to_string(peer->group) +
                          " pid=" + std::to_string(peer->process);
  if (!IsListed(*peer)) {
    stats_.publishers_refused.Add();
    Log(LogLevel::kWarning, "publisher refused reason=not-allowed" + who);
    return false;
  }
  Log(LogLevel::kDebug, "publisher connected" + who);
  return true;
}

template <class RingT>
bool Sequencer<RingT>::IsListed(const PeerCredentials& peer) const {
  auto listed = [](const std::vector<std::uint32_t>& list, std::uint32_t id) {
    return std::find(list.begin(), list.end(), id) != list.end();
  };
  return (options_.users.empty() && options_.groups.empty()) || listed(options_.users, peer.user) ||
         listed(options_.groups, peer.group) ||
         std::any_of(peer.further_groups.begin(), peer.further_groups.end(),
                     [&](std::uint32_t id) { return listed(options_.groups, id); });
}

template <class RingT>
void Sequencer<RingT>::ArmReceive(std::uint32_t index) {
  PublisherConnection& publisher = *publishers_[index];
  const bool lingers = publisher.lingers_since != 0;
  if (publisher.receiving || publisher.blocked || publisher.ended || publisher.broken ||
      (publisher.closing && !lingers) || publisher.waiting || publisher.job ||
      publisher.request_waiting) {
    return;
  }
  // A publisher that does not read its answers is not read either.
  if (publisher.out.size() + publisher.outgoing.size() > kMaxAnswerBytes) return;
  if (publisher.begin == publisher.end) publisher.begin = publisher.end = 0;
  if (publisher.begin > 0) {
    std::memmove(publisher.in.data(), publisher.in.data() + publisher.begin,
                 publisher.end - publisher.begin);
    publisher.end -= publisher.begin;
    publisher.begin = 0;
  }
  // Full: more is on its way than the buffer holds. A whole frame must fit in any case.
  if (publisher.end == publisher.in.size()) {
    const std::size_t most = std::max(kBusyBufferBytes, publisher.decoder.max_buffered());
    publisher.in.resize(std::min(most, std::max(kFreshBufferBytes, publisher.in.size() * 4)));
  }
  RC_CHECK(publisher.end < publisher.in.size(), "a whole frame fits the buffer");
  publisher.receiving = true;
  ring_.Receive(publisher.file,
                {publisher.in.data() + publisher.end, publisher.in.size() - publisher.end},
                Tag{static_cast<std::uint8_t>(SequencerOperation::kReceive), 0, index}.Pack());
}

template <class RingT>
void Sequencer<RingT>::OnReceive(std::uint32_t index, const Completion& completion) {
  PublisherConnection& publisher = *publishers_[index];
  publisher.receiving = false;
  if (completion.result <= 0) {
    publisher.ended = true;
    if (completion.result < 0) return Break(index);
  } else {
    publisher.end += static_cast<std::size_t>(completion.result);
  }
  MakeReady(index);
}

template <class RingT>
void Sequencer<RingT>::MakeReady(std::uint32_t index) {
  if (publishers_[index]->ready) return;
  publishers_[index]->ready = true;
  ready_.PushBack(index);
}

// Works through what publishers have sent, in turn, until a batch is full.
template <class RingT>
void Sequencer<RingT>::WorkReady() {
  // Each once: one that has more to do joins the end of the queue again. What a full batch leaves
  // over has its turn when the batch is told.
  for (std::size_t left = ready_.size(); left > 0; --left) {
    if (directory_.pending_entries() >= kMaxBatchChannels) return;
    const std::uint32_t index = ready_.PopFront();
    publishers_[index]->ready = false;
    Work(index);
  }
}

template <class RingT>
void Sequencer<RingT>::Work(std::uint32_t index) {
  PublisherConnection& publisher = *publishers_[index];
  if (publisher.broken || publisher.lingers_since != 0) return CloseIfDone(index);
  bool more = false;
  if (!publisher.closing) {
    if (publisher.protocol == PublisherConnection::Protocol::kUnknown &&
        !publisher.unread().empty()) {
      const auto first = static_cast<unsigned char>(publisher.unread().front());
      const bool binary = first == kPublishFirstByte;
      publisher.protocol = binary && !publisher.remote ? PublisherConnection::Protocol::kHello
                                                       : PublisherConnection::Protocol::kHttp;
      if (publisher.turned_away) {
        TellBusy(publisher);
      } else if (binary && publisher.remote) {
        // It has no place for a token.
        RefuseHttp(
            publisher, 400,
            "the binary protocol is spoken on the publish socket alone; over TCP it is HTTP");
      }
    }
  }
  if (!publisher.closing) {
    switch (publisher.protocol) {
      case PublisherConnection::Protocol::kUnknown:
        break;
      case PublisherConnection::Protocol::kHello:
      case PublisherConnection::Protocol::kBinary:
        more = WorkBinary(publisher);
        break;
      case PublisherConnection::Protocol::kHttp:
        more = WorkHttp(publisher);
        break;
    }
  }
  if (more) MakeReady(index);
  // What is left unfinished must be finished in time, counted from its own beginning: each frame or
  // request that comes to its end starts it anew. Waiting for subscribers is not its fault.
  const bool partial =
      !more && !publisher.blocked &&
      (publisher.decoder.InFrame(publisher.unread().size()) || publisher.parser.started());
  if (!partial) {
    publisher.partial_since = 0;
  } else if (publisher.partial_since == 0) {
    publisher.partial_since = tick_;
  }
  with_answers_.push_back(index);
  if (!more) ArmReceive(index);
}

// Sends what has been answered. Only called when every shard has been told.
template <class RingT>
void Sequencer<RingT>::SendAnswers() {
  for (std::uint32_t index : with_answers_) {
    if (!publishers_[index]) continue;
    PublisherConnection& publisher = *publishers_[index];
    publisher.acks.Flush(publisher.out);
    if (!publisher.sending && !publisher.broken && !publisher.out.empty()) {
      publisher.outgoing.clear();
      publisher.outgoing.swap(publisher.out);
      publisher.sending = true;
      publisher.send_progress = tick_;
      ring_.SendAll(publisher.file, {publisher.outgoing.data(), publisher.outgoing.size()},
                    Tag{static_cast<std::uint8_t>(SequencerOperation::kSend), 0, index}.Pack());
    }
    CloseIfDone(index);
  }
  with_answers_.clear();
}

template <class RingT>
void Sequencer<RingT>::OnSent(std::uint32_t index, const Completion& completion) {
  PublisherConnection& publisher = *publishers_[index];
  publisher.sending = false;
  if (completion.result < static_cast<std::int64_t>(publisher.outgoing.size())) return Break(index);
  publisher.outgoing.clear();
  publisher.send_progress = tick_;
  MakeReady(index);
}

template <class RingT>
void Sequencer<RingT>::OnShutdown(std::uint32_t index) {
  --publishers_[index]->shutdowns;
  CloseIfDone(index);
}

// Twice a second: frames that do not come to their end, answers that nobody reads.
template <class RingT>
void Sequencer<RingT>::CheckDeadlines() {
  if (tick_ - last_deadline_check_ < 10) return;
  last_deadline_check_ = tick_;
  const auto frame_ticks = static_cast<std::uint32_t>(options_.frame_timeout / kTickLength);
  const auto header_ticks = static_cast<std::uint32_t>(options_.header_timeout / kTickLength);
  const auto stall_ticks = static_cast<std::uint32_t>(options_.stall_timeout / kTickLength);
  constexpr std::uint32_t kTurnAwayTicks = 20;  // 1 s
  for (std::uint32_t i = 0; i < publishers_.size(); ++i) {
    if (!publishers_[i]) continue;
    PublisherConnection& publisher = *publishers_[i];
    if (publisher.sending && tick_ - publisher.send_progress >= stall_ticks) {
      Log(LogLevel::kWarning, "publisher closed reason=answers-not-read");
      Break(i);
      continue;
    }
    if (publisher.lingers_since != 0) {
      if (tick_ - publisher.lingers_since >= kLingerTicks) Break(i);
      continue;
    }
    const RemotePublisher* remote = publisher.remote.get();
    if (remote != nullptr) {
      WatchToken(publisher);
      const bool idle = publisher.partial_since == 0 && !publisher.closing;
      if (idle && remote->unknown_since != 0 && tick_ - remote->unknown_since >= header_ticks) {
        Break(i);
        continue;
      }
    }
    const bool in_head = remote != nullptr && !remote->in_body;
    const std::uint32_t ticks = publisher.turned_away ? kTurnAwayTicks
                                : in_head             ? header_ticks
                                                      : frame_ticks;
    if (publisher.closing || publisher.partial_since == 0 ||
        tick_ - publisher.partial_since < ticks) {
      continue;
    }
    publisher.partial_since = 0;
    if (publisher.protocol == PublisherConnection::Protocol::kHttp) {
      RefuseHttp(publisher, 408, "the request did not arrive in time");
    } else if (publisher.protocol == PublisherConnection::Protocol::kBinary) {
      publisher.acks.Flush(publisher.out);
      AppendError(publisher.out, 0, ErrorCode::kDeadline, "the frame did not arrive in time");
      publisher.closing = true;
    } else {
      Break(i);
      continue;
    }
    with_answers_.push_back(i);
    if (told_all_) SendAnswers();
  }
}

// No more of this connection: operations in flight are ended, then it is closed.
template <class RingT>
void Sequencer<RingT>::Break(std::uint32_t index) {
  PublisherConnection& publisher = *publishers_[index];
  if (!publisher.broken) {
    publisher.broken = true;
    if (publisher.receiving || publisher.sending) {
      // In flight like the others: until it has completed, the descriptor must stay this one's.
      ++publisher.shutdowns;
      ring_.Shutdown(
          publisher.file,
          Tag{static_cast<std::uint8_t>(SequencerOperation::kShutdown), 0, index}.Pack());
    }
  }
  CloseIfDone(index);
}

template <class RingT>
void Sequencer<RingT>::CloseIfDone(std::uint32_t index) {
  PublisherConnection& publisher = *publishers_[index];
  const bool answered =
      publisher.out.empty() && !publisher.sending && publisher.acks.pending() == 0;
  const bool idle = !publisher.blocked && !publisher.waiting && !publisher.job &&
                    !publisher.request_waiting && !publisher.ready;
  if (!publisher.broken) {
    if (!answered || !idle || !(publisher.closing || publisher.ended)) return;
    if (publisher.remote && !publisher.ended && !publisher.turned_away) return Linger(index);
    if (publisher.receiving) return Break(index);  // closing while the peer may still send
  }
  if (publisher.receiving || publisher.sending || publisher.shutdowns > 0 || publisher.ready) {
    return;
  }
  if (publisher.turned_away) --turned_away_;
  Forget(publisher);
  ring_.CloseNow(publisher.file);
  publishers_[index].reset();
  free_publishers_.push_back(index);
  --publisher_count_;
}

}  // namespace ringcast
