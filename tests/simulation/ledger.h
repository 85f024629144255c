// The book of what was published: every id with its channel and its text, from acks and from what
// subscribers get, and every claim that a subscriber's stream makes about what lies between two
// ids. It knows nothing of how the server works; it holds the server to what its interface
// promises:
//
// - an id names one event, and an event has one id (nothing doubled, nothing mixed up);
// - the events of one connection have ids in the order in which they were sent;
// - a stream that went from one id to a later one, and was not told of a gap, had every event of
//   its channels between them (nothing lost, also nothing that was acknowledged), or every one of
//   the type that it is sent.
//
// A claim is checked when it is made, against what is known by then, and once more at the end.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/event_id.h"
#include "simulation/kernel.h"

namespace ringcast::simulation {

std::string IdText(EventId id);

// What a publisher sends: its text says who sent it, its number there, where to, and how long it
// is; the rest follows from these.
struct EventKey {
  std::uint32_t publisher = 0;  // and which of its connections: these may overtake one another
  std::uint64_t number = 0;
  std::uint32_t channel = 0;
  std::size_t bytes = 0;  // of filling

  std::string Text() const;
  // Its type is "tick", which is all that some subscribers are sent.
  bool ticks() const { return number % 3 == 0; }
  // Nothing when the text is not exactly what such an event has.
  static std::optional<EventKey> Read(std::string_view text);
};

class Ledger {
 public:
  explicit Ledger(Kernel& kernel) : kernel_(kernel) {}

  static std::string ChannelName(std::uint32_t channel) {
    return "room/" + std::to_string(channel);
  }

  // An ack, or an event that a subscriber had: both tell the same.
  void Acknowledged(const EventKey& key, EventId id);
  void Received(const EventKey& key, EventId id);
  // What a stream gets of a channel.
  enum class Part : std::uint8_t { kAll, kTicks };
  // "Nothing of it was published to this channel after `from` and before `to`."
  void Claim(std::uint32_t channel, EventId from, EventId to, std::uint32_t subscriber,
             Part part = Part::kAll);
  void CheckClaims();
  // The newest event known of a channel; {} when there is none.
  EventId Newest(std::uint32_t channel, Part part = Part::kAll) const;

  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t received() const { return received_; }
  std::size_t known() const { return by_id_.size(); }

 private:
  struct Promise {
    std::uint32_t channel = 0;
    EventId from;
    EventId to;
    std::uint32_t subscriber = 0;
    Part part = Part::kAll;
  };
  struct Entry {
    std::uint32_t publisher = 0;
    std::uint64_t number = 0;
    std::uint32_t channel = 0;
    std::size_t bytes = 0;
  };

  void Note(const EventKey& key, EventId id, std::string_view how);
  void Check(const Promise& promise);

  Kernel& kernel_;
  std::map<EventId, Entry> by_id_;
  std::map<std::uint32_t, std::map<std::uint64_t, EventId>> by_publisher_;
  std::map<std::pair<std::uint32_t, Part>, std::set<EventId>> by_channel_;
  std::vector<Promise> promises_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace ringcast::simulation
