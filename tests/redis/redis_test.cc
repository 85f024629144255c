#include "redis/redis_test.h"

namespace ringcast::test {

std::string RedisTest::ConfigText(const std::string& rules, const std::string& keys) const {
  return "[[redis]]\nname = \"main\"\nurl = \"" + redis_->unix_url() +
         "\"\nscan-interval = \"300ms\"\nposition-file = \"" + position_file() + "\"\n" + keys +
         "\n" + rules;
}

void RedisTest::StartWithRules(const std::string& rules, const std::string& keys) {
  if (!redis_) StartRedis();
  StartWith(ConfigText(rules, keys));
  AwaitSource();
}

std::string RedisTest::SourceMetric(const std::string& name, const std::string& further) {
  return Metric(name + "{source=\"main\"" + (further.empty() ? "" : "," + further) + "}");
}

void RedisTest::AwaitSource(bool up) {
  if (!Eventually([&] { return SourceIsUp() == up; }, 30s)) {
    throw std::runtime_error("the source is not " + std::string(up ? "there" : "away") + ": " +
                             server().log());
  }
}

void RedisTest::ExpectSourceGap(Stream& stream, const std::string& channel) {
  const SseEvent event = stream.Next(30s);
  ASSERT_EQ(event.type, "gap") << event.data;
  // It has its place in the order, so that who was away is told as well.
  EXPECT_TRUE(event.has_id);
  const Json gap = Json::Parse(event.data);
  EXPECT_EQ(gap["channel"].Text(), channel);
  EXPECT_EQ(gap["reason"].Text(), "source");
  EXPECT_TRUE(gap["from"].IsNull());
  EXPECT_TRUE(gap["to"].IsNull());
}

}  // namespace ringcast::test
