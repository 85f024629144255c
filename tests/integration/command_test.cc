// `ringcast pub` and `ringcast tail` as programs of their own, against the running daemon.
#include <sysexits.h>

#include <algorithm>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

class CommandTest : public DaemonTest {
 protected:
  std::unique_ptr<Process> Run(const Arguments& arguments, bool with_input = false) {
    ProcessOptions options;
    options.argv = {Server::Binary()};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.env = {{"RINGCAST_PUBLISH_SOCKET", server().publish_socket()}};
    options.pipe_stdin = with_input;
    return Must(Process::Start(options));
  }
  std::string Url(const std::string& path) {
    return "http://127.0.0.1:" + std::to_string(server().port()) + path;
  }
  void WaitForSubscriber(const std::string& channel) {
    EXPECT_TRUE(Eventually([&] {
      const HttpResponse response = PublishRequest("GET", "/channels/" + channel);
      return response.status == 200 && Json::Parse(response.body)["subscribers"].Number() > 0;
    }));
  }
};

TEST_F(CommandTest, PubPublishesItsArgumentAndPrintsTheId) {
  Start();
  Stream stream = Follow("/events/demo");
  const auto pub = Run({"pub", "demo", "two\nlines", "--event", "note"});
  EXPECT_EQ(Must(pub->Wait(kPatience)), ExitStatus{.code = 0});
  const SseEvent event = stream.Next();
  EXPECT_EQ(event.data, "two\nlines");
  EXPECT_EQ(event.type, "note");
  EXPECT_EQ(pub->stdout_text(), event.id + "\n");
  const auto refused = Run({"pub", "demo", "x", "--event", "a\nb"});
  EXPECT_EQ(Must(refused->Wait(kPatience)), ExitStatus{.code = EX_DATAERR});
  EXPECT_EQ(refused->stdout_text(), "");
  EXPECT_FALSE(refused->stderr_text().empty());
}

TEST_F(CommandTest, PubPublishesLinesAsTheyCome) {
  Start();
  Stream stream = Follow("/events/demo");
  const auto pub = Run({"pub", "demo", "-"}, /*with_input=*/true);
  Must(pub->WriteStdin("first\n"));
  EXPECT_EQ(stream.Next().data, "first") << "it does not wait for the end of its input";
  std::string lines;
  for (int i = 0; i < 20000; ++i) lines += std::to_string(i) + "\n";
  std::thread writer([&] {
    if (!pub->WriteStdin(lines + "without an end").ok()) ADD_FAILURE() << "it stopped reading";
    pub->CloseStdin();
  });
  for (int i = 0; i < 20000; ++i) ASSERT_EQ(stream.Next().data, std::to_string(i));
  EXPECT_EQ(stream.Next().data, "without an end");
  writer.join();
  EXPECT_EQ(Must(pub->Wait(kPatience)), ExitStatus{.code = 0});
}

TEST_F(CommandTest, PubTakesNdjson) {
  Start();
  Stream stream = Follow("/events?channel=a&channel=b");
  const auto pub = Run({"pub", "--ndjson"}, /*with_input=*/true);
  Must(
      pub->WriteStdin("{\"channel\":\"a\",\"data\":{\"x\": 1}}\nnot json\n"
                      "{\"channel\":\"b\",\"event\":\"t\",\"data\":\"text\"}\n"));
  pub->CloseStdin();
  EXPECT_EQ(Must(pub->Wait(kPatience)), ExitStatus{.code = EX_DATAERR});
  EXPECT_NE(pub->stderr_text().find("line 2"), std::string::npos) << pub->stderr_text();
  const SseEvent first = stream.Next();
  const SseEvent second = stream.Next();
  EXPECT_EQ(first.data, "{\"x\":1}");
  EXPECT_EQ(second.type, "t");
  EXPECT_EQ(pub->stdout_text(), first.id + "\n" + second.id + "\n");
}

TEST_F(CommandTest, PubWithoutAServerSaysSo) {
  Start();
  EXPECT_EQ(Must(server().Stop()), ExitStatus{.code = 0});
  const auto pub = Run({"pub", "demo", "x"});
  EXPECT_EQ(Must(pub->Wait(30s)), ExitStatus{.code = EX_UNAVAILABLE});
  EXPECT_NE(pub->stderr_text().find(server().publish_socket()), std::string::npos);
}

