// All sources of the daemon: starts them, brings them in line with a configuration that has
// changed, and ends them.
//
// Threads: the main thread, but for Stats(), which any may call.
// Invariants: a source whose part of the configuration has not changed stays as it is, connections
// included. One that has changed ends before its successor begins, which goes on where it stood.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/redis_options.h"
#include "redis/source.h"

namespace ringcast {

class RedisSources {
 public:
  RedisSources() = default;
  ~RedisSources() { End(); }
  RedisSources(const RedisSources&) = delete;
  RedisSources& operator=(const RedisSources&) = delete;

  void Start(RedisGround ground, const std::vector<RedisOptions>& options);
  // Calls `meanwhile` again and again while it waits for sources to end. REQUIRES: Start().
  void Change(const std::vector<RedisOptions>& options, const std::function<void()>& meanwhile);
  void End();

  // In the order of the configuration.
  std::vector<std::shared_ptr<const RedisSourceStats>> Stats() const;

 private:
  void Share();

  RedisGround ground_;
  std::vector<std::unique_ptr<RedisSource>> sources_;
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const RedisSourceStats>> stats_;  // under the lock
};

}  // namespace ringcast
