// The daemon put together: rings, lanes, shards, the sequencer, the gate and the admin listener,
// each on its thread.
//
// Threads: constructed, started and stopped on the main thread.
// Invariants: every listener is bound before any thread starts, and every ring exists before the
// first connection is accepted; what fails on the way stops the start with one message.
#pragma once

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "access/token_verifier.h"
#include "admin/reload_stats.h"
#include "app/handed_sockets.h"
#include "base/mailbox.h"
#include "base/pulse.h"
#include "base/result.h"
#include "config/options_in_force.h"
#include "demo/demo.h"
#include "gate/gate.h"
#include "hub/address_limits.h"
#include "redis/sources.h"
#include "sequencer/channel_census.h"
#include "sequencer/sequencer_options.h"
#include "sequencer/shard_port.h"
#include "shard/shard_options.h"
#include "uring/file_descriptor.h"

namespace ringcast {

// What a start fails with, and the exit code that says so (sysexits.h).
struct StartError {
  int exit_code = 0;
  std::string message;
};

class Server {
 public:
  // `handed`: sockets to be used in place of those that the options would bind.
  explicit Server(const ServeOptions& options, HandedSockets handed = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds, starts the threads and returns when every shard accepts.
  std::variant<Done, StartError> Start();

  // Makes every thread run with these options, and returns when they do; calls `meanwhile` again
  // and again while it waits for them. Errors: what is wrong with the options; then nothing has
  // changed. REQUIRES: started, not draining; of options that are not reloadable they hold what the
  // server was started with, and FitsConnections().
  std::vector<std::string> Apply(const ServeOptions& options,
                                 const std::function<void()>& meanwhile);
  // Whether the tables made at start hold as many connections as these options ask for.
  bool FitsConnections(const ServeOptions& options) const {
    return ConnectionsOf(options) <= MostConnections();
  }
  std::uint64_t MostConnections() const;
  ServeOptions options() const { return options_in_force_.Get(); }
  ReloadStats& reloads() { return reloads_; }

  // The threads that should never stand still, once started.
  struct WatchedThread {
    std::string name;
    const Pulse* pulse;
  };
  std::vector<WatchedThread> Threads() const;

  // Now, all shards together; `published` since the start.
  struct Figures {
    std::uint64_t connections = 0;
    std::uint64_t channels = 0;
    std::uint64_t published = 0;
  };
  Figures ReadFigures() const;

  // Stops accepting and lets every connection go in a spread; done() tells when.
  void Drain();
  // Refuses connections from the moment when no shard accepts any more; call it now and then while
  // draining.
  void CloseListeners();
  bool done() const { return shards_running_.load(std::memory_order_acquire) == 0; }
  // Ends at once what is left and joins the threads.
  void Stop();

 private:
  std::variant<Done, StartError> PlanDemo();
  std::variant<Done, StartError> OpenListeners();
  std::variant<Done, StartError> OpenHttpListeners();
  std::variant<Done, StartError> UseHandedListeners(Millis user_timeout);
  std::variant<Done, StartError> OpenPublishListeners();
  std::variant<Done, StartError> OpenRemotePublishListeners();
  std::variant<Done, StartError> PlanTokens();
  std::variant<Done, StartError> PlanShards();
  std::variant<Done, StartError> PlanSequencer();
  std::uint64_t ConnectionsOf(const ServeOptions& options) const;
  void StartSources();
  void RingDoorbells();
  std::vector<std::string> AwaitSettled(const std::function<void()>& meanwhile) const;
  void RunShard(unsigned number, std::latch& rings, std::latch& accepting);
  void RunSequencer(std::latch& rings, std::latch& accepting);
  void RunGate(std::latch& rings, std::latch& accepting);
  void RunAdmin(std::latch& rings, std::latch& accepting);
  void Fail(StartError error);
  void FailRing(Error error);

  const ServeOptions options_;  // at start
  HandedSockets handed_;
  std::shared_ptr<const TokenVerifier> tokens_;  // at start
  unsigned shard_count_ = 0;
  std::uint64_t automatic_connections_ = 0;  // when max-connections says nothing
  struct Listener {
    UniqueFd fd;
    bool has_addresses;
    bool proxy_header;
  };
  std::vector<std::vector<Listener>> listeners_;  // of each shard
  UniqueFd publish_listener_;
  std::vector<UniqueFd> remote_publish_listeners_;
  UniqueFd admin_listener_;
  std::vector<std::string> socket_files_;  // to be removed at the end

  IdScheme scheme_;
  HashKey hash_key_;
  std::vector<ShardOptions> shard_options_;
  SequencerOptions sequencer_options_;
  std::vector<std::unique_ptr<ShardLanes>> lanes_;
  std::vector<std::unique_ptr<ShardPublic>> shards_;
  std::vector<std::unique_ptr<GateLanes>> gate_lanes_;  // of each shard
  Gate::Shared gate_;
  SequencerStats sequencer_stats_;
  Pulse admin_pulse_;
  ReportBox reports_;
  RingHandle sequencer_ring_;
  AddressLimits addresses_;
  Mailbox<SequencerSettings> sequencer_settings_;
  ChannelCensus census_;
  OptionsInForce options_in_force_;
  ReloadStats reloads_;
  RunControl control_;
  StopFlags stop_sequencer_;
  std::atomic<bool> stop_admin_{false};
  std::atomic<bool> ready_{false};
  std::atomic<bool> failed_{false};
  std::atomic<unsigned> shards_running_{0};
  std::mutex error_mutex_;
  StartError error_;
  std::optional<Error> ring_error_;  // in place of it
  std::vector<std::thread> shard_threads_;
  std::unique_ptr<Demo> demo_;  // when it is asked for
  std::thread demo_thread_;
  std::thread sequencer_thread_;
  std::thread gate_thread_;
  std::thread admin_thread_;
  RedisSources redis_;
};

}  // namespace ringcast
