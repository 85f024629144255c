// How the daemon starts, refuses to start, and what it tells about itself.
#include <sysexits.h>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

class StartupTest : public DaemonTest {
 protected:
  // Runs `ringcast serve` until it ends by itself.
  struct Refusal {
    ExitStatus status;
    std::string text;
  };
  Refusal Serve(const Arguments& arguments, std::optional<std::uint64_t> max_files = {}) {
    ProcessOptions options;
    options.argv = {Server::Binary(), "serve"};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.max_files = max_files;
    const auto process = Must(Process::Start(options));
    const ExitStatus status = Must(process->Wait(kPatience));
    return {status, process->stderr_text()};
  }
  // Ports and a socket that are free.
  Arguments Places() {
    return {"--listen",         "127.0.0.1:" + std::to_string(port_.port()),
            "--admin",          "127.0.0.1:" + std::to_string(admin_.port()),
            "--publish-socket", directory_.File("p.sock")};
  }
  Arguments Places(const Arguments& more) {
    Arguments all = Places();
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  const TempDir& directory() const { return directory_; }

 private:
  PortLease port_;
  PortLease admin_;
  TempDir directory_;
};

::testing::AssertionResult Tells(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "\"" << part << "\" is not in:\n" << text;
}

TEST_F(StartupTest, WrongOptionsAreRefused) {
  const Refusal mistyped = Serve({"--shrads", "2"});
  EXPECT_EQ(mistyped.status, ExitStatus{.code = EX_USAGE});
  EXPECT_TRUE(Tells(mistyped.text, "--shards"));
  for (const Arguments& wrong : std::vector<Arguments>{{"--shards", "many"},
                                                       {"--heartbeat", "15"},
                                                       {"--heartbeat", "1ms"},
                                                       {"--listen", "somewhere"},
                                                       {"--history-bytes", "-1"},
                                                       {"--log-level", "loud"},
                                                       {"surplus"}}) {
    const Refusal refusal = Serve(wrong);
    EXPECT_EQ(refusal.status, ExitStatus{.code = EX_USAGE}) << wrong[0];
    EXPECT_TRUE(Tells(refusal.text, wrong[0]));
  }
}

TEST_F(StartupTest, WrongFileIsRefusedWithItsPlace) {
  const std::string file = directory().Write("r.toml", "shards = 2\nheartbeat = \"soon\"\n");
  const Refusal refusal = Serve({"--config", file});
  EXPECT_EQ(refusal.status, ExitStatus{.code = EX_CONFIG});
  EXPECT_TRUE(Tells(refusal.text, file + ":2:"));
  EXPECT_TRUE(Tells(refusal.text, "heartbeat"));
  const std::string broken = directory().Write("b.toml", "shards = 2\n\n  listen = [\n");
  EXPECT_EQ(Serve({"--config", broken}).status, ExitStatus{.code = EX_CONFIG});
  EXPECT_EQ(Serve({"--config", directory().File("none.toml")}).status,
            ExitStatus{.code = EX_CONFIG});
}

TEST_F(StartupTest, AddressesThatAreTakenAreNamed) {
  Start();
  const std::string port = "127.0.0.1:" + std::to_string(server().port());
  const std::string admin = "127.0.0.1:" + std::to_string(server().admin_port());
  // The last one of an option counts, but --listen adds to the ones before.
  const Refusal listen = Serve(Places({"--listen", port}));
  EXPECT_EQ(listen.status, ExitStatus{.code = EX_UNAVAILABLE});
  EXPECT_TRUE(Tells(listen.text, port));
  const Refusal second_admin = Serve(Places({"--admin", admin}));
  EXPECT_EQ(second_admin.status, ExitStatus{.code = EX_UNAVAILABLE});
  EXPECT_TRUE(Tells(second_admin.text, admin));
  Publish("a", "the first server is not disturbed");
}

TEST_F(StartupTest, UnknownUserAndTooManyConnectionsAreRefusedWithARemedy) {
  const Refusal user = Serve(Places({"--publish-users", "no-such-user-here"}));
  EXPECT_EQ(user.status, ExitStatus{.code = EX_CONFIG});
  EXPECT_TRUE(Tells(user.text, "no-such-user-here"));
  const Refusal group = Serve(Places({"--publish-groups", "no-such-group-here"}));
  EXPECT_EQ(group.status, ExitStatus{.code = EX_CONFIG});
  EXPECT_TRUE(Tells(group.text, "no-such-group-here"));
  const Refusal many = Serve(Places({"--max-connections", "100000", "--shards", "2"}), 2000);
  EXPECT_EQ(many.status, ExitStatus{.code = EX_CONFIG});
  EXPECT_TRUE(Tells(many.text, "RLIMIT_NOFILE"));
  EXPECT_TRUE(Tells(many.text, "100000"));
  EXPECT_TRUE(Tells(many.text, "shards"));
}

TEST_F(StartupTest, MoreShardsThanCoresAndFewDescriptors) {
  ServerOptions options;
  options.args = {"--shards", "17", "--pin-shards", "--max-connections", "2000"};
  options.max_files = 512;
  Start(options);
  EXPECT_EQ(Stats()["shards"].size(), 17u);
  std::vector<Stream> streams;
  for (int i = 0; i < 600; ++i) streams.push_back(Follow("/events/a"));
  Publish("a", "x");
  for (Stream& stream : streams) ASSERT_EQ(stream.Next().data, "x");
}

TEST_F(StartupTest, AdminListenerTellsHowItIs) {
  Start({"--shards", "2"});
  Stream stream = Follow("/events/a");
  Stream resumed = Follow("/events/a", stream.connected.id);
  for (int i = 0; i < 5; ++i) Publish("a", "12345");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(stream.Next().data, "12345");
    EXPECT_EQ(resumed.Next().data, "12345");
  }
  PublishRequest("POST", "/publish/b?event=price", "x");
  // Counted when the kernel has taken them, which may be after the client has read them.
  EXPECT_TRUE(Eventually([&] { return Stats()["events"]["deliveries"].Number() == 10; }));
  for (const char* path : {"/livez", "/readyz"}) {
    EXPECT_EQ(Must(server().admin_get(path)).status, 200) << path;
  }
  EXPECT_EQ(Must(server().admin_get("/nothing")).status, 404);
  EXPECT_EQ(Must(server().admin_get("/events/a")).status, 404);
  EXPECT_EQ(Get("/metrics").status, 404) << "never on the public listener";

