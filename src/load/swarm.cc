#include "load/swarm.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <latch>
#include <utility>

#include "uring/process.h"

namespace ringcast {
namespace {

// Connections that are started and have no response yet, over all rings: below the usual backlog of
// a listener (net.core.somaxconn, 4096), so that no handshake has to be repeated.
constexpr std::uint32_t kMaxConnecting = 2048;

// What a ring receives into. A quiet stream brings one event in each; a fast one as much as its
// socket holds. The memory is touched only as far as bytes come in, and in time all of it is: many
// rings have less each, 55 bytes a connection.
struct Buffers {
  std::uint32_t count;
  std::uint32_t bytes;
};
constexpr Buffers kSmallBuffers = {1024, 4 * 1024};
constexpr Buffers kThriftyBuffers = {512, 2 * 1024};
constexpr Buffers kLargeBuffers = {128, 64 * 1024};
constexpr std::uint64_t kManyRings = 8;

// An enter handles only so many completions as it waits for (or a few), so a worker waits for as
// many as came the last time, but not long: one that is alone is not held back.
constexpr unsigned kMostAwaited = 256;
constexpr Nanos kGather = std::chrono::microseconds(200);
// How late a worker notices that it has to stop, or that a connection is due.
constexpr Nanos kIdle = std::chrono::milliseconds(50);
constexpr Nanos kPace = std::chrono::milliseconds(1);

}  // namespace

Result<std::unique_ptr<Swarm>> Swarm::Create(const SwarmOptions& options, const Target& target) {
  std::unique_ptr<Swarm> swarm(new Swarm(options, target));
  swarm->Plan();
  std::latch prepared(static_cast<std::ptrdiff_t>(swarm->workers_.size()));
  for (const auto& worker : swarm->workers_) {
    worker->thread = std::thread([self = swarm.get(), &prepared, &worker = *worker] {
      self->Prepare(worker);
      prepared.count_down();
      self->Run(worker);
    });
  }
  prepared.wait();
  for (const auto& worker : swarm->workers_) {
    if (!worker->prepared) return worker->prepared.error();
  }
  return swarm;
}

Swarm::~Swarm() { Stop(); }

// Rings of equal size, as many as each worker needs.
void Swarm::Plan() {
  const std::uint64_t workers = std::max(options_.workers, 1u);
  const std::uint64_t a_worker = (options_.connections + workers - 1) / workers;
  const std::uint64_t a_ring = kMaxSubscribersPerRing;
  const std::uint64_t rings =
      workers * std::max<std::uint64_t>((a_worker + a_ring - 1) / a_ring, 1);
  const Buffers buffers = options_.large_receives ? kLargeBuffers
                          : rings > kManyRings    ? kThriftyBuffers
                                                  : kSmallBuffers;
  std::uint64_t first = 0;
  for (std::uint64_t i = 0; i < rings; ++i) {
    if (i % (rings / workers) == 0) workers_.push_back(std::make_unique<Worker>());
    const std::uint64_t end = options_.connections * (i + 1) / rings;
    workers_.back()->plan.push_back(
        {.subscribers = static_cast<std::uint32_t>(end - first),
         .first = first,
         .connect_rate = options_.connect_rate / static_cast<double>(rings),
         .max_connecting =
             std::max<std::uint32_t>(kMaxConnecting / static_cast<std::uint32_t>(rings), 8),
         .buffers = buffers.count,
         .buffer_bytes = buffers.bytes});
    first = end;
  }
}

void Swarm::Prepare(Worker& worker) {
  NameThread("subscribers");
  worker.thread_id.Set(static_cast<std::uint64_t>(::gettid()));
  worker.tally.tracks_completion = options_.behaviour.tracks_completion;
  for (const SwarmRingOptions& plan : worker.plan) {
    Result<std::unique_ptr<SwarmRing>> ring =
        SwarmRing::Create(plan, options_.behaviour, target_, worker.tally, worker.slow_tally);
    if (!ring) {
      worker.prepared = ring.error();
      return;
    }
    worker.rings.push_back(std::move(*ring));
  }
}

void Swarm::Run(Worker& worker) {
  const auto phase = [this] { return static_cast<Phase>(phase_.Get()); };
  while (phase() == Phase::kPrepared) std::this_thread::sleep_for(kPace);

  std::vector<RingHandle> handles;
  for (const auto& ring : worker.rings) handles.push_back(ring->handle());
  const bool alone = worker.rings.size() == 1;
  std::size_t handled = 0;
  while (phase() == Phase::kRunning) {
    Obey(worker);
    bool connecting = options_.prompt;
    for (const auto& ring : worker.rings) connecting |= ring->connecting();
    const Nanos idle = connecting ? kPace : kIdle;
    const auto awaited = static_cast<unsigned>(std::clamp<std::size_t>(handled, 1, kMostAwaited));
    if (alone) {
      handled = worker.rings.front()->Turn(awaited, handled > 0 ? kGather : idle);
      continue;
    }
    // While little comes, a short wait on one of them lets more gather on all.
    Nanos wait = handled > 0 && handled < kMostAwaited ? kGather : Nanos(0);
    handled = 0;
    for (const auto& ring : worker.rings) {
      handled += ring->Turn(kMostAwaited, wait);
      wait = Nanos(0);
    }
    if (handled == 0) WaitForAny(handles, idle);
  }
  for (const auto& ring : worker.rings) ring->ResetAll();
}

void Swarm::Start() { phase_.Set(static_cast<std::uint64_t>(Phase::kRunning)); }

void Swarm::Stop() {
  phase_.Set(static_cast<std::uint64_t>(Phase::kStopping));
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void Swarm::Obey(Worker& worker) {
  const std::uint64_t given = given_.Get();
  if (given == worker.obeyed.Get()) return;
  Orders orders;
  {
    const std::lock_guard lock(orders_mutex_);
    orders = orders_;
  }
  const Orders before = std::exchange(worker.orders, orders);
  worker.tally.stage = orders.stage;
  for (const auto& ring : worker.rings) {
    if (orders.churn_rate != before.churn_rate) {
      ring->SetChurn(orders.churn_rate * ring->size() / static_cast<double>(options_.connections));
    }
    if (orders.resets != before.resets) ring->ResetAndReconnect();
    if (orders.reads_on) ring->ReadOn();
  }
  worker.obeyed.Set(given);
}

template <class Change>
void Swarm::Order(Change change) {
  {
    const std::lock_guard lock(orders_mutex_);
    change(orders_);
  }
  given_.Add();
  if (static_cast<Phase>(phase_.Get()) != Phase::kRunning) return;
  for (const auto& worker : workers_) {
    while (worker->obeyed.Get() != given_.Get()) std::this_thread::sleep_for(kPace);
  }
}

void Swarm::SetStage(Stage stage) {
  Order([stage](Orders& orders) { orders.stage = stage; });
}

void Swarm::SetChurn(double rate) {
  Order([rate](Orders& orders) { orders.churn_rate = rate; });
}

void Swarm::ResetAndReconnect() {
  Order([](Orders& orders) { ++orders.resets; });
}

void Swarm::ReadOn() {
  Order([](Orders& orders) { orders.reads_on = true; });
}

std::uint64_t Swarm::Sum(Counter Tally::*counter) const {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) sum += (worker->tally.*counter).Get();
  return sum;
}

std::uint64_t Swarm::SumSlow(Counter Tally::*counter) const {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) sum += (worker->slow_tally.*counter).Get();
  return sum;
}

