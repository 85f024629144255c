// A real ring whose clock the test sets, and whose sockets can be made to look full at any byte.
// The event loops are templates over their ring; this is the second one they are made for.
//
// A limited slot takes as many bytes as it has room for and then behaves as a full socket does: a
// short count, -EAGAIN, and a poll for room that does not fire before there is some.
//
// Threads: one, as for a ring.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "uring/clock.h"
#include "uring/listener.h"
#include "uring/ring.h"

namespace ringcast::test {

class ScriptedRing {
 public:
  explicit ScriptedRing(std::unique_ptr<Ring> ring) : ring_(std::move(ring)) {}

  // ---- What the test says ----
  void Advance(Nanos by) { now_ += by; }
  void SetWall(UnixMillis wall) { wall_ = wall; }
  // From now on the slot takes `room` more bytes.
  void Limit(std::uint32_t slot, std::size_t room) { room_[slot] = room; }
  // The slot of the next send takes `room` bytes, that send included.
  void LimitNext(std::size_t room) { next_room_ = room; }
  // More room; a poll that waits for it fires.
  void MakeRoom(std::uint32_t slot, std::size_t room) {
    room_[slot] = room;
    ReleasePoll(slot);
  }
  void Unlimit(std::uint32_t slot) {
    room_.erase(slot);
    ReleasePoll(slot);
  }
  // The next receive finds no provided buffer.
  void RefuseReceive() { refuse_receive_ = true; }
  bool refuses_receive() const { return refuse_receive_; }
  std::uint64_t sends() const { return sends_; }          // prepared so far
  std::uint32_t last_slot() const { return last_slot_; }  // of the last send
  std::uint64_t submits() const { return submits_; }      // calls of Submit()
  std::uint64_t wakes() const { return wakes_; }          // calls of Wake()
  std::uint64_t accepts() const { return accepts_; }      // calls of AcceptPlain()
  std::uint64_t receives() const { return receives_; }    // calls of ReceiveProvided()
  // Descriptors that were closed with an operation on them still to be submitted: by then their
  // number may be another's.
  std::uint64_t closed_too_early() const { return closed_too_early_; }

  // ---- What the loops use ----
  void AcceptDirect(File listener, std::uint64_t tag) { ring_->AcceptDirect(listener, tag); }
  void AcceptOneDirect(File listener, PeerAddress* peer, std::uint64_t tag) {
    ring_->AcceptOneDirect(listener, peer, tag);
  }
  void AcceptPlain(File listener, std::uint64_t tag) {
    ++accepts_;
    ring_->AcceptPlain(listener, tag);
  }
  void Receive(File file, std::span<char> into, std::uint64_t tag) {
    ring_->Receive(file, into, tag);
  }
  void ReceiveProvided(File file, std::uint64_t tag) {
    ++receives_;
    if (std::exchange(refuse_receive_, false)) {
      told_.push_back({tag, -ENOBUFS, 0});
      return;
    }
    ring_->ReceiveProvided(file, tag);
  }
  void UseLowestSlots() { ring_->UseLowestSlots(); }
  Result<PeerCredentials> Credentials(File file) const { return ring_->Credentials(file); }
  IpAddress AddressOf(File file) const { return ring_->AddressOf(file); }
  void CloseNow(File file) {
    closed_too_early_ += shutdowns_.contains(file.number) ? 1 : 0;
    ring_->CloseNow(file);
  }
  void SendNow(File file, std::span<const char> bytes, std::uint64_t tag) {
    CountSend(file);
    const std::size_t part = Take(file, bytes.size());
    if (part > 0) ring_->SendNow(file, bytes.first(part), tag);
    if (part < bytes.size()) TellShort(part, tag);
  }
  void SendMessageNow(File file, const msghdr* message, std::uint64_t tag) {
    CountSend(file);
    std::size_t size = 0;
    for (std::size_t i = 0; i < message->msg_iovlen; ++i) size += message->msg_iov[i].iov_len;
    const std::size_t part = Take(file, size);
    if (part == size) return ring_->SendMessageNow(file, message, tag);
    std::string& bytes = copies_.emplace_back();
    for (std::size_t i = 0; i < message->msg_iovlen; ++i) {
      const iovec& piece = message->msg_iov[i];
      const std::size_t most = std::min(piece.iov_len, part - bytes.size());
      bytes.append(static_cast<const char*>(piece.iov_base), most);
    }
    if (part > 0) ring_->SendNow(file, {bytes.data(), bytes.size()}, tag);
    TellShort(part, tag);
  }
  void SendAll(File file, std::span<const char> bytes, std::uint64_t tag) {
    ring_->SendAll(file, bytes, tag);
  }
  void PollReadable(File file, std::uint64_t tag) { ring_->PollReadable(file, tag); }
  void PollWritable(File file, std::uint64_t tag) {
    if (room_.contains(static_cast<std::uint32_t>(file.number))) {
      polls_[static_cast<std::uint32_t>(file.number)] = tag;
    } else {
      ring_->PollWritable(file, tag);
    }
  }
  void Shutdown(File file, std::uint64_t tag) {
    ring_->Shutdown(file, tag);
    if (file.direct) {
      Unlimit(static_cast<std::uint32_t>(file.number));
    } else {
      shutdowns_.insert(file.number);
    }
  }
  void ShutdownWrite(File file, std::uint64_t tag) { ring_->ShutdownWrite(file, tag); }
  void Abort(File file, std::uint64_t tag) {
    ring_->Abort(file, tag);
    Unlimit(static_cast<std::uint32_t>(file.number));
  }
  void Close(File file, std::uint64_t tag) { ring_->Close(file, tag); }
  void Cancel(std::uint64_t tag_to_cancel, std::uint64_t tag) { ring_->Cancel(tag_to_cancel, tag); }
  void Wake(RingHandle other, std::uint64_t their_tag, std::uint64_t our_tag) {
    ++wakes_;
    ring_->Wake(other, their_tag, our_tag);
  }
  void PassOn(std::uint32_t slot, RingHandle other, std::uint64_t their_tag,
              std::uint64_t our_tag) {
    if (next_pass_untold_) {
      untold_passes_.insert(our_tag);
      their_tag = *std::exchange(next_pass_untold_, std::nullopt);
    }
    ring_->PassOn(slot, other, their_tag, our_tag);
  }
  // As the kernel does it when it has no memory for the other ring's completion: the next
  // connection that is passed on arrives, the other is not told, and this ring gets -EOVERFLOW. The
  // other gets `doorbell`, from which it learns nothing of the slot.
  void TellNobodyOfTheNextPass(std::uint64_t doorbell) { next_pass_untold_ = doorbell; }
  std::span<const char> BufferBytes(const Completion& completion) const {
    return ring_->BufferBytes(completion);
  }
  void RecycleBuffer(const Completion& completion) { ring_->RecycleBuffer(completion); }
  void Submit(bool run_deferred = false) {
    ++submits_;
    ring_->Submit(run_deferred);
    AfterSubmission();
  }
  void SubmitAndWait(unsigned at_least, Nanos at_most) {
    ring_->SubmitAndWait(at_least, at_most);
    AfterSubmission();
  }
  std::size_t Reap(std::span<Completion> out) {
    std::size_t count = 0;
    while (count < out.size() && !come_.empty()) {
      out[count++] = come_.front();
      come_.pop_front();
    }
    count += ring_->Reap(out.subspan(count));
    for (Completion& completion : out.first(count)) {
      if (untold_passes_.erase(completion.tag) > 0) completion.result = -EOVERFLOW;
    }
    return count;
  }
  MonoTime Now() const { return now_; }
  UnixMillis WallNow() const { return wall_; }
  std::uint64_t overflows() const { return ring_->overflows(); }
  RingHandle handle() const { return ring_->handle(); }

