// What others may see of a source.
//
// Threads: written by the source's thread, read by any; the words under a lock that only somebody
// who asks how the source is takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/counter.h"

namespace ringcast {

enum class RedisEventKind : std::uint8_t { kPubsub, kStream, kGap };
inline constexpr std::size_t kRedisEventKinds = 3;
std::string_view Name(RedisEventKind kind);  // "pubsub", "stream", "gap"

// Why a message or an entry became no event.
enum class RedisRefusal : std::uint8_t {
  kChannel,   // no rule gives a valid channel
  kType,      // the event type is missing or not valid
  kData,      // the data is missing, or no UTF-8
  kJson,      // the message is no JSON object, and the rule needs one
  kTooLarge,  // larger than max-event-size, or than anything that is read
  kServer,    // the daemon had another reason, which the log tells
};
inline constexpr std::size_t kRedisRefusals = 6;
std::string_view Name(RedisRefusal refusal);  // "channel", "type", "data", "json", ...

class RedisSourceStats {
 public:
  explicit RedisSourceStats(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  Counter up;  // 1 while all that the source needs is connected, else 0
  Counter reconnects;
  Counter streams;  // stream keys that are read
  Counter lag;      // entries of those that were not read yet when they were last counted
  std::array<Counter, kRedisEventKinds> events;
  std::array<Counter, kRedisRefusals> refused;

  // Why it is away; empty: it is not.
  std::string trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }
  void SetTrouble(std::string trouble) {
    const std::lock_guard lock(mutex_);
    trouble_ = std::move(trouble);
  }

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  std::string trouble_;
};

}  // namespace ringcast