std::uint64_t Swarm::FirstEventNs() const {
  std::uint64_t first = 0;
  for (const auto& worker : workers_) {
    const std::uint64_t at = worker->tally.first_event_ns.Get();
    if (at != 0 && (first == 0 || at < first)) first = at;
  }
  return first;
}

std::uint64_t Swarm::Newest(Counter Tally::*counter) const {
  std::uint64_t newest = 0;
  for (const auto& worker : workers_) {
    newest =
        std::max({newest, (worker->tally.*counter).Get(), (worker->slow_tally.*counter).Get()});
  }
  return newest;
}

std::uint64_t Swarm::LastLiveNs() const { return Newest(&Tally::last_live_ns); }

std::uint64_t Swarm::LastMarkedNs() const { return Newest(&Tally::last_marked_ns); }

std::vector<WorkerTime> Swarm::Times() const {
  std::vector<WorkerTime> times;
  for (const auto& worker : workers_) {
    // proc(5): time on a core, time waiting for one, both in nanoseconds.
    std::ifstream file("/proc/self/task/" + std::to_string(worker->thread_id.Get()) + "/schedstat");
    WorkerTime& time = times.emplace_back();
    file >> time.running >> time.waiting;
  }
  return times;
}

std::vector<const Tally*> Swarm::tallies() const {
  std::vector<const Tally*> tallies;
  for (const auto& worker : workers_) tallies.push_back(&worker->tally);
  return tallies;
}

std::vector<const Tally*> Swarm::slow_tallies() const {
  std::vector<const Tally*> tallies;
  for (const auto& worker : workers_) tallies.push_back(&worker->slow_tally);
  return tallies;
}

}  // namespace ringcast
