// Idempotency keys of the running daemon: by HTTP, in batches, in the binary protocol, by
// `ringcast pub`; a subscriber gets each event once.
#include "integration/daemon_test.h"
#include "integration/raw_publisher.h"

namespace ringcast::test {
namespace {

class IdempotencyTest : public DaemonTest {
 protected:
  std::string PublishKeyed(const std::string& key, const std::string& data) {
    const HttpResponse answer = Must(ConnectPublisher().Request("POST", "/publish/a", kPatience,
                                                                data, {{"Idempotency-Key", key}}));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::Parse(answer.body)["id"].Text();
  }
  std::string Pub(const std::vector<std::string>& arguments, const std::string& input = {}) {
    ProcessOptions options;
    options.argv = {Server::Binary(), "pub", "--publish-socket", server().publish_socket()};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.pipe_stdin = true;
    const auto pub = Must(Process::Start(options));
    Must(pub->WriteStdin(input));
    pub->CloseStdin();
    EXPECT_EQ(Must(pub->Wait(kPatience)), ExitStatus{.code = 0}) << pub->stderr_text();
    return pub->stdout_text();
  }
};

TEST_F(IdempotencyTest, ASubscriberGetsAnEventOnceHoweverOftenAndHoweverItIsSent) {
  Start({"--shards", "2"});
  Stream stream = Follow("/events/a");
  const std::string id = PublishKeyed("k", "x");
  EXPECT_EQ(PublishKeyed("k", "x"), id);
  const HttpResponse batch = PublishRequest("POST", "/publish",
                                            "{\"channel\":\"a\",\"key\":\"k\",\"data\":\"x\"}\n"
                                            "{\"channel\":\"a\",\"key\":\"l\",\"data\":\"y\"}\n"
                                            "{\"channel\":\"a\",\"key\":\"l\",\"data\":\"y\"}\n");
  EXPECT_EQ(batch.body.find("{\"id\":\"" + id + "\",\"duplicate\":true}"), 0u) << batch.body;

  RawPublisher binary = Must(RawPublisher::Connect(server().publish_socket(), 2));
  Must(binary.Send(
      RawPublisher::KeyedFrame(1, "a", "k", "x") + RawPublisher::KeyedFrame(2, "a", "m", "z") +
          RawPublisher::KeyedFrame(3, "a", "m", "z") +
          RawPublisher::KeyedFrame(4, "a", "m", "other") + RawPublisher::Frame(5, "a", "", "plain"),
      kPatience));
  const std::vector<std::string> ids = Must(binary.ReadIds(3, kPatience));
  EXPECT_EQ(ids[0], id);
  EXPECT_EQ(ids[1], ids[2]);
  const RawPublisher::Answer nack = Must(binary.Next(kPatience));
  EXPECT_EQ(nack.kind, RawPublisher::kNack);
  EXPECT_EQ(nack.code, 7);
  EXPECT_EQ(nack.request, 4u);
  EXPECT_EQ(Must(binary.ReadIds(1, kPatience)).size(), 1u);

  EXPECT_EQ(Pub({"--idempotency-key", "k", "a", "x"}), id + "\n");
  for (const char* data : {"x", "y", "z", "plain"}) EXPECT_EQ(stream.Next().data, data);
  ExpectQuiet(stream, 200ms);
  EXPECT_EQ(Stats()["events"]["repeated"].Number(), 6u);
}

// An import that was cut off is sent again: what is new in it is published.
TEST_F(IdempotencyTest, LinesSentAgainArePublishedOnce) {
  Start();
  Stream stream = Follow("/events/a");
  const std::string first = Pub({"--idempotency-key", "import", "a", "-"}, "1\n2\n");
  const std::string second = Pub({"--idempotency-key", "import", "a", "-"}, "1\n2\n3\n");
  EXPECT_TRUE(second.starts_with(first)) << first << second;
  for (const char* data : {"1", "2", "3"}) EXPECT_EQ(stream.Next().data, data);
  EXPECT_EQ(Stats()["events"]["published"].Number(), 3u);
}

TEST_F(IdempotencyTest, ARestartForgetsKeys) {
  Start();
  PublishKeyed("k", "x");
  EXPECT_EQ(server().Stop().value(), ExitStatus{.code = 0});
  Must(server().Restart());
  PublishKeyed("k", "x");
  EXPECT_EQ(Stats()["events"]["published"].Number(), 1u);
  EXPECT_EQ(Stats()["events"]["repeated"].Number(), 0u);
}

TEST_F(IdempotencyTest, TheWindowIsThatOfTheOption) {
  Start({"--idempotency-window", "1s"});
  const std::string first = PublishKeyed("k", "x");
  std::string latest = first;
  EXPECT_TRUE(Eventually([&] { return (latest = PublishKeyed("k", "x")) != first; }));
  EXPECT_EQ(Stats()["events"]["published"].Number(), 2u);
}

}  // namespace
}  // namespace ringcast::test
