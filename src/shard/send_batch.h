// The sends of one submission. Every entry is in the kernel only while Submit() runs, so a
// connection has at most one entry in a batch, and when the batch is finished nothing refers to the
// logs any more.
//
// Threads: the shard's.
// Invariants: an entry that is not marked failed has been sent whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/budget.h"

namespace ringcast {

enum class SendKind : std::uint8_t {
  kLive,       // a live subscription, from its cursor to the head
  kCatchUp,    // the same for one that is behind, a bounded piece
  kMerged,     // frames of several channels, or without chunk framing
  kOwn,        // bytes made for this connection: a response, the first event
  kFirst,      // the same, and behind them what the stream missed, as for kCatchUp
  kRemainder,  // what is left of own bytes
  kHeartbeat,
};

struct SendEntry {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::uint32_t channel = 0;  // kLive, kCatchUp, kFirst
  SendKind kind = SendKind::kOwn;
  bool failed = false;  // a completion came: `result` is what was sent, or -errno
  std::int32_t result = 0;
  std::uint64_t from = 0;         // kLive, kCatchUp, kFirst: the cursor before
  std::uint64_t bytes = 0;        // asked
  const char* data = nullptr;     // kOwn, kFirst: to keep the rest
  std::uint64_t own_bytes = 0;    // kFirst: how many of `bytes` lie at `data`
  std::int64_t published_ns = 0;  // kLive: of the oldest event in it
};

class SendBatch {
 public:
  SendBatch() {
    entries_.reserve(budget::kSendsPerSlice);
    own_.reserve(kOwnBytes);
    finished_own_.reserve(kOwnBytes);
  }

  bool full() const { return entries_.size() == budget::kSendsPerSlice; }
  bool empty() const { return entries_.empty(); }
  std::vector<SendEntry>& entries() { return entries_; }
  std::uint32_t number() const { return number_; }

  // Copies bytes that must live until the submission has returned. Nothing when there is no room:
  // submit first. REQUIRES: bytes.size() <= kOwnBytes.
  std::string_view Keep(std::string_view bytes) {
    if (own_.size() + bytes.size() > kOwnBytes) return {};
    const std::size_t at = own_.size();
    own_.append(bytes);
    return std::string_view(own_).substr(at);
  }

  // The next batch begins. Its number tells its completions from any other's. The bytes kept for
  // the batch that ends stay for one batch more: what was not sent of them is still to be copied.
  void Clear() {
    entries_.clear();
    own_.swap(finished_own_);
    own_.clear();
    ++number_;
  }

  static constexpr std::size_t kOwnBytes = 256 * 1024;

 private:
  std::vector<SendEntry> entries_;
  std::string own_;
  std::string finished_own_;
  std::uint32_t number_ = 0;
};

}  // namespace ringcast
