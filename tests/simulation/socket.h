// A stream connection between a loop and a peer, as the kernel keeps it: what has arrived and was
// not received, what was sent and not read, and how either side ended it. Bytes, FIN and RST of the
// peer arrive in order, a while after they were sent.
//
// Threads: one.
// Invariants: the loop's side takes at most the send capacity ahead of what the peer has read.
// When the last reference (slot or descriptor) goes the peer gets a FIN, or a RST when something
// was left unread; bytes that arrive later are answered with a RST.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace ringcast::simulation {

class Kernel;
class SimulatedRing;

class Socket : public std::enable_shared_from_this<Socket> {
 public:
  // `tcp`: otherwise a UNIX stream, which cannot be aborted.
  Socket(Kernel& kernel, bool tcp, std::size_t send_capacity);
  bool tcp() const { return tcp_; }

  // ---- The peer's side ----
  void PeerSends(std::string bytes);
  void PeerFinishes();
  // Ends both directions at once: -`error` is what the loop's operations get.
  void PeerResets(int error);
  std::size_t peer_readable() const { return outbound_.size(); }
  std::string PeerReads(std::size_t most);
  // Once all that is readable was read.
  bool PeerSeesEnd() const { return outbound_.empty() && (write_shut_ || cut_); }

  // ---- The loop's side; results as of the operations ----
  bool Readable() const;
  bool Writable() const;
  std::int32_t Receive(char* into, std::size_t most);
  // Takes what there is room for; -EAGAIN when there is none.
  std::int32_t Send(std::string_view bytes);
  std::int32_t Shutdown(bool both);
  std::int32_t Abort();
  void AddReference() { ++references_; }
  void DropReference();

  // Operations that look again when something changes.
  void Watch(SimulatedRing& ring, std::uint64_t operation) {
    watches_.emplace_back(&ring, operation);
  }
  void Unwatch(const SimulatedRing& ring, std::uint64_t operation);

  // ---- For the oracles ----
  bool held() const { return references_ > 0; }
  // When the peer's end arrived here; MonoTime{} while it has not.
  MonoTime peer_gone_at() const { return peer_gone_at_; }
  // Since when the loop has had something to send and no room; MonoTime{}: it has.
  MonoTime full_since() const { return full_since_; }
  std::uint32_t number() const { return number_; }
  void set_number(std::uint32_t number) { number_ = number; }
  // The peer's, an IPv4 address in network order.
  std::uint32_t address() const { return address_; }
  void set_address(std::uint32_t address) { address_ = address; }
  // The peer has had the start of a stream.
  bool streams() const { return streams_; }
  void set_streams() { streams_ = true; }
  // One reference will never be dropped: its slot was filled and nobody told. Closing all others is
  // no end for the peer.
  void LoseReference() {
    --references_;
    stays_open_ = true;
  }

 private:
  void Arrives(const std::string& bytes);
  void InOrder(std::size_t bytes, void (*arrival)(Socket&, const std::string&), std::string with);
  void CutPeer();
  void Changed();
  void NoteRoom();

  Kernel& kernel_;
  const bool tcp_;
  const std::size_t capacity_;
  std::uint32_t number_ = 0;
  std::uint32_t address_ = 0;
  bool streams_ = false;
  bool stays_open_ = false;
  int references_ = 0;
  std::string inbound_;
  std::string outbound_;
  bool fin_arrived_ = false;
  bool write_shut_ = false;
  bool read_shut_ = false;
  bool closed_ = false;  // the last reference has gone
  bool dead_ = false;    // reset or aborted: nothing moves any more
  bool cut_ = false;     // the peer gets no more than what is in outbound_
  int error_ = 0;        // told once
  int peer_error_ = 0;   // on its way
  MonoTime last_arrival_;
  MonoTime peer_gone_at_;
  MonoTime full_since_;
  std::vector<std::pair<SimulatedRing*, std::uint64_t>> watches_;
};

}  // namespace ringcast::simulation
