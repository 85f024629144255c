// auth-url: an application of Node's decides who may subscribe.
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "integration/reload_test.h"
#include "support/raw_application.h"

namespace ringcast::test {
namespace {

// The application, in a process of its own.
class Application {
 public:
  explicit Application(std::vector<std::string> where) {
    where.insert(where.begin(), {"node", RINGCAST_SSE_APPLICATION});
    options_.argv = std::move(where);
    Start();
  }
  void Start() {
    process_ = Must(Process::Start(options_));
    Must(process_->WaitForStdout("ready\n", kPatience));
  }
  void Kill() { process_->Kill(); }
  // Of each request so far, once there are as many: its URL and fields, as the application saw
  // them.
  std::vector<Json> Requests(std::size_t at_least) const {
    const Deadline deadline = kPatience;
    while (Told().size() < at_least && !deadline.Passed()) std::this_thread::sleep_for(5ms);
    return Told();
  }

 private:
  std::vector<Json> Told() const {
    std::vector<Json> requests;
    std::string text = process_->stdout_text();
    text.erase(0, text.find('\n') + 1);
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      requests.push_back(Json::Parse(text.substr(0, end)));
      text.erase(0, end + 1);
    }
    return requests;
  }

  ProcessOptions options_;
  std::unique_ptr<Process> process_;
};

SseRequest With(const std::string& cookie, const std::string& target = "/events/demo") {
  return {.target = target, .headers = {{"Cookie", cookie}}};
}

class AuthUrlTest : public ReloadTest {
 protected:
  AuthUrlTest() : application_({std::to_string(port_.port())}) {}

  std::string url(const std::string& path = "/auth") const {
    return "http://127.0.0.1:" + std::to_string(port_.port()) + path;
  }
  void StartAsking(Arguments arguments = {}) {
    arguments.insert(arguments.end(), {"--auth-url", url(), "--auth-timeout", "10s"});
    Start(arguments);
  }
  HttpResponse Refused(const SseRequest& request) {
    SseClient client = Must(SseClient::Open(server().port(), request, kPatience));
    return client.head();
  }
  Json Auth() { return Stats()["auth"]; }

  PortLease port_;
  Application application_;
};

TEST_F(AuthUrlTest, TheApplicationLetsInAndTurnsAway) {
  StartAsking();
  Stream stream = Follow(With("as=42"));
  Publish("demo", "hello");
  EXPECT_EQ(stream.Next().data, "hello");
  for (const int status : {403, 404}) {
    EXPECT_EQ(Refused(With("status=" + std::to_string(status))).status, status);
  }
  const HttpResponse unknown = Refused(With("nobody"));
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(unknown.header("WWW-Authenticate"), "Bearer realm=\"app\"");
  EXPECT_EQ(Refused(With("status=410")).status, 204);
  EXPECT_EQ(Auth()["requests"]["allowed"].Number(), 1u);
  EXPECT_EQ(Auth()["requests"]["denied"].Number(), 4u);
}

TEST_F(AuthUrlTest, WhatItIsAskedTellsWhoAndWhat) {
  StartAsking();
  SseRequest request = With("as=42", "/events/a/b?channel=c&x=%20");
  request.headers.push_back({"Authorization", "Bearer abc"});
  request.headers.push_back({"Origin", "https://example.org"});
  Follow(request);
  const std::vector<Json> requests = application_.Requests(1);
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0]["url"].Text(), "/auth");
  const Json headers = requests[0]["headers"];
  EXPECT_EQ(headers["cookie"].Text(), "as=42");
  EXPECT_EQ(headers["authorization"].Text(), "Bearer abc");
  EXPECT_EQ(headers["origin"].Text(), "https://example.org");
  EXPECT_EQ(headers["x-original-uri"].Text(), "/events/a/b?channel=c&x=%20");
  EXPECT_EQ(headers["x-original-method"].Text(), "GET");
  EXPECT_EQ(headers["x-ringcast-channels"].Text(), "a/b,c");
  EXPECT_EQ(headers["x-real-ip"].Text(), "127.0.0.1");
  EXPECT_EQ(headers["x-forwarded-for"].Text(), "127.0.0.1");
}

TEST_F(AuthUrlTest, WhatTheApplicationSaysStaysWithUs) {
  StartAsking();
  HttpClient client = Send("GET /events/demo HTTP/1.1\r\nHost: h\r\nCookie: status=403\r\n\r\n");
  const std::string answer = Must(client.ReadAll(kPatience));
  EXPECT_EQ(answer.find("only the application"), std::string::npos) << answer;
  EXPECT_EQ(server().log().find("status=403"), std::string::npos) << "a cookie in the log";
}

