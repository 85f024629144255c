#include "redis/source.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "redis/source_work.h"

namespace ringcast {
namespace {

std::string PositionFile(const RedisOptions& options, const RedisGround& ground) {
  if (!options.position_file.empty()) return options.position_file;
  if (ground.state_directory.empty()) return {};
  return ground.state_directory + "/redis-" + options.name + ".positions";
}

}  // namespace

RedisSource::RedisSource(RedisOptions options, RedisGround ground,
                         std::optional<RedisPositions> begun)
    : options_(std::move(options)),
      ground_(std::move(ground)),
      follows_on_(begun.has_value()),
      stats_(std::make_shared<RedisSourceStats>(options_.name)),
      positions_(std::move(begun).value_or(RedisPositions{})),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] {
    const std::string name = "redis-" + options_.name;
    (void)pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    RedisSourceWork work({.options = options_,
                          .publish_socket = ground_.publish_socket,
                          .position_file = PositionFile(options_, ground_),
                          .follows_on = follows_on_,
                          .channel_names = ground_.channel_names,
                          .stop = stop_,
                          .wake_fd = wake_.fd()},
                         *stats_, positions_);
    work.Run();
    stats_->up.Set(0);
    if (work.knows_positions()) stood_at_ = positions_;
    // Release: partner of the acquire in ended().
    ended_.store(true, std::memory_order_release);
  });
}

RedisSource::~RedisSource() {
  End();
  thread_.join();
}

void RedisSource::End() {
  // Relaxed: the flag carries no data.
  stop_.store(true, std::memory_order_relaxed);
  const std::uint64_t one = 1;
  // A descriptor that is full wakes as well.
  (void)!write(wake_.fd(), &one, sizeof one);
}

}  // namespace ringcast
