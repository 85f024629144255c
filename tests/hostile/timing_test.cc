// Rows 1, 63 and 64: requests that never come, or come too slowly, on each public listener, while
// others are served.
#include <chrono>
#include <thread>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

using Clock = std::chrono::steady_clock;

class TimingTest : public DaemonTest {
 protected:
  void SetUp() override {
    Start({"--listen", "unix:" + directory_.File("public"), "--header-timeout", "600ms"});
  }
  // Connections to the TCP listener and to the UNIX listener, in turn.
  std::vector<HttpClient> ConnectToBoth(int pairs) {
    std::vector<HttpClient> clients;
    for (int i = 0; i < pairs; ++i) {
      clients.push_back(Connect());
      clients.push_back(Must(HttpClient::ConnectUnix(directory_.File("public"), kPatience)));
    }
    return clients;
  }

 private:
  TempDir directory_;
};

TEST_F(TimingTest, Row001_SilenceIsAnsweredWithSilenceOnBothListeners) {
  std::vector<HttpClient> silent = ConnectToBoth(20);
  Stream served = Follow("/events/a");
  const std::string id = Publish("a", "x");
  EXPECT_EQ(served.Next().id, id);
  for (HttpClient& client : silent) {
    EXPECT_EQ(Must(client.ReadAll(kPatience)), "");
    EXPECT_EQ(client.peer_end(), PeerEnd::kFin);
  }
  EXPECT_TRUE(Eventually([&] { return Closed("header_timeout") == 40; }));
  EXPECT_LT(server().log().size(), 2000u) << "no line for each of them";
  EXPECT_EQ(served.client.end(), StreamEnd::kOpen);
}

// A byte now and then does not move the deadline: it is for the whole head.
TEST_F(TimingTest, Row063_SlowlorisIsToldAtTheDeadlineForTheWholeHead) {
  std::vector<HttpClient> slow = ConnectToBoth(10);
  const auto begin = Clock::now();
  const std::string head = "GET /events/a HTTP/1.1\r\nHost: h\r\nX: " + std::string(4000, 'y');
  std::vector<std::string> answers(slow.size());
  std::size_t answered = 0;
  for (std::size_t at = 0; at < head.size() && answered < slow.size(); ++at) {
    for (std::size_t i = 0; i < slow.size(); ++i) {
      if (!answers[i].empty()) continue;
      (void)slow[i].Send(std::string_view(head).substr(at, 1), kPatience);
      const Result<std::string> some = slow[i].ReadSome(1ms);
      if (!some.ok()) continue;
      answers[i] = some->empty() ? "closed" : *some;
      ++answered;
    }
    if (at == 5) {
      Stream served = Follow("/events/a");
      Publish("a", "x");
      EXPECT_EQ(served.Next().data, "x");
    }
  }
  EXPECT_GE(Clock::now() - begin, 500ms);
  for (const std::string& answer : answers) {
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
  }
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }));
}

// Where no body is taken none is waited for: the deadline of a slow one never comes.
TEST_F(TimingTest, Row064_SlowBodyToAStreamIsAnsweredBeforeItComes) {
  for (HttpClient& client : ConnectToBoth(3)) {
    Must(client.Send("POST /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n",
                     kPatience));
    EXPECT_EQ(Must(client.ReadResponse(kPatience)).status, 405);
    for (int i = 0; i < 5; ++i) (void)client.Send("x", kPatience);
    EXPECT_TRUE(client.WaitForEnd(kPatience));
  }
}

}  // namespace
}  // namespace ringcast::test
