#include "app/server.h"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

#include "admin/admin_server.h"
#include "app/log.h"
#include "app/run_settings.h"
#include "base/log_sink.h"
#include "config/default_paths.h"
#include "config/shard_plan.h"
#include "demo/demo_publisher.h"
#include "doctor/io_uring_checks.h"
#include "doctor/limit_checks.h"
#include "doctor/listener_checks.h"
#include "hub/budget.h"
#include "sequencer/sequencer.h"
#include "shard/shard.h"
#include "uring/clock.h"
#include "uring/listener.h"
#include "uring/process.h"
#include "uring/ring_trial.h"

namespace ringcast {
namespace {

using Started = std::variant<Done, StartError>;

// A publisher that is silent for so long is asked whether it is still there: it has no heartbeat.
constexpr Millis kPublisherKeepalive{30'000};

// An address may still be held for a moment by a process that was killed: its ring is taken apart
// after it has gone. Whoever holds it longer than this holds it for good.
template <class Open>
Result<UniqueFd> OpenPatiently(Open&& open) {
  constexpr int kTries = 20;
  constexpr Millis kPause{50};
  for (int i = 1;; ++i) {
    Result<UniqueFd> listener = open();
    if (listener || i == kTries) return listener;
    std::this_thread::sleep_for(kPause);
  }
}

// What `doctor` would have said: one text for both.
StartError Refused(const Finding& finding) { return {finding.exit_code, finding.Sentence()}; }
StartError Refused(std::span<const Finding> findings) {
  StartError error = Refused(findings.front());
  for (const Finding& one : findings.subspan(1)) error.message += "; " + one.Sentence();
  return error;
}

StartError ListenerRefused(const ListenerUse& use, const ListenAddress& address,
                           const Error& error) {
  return Refused(ExplainListener(Machine(), use, address, error.message));
}

// It is tried once more, step by step, what the kernel refuses.
StartError RingRefused(unsigned shards, const Error& error) {
  return Refused(ExplainRing(Machine(), TryRing(), shards + kFurtherRings, error.message));
}

}  // namespace

Server::Server(const ServeOptions& options, HandedSockets handed)
    : options_(options),
      handed_(std::move(handed)),
      scheme_(WallClockNow(), RandomBits()),
      hash_key_{RandomBits(), RandomBits()},
      addresses_(AddressLimitsOf(options)),
      options_in_force_(options) {
  reloads_.last_was_ok.Set(1);
  reloads_.last_ok_unix_time.Set(static_cast<std::uint64_t>(WallClockNow() / 1000));
}

Server::~Server() { Stop(); }

Started Server::PlanTokens() {
  auto tokens = TokenVerifierOf(options_);
  if (const auto* errors = std::get_if<std::vector<Finding>>(&tokens)) return Refused(*errors);
  tokens_ = std::move(std::get<std::shared_ptr<const TokenVerifier>>(tokens));
  return Done{};
}

Started Server::PlanDemo() {
  if (!options_.demo) return Done{};
  if (!handed_.http.empty() || handed_.publish) {
    return StartError{EX_CONFIG,
                      "demo: is served on sockets that the daemon itself has opened, and systemd "
                      "has handed some over; leave the demo away, or stop ringcast.socket and "
                      "ringcast-publish.socket"};
  }
  demo_ = std::make_unique<Demo>(options_.publish_socket);
  return Done{};
}

Started Server::PlanShards() {
  const ShardGround ground{.file_limit = RaiseFileLimit(),
                           .cores = static_cast<unsigned>(AllowedCores().size()),
                           .backlog = LongestBacklog()};
  const Result<ShardPlan> plan = ringcast::PlanShards(options_, ground);
  if (!plan) return Refused(ExplainPlan(ground, plan.error().message));
  shard_count_ = plan->shards;
  sequencer_options_.doorbell_rest = DoorbellPacer::RestFor(shard_count_, ground.cores);
  // What a reload goes by when it no longer says how many.
  ServeOptions automatic = options_;
  automatic.shards = shard_count_;
  automatic.max_connections = 0;
  const Result<ShardPlan> unasked = ringcast::PlanShards(automatic, ground);
  automatic_connections_ = unasked ? unasked->connections : plan->connections;
  for (unsigned i = 0; i < shard_count_; ++i) {
    ShardOptions shard;
    static_cast<ShardSettings&>(shard) =
        ShardSettingsOf(options_, plan->Capacity(i), plan->connections, tokens_);
    shard.number = i;
    shard.accept_backlog = ground.backlog;
    shard.direct_slots = plan->DirectSlots(i);
    shard.scheme = scheme_;
    shard.hash_key = hash_key_;
    shard.seed = RandomBits();
    gate_lanes_.push_back(std::make_unique<GateLanes>());
    shard.gate = {gate_lanes_.back().get(), &gate_.bell};
    shard.demo = demo_.get();
    shard_options_.push_back(std::move(shard));
    lanes_.push_back(std::make_unique<ShardLanes>(budget::kLaneEntries));
    shards_.push_back(std::make_unique<ShardPublic>());
    shards_.back()->number = static_cast<std::uint16_t>(i);
    shards_.back()->capacity.Set(shard_options_.back().capacity);
  }
  return Done{};
}

Started Server::OpenHttpListeners() {
  const Millis user_timeout = UserTimeoutOf(options_);
  listeners_.resize(shard_count_);
  if (!handed_.http.empty()) return UseHandedListeners(user_timeout);
  for (const ListenAddress& address : options_.listen) {
    if (address.kind == ListenAddress::Kind::kUnix) {
      // One queue: the first shard accepts and shares out.
      Result<UniqueFd> listener =
          OpenPatiently([&] { return OpenUnixListener(address.path, 0666); });
      if (!listener) return ListenerRefused(kPublicListener, address, listener.error());
      socket_files_.push_back(address.path);
      listeners_[0].push_back({std::move(*listener), false, address.proxy_protocol});
      continue;
    }
    for (unsigned i = 0; i < shard_count_; ++i) {
      if (i == 0) {
        // SO_REUSEPORT lets a second server of the same user listen beside this one, which nobody
        // wants by accident: a plain socket on the address finds out.
        Result<UniqueFd> probe = OpenPatiently(
            [&] { return OpenTcpListener({.host = address.host, .port = address.port}); });
        if (!probe) return ListenerRefused(kPublicListener, address, probe.error());
      }
      Result<UniqueFd> listener = OpenTcpListener({.host = address.host,
                                                   .port = address.port,
                                                   .reuse_port = true,
                                                   .user_timeout = user_timeout});
      if (!listener) return ListenerRefused(kPublicListener, address, listener.error());
      listeners_[i].push_back({std::move(*listener), true, address.proxy_protocol});
    }
  }
  return Done{};
}

// Whoever handed a socket over keeps it, so connections may wait in it already; what is set here
// holds for those that come from now on.
Started Server::UseHandedListeners(Millis user_timeout) {
  TcpListenerOptions inherited;
  inherited.user_timeout = user_timeout;
  for (const HandedSocket& socket : handed_.http) {
    const bool tcp = socket.listener.family == ListenerFamily::kTcp;
    if (tcp) {
      const Status tuned = TuneTcpListener(socket.fd.get(), inherited);
      if (!tuned) {
        return StartError{EX_OSERR, "socket activation: " + socket.listener.address + ": " +
                                        tuned.error().message};
      }
    }
    for (ShardOptions& shard : shard_options_) {
      shard.listeners.push_back({.descriptor = socket.fd.get(),
                                 .has_addresses = tcp,
                                 .shared = true,
                                 .proxy_header = socket.proxy_protocol});
    }
  }
  return Done{};
}

Started Server::OpenPublishListeners() {
  if (handed_.publish) {
    publish_listener_ = std::move(handed_.publish->fd);
    sequencer_options_.listeners.push_back(
        {.descriptor = publish_listener_.get(), .outlives = true});
    return Done{};
  }
  const Status directory = EnsureSocketDirectory(options_.publish_socket, ::geteuid());
  if (!directory) return StartError{EX_UNAVAILABLE, directory.error().message};
  Result<UniqueFd> publish = OpenPatiently(
      [&] { return OpenUnixListener(options_.publish_socket, options_.publish_mode); });
  if (!publish) {
    return ListenerRefused(kPublishListener, ListenAddress::Unix(options_.publish_socket),
                           publish.error());
  }
  publish_listener_ = std::move(*publish);
  socket_files_.push_back(options_.publish_socket);
  sequencer_options_.listeners.push_back({.descriptor = publish_listener_.get()});
  return Done{};
}

Started Server::OpenRemotePublishListeners() {
  TcpListenerOptions inherited;
  inherited.user_timeout = UserTimeoutOf(options_);
  inherited.keepalive = kPublisherKeepalive;
  for (HandedSocket& socket : handed_.publish_tcp) {
    const std::string& address = socket.listener.address;
    // As the loader says it of those that it knows.
    if (options_.jwt_key.empty()) {
      return StartError{EX_CONFIG, "socket activation: " + address +
                                       " needs a key that tokens are verified with; name one "
                                       "with jwt-key"};
    }
    const Status tuned = TuneTcpListener(socket.fd.get(), inherited);
    if (!tuned) {
      return StartError{EX_OSERR, "socket activation: " + address + ": " + tuned.error().message};
    }
    sequencer_options_.listeners.push_back(
        {.descriptor = socket.fd.get(), .tcp = true, .outlives = true});
    remote_publish_listeners_.push_back(std::move(socket.fd));
  }
  if (!remote_publish_listeners_.empty()) return Done{};
  for (const ListenAddress& address : options_.publish_listen) {
    TcpListenerOptions listen = inherited;
    listen.host = address.host;
    listen.port = address.port;
    Result<UniqueFd> listener = OpenPatiently([&] { return OpenTcpListener(listen); });
    if (!listener) return ListenerRefused(kRemotePublishListener, address, listener.error());
    sequencer_options_.listeners.push_back({.descriptor = listener->get(), .tcp = true});
    remote_publish_listeners_.push_back(std::move(*listener));
  }
  return Done{};
}

Started Server::OpenListeners() {
  const Started http = OpenHttpListeners();
  if (std::holds_alternative<StartError>(http)) return http;
  for (unsigned i = 0; i < shard_count_; ++i) {
    for (const Listener& listener : listeners_[i]) {
      shard_options_[i].listeners.push_back({.descriptor = listener.fd.get(),
                                             .has_addresses = listener.has_addresses,
                                             .proxy_header = listener.proxy_header});
    }
  }

  for (auto open : {&Server::OpenPublishListeners, &Server::OpenRemotePublishListeners}) {
    const Started publish = (this->*open)();
    if (std::holds_alternative<StartError>(publish)) return publish;
  }

  if (handed_.admin) {
    admin_listener_ = std::move(handed_.admin->fd);
    return Done{};
  }
  Result<UniqueFd> admin = OpenPatiently([&] {
    return options_.admin.kind == ListenAddress::Kind::kUnix
               ? OpenUnixListener(options_.admin.path, 0660)
               : OpenTcpListener({.host = options_.admin.host, .port = options_.admin.port});
  });
  if (!admin) return ListenerRefused(kAdminListener, options_.admin, admin.error());
  admin_listener_ = std::move(*admin);
  if (options_.admin.kind == ListenAddress::Kind::kUnix)
    socket_files_.push_back(options_.admin.path);
  return Done{};
}

Started Server::PlanSequencer() {
  auto settings = SequencerSettingsOf(options_, tokens_);
  if (const auto* missing = std::get_if<std::vector<Finding>>(&settings)) return Refused(*missing);
  static_cast<SequencerSettings&>(sequencer_options_) =
      std::move(std::get<SequencerSettings>(settings));
  sequencer_options_.scheme = scheme_;
  sequencer_options_.hash_key = hash_key_;
  return Done{};
}

Started Server::Start() {
  for (auto step : {&Server::PlanTokens, &Server::PlanDemo, &Server::PlanShards,
                    &Server::OpenListeners, &Server::PlanSequencer}) {
    const Started result = (this->*step)();
    if (std::holds_alternative<StartError>(result)) return result;
  }
  Subrequests::InitLibrary();
  const auto threads = static_cast<std::ptrdiff_t>(shard_count_ + 3);
  auto rings = std::make_shared<std::latch>(threads);
  auto accepting = std::make_shared<std::latch>(threads + 1);
  shards_running_.store(shard_count_, std::memory_order_relaxed);
  sequencer_thread_ = std::thread([=, this] { RunSequencer(*rings, *accepting); });
  for (unsigned i = 0; i < shard_count_; ++i) {
    shard_threads_.emplace_back([=, this] { RunShard(i, *rings, *accepting); });
  }
  gate_thread_ = std::thread([=, this] { RunGate(*rings, *accepting); });
  admin_thread_ = std::thread([=, this] { RunAdmin(*rings, *accepting); });
  if (demo_) {
    demo_thread_ = std::thread([this] {
      NameThread("demo");
      DemoPublisher(demo_->orders, demo_->publish_socket).Run();
    });
  }
  accepting->arrive_and_wait();
  if (failed_.load()) {
    Stop();
    return ring_error_ ? RingRefused(shard_count_, *ring_error_) : error_;
  }
  StartSources();
  ready_.store(true);
  return Done{};
}

// They publish as anybody does, through the socket that is open by now.
void Server::StartSources() {
  RedisGround ground;
  ground.publish_socket = options_.publish_socket;
  if (handed_.publish) {
    const Result<std::string> path = ParseSocketPath(handed_.publish->listener.address);
    if (path) ground.publish_socket = *path;
  }
  ground.state_directory = StateDirectory(options_.sources.environment);
  ground.channel_names = [this](std::function<bool(std::string_view)> concerns,
                                std::vector<std::string>& names) {
    constexpr Millis kPatience{2'000};
    return census_.Ask(std::move(concerns), names, kPatience);
  };
  redis_.Start(std::move(ground), options_.redis);
}

void Server::Fail(StartError error) {
  const std::lock_guard lock(error_mutex_);
  if (failed_.exchange(true)) return;
  error_ = std::move(error);
}

// What the kernel refuses is looked into once, when all threads have ended.
void Server::FailRing(Error error) {
  const std::lock_guard lock(error_mutex_);
  if (failed_.exchange(true)) return;
  ring_error_ = std::move(error);
}

void Server::RunShard(unsigned number, std::latch& rings, std::latch& accepting) {
  NameThread("shard-" + std::to_string(number));
  if (options_.pin_shards) {
    const std::vector<unsigned> cores = AllowedCores();
    if (!PinThread(cores[number % cores.size()])) {
      Log(LogLevel::kWarning, "shard not pinned shard=" + std::to_string(number));
    }
  }
  Result<std::unique_ptr<Ring>> ring =
      Ring::Create({.direct_slots = shard_options_[number].direct_slots, .server_only = true});
  if (!ring) {
    FailRing(ring.error());
  } else if (Status buffers = (*ring)->AddBuffers(budget::kHeadBuffers, budget::kHeadBufferBytes);
             !buffers) {
    Fail({EX_OSERR, buffers.error().message});
  } else {
    shards_[number]->ring = (*ring)->handle();
  }
  rings.arrive_and_wait();
  if (!failed_.load()) {
    std::vector<ShardPublic*> all;
    for (const auto& shard : shards_) all.push_back(shard.get());
    Shard<Ring> shard(shard_options_[number], **ring, *lanes_[number], std::move(all),
                      sequencer_ring_, kSequencerDoorbell, control_, addresses_);
    shard.Tick(Nanos(0));  // the listeners are armed when this returns
    accepting.arrive_and_wait();
    if (!failed_.load()) shard.Run();
  } else {
    accepting.arrive_and_wait();
  }
  shards_[number]->pulse.End();
  shards_running_.fetch_sub(1, std::memory_order_release);
}

void Server::RunSequencer(std::latch& rings, std::latch& accepting) {
  NameThread("sequencer");
  Result<std::unique_ptr<Ring>> ring = Ring::Create({.server_only = true});
  if (!ring) {
    FailRing(ring.error());
  } else {
    sequencer_ring_ = (*ring)->handle();
  }
  rings.arrive_and_wait();
  if (failed_.load()) return accepting.arrive_and_wait();
  std::vector<ShardPort> ports;
  for (unsigned i = 0; i < shard_count_; ++i) {
    ports.push_back({&lanes_[i]->down, &lanes_[i]->up, shards_[i]->ring, kShardDoorbell});
  }
  Sequencer<Ring> sequencer(sequencer_options_, **ring, std::move(ports), sequencer_stats_,
                            reports_, stop_sequencer_, sequencer_settings_, census_);
  accepting.arrive_and_wait();
  if (!failed_.load()) sequencer.Run();
}

void Server::RunGate(std::latch& rings, std::latch& accepting) {
  NameThread("gate");
  // It only rings with it.
  Result<std::unique_ptr<Ring>> ring =
      Ring::Create({.submission_entries = 64, .completion_entries = 128, .server_only = true});
  if (!ring) FailRing(ring.error());
  rings.arrive_and_wait();
  if (failed_.load()) return accepting.arrive_and_wait();
  std::vector<Gate::Port> ports;
  for (unsigned i = 0; i < shard_count_; ++i) {
    ports.push_back({gate_lanes_[i].get(), shards_[i]->ring, kShardDoorbell});
  }
  Gate gate(GateSettingsOf(options_), **ring, std::move(ports), gate_);
  accepting.arrive_and_wait();
  if (!failed_.load()) gate.Run();
}

void Server::RunAdmin(std::latch& rings, std::latch& accepting) {
  NameThread("admin");
  Result<std::unique_ptr<Ring>> ring = Ring::Create({.server_only = true});
  if (!ring) FailRing(ring.error());
  rings.arrive_and_wait();
  if (failed_.load()) return accepting.arrive_and_wait();
  ServerView view;
  view.options = &options_in_force_;
  view.reloads = &reloads_;
  for (const auto& shard : shards_) view.shards.push_back(shard.get());
  for (const auto& lanes : lanes_) view.lanes.push_back(lanes.get());
  view.sequencer = &sequencer_stats_;
  view.reports = &reports_;
  view.gate = &gate_.stats;
  view.sequencer_ring = sequencer_ring_;
  view.log_lines_dropped = &LogLinesDropped();
  view.started = MonotonicNow();
  view.started_wall = WallClockNow();
  view.control = &control_;
  view.redis = &redis_;
  view.ready = &ready_;
  AdminServer admin(**ring, admin_listener_.get(), std::move(view));
  accepting.arrive_and_wait();
  // Relaxed: looked at again several times a second.
  while (!failed_.load() && !stop_admin_.load(std::memory_order_relaxed)) {
    admin.Tick();
    admin_pulse_.Beat();
  }
}

std::vector<Server::WatchedThread> Server::Threads() const {
  std::vector<WatchedThread> threads;
  for (const auto& shard : shards_) {
    threads.push_back({"shard-" + std::to_string(shard->number), &shard->pulse});
  }
  threads.push_back({"sequencer", &sequencer_stats_.pulse});
  threads.push_back({"gate", &gate_.stats.pulse});
  threads.push_back({"admin", &admin_pulse_});
  return threads;
}

Server::Figures Server::ReadFigures() const {
  Figures figures{.connections = 0,
                  .channels = sequencer_stats_.channels.Get(),
                  .published = sequencer_stats_.published.Get()};
  for (const auto& shard : shards_) figures.connections += shard->stats.connections.Get();
  return figures;
}

void Server::Drain() {
  ready_.store(false);
  control_.phase.store(RunPhase::kDraining, std::memory_order_relaxed);
  stop_sequencer_.drain.store(true, std::memory_order_relaxed);
}

void Server::CloseListeners() {
  // Acquire: pairs with the release of each shard that has stopped accepting.
  if (control_.shards_draining.load(std::memory_order_acquire) < shard_count_) return;
  listeners_.clear();
  handed_.http.clear();  // the socket itself stays open with its owner, and newcomers wait in it
}

void Server::Stop() {
  ready_.store(false);
  // While there is somebody to answer what they have read.
  redis_.End();
  control_.phase.store(RunPhase::kStopping, std::memory_order_relaxed);
  for (std::thread& thread : shard_threads_) thread.join();
  shard_threads_.clear();
  if (demo_thread_.joinable()) {
    demo_->orders.End();
    demo_thread_.join();
  }
  // After the shards: until they have ended they may still talk to it.
  stop_sequencer_.stop.store(true, std::memory_order_relaxed);
  stop_admin_.store(true, std::memory_order_relaxed);
  gate_.stop.store(true, std::memory_order_relaxed);
  gate_.bell.Ring();
  if (gate_thread_.joinable()) gate_thread_.join();
  if (sequencer_thread_.joinable()) sequencer_thread_.join();
  if (admin_thread_.joinable()) admin_thread_.join();
  for (const std::string& path : socket_files_) ::unlink(path.c_str());
  socket_files_.clear();
}

}  // namespace ringcast
