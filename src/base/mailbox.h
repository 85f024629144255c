// A mailbox of one place between two threads: the writer posts an immutable value, the reader takes
// it up when it suits it and says so. For what changes seldom and is asked for often, such as
// settings: a look costs the reader one load of a line that nobody writes.
//
// The reader copies what it needs, or works by the value until it acknowledges; the writer owns it
// all the time and keeps it until the next one is posted. There is no queue: the next is posted
// only when the last was acknowledged, so a reader never misses one.
//
// Threads: one writer thread and one reader thread, each calling only its own half.
// Invariants: what Posted() gives stays as it is until Acknowledge().
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "base/check.h"

namespace ringcast {

template <class T>
class Mailbox {
 public:
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // ---- Writer ----

  // REQUIRES: Acknowledged().
  void Post(std::unique_ptr<const T> value) {
    RC_CHECK(Acknowledged(), "the last value is acknowledged before the next is posted");
    value_ = std::move(value);
    // Release: partner of the acquire in Posted(). The value is written before it is read.
    posted_.store(value_.get(), std::memory_order_release);
  }

  // Nothing waits for the reader; all that it did before it acknowledged has happened.
  bool Acknowledged() const {
    // Acquire: partner of the release in Acknowledge(). The value is read before it is freed.
    return posted_.load(std::memory_order_acquire) == nullptr;
  }

  // ---- Reader ----

  // What was posted and not acknowledged yet, or nullptr.
  const T* Posted() const { return posted_.load(std::memory_order_acquire); }

  void Acknowledge() { posted_.store(nullptr, std::memory_order_release); }

 private:
  std::unique_ptr<const T> value_;  // the writer's
  std::atomic<const T*> posted_{nullptr};
};

}  // namespace ringcast
