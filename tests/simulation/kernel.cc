#include "simulation/kernel.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "simulation/simulated_ring.h"
#include "simulation/socket.h"

namespace ringcast::simulation {

Kernel::Kernel(std::uint64_t seed, Sabotage sabotage) : rng_(seed), saboteur_(sabotage) {}

UnixMillis Kernel::WallNow() {
  if (faults_.Strikes(Fault::kWallClockStep)) {
    wall_offset_ms_ += static_cast<std::int64_t>(Between(0, 20'000)) - 10'000;
  }
  const std::int64_t running = std::chrono::duration_cast<Millis>(now_ - kStart).count();
  return static_cast<UnixMillis>(wall_offset_ms_ + running);
}

void Kernel::AdvanceTo(MonoTime when) { now_ = std::max(now_, when); }

void Kernel::After(Nanos delay, std::function<void()> what) {
  events_.push({now_ + delay, next_event_++, std::move(what)});
}

std::optional<MonoTime> Kernel::NextEvent() const {
  if (events_.empty()) return std::nullopt;
  return events_.top().at;
}

void Kernel::RunEvent() {
  const std::function<void()> what = events_.top().what;
  events_.pop();
  what();
}

RingHandle Kernel::AddRing(SimulatedRing& ring) {
  rings_.push_back(&ring);
  return {static_cast<int>(rings_.size()) - 1};
}

int Kernel::OpenListener(bool has_addresses) {
  const int descriptor = kFirstListener + static_cast<int>(listeners_.size());
  listeners_[descriptor] = std::make_unique<Listener>();
  listeners_[descriptor]->has_addresses = has_addresses;
  return descriptor;
}

std::shared_ptr<Socket> Kernel::Connect(int listener, std::size_t send_capacity,
                                        std::uint32_t address) {
  Listener& at = ListenerOf(listener);
  auto socket = std::make_shared<Socket>(*this, at.has_addresses, send_capacity);
  socket->set_address(address);
  sockets_.push_back(socket);
  at.waiting.push_back(socket);
  const auto watches = at.watches;
  for (const auto& [ring, operation] : watches) ring->Poke(operation);
  return socket;
}

int Kernel::OpenDescriptor(std::shared_ptr<Socket> socket) {
  int descriptor = kFirstDescriptor;
  while (descriptors_.contains(descriptor)) ++descriptor;
  socket->AddReference();
  descriptors_[descriptor] = std::move(socket);
  return descriptor;
}

std::shared_ptr<Socket> Kernel::SocketOf(int descriptor) const {
  const auto found = descriptors_.find(descriptor);
  return found == descriptors_.end() ? nullptr : found->second;
}

void Kernel::CloseDescriptor(int descriptor) {
  const auto found = descriptors_.find(descriptor);
  if (found == descriptors_.end()) {
    return Violation("descriptor " + std::to_string(descriptor) +
                     " is closed although it is not open");
  }
  const std::shared_ptr<Socket> socket = found->second;
  descriptors_.erase(found);
  socket->DropReference();
}

void Kernel::ForgetClosedSockets() {
  std::erase_if(sockets_, [](const std::weak_ptr<Socket>& socket) { return socket.expired(); });
}

void Kernel::Violation(const std::string& what) {
  if (violated()) return;
  violation_ = what + " (at " + Clock() + ")";
  Trace("violation: " + what);
}

void Kernel::Trace(const std::string& line) const {
  if (verbose_) std::fprintf(stderr, "%s %s\n", Clock().c_str(), line.c_str());
}

std::string Kernel::Clock() const {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f s", std::chrono::duration<double>(now_ - kStart).count());
  return text;
}

}  // namespace ringcast::simulation