TEST_F(AuthUrlTest, ItMayNameTheChannels) {
  StartAsking();
  Stream stream = Follow(With("channels=user:42,news"));
  Publish("demo", "not for it");
  Publish("news", "1");
  Publish("user:42", "2");
  EXPECT_EQ(stream.Next().data, "1");
  EXPECT_EQ(stream.Next().data, "2");
}

TEST_F(AuthUrlTest, AndWhenTheStreamEnds) {
  StartAsking();
  const std::string soon = std::to_string(std::time(nullptr) + 3);
  Stream stream = Follow(With("json={%22expires%22:" + soon + "}"));
  EXPECT_EQ(stream.client.WaitForEnd(kPatience), StreamEnd::kTruncated);
  EXPECT_EQ(Closed("token_expired"), 1u);
  EXPECT_EQ(Refused(With("json={%22expires%22:1}")).status, 401);
}

TEST_F(AuthUrlTest, AnAnswerThatIsNoDecisionAsksToComeBack) {
  StartAsking();
  ExpectTurnedAway(With("status=500"));
  ExpectTurnedAway(With("status=302"));
  ExpectTurnedAway(With("json={"));
  ExpectTurnedAway(With("channels=.."));
  EXPECT_EQ(Auth()["requests"]["bad_answer"].Number(), 4u);
  EXPECT_TRUE(LogSays("the application did not decide"));
  EXPECT_NE(Must(server().admin_get("/readyz")).body.find("degraded"), std::string::npos);
  EXPECT_EQ(Metric("ringcast_auth_failing"), "1");
  Follow(With("as=1"));
  EXPECT_EQ(Must(server().admin_get("/readyz")).body, "ready\n");
}

TEST_F(AuthUrlTest, WhenTheApplicationIsAwayStreamsGoOnAndNewOnesComeBackLater) {
  StartAsking();
  Stream stream = Follow(With("as=1"));
  application_.Kill();
  ExpectTurnedAway(With("as=2"));
  EXPECT_GE(Auth()["requests"]["unreachable"].Number() + Auth()["requests"]["bad_answer"].Number(),
            1u);
  Publish("demo", "still there");
  EXPECT_EQ(stream.Next().data, "still there");
  application_.Start();
  EXPECT_TRUE(Eventually([this] {
    SseClient client = Must(SseClient::Open(server().port(), With("as=3"), kPatience));
    return Must(client.NextEvent(kPatience)).type == "connected";
  }));
}

TEST_F(AuthUrlTest, OneThatHangsIsGivenUp) {
  Start({"--auth-url", url(), "--auth-timeout", "300ms"});
  ExpectTurnedAway(With("hang"));
  EXPECT_EQ(Auth()["requests"]["timeout"].Number(), 1u);
}

TEST_F(AuthUrlTest, ACacheSavesQuestions) {
  StartAsking({"--auth-cache", "10m"});
  for (int i = 0; i < 5; ++i) Follow(With("as=1"));
  EXPECT_EQ(application_.Requests(1).size(), 1u);
  EXPECT_EQ(Auth()["cached"].Number(), 4u);
}

// Thousands come at once; a few are asked about at a time, and nobody is forgotten.
TEST_F(AuthUrlTest, ASlowApplicationIsAskedBitByBit) {
  Start({"--auth-url", url(), "--auth-timeout", "60s", "--auth-concurrency", "8", "--shards", "2"});
  Stream open = Follow(With("as=1"));
  constexpr int kClients = 400;
  std::vector<HttpClient> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(Send("GET /events/demo?n=" + std::to_string(i) +
                           " HTTP/1.1\r\nHost: h\r\nCookie: slow=20\r\n\r\n"));
  }
  Publish("demo", "meanwhile");
  EXPECT_EQ(open.Next().data, "meanwhile");
  for (HttpClient& client : clients) {
    EXPECT_EQ(Must(client.ReadHead(60s)).status, 200);
    Must(client.ReadUntil("event: connected", kPatience));
  }
  EXPECT_EQ(Streams(), kClients + 1u);
}

TEST_F(AuthUrlTest, ClientsThatGoAwayLeaveNothingBehind) {
  Start({"--auth-url", url(), "--auth-timeout", "60s", "--auth-concurrency", "2"});
  {
    std::vector<HttpClient> clients;
    for (int i = 0; i < 50; ++i) {
      clients.push_back(Send("GET /events/demo" + std::to_string(i) +
                             " HTTP/1.1\r\nHost: h\r\nCookie: hang\r\n\r\n"));
    }
    EXPECT_TRUE(Eventually([this] { return Auth()["waiting"].Number() == 48; }));
  }
  EXPECT_TRUE(Eventually([this] { return Connections() == 0 && Auth()["waiting"].Number() == 0; }));
}

