#include "config/redis_options.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "config/config_table.h"
#include "config/config_text.h"

namespace ringcast {
namespace {

class RedisOptionsTest : public test::ConfigTextTest {
 protected:
  RedisOptions Only(const std::string& text) {
    const LoadedOptions loaded = Load(text);
    EXPECT_TRUE(loaded.ok()) << loaded.ErrorText();
    return loaded.options.redis.size() == 1 ? loaded.options.redis[0] : RedisOptions{};
  }
  // The first message, without the file's name.
  std::string Problem(const std::string& text) {
    const std::string errors = ErrorsOf(text);
    return errors.empty() ? "none" : errors.substr(2, errors.find('\n') - 2);
  }
};

const std::string kRule = "[[redis.pubsub]]\nsubscribe = \"a\"\nchannel = \"a\"\n";

TEST_F(RedisOptionsTest, EverythingThatCanBeSaid) {
  const std::string password = testing::TempDir() + "ringcast_redis_password";
  std::ofstream(password) << "secret\nmore\n";
  const RedisOptions redis = Only(
      "[[redis]]\nname = \"main\"\nurl = \"redis://reader@cache:6380/3\"\nuser = \"other\"\n"
      "password-file = \"" +
      password +
      "\"\nconnect-timeout = \"5s\"\n"
      "position-file = \"/var/lib/x\"\nscan_interval = \"1m\"\n"
      "[[redis.pubsub]]\nsubscribe = \"user:*\"\nchannel = [\"u:{1}\", \"all\"]\nevent = \"t\"\n"
      "[[redis.stream]]\nkey = \"o\"\nchannel = \"o:{field.id}\"\nevent-field = \"kind\"\n"
      "data-field = \"body\"\nfrom = \"start\"\n"
      "[[redis.stream]]\nkey = \"p\"\nchannel = \"p\"\njson-fields = [\"a\", \"b\"]\n"
      "[[redis.bullmq]]\n[[redis.bullmq]]\nqueue = \"v\"\nprefix = \"q\"\nchannel = \"x\"\n");
  EXPECT_EQ(*ReadPassword(password), "secret");
  std::remove(password.c_str());
  EXPECT_EQ(redis.name, "main");
  EXPECT_EQ(redis.address.host, "cache");
  EXPECT_EQ(redis.address.port, 6380);
  EXPECT_EQ(redis.address.database, 3u);
  EXPECT_EQ(redis.address.user, "reader");
  EXPECT_EQ(redis.user, "other");
  EXPECT_EQ(redis.connect_timeout, std::chrono::seconds(5));
  EXPECT_EQ(redis.position_file, "/var/lib/x");
  EXPECT_EQ(redis.scan_interval, std::chrono::minutes(1));
  ASSERT_EQ(redis.pubsub.size(), 1u);
  EXPECT_EQ(redis.pubsub[0].subscribe, "user:*");
  EXPECT_EQ(redis.pubsub[0].channels, (std::vector<std::string>{"u:{1}", "all"}));
  EXPECT_EQ(redis.pubsub[0].event, "t");
  ASSERT_EQ(redis.streams.size(), 2u);
  EXPECT_EQ(redis.streams[0].event_field, "kind");
  EXPECT_EQ(redis.streams[0].data_field, "body");
  EXPECT_EQ(redis.streams[0].from, RedisStreamStart::kStart);
  EXPECT_EQ(redis.streams[1].json_fields, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(redis.streams[1].from, RedisStreamStart::kLast);
  ASSERT_EQ(redis.bullmq.size(), 2u);
  EXPECT_EQ(redis.bullmq[0], RedisBullmqOptions{});
  EXPECT_EQ(redis.bullmq[1].queue, "v");
}

TEST_F(RedisOptionsTest, WhereAServerMayBe) {
  const auto shown = [](std::string_view text) {
    const Result<RedisAddress> address = ParseRedisAddress(text);
    return address.ok() ? address->ToString() + "/" + std::to_string(address->database) +
                              (address->user.empty() ? "" : " " + address->user)
                        : address.error().message;
  };
  EXPECT_EQ(shown("redis://127.0.0.1"), "127.0.0.1:6379/0");
  EXPECT_EQ(shown("redis://cache:1/"), "cache:1/0");
  EXPECT_EQ(shown("redis://me@[::1]:7000/15"), "[::1]:7000/15 me");
  EXPECT_EQ(shown("unix:/run/r.sock"), "unix:/run/r.sock/0");
  EXPECT_EQ(shown("unix:///run/r.sock"), "unix:/run/r.sock/0");
  EXPECT_NE(shown("rediss://cache").find("let stunnel connect"), std::string::npos);
  EXPECT_NE(shown("redis://me:pw@cache").find("write password-file = "), std::string::npos);
  EXPECT_EQ(shown("redis://me:pw@cache").find("pw"), std::string::npos) << "it stands in a log";
  for (const char* text :
       {"", "cache", "http://cache", "redis://", "redis://:6379", "redis://a:0", "redis://a:x",
        "redis://a:65536", "redis://a/x", "redis://[::1", "redis://[::1]x", "unix:"}) {
    EXPECT_FALSE(ParseRedisAddress(text).ok()) << text;
  }
}

TEST_F(RedisOptionsTest, MistakesAreSaidWithPlaceAndRemedy) {
  EXPECT_EQ(Problem("[[redis]]\n" + kRule),
            "1:1: redis: has no url; write url = \"redis://127.0.0.1:6379/0\"");
  const std::string head = "[[redis]]\nurl = \"redis://a\"\n";
  EXPECT_EQ(Problem(head),
            "1:1: redis: says nothing of what to read; write [[redis.pubsub]], [[redis.stream]] or "
            "[[redis.bullmq]] below it");
  EXPECT_EQ(Problem(head + "[[redis.pubsub]]\nsubscribe = \"a:*\"\nchannel = [\"x\", \"{2}\"]\n"),
            "5:17: redis.pubsub.channel: \"{2}\" has {2}, but the pattern has 1 star");
  EXPECT_NE(Problem(head + "[[redis.stream]]\nkey = \"a\"\nchanel = \"x\"\n")
                .find("5:1: redis.stream: unknown key \"chanel\"; did you mean channel?"),
            std::string::npos);
  EXPECT_NE(Problem(head + "[[redis.stream]]\nkey = \"a\"\nchannel = \"a\"\nfrom = \"x\"\n")
                .find("6:8: redis.stream.from: \"x\" is no place to begin; write last"),
            std::string::npos);
  EXPECT_NE(Problem(head + "[[redis.stream]]\nkey = \"a\"\nchannel = \"a\"\nevent = \"x\"\n"
                           "event-field = \"y\"\n")
                .find("7:15: redis.stream.event-field: the type stands in event as well"),
            std::string::npos);
  EXPECT_NE(Problem(head + "[[redis.stream]]\nkey = \"a\"\nchannel = \"a\"\nevent = \"x\\ny\"\n")
                .find("6:9: redis.stream.event: \"x"),
            std::string::npos);
  EXPECT_NE(Problem(head + "[[redis.stream]]\nkey = \"\"\nchannel = \"a\"\n")
                .find("4:7: redis.stream.key: has 0 bytes"),
            std::string::npos);
  EXPECT_NE(Problem(head + "[[redis.stream]]\nkey = \"a\"\nchannel = []\n")
                .find("redis.stream.channel: names 0 channels"),
            std::string::npos);
  EXPECT_NE(Problem(head + "password-file = \"/nonexistent\"\n" + kRule)
                .find("3:17: redis.password-file: cannot read \"/nonexistent\": No such file"),
            std::string::npos);
  EXPECT_NE(Problem(head + "name = \"a b\"\n" + kRule).find("3:8: redis.name: "),
            std::string::npos);
  EXPECT_NE(Problem(head + kRule + head + kRule).find("redis.name: \"redis\" is also the name of "),
            std::string::npos)
      << Problem(head + kRule + head + kRule);
  EXPECT_NE(Problem(head + kRule + "[[redis.pubsubs]]\n").find("pubsub"), std::string::npos);
}

}  // namespace
}  // namespace ringcast
