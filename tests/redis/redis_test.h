// A daemon that reads a Redis server, both real.
//
// Threads: a test's own.
#pragma once

#include <optional>
#include <string>

#include "integration/reload_test.h"
#include "redis/redis_server.h"

namespace ringcast::test {

class RedisTest : public ReloadTest {
 protected:
  // Starts a daemon whose file holds [[redis]] with these rules, and waits until the source is
  // there. `keys`: further keys of [[redis]].
  void StartWithRules(const std::string& rules, const std::string& keys = {});
  // The file that StartWithRules() writes.
  std::string ConfigText(const std::string& rules, const std::string& keys = {}) const;

  RedisServer& redis() { return *redis_; }
  void StartRedis(const RedisServer::Words& options = {}) { redis_.emplace(options); }

  std::string SourceMetric(const std::string& name, const std::string& further = {});
  bool SourceIsUp() { return SourceMetric("ringcast_redis_up") == "1"; }
  void AwaitSource(bool up = true);
  std::string Refused(const std::string& reason) {
    return SourceMetric("ringcast_redis_refused_total", "reason=\"" + reason + "\"");
  }
  // The next event must be a gap of this channel because of a source.
  static void ExpectSourceGap(Stream& stream, const std::string& channel);

  std::string position_file() const { return state_.File("positions"); }

 private:
  std::optional<RedisServer> redis_;
  TempDir state_;
};

}  // namespace ringcast::test
