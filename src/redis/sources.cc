#include "redis/sources.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace ringcast {
namespace {

constexpr std::chrono::milliseconds kLookAgain{5};

}  // namespace

void RedisSources::Start(RedisGround ground, const std::vector<RedisOptions>& options) {
  ground_ = std::move(ground);
  for (const RedisOptions& one : options) {
    sources_.push_back(std::make_unique<RedisSource>(one, ground_, std::nullopt));
  }
  Share();
}

void RedisSources::Change(const std::vector<RedisOptions>& options,
                          const std::function<void()>& meanwhile) {
  std::vector<std::unique_ptr<RedisSource>> leaving;
  std::map<std::string, std::unique_ptr<RedisSource>> staying;
  for (std::unique_ptr<RedisSource>& source : sources_) {
    if (std::find(options.begin(), options.end(), source->options()) != options.end()) {
      staying[source->options().name] = std::move(source);
    } else {
      source->End();
      leaving.push_back(std::move(source));
    }
  }
  for (const std::unique_ptr<RedisSource>& source : leaving) {
    while (!source->ended()) {
      meanwhile();
      std::this_thread::sleep_for(kLookAgain);
    }
  }
  sources_.clear();
  for (const RedisOptions& one : options) {
    if (const auto same = staying.find(one.name); same != staying.end()) {
      sources_.push_back(std::move(same->second));
      continue;
    }
    std::optional<RedisPositions> begun;
    const auto before = std::find_if(
        leaving.begin(), leaving.end(), [&one](const std::unique_ptr<RedisSource>& source) {
          return source->options().name == one.name && source->options().address == one.address &&
                 source->options().position_file == one.position_file;
        });
    if (before != leaving.end()) begun = (*before)->positions();
    sources_.push_back(std::make_unique<RedisSource>(one, ground_, std::move(begun)));
  }
  Share();
}

void RedisSources::End() {
  for (const std::unique_ptr<RedisSource>& source : sources_) source->End();
  sources_.clear();
  Share();
}

std::vector<std::shared_ptr<const RedisSourceStats>> RedisSources::Stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void RedisSources::Share() {
  std::vector<std::shared_ptr<const RedisSourceStats>> stats;
  for (const std::unique_ptr<RedisSource>& source : sources_) stats.push_back(source->stats());
  const std::lock_guard lock(mutex_);
  stats_ = std::move(stats);
}

}  // namespace ringcast
