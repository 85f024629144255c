// SIGHUP and the limits: nobody who is there is cut, and whoever comes meets the new ones.
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "integration/raw_publisher.h"
#include "integration/reload_test.h"

namespace ringcast::test {
namespace {

class ReloadLimitsTest : public ReloadTest {
 protected:
  void ExpectAllGet(std::vector<Stream>& streams, const std::string& channel) {
    const std::string id = Publish(channel, "x");
    for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, id);
  }
};

TEST_F(ReloadLimitsTest, FewerConnectionsCutNobodyAndMoreLetIn) {
  StartWith("");
  std::vector<Stream> streams;
  for (int i = 0; i < 6; ++i) streams.push_back(Follow("/events/demo"));
  Reload("max-connections = 4\n");
  for (int i = 0; i < 4; ++i) ExpectTurnedAway(From(""));
  ExpectAllGet(streams, "demo");
  streams.erase(streams.begin() + 2, streams.end());
  EXPECT_TRUE(Eventually([&] { return Streams() == 2; }));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(Eventually([&] { return IsServed(From(""), streams); }));
  ExpectTurnedAway(From(""));
  Reload("max-connections = 100\n");
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(IsServed(From(""), streams));
  ExpectAllGet(streams, "demo");
}

TEST_F(ReloadLimitsTest, MoreConnectionsThanTheTablesHoldNeedARestart) {
  StartWith("max-connections = 10\n");
  const std::string outcome = Reload("max-connections = 100000000\nretry = \"9s\"\n");
  EXPECT_NE(outcome.find("reloaded: retry 3s -> 9s; needs a restart: max-connections (the tables "),
            std::string::npos)
      << outcome;
  EXPECT_EQ(OptionInForce("max-connections"), "10");
  EXPECT_EQ(Follow("/events/a").connected.retry, 9000u);
}

TEST_F(ReloadLimitsTest, ConnectionsOfAnAddressAreLimitedOnAndOff) {
  StartWith("");
  std::vector<Stream> before;
  for (int i = 0; i < 3; ++i) before.push_back(Follow(From("127.0.0.2")));
  Reload("max-connections-per-ip = 2\n");
  std::vector<Stream> streams;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(IsServed(From("127.0.0.2"), streams));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(IsServed(From("127.0.0.2"), streams));
  EXPECT_TRUE(IsServed(From("127.0.0.3"), streams));
  EXPECT_EQ(Refused("max_connections_per_ip"), 5u);
  Reload("max-connections-per-ip = 4\n");
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(IsServed(From("127.0.0.2"), streams));
  EXPECT_FALSE(IsServed(From("127.0.0.2"), streams));
  Reload("");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(IsServed(From("127.0.0.2"), streams));
  ExpectAllGet(before, "demo");
}

TEST_F(ReloadLimitsTest, ConnectionsASecondOfAnAddressAreLimitedOnAndOff) {
  StartWith("");
  std::vector<Stream> streams;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(IsServed(From("127.0.0.2"), streams));
  Reload("connection-rate-per-ip = 1\nconnection-burst-per-ip = 2\n");
  int refused = 0;
  for (int i = 0; i < 40; ++i) refused += IsServed(From("127.0.0.2"), streams) ? 0 : 1;
  EXPECT_GT(refused, 0);
  EXPECT_EQ(Refused("connection_rate_per_ip"), static_cast<std::uint64_t>(refused));
  EXPECT_TRUE(IsServed(From("127.0.0.3"), streams));
  Reload("");
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(IsServed(From("127.0.0.2"), streams));
  ExpectAllGet(streams, "demo");
}

TEST_F(ReloadLimitsTest, ChannelsOfAStream) {
  StartWith("");
  std::vector<Stream> old;
  old.push_back(Follow("/events?channel=a&channel=b&channel=c"));
  Reload("max-channels-per-stream = 2\n");
  EXPECT_EQ(Get("/events?channel=a&channel=b&channel=c").status, 400);
  Follow("/events?channel=a&channel=b");
  ExpectAllGet(old, "c");
  Reload("max-channels-per-stream = 3\n");
  Follow("/events?channel=a&channel=b&channel=c");
}

TEST_F(ReloadLimitsTest, SubscribersOfAChannelCountAlsoThoseFromBeforeTheLimit) {
  StartWith("");
  std::vector<Stream> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(Follow("/events/demo"));
  Reload("max-subscribers-per-channel = 3\n");
  for (int i = 0; i < 4; ++i) ExpectTurnedAway(From(""));
  ExpectAllGet(streams, "demo");
  streams.pop_back();
  EXPECT_TRUE(Eventually([&] { return IsServed(From(""), streams); }));
  ExpectTurnedAway(From(""));
  Reload("");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(IsServed(From(""), streams));
  Reload("max-subscribers-per-channel = 9\n");
  EXPECT_TRUE(IsServed(From(""), streams));
  ExpectTurnedAway(From(""));
  ExpectAllGet(streams, "demo");
}

TEST_F(ReloadLimitsTest, EventsAndBatches) {
  StartWith("");
  RawPublisher binary = Must(RawPublisher::Connect(server().publish_socket()));
  HttpClient http = ConnectPublisher();
  std::uint64_t request = 0;
  const auto by_frame = [&](std::size_t size) {
    Must(binary.Send(RawPublisher::Frame(++request, "a", "", std::string(size, 'x')), kPatience));
    return Must(binary.Next(kPatience)).kind == RawPublisher::kAck;
  };
  const std::string line = "{\"channel\":\"a\",\"data\":\"x\"}\n";
  EXPECT_TRUE(by_frame(2000));
  EXPECT_EQ(Must(http.Request("POST", "/publish/a", kPatience, std::string(2000, 'x'))).status,
            200);
  Reload("max-event-size = 1000\nmax-batch-size = \"4KiB\"\nmax-batch-events = 3\n");
  EXPECT_FALSE(by_frame(1001));
  EXPECT_TRUE(by_frame(1000));
  EXPECT_EQ(PublishRequest("POST", "/publish/a", std::string(1001, 'x')).status, 413);
  EXPECT_EQ(PublishRequest("POST", "/publish", line + line + line).status, 200);
  EXPECT_EQ(PublishRequest("POST", "/publish", line + line + line + line).status, 413);
  EXPECT_EQ(PublishRequest("POST", "/publish", std::string(4097, '\n')).status, 413);
  Reload("max-event-size = \"2MiB\"\n");
  EXPECT_TRUE(by_frame(2u << 20));
  EXPECT_EQ(Must(http.Request("POST", "/publish/a", kPatience, std::string(2u << 20, 'x'))).status,
            200)
      << "on the connection from before";
  EXPECT_EQ(PublishRequest("POST", "/publish", line + line + line + line).status, 200);
}

TEST_F(ReloadLimitsTest, FewerPublishersCutNobody) {
  StartWith("");
  RawPublisher first = Must(RawPublisher::Connect(server().publish_socket()));
  RawPublisher second = Must(RawPublisher::Connect(server().publish_socket()));
  Reload("max-publishers = 1\n");
  EXPECT_EQ(PublishRequest("POST", "/publish/a", "x").status, 503);
  for (RawPublisher* publisher : {&first, &second}) {
    Must(publisher->Send(RawPublisher::Frame(1, "a", "", "x"), kPatience));
    EXPECT_EQ(Must(publisher->ReadIds(1, kPatience)).size(), 1u);
  }
  Reload("max-publishers = 3\n");
  EXPECT_EQ(PublishRequest("POST", "/publish/a", "x").status, 200);
}

TEST_F(ReloadLimitsTest, Origins) {
  StartWith("allow-origin = [\"https://a.example\"]\n");
  const auto allowed = [&](const std::string& origin) {
    SseRequest request = From("");
    request.headers = {{"Origin", origin}};
    return Follow(request).client.head().header("access-control-allow-origin");
  };
  EXPECT_EQ(allowed("https://a.example"), "https://a.example");
  EXPECT_EQ(allowed("https://b.example"), "");
  Reload("allow-origin = [\"https://b.example\"]\n");
  EXPECT_EQ(allowed("https://a.example"), "");
  EXPECT_EQ(allowed("https://b.example"), "https://b.example");
  Reload("");
  EXPECT_EQ(allowed("https://b.example"), "");
}

TEST_F(ReloadLimitsTest, HistoryIsTrimmedAndThoseWhoMissedItAreTold) {
  StartWith("");
  std::vector<Stream> live;
  live.push_back(Follow("/events/a"));
  const std::vector<std::string> ids = PublishNumbers("a", 10);
  for (int i = 0; i < 10; ++i) live[0].Next();
  const auto kept = [&] {
    return Json::Parse(PublishRequest("GET", "/channels/a").body)["history"]["events"].Number();
  };
  EXPECT_EQ(kept(), 10u);
  Reload("history-events = 3\n");
  EXPECT_EQ(kept(), 3u) << "without another event";
  Stream late = Follow("/events/a", ids[0]);
  EXPECT_EQ(late.start(), "gap");
  EXPECT_EQ(Json::Parse(late.Next().data)["reason"].Text(), "expired");
  for (std::size_t i = 7; i < 10; ++i) EXPECT_EQ(late.Next().id, ids[i]);
  EXPECT_EQ(Follow("/events/a", ids[7]).start(), "resumed");

  Reload("history-events = 1000\n");
  PublishNumbers("a", 10);
  EXPECT_EQ(kept(), 13u);
  for (int i = 0; i < 10; ++i) Publish("a", std::string(200, 'x'));
  Reload("history-bytes = \"1KiB\"\n");
  EXPECT_LT(kept(), 5u);
  EXPECT_GT(kept(), 0u);
  Reload("history-ttl = \"200ms\"\n");
  EXPECT_TRUE(Eventually([&] { return kept() == 0; }));
  Reload("history-events = \"off\"\n");
  PublishNumbers("a", 3);
  EXPECT_EQ(kept(), 0u);
  for (int i = 0; i < 10 + 10 + 3; ++i) live[0].Next();
  ExpectAllGet(live, "a");
}

TEST_F(ReloadLimitsTest, TheMemoryOfAllHistories) {
  StartWith("history-memory = \"200MiB\"\nhistory-bytes = \"4MiB\"\nhistory-ttl = \"off\"\n");
  const std::string data(500'000, 'x');
  for (int i = 0; i < 200; ++i) Publish("c" + std::to_string(i / 5), data);
  EXPECT_GT(Stats()["memory"]["log_bytes"].Number(), 95'000'000u);
  Reload("history-memory = \"64MiB\"\nhistory-bytes = \"4MiB\"\nhistory-ttl = \"off\"\n");
  EXPECT_TRUE(Eventually([&] { return Stats()["memory"]["log_bytes"].Number() <= 64u << 20; }));
  EXPECT_EQ(Stats()["memory"]["history_memory_bytes"].Number(), 64u << 20);
  EXPECT_GT(Stats()["memory"]["history_dropped_events"].Number(), 50u);
  Publish("c0", "x");
  Reload("history-memory = \"off\"\n");
  EXPECT_EQ(Stats()["memory"]["history_memory_bytes"].Number(), 0u);
}

// Acts as another user while it lives. REQUIRES: this process is root's.
class AsUser {
 public:
  explicit AsUser(uid_t user) {
    if (::setegid(user) != 0 || ::seteuid(user) != 0) ADD_FAILURE() << "cannot be another user";
  }
  ~AsUser() {
    if (::seteuid(0) != 0 || ::setegid(0) != 0) ADD_FAILURE() << "cannot be root again";
  }
};

TEST_F(ReloadLimitsTest, WhoMayPublish) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can try it as several users";
  StartWith("publish-mode = \"0666\"\npublish-users = [\"11111\"]\n");
  ASSERT_EQ(::chmod(server().directory().path().c_str(), 0755), 0);
  const auto connect_as = [&](uid_t user) {
    const AsUser other(user);
    return ConnectPublisher();
  };
  const auto may_publish = [](HttpClient& publisher) {
    const Result<HttpResponse> answer = publisher.Request("POST", "/publish/a", kPatience, "x");
    return answer.ok() && answer->status == 200;
  };
  HttpClient one = connect_as(11111);
  EXPECT_TRUE(may_publish(one));
  HttpClient two = connect_as(22222);
  EXPECT_FALSE(may_publish(two));
  Reload("publish-mode = \"0666\"\npublish-users = [\"22222\"]\n");
  EXPECT_FALSE(may_publish(one)) << "the right was taken away";
  HttpClient two_again = connect_as(22222);
  EXPECT_TRUE(may_publish(two_again));
  Reload("publish-mode = \"0666\"\npublish-groups = [\"22222\"]\n");
  EXPECT_TRUE(may_publish(two_again)) << "by its group now, on the same connection";
  Reload("publish-mode = \"0666\"\n");
  HttpClient three = connect_as(11111);
  EXPECT_TRUE(may_publish(three)) << "without a list the mode decides";

  Reload("publish-mode = \"0600\"\n");
  struct stat info {};
  ASSERT_EQ(::stat(server().publish_socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const AsUser other(11111);
  EXPECT_FALSE(HttpClient::ConnectUnix(server().publish_socket(), kPatience).ok());
}

}  // namespace
}  // namespace ringcast::test
