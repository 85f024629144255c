#include "simulation/peer.h"

#include <cerrno>
#include <utility>

namespace ringcast::simulation {

void Peer::Calm() {
  calm_ = true;
  if (!left_) ActAfter(Soon(0, 1000));
}

void Peer::Leave() {
  left_ = true;
  ++turn_;
  if (socket_ && kernel_.Chance(50)) Reset(ECONNRESET);
  Hang();
}

void Peer::ActAfter(Nanos delay) {
  const std::uint64_t turn = ++turn_;
  kernel_.After(delay, [this, turn] {
    if (turn == turn_ && !left_) Act();
  });
}

void Peer::SendSome() {
  if (outgoing_.empty()) return;
  // Whole, or cut anywhere.
  std::size_t size = outgoing_.size();
  if (kernel_.Chance(40)) size = kernel_.Between(1, size);
  socket_->PeerSends(outgoing_.substr(0, size));
  outgoing_.erase(0, size);
}

void Peer::Reset(int error) {
  socket_->PeerResets(error);
  socket_.reset();
  outgoing_.clear();
}

void Peer::Hang() {
  if (!socket_) return;
  socket_->PeerFinishes();
  socket_.reset();
  outgoing_.clear();
}

}  // namespace ringcast::simulation
