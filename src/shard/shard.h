// A shard: one thread, one ring, and the connections that live on it from accept to close. It joins
// the domain (hub) with the kernel (uring) and is a template over its ring, so that the same code
// runs on a simulated one.
//
// A tick: completions are copied out and dispatched, the lane is drained, timers fire; all of that
// only changes state and marks work. Then sends are prepared in slices of a few hundred and
// submitted, and what the sequencer must know is told. A shard with nothing to do sleeps until a
// completion, the doorbell or the next timer.
//
// The parts are in files of their own: loop.inl (the tick), accept.inl, proxies.inl, requests.inl,
// admission.inl (from a request to the decision), token_access.inl, url_access.inl, demo.inl,
// streams.inl (subscribing and unsubscribing), standing.inl (channels that end, or are not there),
// delivery.inl (live flush and batches), catch_up.inl (behind, stalled, gaps), timers.inl,
// lane.inl, settings.inl (what changes while it runs).
//
// Threads: Run() on the shard's own thread, which also created the ring. Nothing else is called
// while it runs.
// Invariants: a connection has at most one send in a batch; segments are let go of,
// and the sequencer told so, only while no batch is being prepared.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/bearer.h"
#include "access/token_refusals.h"
#include "access/token_verifier.h"
#include "base/chunked_array.h"
#include "base/fifo.h"
#include "base/hash_index.h"
#include "base/ip_address.h"
#include "base/log_limiter.h"
#include "base/rng.h"
#include "base/slab.h"
#include "base/timer_wheel.h"
#include "hub/address_limits.h"
#include "hub/frame_merge.h"
#include "hub/refusals.h"
#include "hub/resume.h"
#include "protocol/response_head.h"
#include "shard/connection.h"
#include "shard/handshake.h"
#include "shard/send_batch.h"
#include "shard/shard_channel.h"
#include "shard/shard_options.h"
#include "shard/stream_rules.h"
#include "uring/peer_address.h"
#include "uring/piece_arena.h"
#include "uring/process.h"
#include "uring/tag.h"

namespace ringcast {

enum class ShardOperation : std::uint8_t {
  kAccept = 1,
  kReceive,
  kReadable,
  kWritable,
  kSend,  // index: the entry in the batch; generation: the batch's number
  kShutdown,
  kAbort,
  kClose,
  kDoorbell,
  kPassed,       // a connection from another shard; the result is its slot here
  kPassedProxy,  // the same, of a proxy: who the client is, is still to be read
  kPassResult,
  kCancel,
  kWakeResult,
};

// The tag by which another thread rings a shard's doorbell.
inline constexpr std::uint64_t kShardDoorbell =
    Tag{static_cast<std::uint8_t>(ShardOperation::kDoorbell), 0, 0}.Pack();

template <class RingT>
class Shard {
 public:
  // `all`: every shard of the server, this one included. `sequencer_doorbell`: the tag to ring
  // with.
  Shard(const ShardOptions& options, RingT& ring, ShardLanes& lanes, std::vector<ShardPublic*> all,
        RingHandle sequencer, std::uint64_t sequencer_doorbell, RunControl& control,
        AddressLimits& addresses);
  ~Shard();

  // Until the control says stop, or a drain has closed every connection.
  void Run();

  // One tick; waits at most `at_most` for something to do. False when the shard has ended.
  bool Tick(Nanos at_most);

  static constexpr Millis kTickLength{50};
  // Who is turned away does not keep its slot for long.
  static constexpr Millis kTurnAwayTimeout{3000};

 private:
  // --- loop.inl
  std::uint32_t TickAt(MonoTime time) const;
  std::uint32_t TicksOf(Millis duration) const;
  void Dispatch(const Completion& completion);
  void ReapAll();
  bool HasWork();
  void FreeHandshakes();
  void Wait(Nanos at_most);
  void UpdateStats();
  std::string_view DateNow();