  const HttpResponse metrics = Must(server().admin_get("/metrics"));
  EXPECT_TRUE(metrics.header("Content-Type").starts_with("text/plain; version=0.0.4"));
  for (const char* name :
       {"ringcast_connections", "ringcast_connections_accepted_total",
        "ringcast_connections_closed_total", "ringcast_channels", "ringcast_events_published_total",
        "ringcast_deliveries_total", "ringcast_sent_bytes_total", "ringcast_heartbeats_total",
        "ringcast_replays_total", "ringcast_publish_to_send_seconds", "ringcast_build_info"}) {
    EXPECT_TRUE(Tells(metrics.body, "\n# TYPE " + std::string(name) + " ")) << name;
  }
  EXPECT_TRUE(Tells(metrics.body, "\nringcast_events_published_total 6\n"));
  EXPECT_TRUE(Tells(metrics.body, "\nringcast_deliveries_total 10\n"));
  EXPECT_TRUE(Tells(metrics.body, "\nringcast_publish_to_send_seconds_count 10\n"));
  EXPECT_TRUE(Tells(metrics.body, "\nringcast_replays_total{result=\"complete\"} 1\n"));
  EXPECT_TRUE(Tells(metrics.body, "\nringcast_connections_closed_total{reason=\"stalled\"} 0\n"));

  const Json stats = Stats();
  EXPECT_EQ(stats["connections"]["streams"].Number(), 2u);
  EXPECT_EQ(stats["events"]["published"].Number(), 6u);
  EXPECT_EQ(stats["events"]["deliveries"].Number(), 10u);
  EXPECT_EQ(stats["events"]["by_type"]["message"].Number(), 5u);
  EXPECT_EQ(stats["events"]["by_type"]["price"].Number(), 1u);
  EXPECT_EQ(stats["channel_count"].Number(), 2u);
  EXPECT_EQ(stats["channels"][0]["name"].Text(), "a");
  EXPECT_EQ(stats["channels"][0]["subscribers"].Number(), 2u);
  EXPECT_GT(stats["memory"]["resident_bytes"].Number(), 0u);
  EXPECT_EQ(stats["shards"].size(), 2u);
}

TEST_F(StartupTest, AdminListenerIsStrictToo) {
  Start();
  const auto answer = [&](const std::string& bytes) {
    HttpClient client = Must(HttpClient::ConnectTcp(server().admin_port(), kPatience));
    Must(client.Send(bytes, kPatience));
    return Must(client.ReadResponse(kPatience)).status;
  };
  EXPECT_EQ(answer("GET /livez HTTP/1.1\n\n"), 400);
  EXPECT_EQ(answer("POST /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"), 405);
  EXPECT_EQ(answer("DELETE /livez HTTP/1.1\r\nHost: h\r\n\r\n"), 405);
  EXPECT_EQ(answer("GET /livez HTTP/1.1\r\nHost: h\r\nX: " + std::string(20000, 'x') + "\r\n\r\n"),
            431);
  HttpClient pipelined = Must(HttpClient::ConnectTcp(server().admin_port(), kPatience));
  const std::string livez = "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n";
  Must(pipelined.Send(livez + livez + livez, kPatience));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Must(pipelined.ReadResponse(kPatience)).body, "ok\n");
  // Silent ones do not use it up.
  std::vector<HttpClient> silent;
  for (int i = 0; i < 10; ++i) {
    silent.push_back(Must(HttpClient::ConnectTcp(server().admin_port(), kPatience)));
  }
  EXPECT_EQ(Must(server().admin_get("/livez")).status, 200);
}

TEST_F(StartupTest, AdminListenerOnAUnixSocket) {
  const Arguments places = Places();
  ProcessOptions options;
  options.argv = {Server::Binary(), "serve",   places[0], places[1],
                  places[4],        places[5], "--admin", "unix:" + directory().File("admin.sock")};
  const auto process = Must(Process::Start(options));
  EXPECT_TRUE(process->WaitForStderr("ready", kPatience).ok());
  HttpClient client = Must(HttpClient::ConnectUnix(directory().File("admin.sock"), kPatience));
  EXPECT_EQ(Must(client.Request("GET", "/readyz", kPatience)).status, 200);
  process->Signal(SIGTERM);
  EXPECT_EQ(Must(process->Wait(kPatience)), ExitStatus{.code = 0});
}

TEST_F(StartupTest, HangupDoesNotEndIt) {
  Start();
  Stream stream = Follow("/events/a");
  for (int i = 0; i < 100; ++i) server().process().Signal(SIGHUP);
  Publish("a", "x");
  EXPECT_EQ(stream.Next().data, "x");
  EXPECT_FALSE(server().process().Wait(50ms).ok());
}

}  // namespace
}  // namespace ringcast::test
