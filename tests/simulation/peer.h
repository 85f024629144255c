// What subscribers and publishers have in common: a connection of their own, bytes that go out in
// pieces, and a next moment at which they do something.
//
// Threads: one.
// Invariants: at most one act is scheduled; a peer outlives the run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "simulation/kernel.h"
#include "simulation/socket.h"

namespace ringcast::simulation {

class Peer {
 public:
  Peer(Kernel& kernel, std::uint32_t number) : kernel_(kernel), number_(number) {}
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void Start(Nanos delay) { ActAfter(delay); }
  // No more mischief: from now on it does what a well-behaved one would do.
  virtual void Calm();
  // Goes for good.
  void Leave();
  bool has_left() const { return left_; }
  std::uint32_t number() const { return number_; }

 protected:
  virtual void Act() = 0;
  void ActAfter(Nanos delay);
  // Puts the next piece of `outgoing_` on its way.
  void SendSome();
  // Ends the connection abruptly with what the loop's side gets for it.
  void Reset(int error);
  // The connection is not used any more; a FIN if it was open.
  void Hang();
  Nanos Soon(std::uint64_t least_us, std::uint64_t most_us) {
    return std::chrono::microseconds(kernel_.Between(least_us, most_us));
  }

  Kernel& kernel_;
  const std::uint32_t number_;
  std::shared_ptr<Socket> socket_;
  std::string outgoing_;
  bool calm_ = false;

 private:
  std::uint64_t turn_ = 0;  // of the act that is scheduled; an older one does nothing
  bool left_ = false;
};

}  // namespace ringcast::simulation