  // --- accept.inl
  void ArmAccepts();
  void CancelAccept(std::size_t acceptor);
  static std::uint64_t AcceptTag(std::size_t acceptor);
  void OnAccept(const Completion& completion);
  void OnPassed(const Completion& completion);
  void OnPassResult(std::uint32_t slot, const Completion& completion);
  // What is known of a connection before anything is read from it.
  struct Arrival {
    bool passed_on = false;          // by another shard
    AddressLimits::Key address = 0;  // 0: nothing is limited by it
    std::uint16_t flags = 0;         // kProxyHeader, kForwarded
    IpAddress peer;                  // for the log; not valid() if nothing needs it
  };
  void Admit(std::uint32_t slot, const Arrival& arrival);
  void TurnAway(std::uint32_t slot, Limit limit, const IpAddress& address);
  bool GiveUpPlace(std::uint32_t slot, Limit limit, const IpAddress& address);
  void AnswerOverload(std::uint32_t slot, AfterResponse after);
  bool PassToAnother(std::uint32_t slot, bool full);
  bool ReserveRoom(ShardPublic& shard);
  void NoteHeld();
  std::uint32_t Staying() const;
  std::uint32_t PlacesTaken() const;
  void Close(std::uint32_t slot, CloseReason reason, bool abort = false);
  void CloseWhenQuiet(std::uint32_t slot);
  void OnClosed(std::uint32_t slot);
  void StartDrain();

  // --- proxies.inl
  AddressLimits::Key KeyOf(const IpAddress& address) const;
  bool IsTrustedUnix(const ShardListener& listener) const;
  std::optional<Limit> EnterAddress(std::uint32_t slot, AddressLimits::Key address);
  void NoteOverLimit(Limit limit, const IpAddress& address);
  bool ReadProxyHeader(std::uint32_t slot, std::string_view& bytes);
  bool AdmitClient(std::uint32_t slot, const IpAddress& client);
  void NoteClient(std::uint32_t slot, const IpAddress& client);
  IpAddress ClientOf(std::uint32_t slot);
  bool AdmitForwarded(std::uint32_t slot);
  void RefuseProxy(std::uint32_t slot, std::string_view reason, const IpAddress& peer);

  // --- requests.inl
  void BeginReading(std::uint32_t slot);
  void ArmReceive(std::uint32_t slot);
  void OnReceive(std::uint32_t slot, const Completion& completion);
  void OnRequestBytes(std::uint32_t slot, std::string_view bytes);
  void Refuse(std::uint32_t slot, int status, std::string_view reason, bool head_only = false,
              std::span<const HeaderField> extra = {});
  void Respond(std::uint32_t slot, AfterResponse after);
  void OnResponseSent(std::uint32_t slot);
  void BeginLingering(std::uint32_t slot);
  void ReturnHandshake(std::uint32_t slot);

  // --- admission.inl
  void MatchRoute(std::uint32_t slot);
  CorsAnswer CorsOf(const Handshake& handshake) const;
  bool TakeBody(std::uint32_t slot);
  void RefuseMethod(std::uint32_t slot);
  void Decide(std::uint32_t slot);
  bool Answer(std::uint32_t slot);
  void AnswerOptions(std::uint32_t slot);
  void AnswerHealth(std::uint32_t slot);
  bool KeepsAlive(std::uint32_t slot);
  Access Authorize(std::uint32_t slot);
  void Enter(std::uint32_t slot);
  bool NameChannels(std::uint32_t slot);

  // --- token_access.inl
  Access AuthorizeByToken(std::uint32_t slot);
  void ServeTokens();
  Access JudgeToken(std::uint32_t slot);
  bool MayUseCookie(const Handshake& handshake) const;
  bool MayHaveChannels(Handshake& handshake) const;
  Access RefuseToken(std::uint32_t slot, TokenFault fault);
  void EndWithToken(std::uint32_t slot);
  std::uint32_t TokenEnd(std::uint32_t slot) const;

  // --- url_access.inl
  Access AuthorizeByUrl(std::uint32_t slot);
  bool MakeQuestion(std::uint32_t slot, Question& question);
  static bool HasAll(const ChannelTemplate& channel, const TemplateVariables& variables);
  void TakeDecisions();
  void OnDecision(std::uint32_t slot, Decision& decision);
  bool FillIn(std::uint32_t slot, Decision& decision);
  void Deny(std::uint32_t slot, const Decision& decision);
  void TurnAwayAsked(std::uint32_t slot);
  void GiveUpAsking(std::uint32_t slot);
  void CancelQuestion(std::uint32_t slot);
  void CommitQuestions();

