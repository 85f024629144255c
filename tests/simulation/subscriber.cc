// The subscriber's behaviour; what it makes of the stream is in stream_oracle.cc.
#include "simulation/subscriber.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace ringcast::simulation {
namespace {

constexpr const char* kIdOfAnEarlierRun = "1600000000000-77";

}  // namespace

void Subscriber::Calm() {
  stopped_until_ = MonoTime{};
  // What is no stream has nothing more to tell.
  if (socket_ && (!stream_ || half_closed_)) Hang();
  Peer::Calm();
}

bool Subscriber::HasEverything() const {
  return live() && std::all_of(coverage_.begin(), coverage_.end(), [this](const Coverage& covered) {
           return covered.unknown ||
                  covered.up_to >= ledger_.Newest(covered.channel, options_.part());
         });
}

std::string Subscriber::Describe() const {
  std::string text = " subscriber " + std::to_string(number_);
  if (!live()) return text + " has no stream;";
  for (const Coverage& covered : coverage_) {
    const EventId newest = ledger_.Newest(covered.channel, options_.part());
    if (covered.unknown || covered.up_to >= newest) continue;
    text += " had " + Ledger::ChannelName(covered.channel) + " up to " + IdText(covered.up_to) +
            ", which is at " + IdText(newest) + ";";
  }
  return text;
}

