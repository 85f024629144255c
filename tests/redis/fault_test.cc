// A Redis that fails in any way: subscribers stay, publishing here goes on, and the source comes
// back by itself.
#include <unistd.h>

#include "redis/false_server.h"
#include "redis/redis_test.h"

namespace ringcast::test {
namespace {

constexpr const char* kRules =
    "[[redis.pubsub]]\nsubscribe = \"user:*\"\nchannel = \"user:{1}\"\n"
    "[[redis.stream]]\nkey = \"orders\"\nchannel = \"orders\"\nevent-field = \"kind\"\n";

class RedisFaultTest : public RedisTest {
 protected:
  // A stream of the daemon is served as if there were no Redis.
  void ExpectServing(Stream& stream) {
    Publish("local", "x");
    EXPECT_EQ(stream.Next(30s).data, "x");
  }
  std::string Readyz() { return Must(server().admin_get("/readyz", kPatience)).body; }
};

TEST_F(RedisFaultTest, Row114RedisThatIsNotThereAtTheStart) {
  StartRedis();
  redis().Kill();
  StartWith(ConfigText(kRules));
  Stream local = Follow("/events/local");
  ASSERT_TRUE(LogSays("redis source away source=main"));
  EXPECT_EQ(Must(server().admin_get("/readyz", kPatience)).status, 200);
  EXPECT_EQ(Readyz(), "ready\nredis source main is away\n");
  ExpectServing(local);
  Stream user = Follow("/events/user:1");
  redis().Start();
  AwaitSource();
  EXPECT_EQ(Readyz(), "ready\n");
  // It was connected before Redis was: what was said in between nobody knows.
  ExpectSourceGap(user, "user:1");
  redis().Command({"PUBLISH", "user:1", "hello"});
  EXPECT_EQ(user.Next().data, "hello");
  redis().Add("orders", {"kind", "x"});
}

// One that hangs for so long that its connections are given up.
TEST_F(RedisFaultTest, Row114RedisThatHangsWhileItIsSubscribedTo) {
  StartWithRules("[[redis.pubsub]]\nsubscribe = \"user:*\"\nchannel = \"user:{1}\"\n");
  Stream local = Follow("/events/local");
  Stream user = Follow("/events/user:1");
  redis().Pause();
  AwaitSource(false);
  EXPECT_TRUE(LogSays("reason=gives no sign of life"));
  ExpectServing(local);
  EXPECT_EQ(Streams(), 2u);
  redis().Continue();
  AwaitSource();
  ExpectSourceGap(user, "user:1");
}

TEST_F(RedisFaultTest, Row114RedisThatHangsWhileItsStreamsAreRead) {
  StartWithRules(
      "[[redis.stream]]\nkey = \"orders\"\nchannel = \"orders\"\nevent-field = \"kind\"\n");
  Stream local = Follow("/events/local");
  Stream orders = Follow("/events/orders");
  redis().Add("orders", {"kind", "before"});
  EXPECT_EQ(orders.Next().type, "before");
  redis().Pause();
  AwaitSource(false);
  EXPECT_TRUE(LogSays("reason=gives no answer"));
  ExpectServing(local);
  redis().Continue();
  redis().Add("orders", {"kind", "after"});
  EXPECT_EQ(orders.Next(30s).type, "after");
}

TEST_F(RedisFaultTest, Row114RedisThatLoads) {
  StartRedis({"--appendonly", "yes", "--appendfsync", "always"});
  for (int i = 0; i < 200; ++i) redis().Command({"SET", "k" + std::to_string(i), "v"});
  StartWithRules(kRules);
  redis().Kill();
  AwaitSource(false);
  redis().Launch({"--key-load-delay", "10000", "--loading-process-events-interval-bytes", "1024"});
  AwaitSource();
  Stream user = Follow("/events/user:1");
  redis().Command({"PUBLISH", "user:1", "hello"});
  EXPECT_EQ(user.Next().data, "hello");
}

TEST_F(RedisFaultTest, Row114RedisThatAsksForAPassword) {
  StartRedis();
  TempDir secrets;
  const std::string file = secrets.Write("password", "wrong\n");
  redis().Command(
      {"ACL", "SETUSER", "reader", "on", ">right", "resetchannels", "&other", "~*", "+@all"});
  redis().Command({"CONFIG", "SET", "requirepass", "secret"});
  StartWith(ConfigText(kRules));
  ASSERT_TRUE(LogSays("reason=PING: NOAUTH"));

  const std::string keys = "user = \"reader\"\npassword-file = \"" + file + "\"\n";
  EXPECT_NE(Reload(ConfigText(kRules, keys)).find("redis changed"), std::string::npos);
  ASSERT_TRUE(LogSays("reason=AUTH: WRONGPASS"));
  // The file is read again for each attempt.
  secrets.Write("password", "right\n");
  ASSERT_TRUE(LogSays("reason=refuses the subscription: NOPERM", 30s));
  EXPECT_FALSE(SourceIsUp());
  redis().Command({"AUTH", "secret"});
  redis().Command({"ACL", "SETUSER", "reader", "&user:*"});
  AwaitSource();
  EXPECT_EQ(server().log().find("secret"), std::string::npos);
  EXPECT_EQ(server().log().find("right"), std::string::npos);
}

TEST_F(RedisFaultTest, Row114RedisThatIsOutOfMemory) {
  StartWithRules(kRules);
  Stream stream = Follow("/events?channel=user:1&channel=orders");
  redis().Add("orders", {"kind", "one"});
  EXPECT_EQ(stream.Next().type, "one");
  redis().Command({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_TRUE(redis().Try({"XADD", "orders", "*", "kind", "none"}).starts_with("-OOM"));
  redis().Command({"PUBLISH", "user:1", "still heard"});
  EXPECT_EQ(stream.Next().data, "still heard");
  redis().Command({"CONFIG", "SET", "maxmemory", "0"});
  redis().Add("orders", {"kind", "two"});
  EXPECT_EQ(stream.Next().type, "two");
  EXPECT_EQ(SourceMetric("ringcast_redis_reconnects_total"), "0");
}

// A server that becomes a replica refuses writing alone, and cuts who blocks; a new one takes over.
TEST_F(RedisFaultTest, Row114RedisThatFailsOver) {
  StartRedis({"--appendonly", "yes"});
  StartWithRules(kRules);
  RedisServer other;
  Stream stream = Follow("/events?channel=user:1&channel=orders");
  redis().Add("orders", {"kind", "one"});
  EXPECT_EQ(stream.Next().type, "one");
  redis().Command({"REPLICAOF", "127.0.0.1", std::to_string(other.port())});
  ASSERT_TRUE(Eventually(
      [&] {
        return redis().Try({"INFO", "replication"}).find("master_link_status:up") !=
               std::string::npos;
      },
      60s));
  redis().Command({"REPLICAOF", "NO", "ONE"});
  AwaitSource();
  // The stream began anew with the other server, which had none: what was in it is gone.
  redis().Add("orders", {"kind", "two"});
  std::vector<std::string> types;
  do {
    types.push_back(stream.Next(30s).type);
  } while (types.back() != "two");
}

// What is no Redis at all, after it has pretended to be one.
TEST_F(RedisFaultTest, Row114GarbageFromWhatIsNoRedis) {
  const auto pong_then = [](const std::string& garbage) {
    return [garbage](const std::vector<std::string>& words) {
      return words[0] == "PING" ? std::string("+PONG\r\n") : garbage;
    };
  };
  FalseServer server_of_nonsense(
      [](const auto&) { return std::string("HTTP/1.1 200 OK\r\n\r\n"); });
  // Another source each time, which does not wait as one would that has failed before.
  const auto config = [&](std::size_t number) {
    return "[[redis]]\nname = \"main\"\nurl = \"" + server_of_nonsense.url() +
           "\"\nconnect-timeout = \"" + std::to_string(1000 + number) + "ms\"\n" + kRules +
           "[[redis.stream]]\nkey = \"a:*\"\nchannel = \"a\"\n";
  };
  StartWith(config(0));
  Stream local = Follow("/events/local");
  ASSERT_TRUE(LogSays("does not speak Redis' protocol"));
  const std::string nul("\0\r\n", 3);
  for (const std::string& garbage :
       {std::string("*-7\r\n"), std::string("*99999999999999999999\r\n"), std::string("$-5\r\n"),
        std::string("*1000000000\r\n"), std::string("*1048576\r\n*1048576\r\n*1048576\r\n"),
        std::string("$536870912\r\nxxxx"), std::string(":nonsense\r\n"),
        std::string("+OK\r\n+OK\r\n"), std::string("*0\r\n"),
        std::string("*3\r\n$7\r\nmessage\r\n*0\r\n:1\r\n"),
        std::string("*4\r\n$8\r\npmessage\r\n$6\r\nuser:*\r\n:1\r\n*1\r\n$1\r\nx\r\n"),
        std::string("*2\r\n$-1\r\n$-1\r\n"), std::string("*-1\r\n"), nul,
        std::string("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"),
        std::string("-ERR nobody knows\r\n"), std::string("_\r\n%1\r\n"),
        std::string("*2\r\n$1\r\n0\r\n*1\r\n:5\r\n"), std::string(100'000, '*')}) {
    server_of_nonsense.Say(pong_then(garbage));
    const std::size_t before = server_of_nonsense.connections();
    Reload(config(before + 1));
    ASSERT_TRUE(Eventually([&] { return server_of_nonsense.connections() >= before + 3; }, 60s))
        << garbage.substr(0, 40);
    ExpectServing(local);
  }
  EXPECT_FALSE(SourceIsUp());
}

TEST_F(RedisFaultTest, AnEntryOfHalfAGibibyteIsNotGathered) {
  // A stream whose second entry announces 512 MiB, of which nothing ever comes.
  const auto script = [](const std::vector<std::string>& words) -> std::string {
    if (words[0] == "PING") return "+PONG\r\n";
    if (words[0] == "TYPE") return "+stream\r\n";
    if (words[0] == "XINFO") {
      return "*4\r\n$6\r\nlength\r\n:0\r\n$17\r\nlast-generated-id\r\n$3\r\n0-0\r\n";
    }
    if (words[0] != "XREAD") return "-ERR unknown command\r\n";
    const std::string begin = "*1\r\n*2\r\n$6\r\norders\r\n";
    if (words.back() == "0-0") {
      return begin +
             "*2\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$4\r\nkind\r\n$3\r\none\r\n*2\r\n$3\r\n2-1\r\n"
             "*4\r\n$4\r\nkind\r\n$4\r\nhuge\r\n$4\r\ndata\r\n$536870912\r\nxxxx";
    }
    if (words.back() == "2-1") {
      return begin + "*1\r\n*2\r\n$3\r\n3-1\r\n*2\r\n$4\r\nkind\r\n$5\r\nthree\r\n";
    }
    return "";
  };
  FalseServer huge(script);
  StartWith("[[redis]]\nname = \"main\"\nurl = \"" + huge.url() +
            "\"\n[[redis.stream]]\nkey = \"orders\"\nchannel = \"orders\"\nevent-field = \"kind\"\n"
            "from = \"start\"\n");
  ASSERT_TRUE(Eventually(
      [&] { return SourceMetric("ringcast_redis_events_total", "kind=\"stream\"") == "2"; }, 30s));
  EXPECT_EQ(Refused("too-large"), "1");
  EXPECT_LT(Stats()["memory"]["resident_bytes"].Number(), 300u << 20);
}

}  // namespace
}  // namespace ringcast::test