  // --- standing.inl
  bool FindsItsChannels(std::uint32_t slot);
  void AnswerWithoutStream(std::uint32_t slot, int status, CloseReason reason);
  bool HasOnlyEnded(std::uint32_t slot);
  void EndChannel(std::uint32_t channel);
  void EndStream(std::uint32_t slot);
  bool IsBehind(std::uint32_t slot);
  void AwaitSync(std::uint32_t slot);

  // --- demo.inl
  bool IsForDemo(std::uint32_t slot);
  bool TakeDemoBody(std::uint32_t slot);
  bool AnswerDemo(std::uint32_t slot);

  // --- streams.inl
  void Subscribe(std::uint32_t slot);
  void WatchPeer(std::uint32_t slot);
  void StartStream(std::uint32_t slot);
  bool TakePlaces(std::uint32_t slot);
  void SendFirstBlocks(std::uint32_t slot, const ResumePoint& resume);
  void Unsubscribe(std::uint32_t slot);
  void PrepareRest(std::uint32_t slot);
  Subscription& Sub(std::uint32_t reference);
  std::uint32_t OwnerOf(std::uint32_t reference) const;
  void Link(std::uint32_t reference, SubscriptionList list);
  void Unlink(std::uint32_t reference);
  IndexList& ListOf(ShardChannel& channel, SubscriptionList list);
  std::uint32_t OpenChannel(std::string_view name);
  void NoteCount(std::uint32_t channel);
  template <class Fn>
  void ForEachSubscription(std::uint32_t slot, Fn&& fn);

  // --- delivery.inl
  void MarkDirty(std::uint32_t channel, std::uint64_t flushed, std::int64_t published_ns);
  void FlushSlice();
  void PrefetchFlush(const std::uint32_t* index) const;
  void PrefetchRelease(std::uint32_t index) const;
  bool FlushRound(Flush& flush, std::size_t& sends_left);
  bool MakeRoom(std::uint32_t slot);
  void SendPieces(std::uint32_t slot, std::span<const std::string_view> pieces);
  void PrepareLive(std::uint32_t slot, ShardChannel& channel, std::int64_t published_ns);
  bool PrepareMerged(std::uint32_t slot, std::int64_t published_ns);
  void PrepareOwn(std::uint32_t slot, std::string_view bytes);
  void PrepareFirst(std::uint32_t slot, std::string_view bytes);
  SendEntry& AddEntry(std::uint32_t slot, SendKind kind);
  std::uint64_t SendTag();
  void SubmitBatch();
  void NoteUnsent(const Completion& completion);
  void Finish(SendEntry& entry, std::int64_t sent_ns);
  void CountDeliveries(std::uint32_t channel, std::uint64_t from, std::uint64_t to,
                       std::int64_t latency_ns);
  void RecordDeliveries(std::uint64_t count, std::int64_t latency_ns);
  void LoadSources(std::uint32_t slot);
  void StoreCursors();
  const EventFilter* FilterOf(std::uint32_t slot) const;

  // --- catch_up.inl
  struct Remainder {
    std::string bytes;
    std::size_t sent = 0;
    std::size_t gap_at = std::string::npos;  // where an unsent gap begins that may still be widened
    std::optional<EventId> gap_from;
    std::uint32_t gap_channel = kNoIndex;
  };
  void QueueCatchUp(std::uint32_t slot);
  void CatchUpSlice();
  void ServeCatchUp(std::uint32_t slot);
  std::size_t GatherCatchUp(const Subscription& subscription,
                            std::span<std::string_view> pieces) const;
  bool AtHead(std::uint32_t slot);
  void GoOnBehind(std::uint32_t slot);
  void AfterProgress(std::uint32_t slot);
  void Stall(std::uint32_t slot);
  void OnWritable(std::uint32_t slot);
  std::uint64_t PositionOf(std::uint32_t slot);
  bool ReadsBriskly(std::uint32_t slot);
  bool ReadsSlowly(std::uint32_t slot);
  void NoteLateness(std::uint32_t slot, std::uint32_t silent_ticks);
  void KeepRemainder(std::uint32_t slot, std::string_view rest);
  bool FinishCutEvent(std::uint32_t slot);
  void TellSlow(std::uint32_t reference, std::uint64_t new_cursor);
  void CheckRelease(std::uint32_t channel);
  void ScheduleCheck(std::uint32_t channel);
  void CheckReleases();
  std::uint64_t FlowPosition(const ShardChannel& channel, std::uint64_t live_from);
  bool IsWaitedFor(std::uint32_t slot, std::uint64_t lag, bool last_moment);
  std::uint32_t PatienceTicks() const;

