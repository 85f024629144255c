#include "simulation/simulation.h"

#include <algorithm>
#include <utility>

#include "hub/budget.h"
#include "simulation/binary_publisher.h"
#include "simulation/http_publisher.h"

namespace ringcast::simulation {

namespace {

AddressLimits::Options AddressLimitsOf(const Scenario& scenario) {
  return {.connections = scenario.connections_per_address,
          .per_second = scenario.connection_rate_per_address};
}

// At /ticks/0/1 the events of rooms 0 and 1 whose type is "tick"; for any number of rooms.
std::shared_ptr<const RouteTable> RoutesFor(std::uint32_t channels) {
  std::vector<Route> routes;
  std::string path = "/ticks";
  std::vector<ChannelTemplate> rooms;
  for (std::uint32_t i = 0; i < channels; ++i) {
    const std::string variable = "/{room" + std::to_string(i) + "}";
    path += variable;
    rooms.push_back(*ChannelTemplate::Parse("room" + variable));
    Route& route = routes.emplace_back();
    route.path = *RoutePattern::Parse(path);
    route.channels = rooms;
    route.events = EventFilter({"tick"});
  }
  return std::make_shared<const RouteTable>(Route{}, std::move(routes));
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, Sabotage sabotage)
    : kernel_(seed, sabotage),
      scenario_(Scenario::Draw(kernel_)),
      addresses_(AddressLimitsOf(scenario_)) {
  kernel_.faults().Draw(scenario_.intensity);
  Build();
}

Simulation::~Simulation() { EndLoops(); }

void Simulation::Build() {
  const IdScheme scheme(kernel_.WallNow(), 0xfade);
  const SimulatedRingOptions queues{.submission_entries = scenario_.submission_entries,
                                    .completion_entries = scenario_.completion_entries};
  for (unsigned i = 0; i < scenario_.shards; ++i) {
    SimulatedRingOptions ring = queues;
    ring.direct_slots = scenario_.capacity + scenario_.spare_slots;
    ring.buffers = scenario_.head_buffers;
    ring.buffer_bytes = budget::kHeadBufferBytes;
    ring.checks_generations = true;
    AddLoop("shard " + std::to_string(i), ring);
    shards_.push_back(std::make_unique<ShardParts>());
    ShardParts& parts = *shards_.back();
    parts.lanes = std::make_unique<ShardLanes>(budget::kLaneEntries);
    parts.shared.ring = loops_[i]->ring->handle();
    parts.shared.number = static_cast<std::uint16_t>(i);
    parts.shared.capacity.Set(scenario_.capacity);
    parts.options.scheme = sequencer_options_.scheme = scheme;
  }
  AddLoop("sequencer", queues);
  sequencer_options_.publish_listener = kernel_.OpenListener(/*has_addresses=*/false);
  sequencer_options_.hash_key = {kernel_.rng().Next(), kernel_.rng().Next()};
  sequencer_options_.history_events = scenario_.history.events;
  sequencer_options_.history_bytes = scenario_.history.bytes;
  sequencer_options_.history_ttl = Millis(scenario_.history.ticks * 50);
  sequencer_options_.max_event_bytes = 256 * 1024;
  sequencer_options_.frame_timeout = Millis(3000);
  sequencer_options_.stall_timeout = scenario_.stall_timeout;
  // In every other run the shards share a core, and are rung for now and then.
  const unsigned cores = scenario_.intensity % 2 == 0 ? scenario_.shards : 1;
  sequencer_options_.doorbell_rest = DoorbellPacer::RestFor(scenario_.shards, cores);
  for (unsigned i = 0; i < scenario_.shards; ++i) BuildShard(i);

  std::vector<ShardPort> ports;
  for (const auto& parts : shards_) {
    ports.push_back({&parts->lanes->down, &parts->lanes->up, parts->shared.ring, kShardDoorbell});
  }
  Loop& loop = *loops_.back();
  sequencer_ = std::make_unique<Sequencer<SimulatedRing>>(sequencer_options_, *loop.ring,
                                                          std::move(ports), sequencer_stats_,
                                                          reports_, stop_, sequencer_settings_);
  loop.fiber = std::make_unique<Fiber>([this] { sequencer_->Run(); });
  loop.ring->RunOn(*loop.fiber);
  BuildPeers();
}

void Simulation::AddLoop(std::string name, const SimulatedRingOptions& options) {
  SimulatedRingOptions named = options;
  named.name = name;
  loops_.push_back(std::make_unique<Loop>());
  loops_.back()->name = std::move(name);
  loops_.back()->ring = std::make_unique<SimulatedRing>(kernel_, named);
}

void Simulation::BuildShard(unsigned number) {
  ShardParts& parts = *shards_[number];
  const bool has_addresses = number > 0 || !scenario_.unix_listener;
  parts.options.number = number;
  parts.options.direct_slots = scenario_.capacity + scenario_.spare_slots;
  parts.options.capacity = scenario_.capacity;
  parts.options.address_limits = AddressLimitsOf(scenario_);
  parts.options.listeners = {{kernel_.OpenListener(has_addresses), has_addresses}};
  parts.options.accept_backlog = scenario_.backlog;
  parts.options.hash_key = sequencer_options_.hash_key;
  parts.options.seed = kernel_.rng().Next();
  parts.options.heartbeat = scenario_.heartbeat;
  parts.options.idle_timeout = scenario_.idle_timeout;
  parts.options.max_lifetime = scenario_.max_lifetime;
  parts.options.stall_timeout = scenario_.stall_timeout;
  parts.options.header_timeout = scenario_.header_timeout;
  parts.options.drain_timeout = Millis(2000);
  parts.options.routes = RoutesFor(scenario_.channels);

  std::vector<ShardPublic*> all;
  for (const auto& shard : shards_) all.push_back(&shard->shared);
  Loop& loop = *loops_[number];
  parts.shard = std::make_unique<Shard<SimulatedRing>>(
      parts.options, *loop.ring, *parts.lanes, std::move(all), loops_.back()->ring->handle(),
      kSequencerDoorbell, control_, addresses_);
  loop.fiber = std::make_unique<Fiber>([shard = parts.shard.get()] { shard->Run(); });
  loop.ring->RunOn(*loop.fiber);
}

void Simulation::BuildPeers() {
  SubscriberOptions options;
  for (const auto& parts : shards_) {
    options.listeners.push_back(parts->options.listeners.front().descriptor);
  }
  for (std::uint32_t i = 0; i < scenario_.subscribers; ++i) {
    options.channels.clear();
    const std::uint64_t wanted = kernel_.Chance(60) ? 1 : kernel_.Between(1, scenario_.channels);
    const auto first = static_cast<std::uint32_t>(kernel_.rng().Below(scenario_.channels));
    for (std::uint32_t c = 0; c < wanted; ++c) {
      options.channels.push_back((first + c) % scenario_.channels);
    }
    // With large events a small buffer would only make the run long.
    const std::size_t small = scenario_.most_bytes > 5000 ? 20'000 : 300;
    options.send_capacity = kernel_.Chance(50) ? kernel_.Between(small, 10 * small) : 65'536;
    options.address = AddressOf(i % scenario_.addresses);
    options.http10 = kernel_.Chance(20);
    options.odd = kernel_.Chance(25);
    options.slow = kernel_.Chance(20);
    options.ticks = kernel_.Chance(20);
    subscribers_.push_back(std::make_unique<Subscriber>(kernel_, ledger_, i, options));
    subscribers_.back()->Start(Millis(kernel_.Between(0, 1000)));
  }
  PublisherOptions publisher;
  publisher.listener = sequencer_options_.publish_listener;
  publisher.channels = scenario_.channels;
  publisher.events = scenario_.events;
  publisher.most_bytes = scenario_.most_bytes;
  publisher.pause = scenario_.pause;
  publisher.send_capacity = kernel_.Between(64, 20'000);
  publisher.deletes = scenario_.deletes;
  for (std::uint32_t i = 0; i < scenario_.binary_publishers + scenario_.http_publishers; ++i) {
    if (i < scenario_.binary_publishers) {
      publishers_.push_back(std::make_unique<BinaryPublisher>(kernel_, ledger_, i, publisher));
    } else {
      publishers_.push_back(std::make_unique<HttpPublisher>(kernel_, ledger_, i, publisher));
    }
    publishers_.back()->Start(Millis(kernel_.Between(0, 1000)));
  }
}

// One loop until it waits or is preempted, or one thing that happens around them. False when
// nothing will ever happen again.
bool Simulation::Step() {
  ++steps_;
  std::array<Loop*, 16> due;
  std::size_t count = 0;
  std::optional<MonoTime> next = kernel_.NextEvent();
  for (const auto& loop : loops_) {
    if (loop->fiber->ended()) continue;
    const MonoTime at = loop->stalled_until > kernel_.Now() ? loop->stalled_until
                        : loop->ring->Due()                 ? kernel_.Now()
                                                            : loop->ring->wake_at();
    if (at <= kernel_.Now()) due[count++] = loop.get();
    next = std::min(next.value_or(at), at);
  }
  if (!next) return false;
  const bool event = kernel_.NextEvent() && *kernel_.NextEvent() <= kernel_.Now();
  if (count + (event ? 1 : 0) == 0) {
    kernel_.AdvanceTo(*next);
    return true;
  }
  const std::size_t pick = kernel_.rng().Below(count + (event ? 1 : 0));
  digest_ = digest_ * 1'099'511'628'211 ^
            (pick + static_cast<std::uint64_t>(kernel_.Now().time_since_epoch().count()));
  if (pick == count) {
    kernel_.RunEvent();
  } else {
    StepLoop(*due[pick]);
  }
  return true;
}

void Simulation::StepLoop(Loop& loop) {
  if (kernel_.faults().Strikes(Fault::kLoopStalled)) {
    loop.stalled_until = kernel_.Now() + Millis(kernel_.Between(5, 400));
    return;
  }
  loop.fiber->Resume();
  // What a loop does takes time.
  kernel_.AdvanceTo(kernel_.Now() + std::chrono::microseconds(kernel_.Between(1, 30)));
}

void Simulation::RunUntil(const std::function<bool()>& so, Millis at_most,
                          const std::string& what) {
  const MonoTime until = kernel_.Now() + at_most;
  while (!kernel_.violated() && !so()) {
    if (kernel_.Now() >= until) return kernel_.Violation(what + Leftovers());
    if (!Step()) return kernel_.Violation("nothing happens any more, and still: " + what);
    CheckBounds();
  }
}

void Simulation::RunFor(Millis time) {
  const MonoTime until = kernel_.Now() + time;
  while (!kernel_.violated() && kernel_.Now() < until && Step()) CheckBounds();
}

// Ends what still runs, in whatever state it is, so that its memory is given back.
void Simulation::EndLoops() {
  control_.phase.store(RunPhase::kStopping);
  stop_.stop.store(true);
  for (const auto& loop : loops_) {
    loop->ring->StopWaiting();
    while (!loop->fiber->ended()) loop->fiber->Resume();
  }
}

RunResult Simulation::Run() {
  kernel_.Trace(scenario_.Describe());
  Busy();
  if (!kernel_.violated()) ComeToRest();
  if (!kernel_.violated()) Quiet();
  if (!kernel_.violated()) scenario_.drains ? Drain() : GoAway();
  if (!kernel_.violated()) CheckNothingLeft();
  ledger_.CheckClaims();
  RunResult result;
  result.violation = kernel_.violation();
  result.scenario = scenario_.Describe();
  result.steps = steps_;
  result.published = ledger_.known();
  result.acknowledged = ledger_.acknowledged();
  result.received = ledger_.received();
  for (const auto& loop : loops_) result.overflows += loop->ring->overflows();
  for (std::size_t i = 0; i < kFaults; ++i) {
    result.faults[i] = kernel_.faults().count(static_cast<Fault>(i));
  }
  result.digest = digest_;
  return result;
}

}  // namespace ringcast::simulation