TEST_F(CommandTest, TailPrintsEventsAndEndsAfterItsCount) {
  Start();
  const std::vector<std::string> ids = PublishNumbers("a/b+c=d", 3);
  const auto tail = Run({"tail", "a/b+c=d", "--server", Url(""), "--from", ids[0], "--count", "3"});
  WaitForSubscriber("a/b+c=d");
  Publish("a/b+c=d", "3");
  EXPECT_EQ(Must(tail->Wait(kPatience)), ExitStatus{.code = 0});
  EXPECT_EQ(tail->stdout_text(), "1\n2\n3\n");
}

TEST_F(CommandTest, TailPrintsJsonOfAUrlWithSeveralChannels) {
  Start();
  const auto tail = Run({"tail", Url("/events?channel=a&channel=b"), "--json"});
  WaitForSubscriber("b");
  const std::string id = Publish("b", "quote \" and\nline");
  ASSERT_TRUE(tail->WaitForStdout(id, kPatience).ok());
  ASSERT_TRUE(tail->WaitForStdout("and\\nline\"}\n", kPatience).ok());
  const std::string text = tail->stdout_text();
  const std::string last = text.substr(text.rfind("{\"id\":\"" + id));
  EXPECT_EQ(Json::Parse(last)["data"].Text(), "quote \" and\nline");
  EXPECT_EQ(Json::Parse(last)["event"].Text(), "message");
  tail->Signal(SIGTERM);
  (void)Must(tail->Wait(kPatience));
}

// The client goes on over the end of one server, by drain and by kill, and the start of the next.
TEST_F(CommandTest, TailResumesAcrossRestarts) {
  Start({"--retry", "50ms"});
  const auto tail = Run({"tail", "demo", "--server", Url("")});
  WaitForSubscriber("demo");
  Publish("demo", "first");
  ASSERT_TRUE(tail->WaitForStdout("first\n", kPatience).ok());
  EXPECT_EQ(Must(server().Stop()), ExitStatus{.code = 0});
  Must(server().Restart());
  Publish("demo", "while away");
  ASSERT_TRUE(tail->WaitForStdout("while away\n", kPatience).ok()) << tail->stderr_text();
  ASSERT_TRUE(tail->WaitForStderr("restart", kPatience).ok());
  server().Kill();
  Must(server().Restart());
  WaitForSubscriber("demo");
  Publish("demo", "third");
  ASSERT_TRUE(tail->WaitForStdout("third\n", kPatience).ok()) << tail->stderr_text();
  EXPECT_EQ(tail->stdout_text(), "first\nwhile away\nthird\n");
}

TEST_F(CommandTest, TailThatIsRefusedGivesUp) {
  Start();
  const auto tail = Run({"tail", Url("/nowhere")});
  EXPECT_EQ(Must(tail->Wait(kPatience)), ExitStatus{.code = EX_UNAVAILABLE});
  EXPECT_NE(tail->stderr_text().find("404"), std::string::npos) << tail->stderr_text();
}

// A publisher program that is cut off by a restart sends again what had no answer, and only that.
TEST_F(CommandTest, PubGoesOnAcrossARestart) {
  Start({"--history-events", "100000"});
  const auto pub = Run({"pub", "demo", "-"}, /*with_input=*/true);
  const auto answered = [&](std::ptrdiff_t lines) {
    return Eventually([&] {
      const std::string ids = pub->stdout_text();
      return std::count(ids.begin(), ids.end(), '\n') == lines;
    });
  };
  Must(pub->WriteStdin("before\n"));
  ASSERT_TRUE(answered(1)) << pub->stderr_text();
  server().process().Signal(SIGSTOP);
  Must(pub->WriteStdin("unanswered\n"));
  server().Kill();
  Must(server().Restart());
  ASSERT_TRUE(answered(2)) << pub->stderr_text();
  Stream stream = Follow("/events/demo");
  Must(pub->WriteStdin("after\n"));
  EXPECT_EQ(stream.Next().data, "after");
  EXPECT_TRUE(answered(3)) << pub->stderr_text();
  EXPECT_EQ(Stats()["events"]["published"].Number(), 2);
  pub->CloseStdin();
  EXPECT_EQ(Must(pub->Wait(kPatience)), ExitStatus{.code = 0});
}

}  // namespace
}  // namespace ringcast::test
