// Ten thousand entries over restarts of Redis and reloads of the daemon: each is delivered, once
// and in its place.
#include <atomic>
#include <thread>

#include "redis/redis_test.h"

namespace ringcast::test {
namespace {

using RedisLossTest = RedisTest;

constexpr int kEntries = 10'000;
constexpr const char* kRule =
    "[[redis.stream]]\nkey = \"numbers\"\nchannel = \"numbers\"\ndata-field = \"n\"\n";

// Adds each number once, whatever happens on the way: an entry whose answer was lost is looked for
// before it is added again.
void AddNumbers(RedisClient redis, std::atomic<int>& added) {
  for (int i = 0; i < kEntries;) {
    // The id is the number's own, so a second attempt is refused.
    const std::string answer =
        redis.Try({"XADD", "numbers", std::to_string(i + 1) + "-1", "n", std::to_string(i)});
    const bool there = !answer.empty() && (!answer.starts_with("-") ||
                                           answer.find("equal or smaller") != std::string::npos);
    if (!there) {
      std::this_thread::sleep_for(2ms);
      continue;
    }
    added.store(++i);
  }
}

// Reads every number in its place; what is wrong, or nothing.
std::string ReadNumbers(Stream& stream) {
  for (int i = 0; i < kEntries; ++i) {
    const Result<SseEvent> event = stream.client.NextEvent(120s);
    if (!event) return "after " + std::to_string(i) + ": " + event.error().message;
    if (event->data != std::to_string(i)) {
      return "in place of " + std::to_string(i) + ": " + event->type + " " + event->data;
    }
  }
  return {};
}

TEST_F(RedisLossTest, EveryEntryIsDeliveredOnceOverRestartsAndAReload) {
  StartRedis({"--appendonly", "yes", "--appendfsync", "always"});
  StartWithRules(kRule);
  Stream stream = Follow("/events/numbers");
  // It reads all the while, as a client does.
  std::string fault;
  std::thread reader([&] { fault = ReadNumbers(stream); });
  std::atomic<int> added{0};
  // It goes on while the server is killed and comes back.
  std::thread producer([&] { AddNumbers(RedisClient(redis().socket()), added); });
  const auto until = [&](int count) {
    return Eventually([&] { return added.load() >= count; }, 120s);
  };
  bool in_time = true;
  for (int restart = 1; restart <= 3 && in_time; ++restart) {
    in_time = until(restart * 2'000);
    if (!in_time) break;
    if (restart == 2) {
      redis().Shutdown();
    } else {
      redis().Kill();
    }
    redis().Start();
  }
  in_time = in_time && until(8'000);
  const std::string changed = std::string(kRule) + "event = \"number\"\n";
  Reload(ConfigText(changed));
  in_time = until(kEntries) && in_time;
  producer.join();
  reader.join();
  ASSERT_TRUE(in_time);
  ASSERT_EQ(fault, "");
  ExpectQuiet(stream, 1s);
  EXPECT_EQ(redis().Command({"XLEN", "numbers"}), std::to_string(kEntries));
}

}  // namespace
}  // namespace ringcast::test
