// The options that the daemon runs with, which a reload changes, for those who report them.
//
// Threads: any; under a lock, which nothing on the path of events takes.
#pragma once

#include <mutex>
#include <utility>

#include "config/options.h"

namespace ringcast {

class OptionsInForce {
 public:
  explicit OptionsInForce(ServeOptions options) : options_(std::move(options)) {}

  ServeOptions Get() const {
    const std::lock_guard lock(mutex_);
    return options_;
  }
  void Set(ServeOptions options) {
    const std::lock_guard lock(mutex_);
    options_ = std::move(options);
  }

 private:
  mutable std::mutex mutex_;
  ServeOptions options_;
};

}  // namespace ringcast