 private:
  void CountSend(File file) {
    ++sends_;
    last_slot_ = static_cast<std::uint32_t>(file.number);
    if (next_room_) room_[last_slot_] = *std::exchange(next_room_, std::nullopt);
  }
  std::size_t Take(File file, std::size_t bytes) {
    const auto found = room_.find(static_cast<std::uint32_t>(file.number));
    if (found == room_.end()) return bytes;
    const std::size_t part = std::min(bytes, found->second);
    found->second -= part;
    return part;
  }
  void TellShort(std::size_t part, std::uint64_t tag) {
    told_.push_back({tag, part > 0 ? static_cast<std::int32_t>(part) : -EAGAIN, 0});
  }
  void ReleasePoll(std::uint32_t slot) {
    const auto found = polls_.find(slot);
    if (found == polls_.end()) return;
    ring_->PollWritable(File::Slot(slot), found->second);
    polls_.erase(found);
  }
  void AfterSubmission() {
    come_.insert(come_.end(), told_.begin(), told_.end());
    told_.clear();
    copies_.clear();
    shutdowns_.clear();
  }

  std::unique_ptr<Ring> ring_;
  MonoTime now_ = MonotonicNow();
  UnixMillis wall_ = 1'700'000'000'000;
  std::map<std::uint32_t, std::size_t> room_;
  std::map<std::uint32_t, std::uint64_t> polls_;  // that wait for room
  std::vector<Completion> told_;                  // of sends not submitted yet
  std::deque<Completion> come_;
  std::deque<std::string> copies_;
  std::uint64_t sends_ = 0;
  std::uint32_t last_slot_ = 0;
  std::optional<std::size_t> next_room_;
  std::uint64_t submits_ = 0;
  std::uint64_t wakes_ = 0;
  std::uint64_t accepts_ = 0;
  std::uint64_t receives_ = 0;
  bool refuse_receive_ = false;
  std::optional<std::uint64_t> next_pass_untold_;
  std::set<std::uint64_t> untold_passes_;  // by their tags
  std::set<std::int32_t> shutdowns_;       // of descriptors, not submitted yet
  std::uint64_t closed_too_early_ = 0;
};

}  // namespace ringcast::test
