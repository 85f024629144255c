#include "simulation/publisher.h"

#include <algorithm>
#include <cerrno>

namespace ringcast::simulation {

void Publisher::Calm() {
  unread_until_ = MonoTime{};
  // What has struck this connection before may show only now.
  End();
  Peer::Calm();
}

void Publisher::Act() {
  if (!socket_) {
    if (!calm_ && made_ >= options_.events) return;  // until it is told to calm down
    socket_ = kernel_.Connect(options_.listener, options_.send_capacity);
    socket_->set_number(kPublishers + number_);
    last_ack_ = {};
    spoiled_ = false;
    ++connections_;
    Greet();
    return ActAfter(Soon(10, 500));
  }
  if (!outgoing_.empty()) {
    if (!spoiled_ && kernel_.faults().Strikes(Fault::kPeerStallsInRequest)) {
      spoiled_ = true;  // it may be past the deadline when it goes on
      return ActAfter(Millis(kernel_.Between(10, 8000)));
    }
    SendSome();
    return ActAfter(Soon(10, 500));
  }
  if (kernel_.Now() >= unread_until_) {
    answers_ += socket_->PeerReads(calm_ ? 65'536 : kernel_.Between(1, 8192));
    TakeAnswers(answers_);
  }
  if (socket_->PeerSeesEnd()) {
    if (!spoiled_ && calm_ && !Idle()) Violation("its connection ended for no reason");
    End();
    return ActAfter(Millis(kernel_.Between(1, 500)));
  }
  if (!calm_ && Misbehave()) return;
  const bool more = calm_ ? farewell_ < options_.channels : made_ < options_.events;
  if (more && !spoiled_) Request();
  ActAfter(outgoing_.empty()
               ? Soon(1000, 20'000)
               : Nanos(kernel_.Between(0, 2 * static_cast<std::uint64_t>(options_.pause.count()))));
}

bool Publisher::Misbehave() {
  FaultPlan& faults = kernel_.faults();
  bool gone = false;
  if (faults.Strikes(Fault::kPeerResets)) {
    Reset(ECONNRESET);
    gone = true;
  } else if (faults.Strikes(Fault::kPeerHalfCloses)) {
    // With half of a request before it, sometimes.
    if (kernel_.Chance(50)) {
      Request();
      SendSome();
    }
    Hang();
    gone = true;
  } else if (!spoiled_ && faults.Strikes(Fault::kPublisherSendsRubbish)) {
    Rubbish();
    spoiled_ = true;
  } else if (faults.Strikes(Fault::kPeerStopsReading)) {
    unread_until_ = kernel_.Now() + Millis(kernel_.Between(100, 15'000));
    spoiled_ = true;  // it may be cut for that
  }
  if (!gone) return false;
  End();
  ActAfter(Millis(kernel_.Between(1, 500)));
  return true;
}

void Publisher::End() {
  Hang();
  answers_.clear();
  OnEnd();
}

EventKey Publisher::NextEvent() {
  EventKey key{.publisher = number_ * 10'000 + connections_,
               .number = ++made_,
               .channel = static_cast<std::uint32_t>(kernel_.rng().Below(options_.channels)),
               .bytes = kernel_.rng().Below(options_.most_bytes + 1)};
  // Most are small, whatever the largest.
  if (kernel_.Chance(50)) key.bytes = std::min<std::size_t>(key.bytes, kernel_.Between(0, 200));
  if (calm_) key.channel = farewell_++;
  return key;
}

void Publisher::Acknowledged(const EventKey& key, EventId id) {
  if (id <= last_ack_) Violation("an ack with " + IdText(id) + " after " + IdText(last_ack_));
  last_ack_ = id;
  if (kernel_.verbose()) {
    kernel_.Trace("publisher " + std::to_string(number_) + ": ack of " +
                  std::to_string(key.number) + " to " + Ledger::ChannelName(key.channel) + " as " +
                  IdText(id));
  }
  ledger_.Acknowledged(key, id);
}

}  // namespace ringcast::simulation
