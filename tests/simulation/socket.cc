#include "simulation/socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "simulation/kernel.h"
#include "simulation/simulated_ring.h"

namespace ringcast::simulation {

Socket::Socket(Kernel& kernel, bool tcp, std::size_t send_capacity)
    : kernel_(kernel), tcp_(tcp), capacity_(send_capacity), last_arrival_(kernel.Now()) {}

// What the peer does reaches the loop's side in the order in which it was done.
void Socket::InOrder(std::size_t bytes, void (*arrival)(Socket&, const std::string&),
                     std::string with) {
  const Nanos latency = std::chrono::microseconds(kernel_.Between(10, 300 + bytes / 16));
  last_arrival_ = std::max(last_arrival_, kernel_.Now() + latency);
  kernel_.After(last_arrival_ - kernel_.Now(),
                [self = weak_from_this(), arrival, with = std::move(with)] {
                  if (const std::shared_ptr<Socket> socket = self.lock()) arrival(*socket, with);
                });
}

void Socket::PeerSends(std::string bytes) {
  const std::size_t size = bytes.size();
  InOrder(
      size, [](Socket& socket, const std::string& arrived) { socket.Arrives(arrived); },
      std::move(bytes));
}

void Socket::Arrives(const std::string& bytes) {
  if (dead_) return;
  if (closed_) {
    // Nobody will read it: the answer is a reset, which takes what was on its way along.
    return CutPeer();
  }
  inbound_ += bytes;
  Changed();
}

void Socket::PeerFinishes() {
  InOrder(0,
          [](Socket& socket, const std::string&) {
            socket.fin_arrived_ = true;
            if (socket.peer_gone_at_ == MonoTime{}) socket.peer_gone_at_ = socket.kernel_.Now();
            socket.Changed();
          },
          {});
}

void Socket::PeerResets(int error) {
  peer_error_ = error;
  outbound_.clear();
  cut_ = true;
  InOrder(0,
          [](Socket& socket, const std::string&) {
            if (socket.dead_) return;
            socket.dead_ = true;
            socket.error_ = socket.peer_error_;
            if (socket.peer_gone_at_ == MonoTime{}) socket.peer_gone_at_ = socket.kernel_.Now();
            socket.Changed();
          },
          {});
}

std::string Socket::PeerReads(std::size_t most) {
  std::string bytes = outbound_.substr(0, most);
  outbound_.erase(0, bytes.size());
  if (!bytes.empty()) {
    NoteRoom();
    Changed();
  }
  return bytes;
}

void Socket::NoteRoom() {
  if (Writable()) full_since_ = MonoTime{};
}

bool Socket::Readable() const { return dead_ || fin_arrived_ || read_shut_ || !inbound_.empty(); }

// As the kernel does it: a third of the buffer must be free, or a writer would wake for every byte.
bool Socket::Writable() const {
  return dead_ || write_shut_ ||
         (capacity_ - std::min(capacity_, outbound_.size())) * 3 >= capacity_;
}

std::int32_t Socket::Receive(char* into, std::size_t most) {
  if (!inbound_.empty()) {
    const std::size_t count = std::min(most, inbound_.size());
    std::memcpy(into, inbound_.data(), count);
    inbound_.erase(0, count);
    return static_cast<std::int32_t>(count);
  }
  if (error_ != 0) return -std::exchange(error_, 0);
  if (dead_ || fin_arrived_ || read_shut_) return 0;
  return -EAGAIN;
}

std::int32_t Socket::Send(std::string_view bytes) {
  if (error_ != 0) return -std::exchange(error_, 0);
  if (dead_ || write_shut_) return -EPIPE;
  // A peer that has gone but not been noticed yet: what is sent to it is lost.
  if (cut_) return static_cast<std::int32_t>(bytes.size());
  const std::size_t room = capacity_ - std::min(capacity_, outbound_.size());
  const std::size_t taken = std::min(room, bytes.size());
  outbound_.append(bytes.substr(0, taken));
  if (taken < bytes.size() && full_since_ == MonoTime{}) full_since_ = kernel_.Now();
  return taken > 0 ? static_cast<std::int32_t>(taken) : -EAGAIN;
}

std::int32_t Socket::Shutdown(bool both) {
  if (dead_) return -ENOTCONN;
  write_shut_ = true;
  read_shut_ = read_shut_ || both;
  Changed();
  return 0;
}

std::int32_t Socket::Abort() {
  if (!tcp_) return -EINVAL;
  if (!dead_) {
    dead_ = true;
    error_ = ECONNRESET;
    CutPeer();
    Changed();
  }
  return 0;
}

void Socket::DropReference() {
  if (--references_ > 0) return;
  full_since_ = MonoTime{};
  if (stays_open_) return;
  if (!dead_ && !inbound_.empty()) {
    dead_ = true;
    CutPeer();
  }
  closed_ = write_shut_ = read_shut_ = true;
}

// A reset overtakes what was sent before: the peer reads some of it, or nothing.
void Socket::CutPeer() {
  if (cut_) return;
  cut_ = true;
  outbound_.resize(static_cast<std::size_t>(kernel_.Between(0, outbound_.size())));
}

void Socket::Unwatch(const SimulatedRing& ring, std::uint64_t operation) {
  std::erase(watches_, std::pair<SimulatedRing*, std::uint64_t>(const_cast<SimulatedRing*>(&ring),
                                                                operation));
}

void Socket::Changed() {
  const auto watches = watches_;
  for (const auto& [ring, operation] : watches) ring->Poke(operation);
}

}  // namespace ringcast::simulation