TEST_F(AuthUrlTest, ARunningServerAsksElsewhereAfterAReload) {
  const RawApplication other([](const std::string&) { return RawApplication::Sound(403); });
  StartWith("auth-url = \"" + url() + "\"\n");
  Stream stream = Follow(With("as=1"));
  const std::string said = Reload("auth-url = \"" + other.url() + "\"\n");
  EXPECT_NE(said.find("auth-url " + url() + " -> " + other.url()), std::string::npos) << said;
  EXPECT_EQ(Refused(With("as=1")).status, 403);
  Reload("");
  Follow(With("nobody"));
  Publish("demo", "x");
  EXPECT_EQ(stream.Next().data, "x") << "who is there stays";
}

TEST_F(AuthUrlTest, AReloadBeginsToAsk) {
  StartWith("");
  Follow(With("nobody"));
  Reload("auth-url = \"" + url() + "\"\n");
  EXPECT_EQ(Refused(With("nobody")).status, 401);
  Follow(With("as=1"));
  // Addresses are told as well, though nobody needed them before.
  EXPECT_EQ(application_.Requests(2).back()["headers"]["x-real-ip"].Text(), "127.0.0.1");
}

TEST_F(AuthUrlTest, ARouteMayAskSomebodyElse) {
  StartWith("auth-url = \"" + url("/general") + "\"\n" +
            "[[route]]\npath = \"/api/{id}/events\"\nchannels = [\"job:{id}\", \"user:{sub}\"]\n" +
            "auth-url = \"" + url("/of-the-route") + "\"\n" +
            "[[route]]\npath = \"/open\"\nchannels = [\"open\"]\nauth = \"none\"\n");
  Stream stream = Follow(With("as=42", "/api/7/events"));
  Publish("user:42", "1");
  Publish("job:7", "2");
  EXPECT_EQ(stream.Next().data, "1");
  EXPECT_EQ(stream.Next().data, "2");
  Follow(With("as=42"));
  Follow(With("nobody", "/open"));
  const std::vector<Json> requests = application_.Requests(2);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0]["url"].Text(), "/of-the-route");
  EXPECT_EQ(requests[0]["headers"]["x-ringcast-channels"].Text(), "job:7");
  EXPECT_EQ(requests[1]["url"].Text(), "/general");
}

TEST_F(AuthUrlTest, ADrainDoesNotWaitForTheApplication) {
  Start({"--auth-url", url(), "--auth-timeout", "60s", "--drain-timeout", "100ms"});
  HttpClient client = Send("GET /events/demo HTTP/1.1\r\nHost: h\r\nCookie: hang\r\n\r\n");
  EXPECT_TRUE(Eventually([this] { return Auth()["under_way"].Number() == 1; }));
  EXPECT_EQ(Must(server().Stop(SIGTERM, 30s)), (ExitStatus{.code = 0}));
  EXPECT_TRUE(client.WaitForEnd(kPatience));
}

TEST_F(AuthUrlTest, AsksOnAUnixSocket) {
  const TempDir directory;
  const Application application({directory.File("app.sock")});
  Start({"--auth-url", "http://unix:" + directory.File("app.sock") + ":/auth"});
  Follow(With("as=1"));
  EXPECT_EQ(Refused(With("nobody")).status, 401);
  EXPECT_EQ(application.Requests(2).size(), 2u);
}

TEST_F(AuthUrlTest, ACertificateThatNobodyVouchesForIsNotTrusted) {
  const TempDir directory;
  const auto openssl = Must(Process::Start(
      {.argv = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                directory.File("key.pem"), "-out", directory.File("cert.pem")}}));
  ASSERT_EQ(Must(openssl->Wait(60s)), (ExitStatus{.code = 0})) << openssl->stderr_text();
  const PortLease port;
  const Application application(
      {std::to_string(port.port()), directory.File("cert.pem"), directory.File("key.pem")});
  Start({"--auth-url", "https://127.0.0.1:" + std::to_string(port.port()) + "/auth"});
  ExpectTurnedAway(With("as=1"));
  EXPECT_EQ(Auth()["requests"]["unreachable"].Number(), 1u);
  EXPECT_TRUE(application.Requests(0).empty());
}

}  // namespace
}  // namespace ringcast::test