  // --- timers.inl
  void Rearm(std::uint32_t slot);
  Millis HeartbeatOf(std::uint32_t slot) const;
  void OnTimer(std::uint32_t slot);
  void SendHeartbeat(std::uint32_t slot);
  void SayLastWords(std::uint32_t slot, std::string_view bytes, CloseReason reason);
  std::uint32_t JitteredRetryMs();

  // --- lane.inl
  void DrainLane();
  void OnOpen(const ToShard& message);
  void OnState(const ToShard& message);
  void OnSync(const ToShard& message);
  void Tell(const ToSequencer& message);
  void TellCounts();
  void CommitUp();
  void CloseChannel(std::uint32_t channel);
  void PrefetchState(const ToShard* message) const;
  ShardChannel* Named(const ToShard& message);

  // --- settings.inl
  void FollowSettings(const ShardSettings& posted);
  void Apply(const ShardSettings& fresh);
  void RetimeSlice();
  void Retime(std::uint32_t slot);
  Millis LifetimeOf(std::uint32_t slot) const;
  bool Retiming() const { return next_retimed_ < options_.direct_slots; }

  std::uint64_t TagFor(ShardOperation operation, std::uint32_t slot) const;

  ShardOptions options_;           // its settings change between two ticks
  bool asks_application_ = false;  // by the settings: for some streams, at least
  bool settling_ = false;          // new settings are in force, but not everywhere yet
  // After a time has changed: slots from here on have timers by the times before.
  std::uint32_t next_retimed_ = UINT32_MAX;
  Millis lifetime_before_{0};
  RingT& ring_;
  ShardLanes& lanes_;
  const std::vector<ShardPublic*> all_;
  ShardPublic& self_;
  ShardStats& stats_;
  const RingHandle sequencer_;
  const std::uint64_t sequencer_doorbell_;
  RunControl& control_;
  AddressLimits& addresses_;
  Refusals refusals_;
  LogLimiter proxy_refusals_{1, std::chrono::seconds(10)};
  LogLimiter unfit_decisions_{1, std::chrono::seconds(10)};
  TokenRefusals token_refusals_;
  Rng rng_;

  MonoTime start_;
  MonoTime now_;
  std::uint32_t tick_ = 0;
  std::vector<Completion> completions_;
  Fifo<Completion> deferred_;  // came with a batch's submission, not handled yet
  bool busy_ = false;

  ChunkedArray<Connection> connections_;
  Slab<ExtraSubscription> extras_;
  HandshakePool handshakes_;
  std::uint32_t next_handshake_review_ = 0;  // tick
  std::size_t freed_handshakes_ = 0;         // since the heap was last trimmed
  StreamRulesTable stream_rules_;
  // Requests whose token waits to be verified.
  struct TokenWaiter {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
  };
  Fifo<TokenWaiter> token_queue_;
  std::uint32_t tokens_left_ = 0;  // to be verified on this tick
  ChunkedArray<std::uint32_t>
      token_ends_;  // of each slot, where tokens are asked for; see TokenEnd
  std::unordered_map<std::uint32_t, Remainder> remainders_;
  // Where and when a stream fell behind, and up to when publishers wait before it loses anything
  // (0: they do not have to yet); only of slots that ever did.
  struct FellBehind {
    std::uint64_t position = 0;
    std::uint32_t tick = 0;
    std::uint32_t wait_until = 0;
  };
  ChunkedArray<FellBehind> fell_behind_;
  float recovery_ticks_ = 0;  // how long sockets stay full that are read from: a moving average
  std::uint32_t last_recovery_tick_ = 0;
  std::uint32_t held_ = 0;         // slots that are not free
  bool slots_spread_ = false;      // over much more of the table than they need
  std::uint32_t passing_ = 0;      // of them, on their way to another shard
  std::uint32_t turned_away_ = 0;  // of them, accepted only to be turned away
  std::uint32_t most_turned_away_ = 0;