void Subscriber::Act() {
  if (!socket_) {
    Connect();
    return ActAfter(Soon(10, 2000));
  }
  if (!outgoing_.empty()) {
    if (kernel_.faults().Strikes(Fault::kPeerStallsInRequest)) {
      return ActAfter(Millis(kernel_.Between(10, 12'000)));
    }
    SendSome();
    return ActAfter(Soon(10, 5000));
  }
  if (kernel_.Now() < stopped_until_) return ActAfter(stopped_until_ - kernel_.Now());
  Read();
  if (!socket_) return ActAfter(Millis(kernel_.Between(1, calm_ ? 300 : 1500)));
  if (!calm_ && Misbehave()) return;
  const bool more = socket_->peer_readable() > 0;
  if (calm_ || !options_.slow) return ActAfter(more ? Soon(10, 2000) : Soon(1000, 30'000));
  ActAfter(Soon(5'000, 200'000));
}

void Subscriber::Connect() {
  const int listener = options_.listeners[kernel_.rng().Below(options_.listeners.size())];
  socket_ = kernel_.Connect(listener, options_.send_capacity, options_.address);
  socket_->set_number(number_);
  head_.clear();
  in_body_ = chunked_ = connected_ = turned_away_ = had_event_ = half_closed_ = false;
  chunks_ = test::ChunkedDecoder();
  decoder_ = test::SseDecoder();
  coverage_.clear();
  stream_ = calm_ || !options_.odd || kernel_.Chance(60);
  stream_ ? AskForStream() : AskForSomethingElse();
  Trace("asks " + outgoing_);
}

void Subscriber::AskForStream() {
  resume_ = last_id_.empty()                ? Resume::kFresh
            : last_id_ == kIdOfAnEarlierRun ? Resume::kEarlierRun
                                            : Resume::kOwn;
  asked_id_ = last_id_;
  if (!calm_ && kernel_.Chance(10)) {
    resume_ = static_cast<Resume>(kernel_.Chance(50) ? 0 : kernel_.Between(2, 4));
    switch (resume_) {
      case Resume::kFresh:
      case Resume::kOwn:
        asked_id_.clear();
        break;
      case Resume::kGarbage:
        asked_id_ = "not-an-id";
        break;
      case Resume::kFuture:
        asked_id_ = "4000000000000-1";
        break;
      case Resume::kEarlierRun:
        asked_id_ = kIdOfAnEarlierRun;
        break;
    }
  }
  std::string target = "/events";
  if (options_.ticks) {
    target = "/ticks";
    for (const std::uint32_t channel : options_.channels) target += "/" + std::to_string(channel);
    target += "?";
  } else if (options_.channels.size() == 1) {
    target += "/" + Ledger::ChannelName(options_.channels.front()) + "?";
  } else {
    target += "?";
    for (const std::uint32_t channel : options_.channels) {
      target += "channel=" + Ledger::ChannelName(channel) + "&";
    }
  }
  std::string fields = "Host: simulation\r\n";
  if (!asked_id_.empty()) {
    if (kernel_.Chance(50)) {
      fields += "Last-Event-ID: " + asked_id_ + "\r\n";
    } else {
      target += "lastEventId=" + asked_id_;
    }
  }
  if (target.ends_with('?') || target.ends_with('&')) target.pop_back();
  outgoing_ =
      "GET " + target + (options_.http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n") + fields + "\r\n";
}

void Subscriber::AskForSomethingElse() {
  static constexpr std::array<const char*, 9> kRequests = {
      "",  // and says nothing
      "GET /health HTTP/1.1\r\nHost: s\r\n\r\nGET /health HTTP/1.1\r\nHost: s\r\n\r\n",
      "GET /health HTTP/1.1\r\nHost: s\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: s\r\n\r\n",
      "HEAD /events/room/0 HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n",
      "OPTIONS /events/room/0 HTTP/1.1\r\nHost: s\r\n\r\n",
      "POST /events/room/0 HTTP/1.1\r\nHost: s\r\nContent-Length: 3\r\n\r\nabc",
      "GET /events/room//0 HTTP/1.1\r\nHost: s\r\n\r\n",
      "\x16\x03\x01 no HTTP at all\r\n\r\n",
      "GET /events/room/0 HTTP/1.1\r\nHost: s\r\nX: never ends",
  };
  outgoing_ = kRequests[kernel_.rng().Below(kRequests.size())];
}

// True when the next act is scheduled, or the connection gone.
bool Subscriber::Misbehave() {
  FaultPlan& faults = kernel_.faults();
  if (faults.Strikes(Fault::kPeerResets)) {
    Trace("resets");
    static constexpr std::array<int, 3> kErrors = {ECONNRESET, EPIPE, EHOSTUNREACH};
    Reset(kErrors[kernel_.rng().Below(kErrors.size())]);
    ActAfter(Millis(kernel_.Between(1, 2000)));
    return true;
  }
  if (faults.Strikes(Fault::kPeerVanishes)) {
    // The kernel hears nothing of it until it gives up.
    kernel_.After(Millis(kernel_.Between(500, 4000)),
                  [socket = std::move(socket_)] { socket->PeerResets(ETIMEDOUT); });
    socket_.reset();
    ActAfter(Millis(kernel_.Between(1, 2000)));
    return true;
  }
  if (faults.Strikes(Fault::kPeerStopsReading)) {
    stopped_until_ =
        kernel_.Now() + Millis(kernel_.Between(100, kernel_.Chance(30) ? 60'000 : 3000));
  }
  if (!half_closed_ && faults.Strikes(Fault::kPeerHalfCloses)) {
    half_closed_ = true;
    socket_->PeerFinishes();
  }
  if (!half_closed_ && faults.Strikes(Fault::kPeerSendsStray)) {
    socket_->PeerSends(std::string(kernel_.Between(1, 3000), 's'));
  }
  // Those that wait for no stream lose patience.
  if (!stream_ && kernel_.Chance(2)) {
    Hang();
    ActAfter(Millis(kernel_.Between(1, 1000)));
    return true;
  }
  return false;
}

void Subscriber::Read() {
  std::size_t most = 65'536;
  if (!calm_) most = options_.slow ? kernel_.Between(1, 2000) : kernel_.Between(1, most);
  const std::string bytes = socket_->PeerReads(most);
  if (!bytes.empty()) {
    heard_at_ = kernel_.Now();
    Feed(bytes);
  }
  if (!socket_->PeerSeesEnd()) return;
  Trace("its connection has ended");
  Hang();
}

}  // namespace ringcast::simulation
