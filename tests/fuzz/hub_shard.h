// A shard without sockets for the hub's fuzz target: streams with one or several channels, opened,
// resumed, read in pieces, cut off and told of gaps by the rules of src/shard, over the hub's own
// views, merges and positions. Lanes are plain queues that are emptied when the target says so;
// what the directory hands over together arrives together.
//
// Threads: a plain value.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/hub_reader.h"
#include "hub/channel_directory.h"
#include "hub/frame_merge.h"
#include "hub/log_view.h"
#include "hub/resume.h"

namespace ringcast::test {

class HubShard {
 public:
  HubShard(unsigned number, ChannelDirectory& directory, IdScheme scheme, const Story& story)
      : number_(number), directory_(directory), scheme_(scheme), story_(story) {}
  ~HubShard();
  HubShard(const HubShard&) = delete;
  HubShard& operator=(const HubShard&) = delete;

  struct Request {
    std::vector<std::string> names;  // distinct, at least one
    bool bare = false;
    std::optional<std::string> last_event_id;
    // Names whose gaps may be told in vain, since they share a bucket of Forgotten.
    std::pair<std::string, std::string> twins;
  };
  void Subscribe(const Request& request);
  std::size_t streams() const { return streams_.size(); }
  // A send of at most `collect` bytes in at most `pieces` pieces, of which the socket takes at most
  // `taken`. Gives what it took.
  std::size_t Send(std::size_t stream, std::size_t collect, std::size_t pieces, std::size_t taken);
  // Closes the stream; gives what its client would come back with.
  std::string Close(std::size_t stream);
  // Lets go of what neither the history nor a stream within `backlog` bytes of the head needs;
  // streams further behind are told a gap. Then tells how far it is.
  void Release(const std::string& name, std::uint64_t backlog);

  // The directory's outbox goes into the lane as one commit. `newest`: of all events then.
  void TakeOutbox(Sequence newest);
  // All that is in the lane is seen.
  void DrainLane();
  // The directory hears the next message of this shard, if there is one.
  bool TellOne();

  std::uint32_t SubscribersOf(const std::string& name) const;
  std::vector<std::string> OpenChannels() const;

 private:
  struct Channel {
    std::string name;
    ChannelNameBlock* block = nullptr;
    std::uint32_t generation = 0;
    ChannelHandle theirs;
    LogView view;
    std::uint64_t kept_from = 0;
    Sequence forgotten = 0;
    std::uint64_t reported = 0;  // as flushed
    std::uint32_t count = 0;     // of subscribers, as told
    bool open = false;
  };
  struct Stream {
    Request request;
    std::unique_ptr<HubReader> reader;  // none before it starts
    std::vector<std::uint32_t> channels;
    std::vector<std::uint64_t> cursors;
    std::uint64_t frames = 0;  // sent whole
    bool synced = false;
    bool waits_for_sync = false;
  };
  struct Commit {
    std::vector<ToShard> messages;
    Sequence newest = 0;
  };

  std::uint32_t OpenChannel(const std::string& name);
  void CloseUnused(std::uint32_t index);
  Channel* Addressed(const ToShard& message);
  void Take(const ToShard& message);
  void StartWhatCan();
  bool TryStart(Stream& stream);
  bool Place(Stream& stream, std::uint32_t index, const ResumePoint& resume);
  void FinishCutEvent(Stream& stream);
  void TellSlow(Stream& stream, std::size_t at, std::uint64_t new_cursor);
  void CheckCaughtUp(const Stream& stream) const;
  void Count(std::uint32_t index);

  const unsigned number_;
  ChannelDirectory& directory_;
  const IdScheme scheme_;
  const Story& story_;
  std::map<std::uint32_t, Channel> channels_;
  std::map<std::string, std::uint32_t> by_name_;
  std::deque<Stream> streams_;
  std::uint32_t next_generation_ = 1;
  std::deque<Commit> down_;
  std::deque<ToSequencer> up_;
  Sequence newest_ = 0;  // of what it has been told
};

}  // namespace ringcast::test