  Slab<ShardChannel> channels_;
  HashIndex channel_names_;
  std::uint32_t next_channel_generation_ = 1;
  Sequence newest_ = 0;  // the newest sequence this shard has been told of

  struct TimerLinks {
    ChunkedArray<Connection>* connections;
    TimerLink& operator()(std::uint32_t slot) const { return (*connections)[slot].timer; }
  };
  TimerWheel<TimerLinks> wheel_;
  bool timers_left_ = false;

  // More segments than this in one send: the rest in the next.
  static constexpr std::size_t kMostSegmentsInASend = 16;
  SendBatch batch_;
  std::vector<SendEntry> finishing_;
  std::vector<Completion> batch_completions_;
  PieceArena pieces_;
  std::string scratch_;
  std::string date_;
  UnixMillis date_second_ = 0;
  std::vector<MergeSource> sources_;
  std::vector<std::uint32_t> source_references_;

  Slab<Flush> flushes_;
  Fifo<std::uint32_t> flush_queue_;
  Fifo<std::uint32_t> shared_queue_;
  std::int64_t shared_published_ns_ = 0;  // of the oldest event that the queue waits with
  Fifo<std::uint32_t> catch_up_queue_;
  std::vector<std::uint32_t> retry_receive_;  // no buffer was left
  std::vector<std::uint32_t> read_on_;        // whose pipelined bytes wait
  std::vector<std::uint32_t> counts_changed_;
  std::vector<std::uint32_t> to_check_;
  std::vector<std::uint32_t> checking_;
  std::vector<std::uint32_t> lost_;      // scratch of CheckRelease()
  std::vector<std::uint32_t> withheld_;  // channels whose flow position waits for readers
  std::vector<std::uint32_t> withheld_now_;
  MonoTime next_flow_check_;
  std::vector<std::uint32_t> sync_waiters_;
  bool sync_asked_ = false;
  Fifo<ToSequencer> up_waiting_;

  struct CountCache {
    std::uint32_t channel = kNoIndex;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t count = 0;
  };
  CountCache count_cache_;

  // A multishot accept takes all that waits in the listener's backlog at one go, also what has no
  // slot: that is closed by the kernel. So each listener has one for as long as there is room for
  // a backlog, and several one-shot accepts, never more than there are slots, for the rest.
  // One-shots alone where it matters where a connection comes from: only they tell.
  struct Acceptor {
    ShardListener listener;
    bool multishot = false;
    bool armed = false;
    bool cancelled = false;
    bool tells_peer = false;  // the accept that is armed, or was last
    std::unique_ptr<PeerAddress> peer;
  };
  // Whether who the client is matters: to limits, or to the application.
  bool WantsAddresses() const { return options_.address_limits.enabled() || asks_application_; }
  bool NeedsPeer(const Acceptor& acceptor) const {
    return acceptor.listener.has_addresses &&
           (acceptor.listener.proxy_header ? options_.trusted_proxies.has_networks()
                                           : WantsAddresses());
  }
  std::vector<Acceptor> acceptors_;
  std::size_t next_acceptor_ = 0;                  // where arming begins: nobody always comes last
  std::uint32_t armed_singles_ = 0;                // one-shots
  ChunkedArray<AddressLimits::Key> address_keys_;  // of each slot, while addresses are limited
  ChunkedArray<IpAddress> client_addresses_;       // of each slot, while the application is asked
  std::uint32_t accept_again_tick_ = 0;
  bool draining_ = false;
};

}  // namespace ringcast
