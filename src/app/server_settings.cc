// A running server's settings: how a reload reaches the threads.
#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "app/run_settings.h"
#include "app/server.h"
#include "base/log_sink.h"
#include "config/shard_plan.h"
#include "hub/budget.h"
#include "sequencer/sequencer.h"
#include "shard/shard.h"
#include "uring/clock.h"
#include "uring/listener.h"

namespace ringcast {
namespace {

std::vector<std::string> Sentences(const std::vector<Finding>& findings) {
  std::vector<std::string> sentences;
  for (const Finding& one : findings) sentences.push_back(one.Sentence());
  return sentences;
}

}  // namespace

std::uint64_t Server::MostConnections() const {
  std::uint64_t most = UINT64_MAX;
  for (const ShardOptions& shard : shard_options_) {
    const std::uint32_t spare = std::min(budget::kSpareSlots, shard.direct_slots / 2);
    most = std::min<std::uint64_t>(most, shard.direct_slots - spare);
  }
  return most * shard_count_;
}

std::uint64_t Server::ConnectionsOf(const ServeOptions& options) const {
  return options.max_connections > 0 ? options.max_connections : automatic_connections_;
}

// What may fail comes first and changes nothing.
std::vector<std::string> Server::Apply(const ServeOptions& options,
                                       const std::function<void()>& meanwhile) {
  if (std::vector<std::string> waiting = AwaitSettled(meanwhile); !waiting.empty()) return waiting;
  auto read = TokenVerifierOf(options);
  if (const auto* wrong = std::get_if<std::vector<Finding>>(&read)) return Sentences(*wrong);
  const auto& tokens = std::get<std::shared_ptr<const TokenVerifier>>(read);
  auto sequencer = SequencerSettingsOf(options, tokens);
  if (const auto* missing = std::get_if<std::vector<Finding>>(&sequencer))
    return Sentences(*missing);
  const ServeOptions before = options_in_force_.Get();
  // A socket that was handed over has the mode that its owner gave it.
  if (!handed_.publish && options.publish_mode != before.publish_mode) {
    const Status set = SetSocketMode(options.publish_socket, options.publish_mode);
    if (!set) return {"publish-mode: " + set.error().message};
  }
  const Millis user_timeout = UserTimeoutOf(options);
  for (const auto& of_shard : listeners_) {
    for (const Listener& listener : of_shard) {
      if (!listener.has_addresses) continue;
      const Status set = SetUserTimeout(listener.fd.get(), user_timeout);
      if (!set) Log(LogLevel::kWarning, set.error().message);
    }
  }
  for (const HandedSocket& socket : handed_.http) {
    if (socket.listener.family != ListenerFamily::kTcp) continue;
    const Status set = SetUserTimeout(socket.fd.get(), user_timeout);
    if (!set) Log(LogLevel::kWarning, set.error().message);
  }
  addresses_.Change(AddressLimitsOf(options));
  const std::uint64_t total = ConnectionsOf(options);
  for (unsigned i = 0; i < shard_count_; ++i) {
    shards_[i]->settings.Post(std::make_unique<const ShardSettings>(
        ShardSettingsOf(options, ShareOf(total, shard_count_, i), total, tokens)));
  }
  sequencer_settings_.Post(
      std::make_unique<const SequencerSettings>(std::move(std::get<SequencerSettings>(sequencer))));
  gate_.settings.Post(std::make_unique<const GateSettings>(GateSettingsOf(options)));
  options_in_force_.Set(options);
  RingDoorbells();
  for (const std::string& waiting : AwaitSettled(meanwhile)) Log(LogLevel::kWarning, waiting);
  return {};
}

// Each thread looks by itself ten times a second; this only makes it sooner.
void Server::RingDoorbells() {
  gate_.bell.Ring();
  Result<std::unique_ptr<Ring>> ring =
      Ring::Create({.submission_entries = 512, .completion_entries = 1024, .server_only = true});
  if (!ring) return;
  for (const auto& shard : shards_) (*ring)->Wake(shard->ring, kShardDoorbell, 0);
  (*ring)->Wake(sequencer_ring_, kSequencerDoorbell, 0);
  (*ring)->Submit();
}

// Waits until every thread runs with what was posted last. Not for ever: says who does not.
std::vector<std::string> Server::AwaitSettled(const std::function<void()>& meanwhile) const {
  constexpr Millis kPatience{10'000};
  const MonoTime until = MonotonicNow() + kPatience;
  for (;;) {
    std::vector<std::string> waiting;
    const auto look = [&waiting](bool settled, const std::string& who) {
      if (!settled) {
        waiting.push_back(who + " is not through with the new settings yet, and goes on with them");
      }
    };
    for (unsigned i = 0; i < shard_count_; ++i) {
      look(shards_[i]->settings.Acknowledged(), "shard-" + std::to_string(i));
    }
    look(sequencer_settings_.Acknowledged(), "the sequencer");
    look(gate_.settings.Acknowledged(), "the gate");
    if (waiting.empty() || MonotonicNow() >= until) return waiting;
    meanwhile();
    std::this_thread::sleep_for(Millis{1});
  }
}

}  // namespace ringcast
