// Sockets that a service manager opened and handed over: served, kept over restarts, refused when
// they do not fit.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

// A socket of the manager's; it stays open while daemons come and go.
class ManagerSocket {
 public:
  static ManagerSocket Tcp(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ManagerSocket socket(AF_INET, SOCK_STREAM);
    const int on = 1;
    ::setsockopt(socket.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socket.Bind(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return socket;
  }
  static ManagerSocket Unix(const std::string& path, int type = SOCK_STREAM) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ManagerSocket socket(AF_UNIX, type);
    socket.Bind(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return socket;
  }
  explicit ManagerSocket(int fd) : fd_(fd) {}
  ManagerSocket(ManagerSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~ManagerSocket() {
    if (fd_ >= 0) ::close(fd_);
  }

  ManagerSocket Listening() && {
    if (::listen(fd_, 4096) != 0) throw std::runtime_error("listen");
    return std::move(*this);
  }
  int fd() const { return fd_; }

 private:
  ManagerSocket(int family, int type) : fd_(::socket(family, type | SOCK_CLOEXEC, 0)) {}
  void Bind(const sockaddr* address, socklen_t size) {
    if (::bind(fd_, address, size) != 0) throw std::runtime_error("bind");
  }

  int fd_;
};

class HandedSocketsTest : public DaemonTest {
 protected:
  // Where options say to listen, and where sockets are handed over.
  std::uint16_t own_port() const { return own_.port(); }
  std::uint16_t port() const { return handed_.port(); }
  std::uint16_t admin_port() const { return admin_.port(); }
  std::string File(std::string_view name) const { return directory_.File(name); }

  std::unique_ptr<Process> Serve(const std::vector<HandedDescriptor>& handed,
                                 const Arguments& more = {}) {
    ProcessOptions options;
    options.argv = {Server::Binary(),   "serve",
                    "--listen",         "127.0.0.1:" + std::to_string(own_port()),
                    "--publish-socket", File("own.sock"),
                    "--admin",          "127.0.0.1:" + std::to_string(admin_port())};
    options.argv.insert(options.argv.end(), more.begin(), more.end());
    options.handed = handed;
    return Must(Process::Start(options));
  }
  // The same, until it accepts.
  std::unique_ptr<Process> Ready(const std::vector<HandedDescriptor>& handed,
                                 const Arguments& more = {}) {
    auto process = Serve(handed, more);
    const Status ready = process->WaitForStderr("ready version=", kPatience);
    if (!ready) throw std::runtime_error(ready.error().message);
    return process;
  }
  static void End(Process& process) {
    process.Signal(SIGTERM);
    EXPECT_EQ(Must(process.Wait(kPatience)), ExitStatus{.code = 0}) << process.stderr_text();
  }
  static HttpResponse PublishTo(const std::string& path, std::string_view data) {
    HttpClient publisher = Must(HttpClient::ConnectUnix(path, kPatience));
    return Must(publisher.Request("POST", "/publish/a", kPatience, data));
  }
  SseClient Open(const std::string& unix_path = {}) {
    SseRequest request;
    request.target = "/events/a";
    request.unix_path = unix_path;
    SseClient client = Must(SseClient::Open(port(), request, kPatience));
    EXPECT_EQ(Must(client.NextEvent(kPatience)).type, "connected");
    return client;
  }

 private:
  PortLease own_;
  PortLease handed_;
  PortLease admin_;
  TempDir directory_;
};

TEST_F(HandedSocketsTest, StandInForWhatOptionsWouldBind) {
  const ManagerSocket tcp = ManagerSocket::Tcp(port()).Listening();
  const ManagerSocket local = ManagerSocket::Unix(File("http.sock")).Listening();
  const ManagerSocket publish = ManagerSocket::Unix(File("publish.sock")).Listening();
  const ManagerSocket admin = ManagerSocket::Unix(File("admin.sock")).Listening();
  // A manager may leave its sockets non-blocking, and often does.
  ASSERT_EQ(::fcntl(tcp.fd(), F_SETFL, O_NONBLOCK), 0);
  ASSERT_EQ(::fcntl(publish.fd(), F_SETFL, O_NONBLOCK), 0);
  const auto process = Ready(
      {{"http", tcp.fd()}, {"publish", publish.fd()}, {"admin", admin.fd()}, {"http", local.fd()}});
  SseClient over_tcp = Open();
  SseClient over_unix = Open(File("http.sock"));
  EXPECT_EQ(PublishTo(File("publish.sock"), "x").status, 200);
  EXPECT_EQ(Must(over_tcp.NextEvent(kPatience)).data, "x");
  EXPECT_EQ(Must(over_unix.NextEvent(kPatience)).data, "x");
  HttpClient health = Must(HttpClient::ConnectUnix(File("admin.sock"), kPatience));
  EXPECT_EQ(Must(health.Request("GET", "/readyz", kPatience)).status, 200);

  EXPECT_FALSE(HttpClient::ConnectTcp(own_port(), kPatience).ok());
  EXPECT_FALSE(HttpClient::ConnectTcp(admin_port(), kPatience).ok());
  EXPECT_FALSE(std::filesystem::exists(File("own.sock")));
  const std::string log = process->stderr_text();
  EXPECT_NE(log.find("listen=127.0.0.1:" + std::to_string(port())), std::string::npos) << log;
  EXPECT_NE(log.find("handed_over=http,publish,admin"), std::string::npos) << log;
  End(*process);
  for (const char* file : {"http.sock", "publish.sock", "admin.sock"}) {
    EXPECT_TRUE(std::filesystem::exists(File(file))) << file << " belongs to the manager";
  }
}

// The clients are those that the proxy names, also to the limits of addresses.
TEST_F(HandedSocketsTest, MayTakeTheProxyProtocol) {
  const ManagerSocket tcp = ManagerSocket::Tcp(port()).Listening();
  const ManagerSocket local = ManagerSocket::Unix(File("proxied.sock")).Listening();
  const ManagerSocket plain = ManagerSocket::Unix(File("http.sock")).Listening();
  const auto process =
      Ready({{"http-proxy", tcp.fd()}, {"http-proxy", local.fd()}, {"http", plain.fd()}},
            {"--max-connections-per-ip", "1"});
  const auto first_event = [](HttpClient& client, const std::string& address) {
    Must(client.Send("PROXY TCP4 " + address + " 127.0.0.1 4711 443\r\n" +
                         "GET /events/a HTTP/1.1\r\nHost: h\r\n\r\n",
                     kPatience));
    EXPECT_EQ(Must(client.ReadHead(kPatience)).status, 200);
    return Must(client.ReadUntil("\n\n", kPatience));
  };
  HttpClient over_tcp = Must(HttpClient::ConnectTcp(port(), kPatience));
  EXPECT_NE(first_event(over_tcp, "192.0.2.1").find("event: connected"), std::string::npos);
  HttpClient over_unix = Must(HttpClient::ConnectUnix(File("proxied.sock"), kPatience));
  EXPECT_NE(first_event(over_unix, "192.0.2.1").find("event: overload"), std::string::npos);
  HttpClient another = Must(HttpClient::ConnectUnix(File("proxied.sock"), kPatience));
  EXPECT_NE(first_event(another, "192.0.2.2").find("event: connected"), std::string::npos);
  HttpClient without = Must(HttpClient::ConnectTcp(port(), kPatience));
  (void)without.Send("GET /events/a HTTP/1.1\r\nHost: h\r\n\r\n", kPatience);
  EXPECT_TRUE(without.WaitForEnd(kPatience));
  SseClient direct = Open(File("http.sock"));
  const std::string expected = "listen=proxy:127.0.0.1:" + std::to_string(port());
  EXPECT_NE(process->stderr_text().find(expected), std::string::npos) << process->stderr_text();
  End(*process);
}

TEST_F(HandedSocketsTest, OneIsEnoughAndTheRestIsBoundAsEver) {
  const ManagerSocket publish = ManagerSocket::Unix(File("publish.sock")).Listening();
  const auto process = Ready({{"publish", publish.fd()}});
  SseClient stream = Must(SseClient::Open(own_port(), "/events/a", kPatience));
  EXPECT_EQ(Must(stream.NextEvent(kPatience)).type, "connected");
  EXPECT_EQ(PublishTo(File("publish.sock"), "x").status, 200);
  EXPECT_EQ(Must(stream.NextEvent(kPatience)).data, "x");
  End(*process);
}

// With a secret that lies in a file, and no token: it is asked for one there.
TEST_F(HandedSocketsTest, PublishersOnOtherHostsHaveASocketOfTheirOwn) {
  const ManagerSocket first = ManagerSocket::Tcp(port()).Listening();
  const PortLease other;
  const ManagerSocket second = ManagerSocket::Tcp(other.port()).Listening();
  const std::string secret = File("secret.key");
  std::ofstream(secret) << "a secret of more than thirty-two bytes\n";
  ASSERT_EQ(::chmod(secret.c_str(), 0600), 0);
  const auto process =
      Ready({{"publish-tcp", first.fd()}, {"publish-tcp", second.fd()}}, {"--jwt-key", secret});
  for (const std::uint16_t place : {port(), other.port()}) {
    HttpClient publisher = Must(HttpClient::ConnectTcp(place, kPatience));
    EXPECT_EQ(Must(publisher.Request("POST", "/publish/a", kPatience, "x")).status, 401);
  }
  EXPECT_NE(process->stderr_text().find("handed_over=publish-tcp"), std::string::npos)
      << process->stderr_text();
  End(*process);
}

TEST_F(HandedSocketsTest, WhoComesDuringARestartWaits) {
  const ManagerSocket http = ManagerSocket::Tcp(port()).Listening();
  const ManagerSocket publish = ManagerSocket::Unix(File("publish.sock")).Listening();
  const std::vector<HandedDescriptor> handed = {{"http", http.fd()}, {"publish", publish.fd()}};
  auto process = Ready(handed);
  SseClient before = Open();
  End(*process);
  EXPECT_EQ(Must(before.NextEvent(kPatience)).type, "drain");

  std::vector<HttpClient> waiting;
  for (int i = 0; i < 200; ++i) {
    waiting.push_back(Must(HttpClient::ConnectTcp(port(), kPatience)));
    Must(waiting.back().Send("GET /events/a HTTP/1.1\r\nHost: h\r\n\r\n", kPatience));
  }
  HttpClient publisher = Must(HttpClient::ConnectUnix(File("publish.sock"), kPatience));
  Must(publisher.Send("POST /publish/b HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
                      kPatience));
  process = Ready(handed, {"--shards", "2"});
  for (HttpClient& client : waiting) {
    EXPECT_EQ(Must(client.ReadHead(kPatience)).status, 200);
    EXPECT_NE(Must(client.ReadUntil("\n\n", kPatience)).find("event: connected"),
              std::string::npos);
  }
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  EXPECT_EQ(PublishTo(File("publish.sock"), "for all").status, 200);
  for (HttpClient& client : waiting) Must(client.ReadUntil("for all", kPatience));
  End(*process);
}

// While the daemon drains its publish socket is not read any more, but stays open.
TEST_F(HandedSocketsTest, APublisherThatComesDuringADrainIsServedByTheNextDaemon) {
  const ManagerSocket http = ManagerSocket::Tcp(port()).Listening();
  const ManagerSocket publish = ManagerSocket::Unix(File("publish.sock")).Listening();
  const std::vector<HandedDescriptor> handed = {{"http", http.fd()}, {"publish", publish.fd()}};
  auto process = Ready(handed, {"--drain-timeout", "1m"});
  // Its place in the spread is drawn; enough of them keep the drain going for a moment.
  std::vector<SseClient> streams;
  for (int i = 0; i < 400; ++i) streams.push_back(Open());
  process->Signal(SIGTERM);
  ASSERT_TRUE(process->WaitForStderr("draining", kPatience).ok());
  std::this_thread::sleep_for(200ms);  // a sequencer that sleeps looks up after 100 ms
  HttpClient publisher = Must(HttpClient::ConnectUnix(File("publish.sock"), kPatience));
  Must(publisher.Send("POST /publish/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
                      kPatience));
  EXPECT_EQ(Must(process->Wait(kPatience)), ExitStatus{.code = 0});
  process = Ready(handed);
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  End(*process);
}

TEST_F(HandedSocketsTest, ShardsTakeTurnsAtASharedSocket) {
  const ManagerSocket http = ManagerSocket::Tcp(port()).Listening();
  const auto process = Ready({{"http", http.fd()}}, {"--shards", "4"});
  constexpr std::uint64_t kConnections = 2000;
  std::vector<SseClient> streams;
  for (std::uint64_t i = 0; i < kConnections; ++i) streams.push_back(Open());
  HttpClient admin = Must(HttpClient::ConnectTcp(admin_port(), kPatience));
  const Json stats = Json::Parse(Must(admin.Request("GET", "/stats.json", kPatience)).body);
  for (std::size_t i = 0; i < 4; ++i) {
    const Json shard = stats["shards"][i];
    EXPECT_GE(shard["streams"].Number(), kConnections / 4 * 9 / 10) << "shard " << i;
    EXPECT_LE(shard["streams"].Number(), kConnections / 4 * 11 / 10) << "shard " << i;
    EXPECT_GE(shard["accepted"].Number(), kConnections / 20) << "shard " << i;
  }
  EXPECT_EQ(PublishTo(File("own.sock"), "x").status, 200);
  for (SseClient& stream : streams) ASSERT_EQ(Must(stream.NextEvent(kPatience)).data, "x");
  End(*process);
}

TEST_F(HandedSocketsTest, WhatDoesNotFitIsRefusedWithARemedy) {
  const PortLease other;
  const ManagerSocket tcp = ManagerSocket::Tcp(port()).Listening();
  const ManagerSocket deaf = ManagerSocket::Tcp(other.port());
  const ManagerSocket local = ManagerSocket::Unix(File("a.sock")).Listening();
  const ManagerSocket second = ManagerSocket::Unix(File("b.sock")).Listening();
  const ManagerSocket datagrams = ManagerSocket::Unix(File("d.sock"), SOCK_DGRAM);
  const ManagerSocket packets = ManagerSocket::Unix(File("p.sock"), SOCK_SEQPACKET).Listening();
  const ManagerSocket file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const struct {
    std::vector<HandedDescriptor> handed;
    const char* told;
  } refusals[] = {
      {{{"http", deaf.fd()}}, "descriptor 3 named \"http\": it does not listen"},
      {{{"http", datagrams.fd()}}, "it is no stream socket"},
      {{{"http", packets.fd()}}, "it is no stream socket"},
      {{{"admin", file.fd()}}, "it is no socket"},
      {{{"ringcast.socket", tcp.fd()}},
       "FileDescriptorName=http, http-proxy, publish, publish-tcp or admin"},
      {{{"publish-tcp", local.fd()}}, "is no TCP socket"},
      {{{"publish-tcp", tcp.fd()}}, "name one with jwt-key"},
      {{{"http", tcp.fd()}, {"publish", tcp.fd()}}, "descriptor 4 named \"publish\": 127.0.0.1:"},
      {{{"publish", local.fd()}, {"publish", second.fd()}}, "it is the second of this name"},
      {{{"admin", local.fd()}, {"admin", second.fd()}}, "it is the second of this name"},
  };
  for (const auto& refusal : refusals) {
    const auto process = Serve(refusal.handed);
    EXPECT_EQ(Must(process->Wait(kPatience)), ExitStatus{.code = EX_CONFIG}) << refusal.told;
    const std::string log = process->stderr_text();
    EXPECT_NE(log.find(refusal.told), std::string::npos) << log;
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  }
}

// `ringcast doctor` is handed the same sockets, and holds against the options what is left of them.
TEST_F(HandedSocketsTest, AreNotTakenInTheEyesOfTheDoctor) {
  const ManagerSocket http = ManagerSocket::Tcp(port()).Listening();
  const ManagerSocket publish = ManagerSocket::Unix(File("publish.sock")).Listening();
  const ManagerSocket admin = ManagerSocket::Tcp(admin_port()).Listening();
  ProcessOptions options;
  // Where the sockets are is where the options would listen.
  options.argv = {Server::Binary(),
                  "doctor",
                  "--listen",
                  "127.0.0.1:" + std::to_string(port()),
                  "--publish-socket",
                  File("publish.sock"),
                  "--admin",
                  "127.0.0.1:" + std::to_string(admin_port()),
                  "--json"};
  const auto errors = [&options](const std::vector<HandedDescriptor>& handed) {
    options.handed = handed;
    const auto process = Must(Process::Start(options));
    Must(process->Wait(kPatience));
    const Json findings = Json::Parse(process->stdout_text())["findings"];
    std::vector<std::string> checks;
    for (std::size_t i = 0; i < findings.size(); ++i) {
      if (findings[i]["level"].Text() == "error") checks.push_back(findings[i]["check"].Text());
    }
    return checks;
  };
  using Checks = std::vector<std::string>;
  EXPECT_EQ(errors({{"http", http.fd()}, {"publish", publish.fd()}, {"admin", admin.fd()}}),
            Checks());
  EXPECT_EQ(errors({{"http", http.fd()}, {"publish", publish.fd()}}), Checks{"admin"});
  EXPECT_EQ(errors({}), (Checks{"listen", "publish-socket", "admin"}));
  EXPECT_EQ(errors({{"http", http.fd()}, {"publish", publish.fd()}, {"ad", admin.fd()}})[0],
            "socket-activation");
}

TEST_F(HandedSocketsTest, FromSystemdItself) {
  ProcessOptions options;
  options.argv = {"systemd-socket-activate",
                  "--listen=127.0.0.1:" + std::to_string(port()),
                  "--listen=" + File("publish.sock"),
                  "--fdname=http:publish",
                  Server::Binary(),
                  "serve",
                  "--admin",
                  "unix:" + File("admin.sock")};
  const auto process = Must(Process::Start(options));
  ASSERT_TRUE(process->WaitForStderr("Listening on " + File("publish.sock"), kPatience).ok());
  // The first connection starts the daemon, and is the first that it serves.
  SseClient stream = Open();
  EXPECT_EQ(PublishTo(File("publish.sock"), "x").status, 200);
  EXPECT_EQ(Must(stream.NextEvent(kPatience)).data, "x");
  End(*process);
}

}  // namespace
}  // namespace ringcast::test
