// The phases of a run, and the oracles that look at the server as a whole.
#include <algorithm>
#include <map>

#include "hub/budget.h"
#include "simulation/simulation.h"

namespace ringcast::simulation {

// Settings change in the middle of everything, and at its end are what they were at its beginning.
void Simulation::Busy() {
  const auto reloads = static_cast<int>(kernel_.Between(0, 4));
  for (int i = 0; i < reloads; ++i) {
    RunFor(scenario_.busy / (reloads + 1));
    RunUntil([this] { return Settled(); }, Millis(5000), "settings are not taken up");
    if (kernel_.violated()) return;
    PostOtherSettings();
  }
  RunFor(scenario_.busy / (reloads + 1));
  if (reloads == 0) return;
  RunUntil([this] { return Settled(); }, Millis(5000), "settings are not taken up");
  if (kernel_.violated()) return;
  for (const auto& parts : shards_) {
    parts->shared.settings.Post(std::make_unique<const ShardSettings>(parts->options));
  }
  sequencer_settings_.Post(std::make_unique<const SequencerSettings>(sequencer_options_));
  RunUntil([this] { return Settled(); }, Millis(5000), "settings are not taken up");
}

bool Simulation::Settled() const {
  return sequencer_settings_.Acknowledged() &&
         std::all_of(shards_.begin(), shards_.end(),
                     [](const auto& parts) { return parts->shared.settings.Acknowledged(); });
}

// No bound is wider than the scenario's, by which the oracles judge.
void Simulation::PostOtherSettings() {
  const auto time = [this](std::uint64_t most_ms) {
    return kernel_.Chance(20) ? Millis(0) : Millis(kernel_.Between(100, most_ms));
  };
  for (const auto& parts : shards_) {
    auto settings = std::make_unique<ShardSettings>(parts->options);
    settings->heartbeat = time(5000);
    settings->idle_timeout = time(5000);
    settings->max_lifetime = time(5000);
    settings->stall_timeout =
        Millis(kernel_.Between(100, static_cast<std::uint64_t>(scenario_.stall_timeout.count())));
    settings->capacity = static_cast<std::uint32_t>(kernel_.Between(1, scenario_.capacity));
    if (kernel_.Chance(30)) settings->max_subscribers_per_channel = 3;
    parts->shared.settings.Post(std::move(settings));
  }
  auto settings = std::make_unique<SequencerSettings>(sequencer_options_);
  settings->history_events =
      static_cast<std::uint32_t>(kernel_.Between(0, scenario_.history.events));
  settings->history_bytes = kernel_.Between(0, scenario_.history.bytes);
  settings->history_ttl = Millis(kernel_.Between(50, scenario_.history.ticks * 50));
  if (scenario_.deletes && kernel_.Chance(50)) {
    settings->channel_rules = {
        {.match = "room/{number}", .strict = {}, .terms = {.history_events = 1}}};
  }
  sequencer_settings_.Post(std::move(settings));
}

// Without faults everything that was published reaches every stream.
void Simulation::ComeToRest() {
  kernel_.faults().Silence();
  gate_.Calm();
  for (const auto& publisher : publishers_) publisher->Calm();
  for (const auto& subscriber : subscribers_) subscriber->Calm();
  RunUntil(
      [this] {
        return std::all_of(publishers_.begin(), publishers_.end(),
                           [](const auto& publisher) { return publisher->done(); });
      },
      Millis(60'000), "a publisher does not get its answers");
  // Streams that end now and then (idle, lifetime) come back: each is looked at when it has all.
  std::vector<const Subscriber*> waiting;
  for (const auto& subscriber : subscribers_) waiting.push_back(subscriber.get());
  auto all_have_everything = [&waiting] {
    std::erase_if(waiting, [](const Subscriber* s) { return s->HasEverything(); });
    return waiting.empty();
  };
  constexpr Millis kLongEnough{60'000};
  const MonoTime until = kernel_.Now() + kLongEnough + LongestTurn();
  while (!kernel_.violated() && !all_have_everything()) {
    RunFor(Millis(50));
    if (kernel_.Now() < until) continue;
    std::string who;
    for (const Subscriber* subscriber : waiting) who += subscriber->Describe();
    kernel_.Violation("without faults not everything arrives:" + who);
  }
}

// Nothing is published: streams hear a heartbeat all the same, or are ended as the options say.
void Simulation::Quiet() {
  if (scenario_.heartbeat.count() == 0) return;
  RunFor(scenario_.heartbeat * 2 + Millis(1000));
  for (const auto& subscriber : subscribers_) {
    if (kernel_.violated() || !subscriber->live()) continue;
    const Nanos silence = kernel_.Now() - subscriber->heard_at();
    if (silence > scenario_.heartbeat + Millis(500)) {
      kernel_.Violation(
          "subscriber " + std::to_string(subscriber->number()) + " heard no heartbeat for " +
          std::to_string(std::chrono::duration_cast<Millis>(silence).count()) + " ms");
    }
  }
}

void Simulation::GoAway() {
  for (const auto& subscriber : subscribers_) subscriber->Leave();
  for (const auto& publisher : publishers_) publisher->Leave();
  RunUntil([this] { return Leftovers().empty(); },
           LongestGoodbye() + Millis(scenario_.history.ticks * 50 + 1000),
           "all have left, and something is still there:");
}

void Simulation::Drain() {
  control_.phase.store(RunPhase::kDraining);
  stop_.drain.store(true);
  for (const auto& publisher : publishers_) publisher->Leave();
  RunUntil(
      [this] {
        return std::all_of(shards_.begin(), shards_.end(), [this](const auto& parts) {
          return loops_[parts->options.number]->fiber->ended();
        });
      },
      Millis(2000) + LongestGoodbye(), "a drain does not come to its end:");
}

// A connection whose peer has gone, or stopped reading, ends within this.
Millis Simulation::LongestGoodbye() const {
  constexpr Millis kLinger{1000};
  constexpr Millis kSlack{2500};  // ticks, stalls of loops, late completions
  return std::max({scenario_.stall_timeout, scenario_.header_timeout, Millis(3000)}) + kLinger +
         kSlack;
}

// Where streams end soon and an address may open few a second, who is let in next is chance. To be
// passed over for so long happens by chance once in e^25 times.
Millis Simulation::LongestTurn() const {
  if (scenario_.connection_rate_per_address == 0) return Millis(0);
  constexpr unsigned kRounds = 25;
  const unsigned each = (scenario_.subscribers + scenario_.addresses - 1) / scenario_.addresses;
  return Millis(1000 * kRounds * each / scenario_.connection_rate_per_address);
}

// What must hold at every moment; the costly part is looked at ten times a simulated second.
void Simulation::CheckBounds() {
  if (kernel_.violated() || kernel_.Now() < next_check_) return;
  next_check_ = kernel_.Now() + Millis(100);
  for (const auto& parts : shards_) {
    const std::string name = loops_[parts->options.number]->name;
    if (parts->shared.stats.streams.Get() > scenario_.capacity) {
      return kernel_.Violation(name + " has more streams than its capacity");
    }
    if (parts->shared.staying.Get() > parts->options.direct_slots) {
      return kernel_.Violation(name + " holds more connections than slots");
    }
  }
  // Beyond the history: the backlog, the flow window, an event and a segment at either end.
  const std::uint64_t a_channel = scenario_.history.bytes + budget::kBacklogBytes +
                                  budget::kFlowWindowBytes + 4 * SegmentPool::kLargestBlock +
                                  2 * scenario_.most_bytes;
  if (sequencer_stats_.log_bytes.Get() > scenario_.channels * a_channel) {
    return kernel_.Violation("the logs hold more than the budget: " +
                             std::to_string(sequencer_stats_.log_bytes.Get()) + " bytes");
  }
  CheckAddresses();
  kernel_.ForgetClosedSockets();
  for (const std::weak_ptr<Socket>& weak : kernel_.sockets()) {
    const std::shared_ptr<Socket> socket = weak.lock();
    // A publisher's frames that have arrived are worked through, however long that takes.
    if (!socket || !socket->held() || socket->number() >= kPublishers) continue;
    auto too_long = [&](MonoTime since) {
      return since != MonoTime{} && kernel_.Now() - since > LongestGoodbye();
    };
    if (too_long(socket->peer_gone_at())) {
      return kernel_.Violation("a connection of peer " + std::to_string(socket->number()) +
                               " is still held although the peer has gone");
    }
    if (too_long(socket->full_since())) {
      return kernel_.Violation("a connection of peer " + std::to_string(socket->number()) +
                               " is still held although it has been full all the time");
    }
  }
}

// Nobody gets more streams than its address may have, on all shards together.
void Simulation::CheckAddresses() {
  if (scenario_.connections_per_address == 0) return;
  if (kernel_.saboteur().Makes(Mistake::kCountNobody)) addresses_.Enter(KeyOf(0), kernel_.Now());
  std::map<std::uint32_t, std::uint64_t> streams;
  for (const std::weak_ptr<Socket>& weak : kernel_.sockets()) {
    const std::shared_ptr<Socket> socket = weak.lock();
    if (!socket || !socket->held() || !socket->tcp() || !socket->streams()) continue;
    if (++streams[socket->address()] <= scenario_.connections_per_address) continue;
    return kernel_.Violation("an address has more streams than its limit of " +
                             std::to_string(scenario_.connections_per_address));
  }
}

// After all have left, each address may have as many connections as it ever could.
void Simulation::CheckAddressesAreFree() {
  if (scenario_.connection_rate_per_address > 0) return;
  for (unsigned number = 0; number < scenario_.addresses; ++number) {
    for (std::uint64_t i = 0; i < scenario_.connections_per_address; ++i) {
      if (addresses_.Enter(KeyOf(number), kernel_.Now()) == AddressLimits::Verdict::kWithin)
        continue;
      return kernel_.Violation("address " + std::to_string(number) +
                               " counts connections although all have left");
    }
  }
}

AddressLimits::Key Simulation::KeyOf(unsigned number) const {
  const std::uint32_t network = AddressOf(number);
  return std::max<AddressLimits::Key>(
      SipHash13(sequencer_options_.hash_key,
                {reinterpret_cast<const char*>(&network), sizeof network}) &
          AddressLimits::kKeyMask,
      1);
}

// What a server without clients must not have.
std::string Simulation::Leftovers() const {
  std::string left;
  auto count = [&left](const std::string& what, std::uint64_t number) {
    if (number > 0) left += " " + what + ": " + std::to_string(number) + ";";
  };
  for (const auto& parts : shards_) {
    const SimulatedRing& ring = *loops_[parts->options.number]->ring;
    const ShardStats& stats = parts->shared.stats;
    count(ring.name() + " slots", ring.slots_in_use());
    count(ring.name() + " connections", stats.connections.Get());
    count(ring.name() + " streams", stats.streams.Get());
    count(ring.name() + " channels", stats.channels.Get());
    count(ring.name() + " incoming", parts->shared.incoming.load());
    count(ring.name() + " provided buffers out", ring.buffers_out());
  }
  count("publishers", sequencer_stats_.publishers.Get());
  count("descriptors", kernel_.open_descriptors());
  count("channels", sequencer_stats_.channels.Get());
  count("log bytes", sequencer_stats_.log_bytes.Get());
  return left;
}

void Simulation::CheckNothingLeft() {
  for (const auto& parts : shards_) {
    const SimulatedRing& ring = *loops_[parts->options.number]->ring;
    // After a drain a slot may hold what was accepted too late to be seen: it goes with the ring.
    const std::uint64_t slots = scenario_.drains ? 0 : ring.slots_in_use();
    if (slots + parts->shared.stats.connections.Get() + ring.buffers_out() > 0) {
      return kernel_.Violation("something is left:" + Leftovers() + ring.DescribeArmed());
    }
  }
  if (!scenario_.drains) CheckAddressesAreFree();
}

}  // namespace ringcast::simulation
