// A simulated publisher: what the binary and the HTTP one have in common. It makes events, counts
// them, misbehaves, and comes back; an event that was not answered before its connection broke may
// or may not have been published, and is not sent again.
//
// Threads: one.
// Invariants: answers come in the order of the requests, each once; the ids of one connection's
// acks only grow.
#pragma once

#include <cstdint>
#include <string>

#include "simulation/ledger.h"
#include "simulation/peer.h"

namespace ringcast::simulation {

// Added to a publisher's number, in what tells peers apart.
inline constexpr std::uint32_t kPublishers = 10'000;

struct PublisherOptions {
  int listener = -1;
  std::uint32_t channels = 1;
  std::uint64_t events = 0;      // at most, before it calms down
  std::size_t most_bytes = 200;  // of an event's text, about
  Nanos pause{0};                // about, between two batches
  std::size_t send_capacity = 65'536;
  bool deletes = false;  // ends channels now and then (HTTP)
};

class Publisher : public Peer {
 public:
  Publisher(Kernel& kernel, Ledger& ledger, std::uint32_t number, const PublisherOptions& options)
      : Peer(kernel, number), ledger_(ledger), options_(options) {}

  void Calm() override;
  // It has published its last events, one to each channel, and has all answers.
  bool done() const { return calm_ && farewell_ == options_.channels && Idle(); }

 protected:
  void Act() override;

  // The protocol's part.
  virtual void Greet() = 0;    // on a new connection
  virtual void Request() = 0;  // puts a request, or several, into `outgoing_`
  virtual void Rubbish() = 0;  // what gets no answer but an end
  virtual bool Idle() const = 0;
  virtual void TakeAnswers(std::string& bytes) = 0;
  virtual void OnEnd() = 0;  // nothing is answered any more

  EventKey NextEvent();
  void Acknowledged(const EventKey& key, EventId id);
  void Violation(const std::string& what) {
    kernel_.Violation("publisher " + std::to_string(number_) + ": " + what);
  }

  Ledger& ledger_;
  const PublisherOptions options_;
  bool spoiled_ = false;  // this connection was sent rubbish, or half of a request

 private:
  bool Misbehave();
  void End();

  std::uint64_t made_ = 0;
  std::uint32_t connections_ = 0;  // so far
  std::uint32_t farewell_ = 0;     // channels that had their last event
  EventId last_ack_;
  std::string answers_;
  MonoTime unread_until_;
};

}  // namespace ringcast::simulation
