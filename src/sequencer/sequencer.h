// The sequencer: one thread that gives events their order and is the only writer of every channel's
// log. It reads publishers, appends, tells the shards through their lanes, and then acknowledges.
//
// An ack is sent only after the event stands in the lane of every shard that has subscribers on its
// channel. A full lane, or subscribers that are too far behind, stop the reading of publishers:
// they wait, nothing is lost.
//
// The parts are in files of their own: sequencer_loop.inl, publishers.inl (connections),
// binary.inl, http.inl, channels.inl (what publishers ask of a channel), remote.inl (publishers on
// other hosts), settings.inl (what changes while it runs).
//
// Threads: Run() on the sequencer's own thread, which also created the ring. The ring outlives the
// sequencer.
// Invariants: one commit of a lane holds whole batches, so every shard knows a prefix of the total
// order.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/fifo.h"
#include "base/log_limiter.h"
#include "base/mailbox.h"
#include "hub/address_limits.h"
#include "hub/channel_directory.h"
#include "hub/idempotency.h"
#include "protocol/response_head.h"
#include "sequencer/channel_census.h"
#include "sequencer/doorbell_pacer.h"
#include "sequencer/publisher_connection.h"
#include "sequencer/report_walk.h"
#include "sequencer/sequencer_options.h"
#include "sequencer/shard_port.h"
#include "uring/ring.h"
#include "uring/tag.h"

namespace ringcast {

enum class SequencerOperation : std::uint8_t {
  kAccept = 1,
  kReceive,
  kSend,
  kShutdown,
  kDoorbell,
  kWakeResult,
  kCancel,
};

// The tag by which shards and the admin thread ring the sequencer's doorbell.
inline constexpr std::uint64_t kSequencerDoorbell =
    Tag{static_cast<std::uint8_t>(SequencerOperation::kDoorbell), 0, 0}.Pack();

template <class RingT>
class Sequencer {
 public:
  // `settings`: from the main thread; acknowledged when all that is kept, and every publisher, is
  // by them.
  Sequencer(const SequencerOptions& options, RingT& ring, std::vector<ShardPort> shards,
            SequencerStats& stats, ReportBox& reports, const StopFlags& stop,
            Mailbox<SequencerSettings>& settings, ChannelCensus& census);
  ~Sequencer();
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  void Run();
  // One tick; waits at most `at_most`. False when the sequencer has ended.
  bool Tick(Nanos at_most);

  static constexpr Millis kTickLength = kDirectoryTick;

 private:
  using Moment = ChannelDirectory::Moment;

  // --- sequencer_loop.inl
  void Dispatch(const Completion& completion);
  bool TakeFromShards();
  bool TellShards();
  void RingDoorbells();
  void Wait(Nanos at_most);
  void UpdateStats();
  void WorkReport();
  void WorkCensus();
  bool Publish(std::string_view channel, const Event& event,
               ChannelDirectory::Published& published);
  // What became of an event that may have come before.
  enum class Outcome : std::uint8_t {
    kPublished,
    kRepeated,        // it had been; `published.id` is the first one's
    kOther,           // its key names another event
    kUnknownChannel,  // its channel must be created first
    kBlocked,         // nothing yet: to be tried again
  };
  // `key`: empty for an event that has none.
  Outcome PublishOnce(std::string_view channel, const Event& event, std::string_view key,
                      ChannelDirectory::Published& published);
  void CountType(std::string_view type);
  std::string_view DateNow();
  std::uint32_t TickNow() const;
  std::int64_t UnixSeconds() const { return static_cast<std::int64_t>(moment_.wall / 1000); }

  // --- publishers.inl
  void ArmAccept();
  void StopAccepting();
  void OnAccept(std::uint32_t listener, const Completion& completion);
  bool MayPublish(File file);
  bool IsListed(const PeerCredentials& peer) const;
  void TellBusy(PublisherConnection& publisher);
  void OnReceive(std::uint32_t index, const Completion& completion);
  void OnSent(std::uint32_t index, const Completion& completion);
  void OnShutdown(std::uint32_t index);
  void MakeReady(std::uint32_t index);
  void WorkReady();
  void Work(std::uint32_t index);
  void ArmReceive(std::uint32_t index);
  void SendAnswers();
  void CheckDeadlines();
  void Break(std::uint32_t index);
  void CloseIfDone(std::uint32_t index);

