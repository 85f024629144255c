#include "redis/gap_teller.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log_sink.h"
#include "protocol/glob_pattern.h"
#include "redis/moment.h"

namespace ringcast {
namespace {

constexpr Millis kAgain{1'000};
// How long one look for answers may take while there is no room.
constexpr int kRoomWaitMs = 100;

}  // namespace

GapTeller::GapTeller(ChannelNames names, RedisFeed& feed, const RedisSourceStats& stats,
                     const std::atomic<bool>& stop)
    : names_(std::move(names)), feed_(feed), stats_(stats), stop_(stop) {}

void GapTeller::Tell(std::vector<std::string> channels) {
  std::move(channels.begin(), channels.end(), std::back_inserter(untold_));
  std::sort(untold_.begin(), untold_.end());
  untold_.erase(std::unique(untold_.begin(), untold_.end()), untold_.end());
  if (untold_.empty()) return;

  std::vector<GlobPattern> patterns;
  for (const std::string& pattern : untold_) patterns.emplace_back(pattern);
  const auto concerns = [patterns = std::move(patterns)](std::string_view name) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [name](const GlobPattern& pattern) { return pattern.Matches(name); });
  };
  std::vector<std::string> names;
  if (!names_(concerns, names)) {
    again_at_ = RedisNow() + kAgain;
    return;
  }
  untold_.clear();
  if (names.empty()) return;
  Log(LogLevel::kInfo,
      "redis gap told source=" + stats_.name() + " channels=" + std::to_string(names.size()));
  for (std::string& name : names) {
    // Relaxed: the flag carries no data.
    while (!feed_.HasRoom() && !stop_.load(std::memory_order_relaxed)) feed_.Work(kRoomWaitMs);
    // A channel's name needs no escape in JSON.
    std::string data = R"({"channel":")" + name + R"(","from":null,"to":null,"reason":"source"})";
    feed_.Give(RedisEventKind::kGap,
               {.channels = {std::move(name)}, .type = "gap", .data = std::move(data)});
  }
}

void GapTeller::Work(MonoTime now) {
  if (!untold_.empty() && now >= again_at_) Tell({});
}

}  // namespace ringcast
