// Asks for the names of all channels that are there, for a source that may have missed events and
// must tell every channel so. The sequencer's thread walks the directory, a part in each tick, and
// sees to it that a channel that is not there is told as well, when somebody comes back to it
// (ChannelDirectory::BeginDoubt).
//
// Threads: Ask() on any thread but the sequencer's, one after the other; the sequencer calls the
// rest.
// Invariants: a channel that is there all the while is named, once. What is not named when Ask()
// has answered is taken to have missed something.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/counter.h"
#include "base/time.h"

namespace ringcast {

class ChannelCensus {
 public:
  // Called on the sequencer's thread for each channel.
  using Concerns = std::function<bool(std::string_view name)>;

  // The names that `concerns` says yes to. False when the sequencer has not answered in time: then
  // it must be asked again.
  bool Ask(Concerns concerns, std::vector<std::string>& names, Millis at_most) {
    const std::lock_guard one_at_a_time(askers_);
    std::unique_lock lock(mutex_);
    // One that was given up may still be walked for; its answer would be taken for this one's.
    if (!answered_.wait_for(lock, at_most, [this] { return !walking_; })) return false;
    concerns_ = std::move(concerns);
    done_ = false;
    // Relaxed: the flag only makes the sequencer take the lock, which orders the rest.
    wanted_.Set(1);
    if (!answered_.wait_for(lock, at_most, [this] { return done_; })) {
      wanted_.Set(0);
      return false;
    }
    names = std::move(names_);
    return true;
  }

  bool wanted() const { return wanted_.Get() != 0; }
  // Nothing when the question was withdrawn meanwhile.
  Concerns Begin() {
    const std::lock_guard lock(mutex_);
    if (wanted_.Get() == 0) return nullptr;
    walking_ = true;
    return concerns_;
  }
  void Answer(std::vector<std::string> names) {
    {
      const std::lock_guard lock(mutex_);
      // A question that was withdrawn has no answer.
      done_ = wanted_.Get() != 0;
      names_ = std::move(names);
      wanted_.Set(0);
      walking_ = false;
    }
    answered_.notify_all();
  }

 private:
  std::mutex askers_;
  Counter wanted_;  // written under the lock
  std::mutex mutex_;
  std::condition_variable answered_;
  bool walking_ = false;
  bool done_ = false;
  Concerns concerns_;
  std::vector<std::string> names_;
};

}  // namespace ringcast