  // --- binary.inl
  bool WorkBinary(PublisherConnection& publisher);
  bool TakeStep(PublisherConnection& publisher, const PublishDecoder::Step& step);

  // --- http.inl
  bool WorkHttp(PublisherConnection& publisher);
  bool AnswerRequest(PublisherConnection& publisher);
  bool PublishOne(PublisherConnection& publisher, std::string_view path, std::string_view query);
  bool WorkJob(PublisherConnection& publisher);
  bool BatchFits(PublisherConnection& publisher);
  void CountTooLarge(PublisherConnection& publisher);
  void AnswerHttp(PublisherConnection& publisher, int status, std::string_view json,
                  std::string_view allow = {});
  void RefuseHttp(PublisherConnection& publisher, int status, std::string_view reason,
                  std::string_view allow = {});
  void AppendAnswer(PublisherConnection& publisher, SimpleResponse response);
  bool ReadChannelName(PublisherConnection& publisher, std::string_view raw, std::string& name);

  // --- channels.inl
  void AnswerChannelRequest(PublisherConnection& publisher, std::string_view path);
  void DescribeChannel(PublisherConnection& publisher, const std::string& name, int status);
  void CreateChannel(PublisherConnection& publisher, const std::string& name);
  void DeleteChannel(PublisherConnection& publisher, const std::string& name);
  void AnswerNoChannel(PublisherConnection& publisher, const std::string& name);
  // --- remote.inl
  AddressLimits::Options RemoteLimits() const;
  bool HasRoomFor(RemotePublisher& remote);
  void Forget(const PublisherConnection& publisher);
  bool Authorize(PublisherConnection& publisher);
  bool ShowsGoodToken(PublisherConnection& publisher);
  bool IsOver(const RemotePublisher& remote) const;
  bool MayPublishTo(const PublisherConnection& publisher, std::string_view channel);
  void Deny(PublisherConnection& publisher, PublishDenial denial, std::string_view cause = {});
  void NoteDenial(const PublisherConnection& publisher, PublishDenial denial,
                  std::string_view cause);
  void AnswerOptions(PublisherConnection& publisher);
  void WatchToken(PublisherConnection& publisher);
  void Linger(std::uint32_t index);

  // --- settings.inl
  void FollowSettings(const SequencerSettings& posted);
  void Apply(const SequencerSettings& fresh);
  RequestLimits HttpLimits() const;

  SequencerOptions options_;  // its settings change between two ticks
  RingT& ring_;
  std::vector<ShardPort> shards_;
  SequencerStats& stats_;
  ReportBox& reports_;
  const StopFlags& stop_;
  Mailbox<SequencerSettings>& settings_;
  ChannelCensus& census_;
  bool settling_ = false;  // new settings are in force, but histories are not trimmed yet
  Refusals refusals_;

  MonoTime start_;
  MonoTime now_;
  std::uint32_t tick_ = 1;
  Moment moment_;
  ChannelDirectory directory_;
  Idempotency idempotency_;
  AddressLimits remote_addresses_;
  DoorbellPacer doorbells_;

  std::vector<Completion> completions_;
  std::vector<std::unique_ptr<PublisherConnection>> publishers_;
  std::vector<std::uint32_t> free_publishers_;
  Fifo<std::uint32_t> ready_;
  std::vector<std::uint32_t> with_answers_;
  std::uint32_t publisher_count_ = 0;
  std::uint32_t turned_away_ = 0;   // of them
  std::uint32_t remote_count_ = 0;  // of the others, over TCP
  std::uint32_t next_generation_ = 1;
  std::vector<bool> accepting_;  // on each listener
  std::uint32_t accept_again_tick_ = 0;
  bool stopping_ = false;
  bool told_all_ = true;  // nothing waits in an outbox for room in its lane
  std::uint32_t last_deadline_check_ = 0;
  LogLimiter given_up_log_;
  LogLimiter denied_log_;
  ReportWalk report_walk_;
  ChannelCensus::Concerns census_concerns_;  // empty between walks
  std::uint32_t census_next_ = 0;            // slot
  std::vector<std::string> census_names_;
  PublishLineParser line_parser_;
  PublishLine line_;
  std::unordered_map<std::string, std::uint64_t> events_by_type_;
  std::uint64_t untyped_events_ = 0;
  std::string last_type_;
  std::uint64_t* last_type_count_ = nullptr;
  std::string date_;
  UnixMillis date_second_ = 0;
};

}  // namespace ringcast
