// A simulated subscriber: connects, asks for a stream (or for something else), reads at its own
// pace, misbehaves, and comes back with the last id it had. It takes the response apart with
// decoders that share nothing with the server's, and holds the stream to what the interface
// promises; what it had goes into the ledger.
//
// Threads: one.
// Invariants: within a stream ids only grow; a gap is told before what comes after it; a comment
// stands between events only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulation/ledger.h"
#include "simulation/peer.h"
#include "support/chunked_decoder.h"
#include "support/sse_decoder.h"

namespace ringcast::simulation {

struct SubscriberOptions {
  std::vector<int> listeners;           // one is picked for each connection
  std::vector<std::uint32_t> channels;  // of its streams
  std::size_t send_capacity = 65'536;   // of its connections
  std::uint32_t address = 0;            // it comes from
  bool http10 = false;
  bool odd = false;               // asks for other things, too
  bool slow = false;              // reads little at a time
  bool ticks = false;             // asks at the route that sends events of type "tick" alone
  bool may_be_sent_away = false;  // somebody ends channels

  Ledger::Part part() const { return ticks ? Ledger::Part::kTicks : Ledger::Part::kAll; }
};

class Subscriber : public Peer {
 public:
  Subscriber(Kernel& kernel, Ledger& ledger, std::uint32_t number, SubscriberOptions options)
      : Peer(kernel, number), ledger_(ledger), options_(std::move(options)) {}

  void Calm() override;
  // A stream has begun and is open.
  bool live() const { return socket_ != nullptr && connected_; }
  // It is live and has had everything of its channels that is known by now.
  bool HasEverything() const;
  // What it still waits for, or why it has no stream.
  std::string Describe() const;
  // When something came last, a heartbeat included.
  MonoTime heard_at() const { return heard_at_; }

 protected:
  void Act() override;

 private:
  enum class Resume : std::uint8_t { kFresh, kOwn, kGarbage, kFuture, kEarlierRun };

  void Connect();
  void AskForStream();
  void AskForSomethingElse();
  bool Misbehave();
  void Read();
  void Feed(std::string_view bytes);
  bool TakeHead(std::string_view& bytes);
  void FeedStream(std::string_view text);
  void OnEvent(const test::SseEvent& event);
  void OnConnected(const test::SseEvent& event);
  void OnGap(const test::SseEvent& event);
  void OnPublished(const test::SseEvent& event);
  void Violation(const std::string& what) {
    kernel_.Violation("subscriber " + std::to_string(number_) + ": " + what);
  }

  void Trace(const std::string& what) const {
    if (kernel_.verbose()) kernel_.Trace("subscriber " + std::to_string(number_) + ": " + what);
  }

  // How far a channel's events are accounted for: had, or told to be lost.
  struct Coverage {
    std::uint32_t channel = 0;
    EventId up_to;
    bool unknown = false;  // what lies before the next event cannot be told
  };

  Ledger& ledger_;
  const SubscriberOptions options_;

  // Of this connection.
  bool stream_ = false;  // a stream was asked for
  std::string head_;
  bool in_body_ = false;
  bool chunked_ = false;
  test::ChunkedDecoder chunks_;
  test::SseDecoder decoder_;
  Resume resume_ = Resume::kFresh;
  std::string asked_id_;
  bool connected_ = false;
  bool turned_away_ = false;
  bool had_event_ = false;
  bool half_closed_ = false;
  bool sent_away_ = false;  // told that its channels have ended
  EventId newest_;
  std::vector<Coverage> coverage_;
  MonoTime stopped_until_;

  std::string last_type_;  // of the newest event
  std::string last_id_;    // what a reconnecting browser would send
  MonoTime heard_at_;
};

}  // namespace ringcast::simulation
