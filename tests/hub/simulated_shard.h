// A shard without sockets: it opens channels, keeps their views as a real shard does, lets go of
// what it does not need and tells about it. Each channel that it follows has one reader, whose
// bytes are compared with everything that was published. Lanes are plain queues that the test
// empties when it likes; what the directory hands over together arrives together.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "hub/channel_directory.h"
#include "hub/log_view.h"

namespace ringcast::test {

// All that was ever published, in order.
struct PublishedEvent {
  Sequence sequence = 0;
  std::string frame;
};
using PublishedEvents = std::map<std::string, std::vector<PublishedEvent>>;

class SimulatedShard {
 public:
  SimulatedShard(unsigned number, ChannelDirectory& directory, IdScheme scheme,
                 const PublishedEvents& published)
      : number_(number), directory_(directory), scheme_(scheme), published_(published) {}
  ~SimulatedShard();
  SimulatedShard(const SimulatedShard&) = delete;
  SimulatedShard& operator=(const SimulatedShard&) = delete;

  // A subscriber that is fresh, or that has seen everything up to `seen`.
  void Open(const std::string& name, std::optional<Sequence> seen);
  bool Follows(const std::string& name) const { return by_name_.contains(name); }
  void ChangeCount(const std::string& name, std::uint32_t subscribers);
  // The reader goes on for up to `most` bytes.
  void Read(const std::string& name, std::uint64_t most);
  // Lets go of what the reader and the history do not need, and tells how far it is.
  void Progress(const std::string& name);
  void Leave(const std::string& name);

  // The directory's outbox goes into the lane as one commit. `newest`: the newest of all events
  // then.
  void TakeOutbox(Sequence newest);
  // All that is in the lane is seen.
  void DrainLane();
  // The directory hears the next message of this shard, if there is one.
  bool TellOne();

  std::vector<std::string> Following() const;
  bool IsOpen(const std::string& name) const { return channels_.at(by_name_.at(name)).open; }
  bool AtHead(const std::string& name) const;
  std::uint32_t CountOf(const std::string& name) const {
    return channels_.at(by_name_.at(name)).count;
  }
  // Channels that the directory says have ended, since the last call.
  std::vector<std::string> TakeEnded() { return std::exchange(ended_, {}); }
  std::uint64_t frames_read() const { return frames_read_; }
  std::uint64_t gaps() const { return gaps_; }

 private:
  struct Followed {
    std::string name;
    ChannelNameBlock* block = nullptr;
    std::uint32_t generation = 0;
    ChannelHandle theirs;
    LogView view;
    std::uint64_t kept_from = 0;
    Sequence forgotten = 0;
    std::uint64_t spared_from = 0;
    std::uint64_t cursor = 0;
    std::uint32_t count = 0;
    std::optional<Sequence> seen;
    Sequence opened_at = 0;  // the newest of all events when the directory opened it
    std::size_t next = 0;    // of the published events: the one the reader gets next
    std::size_t in_frame = 0;
    bool open = false;
  };
  struct Commit {
    std::vector<ToShard> messages;
    Sequence newest;
  };

  Followed& Named(const std::string& name) { return channels_.at(by_name_.at(name)); }
  Followed* Addressed(const ToShard& message);
  void Take(const ToShard& message);
  void Start(Followed& channel);
  void RequireAllUpTo(Sequence newest);
  // How many events of the channel were published up to that place in the order.
  std::size_t EventsUpTo(const std::string& name, Sequence sequence) const;

  const unsigned number_;
  ChannelDirectory& directory_;
  const IdScheme scheme_;
  const PublishedEvents& published_;
  std::map<std::uint32_t, Followed> channels_;
  std::map<std::string, std::uint32_t> by_name_;
  std::uint32_t next_generation_ = 1;
  std::deque<Commit> down_;
  std::deque<ToSequencer> up_;
  std::vector<std::string> ended_;
  std::uint64_t frames_read_ = 0;
  std::uint64_t gaps_ = 0;
};

}  // namespace ringcast::test
