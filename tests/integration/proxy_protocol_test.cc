// Who the client is when a proxy stands between: the PROXY protocol's header, X-Forwarded-For of
// trusted proxies, and what becomes of those who have no right to either.
#include <string>
#include <vector>

#include "integration/daemon_test.h"
#include "protocol/proxy_header_bytes.h"

namespace ringcast::test {
namespace {

constexpr std::string_view kStreamRequest = "GET /events/demo HTTP/1.1\r\nHost: h\r\n\r\n";

std::string Line(const std::string& client) {
  return "PROXY TCP4 " + client + " 127.0.0.1 4711 443\r\n";
}

std::string Forwarded(const std::string& addresses) {
  return "GET /events/demo HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: " + addresses + "\r\n\r\n";
}

class ProxyProtocolTest : public DaemonTest {
 protected:
  // The usual listener takes plain requests; beside it are one for proxies and two UNIX sockets.
  void StartBehindProxies(Arguments arguments = {}) {
    for (const std::string& address :
         {"proxy:127.0.0.1:" + std::to_string(proxied_.port()),
          "proxy:unix:" + directory_.File("proxied"), "unix:" + directory_.File("plain")}) {
      arguments.insert(arguments.end(), {"--listen", address});
    }
    Start(arguments);
  }
  HttpClient ConnectProxied(const std::string& source = {}) {
    return Must(HttpClient::ConnectTcp(proxied_.port(), kPatience, {.source = source}));
  }
  HttpClient ConnectUnix(const std::string& name) {
    return Must(HttpClient::ConnectUnix(directory_.File(name), kPatience));
  }
  // Sends the bytes and gives the type of the first event that is answered; the connection stays.
  std::string FirstEvent(HttpClient client, std::string_view bytes) {
    Must(client.Send(bytes, kPatience));
    EXPECT_EQ(Must(client.ReadHead(kPatience)).status, 200);
    const std::string block = Must(client.ReadUntil("\n\n", kPatience));
    const std::size_t at = block.find("event: ");
    EXPECT_NE(at, std::string::npos) << block;
    kept_.push_back(std::move(client));
    return block.substr(at + 7, block.find('\n', at) - at - 7);
  }
  std::string FirstEvent(const std::string& header) {
    return FirstEvent(ConnectProxied(), header + std::string(kStreamRequest));
  }
  void ExpectClosed(HttpClient client, std::string_view bytes, std::string_view reason) {
    const std::uint64_t before = Closed(reason);
    // It may be closed before all is sent.
    (void)client.Send(bytes, kPatience);
    EXPECT_TRUE(client.WaitForEnd(kPatience));
    EXPECT_TRUE(Eventually([&] { return Closed(reason) == before + 1; })) << reason;
  }

  PortLease proxied_;
  TempDir directory_;
  std::vector<HttpClient> kept_;
};

TEST_F(ProxyProtocolTest, BothVersionsAreReadAndTheStreamIsLive) {
  StartBehindProxies();
  for (const std::string& header : {Line("192.0.2.1"), ProxyV2Ipv4()}) {
    for (const std::string& listener : {std::string("tcp"), std::string("unix")}) {
      HttpClient client = listener == "tcp" ? ConnectProxied() : ConnectUnix("proxied");
      EXPECT_EQ(FirstEvent(std::move(client), header + std::string(kStreamRequest)), "connected");
    }
  }
  EXPECT_EQ(Streams(), 4u);
  const std::string id = Publish("demo", "x");
  for (HttpClient& client : kept_) {
    EXPECT_NE(Must(client.ReadUntil("\n\n", kPatience)).find("id: " + id), std::string::npos);
  }
  EXPECT_EQ(Closed("bad_proxy_header"), 0u);
}

TEST_F(ProxyProtocolTest, ARequestMayComeInAnyPieces) {
  StartBehindProxies();
  for (const std::string& header : {Line("192.0.2.1"), ProxyV2Ipv4(std::string(200, 'x'))}) {
    const std::string bytes = header + "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      HttpClient client = ConnectProxied();
      Must(client.Send(bytes.substr(0, cut), kPatience));
      Must(client.Send(bytes.substr(cut), kPatience));
      ASSERT_EQ(Must(client.ReadResponse(kPatience)).status, 200) << "cut at " << cut;
    }
  }
}

TEST_F(ProxyProtocolTest, FurtherRequestsOfTheConnectionHaveNoHeader) {
  StartBehindProxies();
  HttpClient client = ConnectProxied();
  Must(client.Send(Line("192.0.2.1") + "GET /health HTTP/1.1\r\nHost: h\r\n\r\n", kPatience));
  EXPECT_EQ(Must(client.ReadResponse(kPatience)).status, 200);
  EXPECT_EQ(Must(client.Request("GET", "/health", kPatience)).status, 200);
  Must(client.Send(Line("192.0.2.1"), kPatience));
  EXPECT_EQ(Must(client.ReadResponse(kPatience)).status, 400);
}

TEST_F(ProxyProtocolTest, LimitsAndLogUseTheClientsAddress) {
  StartBehindProxies({"--max-connections-per-ip", "2", "--shards", "3"});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(FirstEvent(Line("192.0.2.1")), "connected");
  EXPECT_EQ(FirstEvent(Line("192.0.2.1")), "overload");
  EXPECT_EQ(FirstEvent(ProxyV2Ipv4()), "overload") << "the same client by the other version";
  EXPECT_EQ(FirstEvent(Line("192.0.2.2")), "connected");
  // Over the UNIX socket, whose connections are passed on from one shard to the others.
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(FirstEvent(ConnectUnix("proxied"), ProxyV2Ipv4() + std::string(kStreamRequest)),
              "overload");
  }
  EXPECT_EQ(Refused("max_connections_per_ip"), 10u);
  EXPECT_TRUE(LogSays("limit=max-connections-per-ip allowed=2 address=192.0.2.1;"));
  // Who goes makes room, on whatever shard.
  kept_.clear();
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(FirstEvent(ConnectUnix("proxied"), ProxyV2Ipv4() + std::string(kStreamRequest)),
              "connected");
  }
  EXPECT_EQ(FirstEvent(Line("192.0.2.1")), "overload");
}

TEST_F(ProxyProtocolTest, ARateHoldsForTheClientsAddress) {
  StartBehindProxies({"--connection-rate-per-ip", "1", "--connection-burst-per-ip", "2"});
  std::size_t refused = 0;
  for (int i = 0; i < 20; ++i) refused += FirstEvent(Line("192.0.2.1")) == "overload" ? 1 : 0;
  EXPECT_GT(refused, 0u);
  EXPECT_EQ(FirstEvent(Line("192.0.2.2")), "connected");
  EXPECT_EQ(Refused("connection_rate_per_ip"), refused);
}

TEST_F(ProxyProtocolTest, ConnectionsOfTheProxyItselfAreNotLimited) {
  StartBehindProxies({"--max-connections-per-ip", "1"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(FirstEvent("PROXY UNKNOWN\r\n"), "connected");
    EXPECT_EQ(FirstEvent(ProxyV2(0x20, 0, "")), "connected");
    EXPECT_EQ(FirstEvent(ProxyV2(0x21, 0, "")), "connected");
    EXPECT_EQ(FirstEvent(ProxyV2(0x21, 0x31, std::string(216, 'p'))), "connected");
  }
  // A check of whether somebody listens: a header and the end.
  HttpClient client = ConnectProxied();
  Must(client.Send(ProxyV2(0x20, 0, ""), kPatience));
  client.Close();
  EXPECT_TRUE(Eventually([&] { return Closed("client") == 1; }));
  EXPECT_EQ(Closed("bad_proxy_header"), 0u);
}

TEST_F(ProxyProtocolTest, WithoutASoundHeaderTheConnectionIsClosed) {
  StartBehindProxies();
  for (const std::string& bytes :
       {std::string(kStreamRequest), std::string("\x16\x03\x01\x02\x00\x01", 6),
        std::string("PROXY TCP4 192.0.2.256 127.0.0.1 1 2\r\n"),
        "PROXY UNKNOWN " + std::string(200, 'x') + "\r\n", ProxyV2(0x21, 0x11, "short"),
        ProxyV2(0x31, 0x11, std::string(12, 'x')), ProxyV2(0x21, 0x11, "", 0xffff),
        Line("192.0.2.1").replace(0, 5, "proxy")}) {
    ExpectClosed(ConnectProxied(), bytes, "bad_proxy_header");
    ExpectClosed(ConnectUnix("proxied"), bytes, "bad_proxy_header");
  }
  EXPECT_EQ(Closed("bad_proxy_header"), 16u);
  EXPECT_TRUE(
      LogSays("closed a connection to a proxy: listener: the connection does not begin "
              "with a PROXY header"));
  // A second header is no request.
  ExpectClosed(ConnectProxied(), Line("192.0.2.1") + Line("192.0.2.1"), "bad_request");
}

TEST_F(ProxyProtocolTest, AFloodOfGarbageLeavesNothingBehindAndFewLines) {
  StartBehindProxies({"--max-connections-per-ip", "10", "--shards", "1"});
  for (int i = 0; i < 1000; ++i) {
    HttpClient client = ConnectProxied();
    (void)client.Send("garbage\r\n", kPatience);
  }
  EXPECT_TRUE(Eventually([&] { return Closed("bad_proxy_header") + Closed("client") == 1000; }));
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }));
  const std::string log = server().log();
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = log.find("proxy: listener", at)) != std::string::npos; ++at)
    ++lines;
  EXPECT_GE(lines, 1u);
  EXPECT_LE(lines, 20u) << "one in ten seconds";
  EXPECT_EQ(FirstEvent(Line("192.0.2.1")), "connected");
}

TEST_F(ProxyProtocolTest, TheHeadersDeadlineIsTheRequests) {
  StartBehindProxies({"--header-timeout", "300ms"});
  ExpectClosed(ConnectProxied(), "", "header_timeout");
  ExpectClosed(ConnectProxied(), "PROXY TCP4 192.0.2.1", "header_timeout");
  ExpectClosed(ConnectProxied(), Line("192.0.2.1"), "header_timeout");
  // A header that comes bit by bit does not put it off.
  HttpClient slow = ConnectProxied();
  for (const char byte : Line("192.0.2.1")) {
    if (!slow.Send({&byte, 1}, kPatience)) break;
    if (slow.WaitForEnd(50ms)) break;
  }
  EXPECT_TRUE(Eventually([&] { return Closed("header_timeout") == 4; }));
  // From there on the request is told.
  HttpClient told = ConnectProxied();
  Must(told.Send(Line("192.0.2.1") + "GET /events", kPatience));
  EXPECT_EQ(Must(told.ReadResponse(kPatience)).status, 408);
}

TEST_F(ProxyProtocolTest, OnlyTrustedProxiesMayConnectOnceTheyAreNamed) {
  StartBehindProxies({"--trusted-proxy", "127.0.0.5", "--trusted-proxy", "10.0.0.0/8"});
  EXPECT_TRUE(ConnectProxied("127.0.0.6").WaitForEnd(kPatience)) << "without having said a word";
  EXPECT_TRUE(Eventually([&] { return Closed("bad_proxy_header") == 1; }));
  EXPECT_TRUE(
      LogSays("proxy: listener address=127.0.0.6: not from an address that --trusted-proxy "
              "names"));
  const std::string bytes = Line("192.0.2.1") + std::string(kStreamRequest);
  EXPECT_EQ(FirstEvent(ConnectProxied("127.0.0.5"), bytes), "connected");
  EXPECT_EQ(FirstEvent(ConnectUnix("proxied"), bytes), "connected") << "its file decides";
}

TEST_F(ProxyProtocolTest, XForwardedForOfATrustedProxyTellsTheClient) {
  StartBehindProxies({"--trusted-proxy", "127.0.0.0/24", "--trusted-proxy", "unix",
                      "--max-connections-per-ip", "1", "--shards", "2"});
  EXPECT_EQ(FirstEvent(Connect(), Forwarded("192.0.2.1")), "connected");
  EXPECT_EQ(FirstEvent(Connect(), Forwarded("192.0.2.1")), "overload");
  EXPECT_EQ(FirstEvent(Connect(), Forwarded("192.0.2.9, 192.0.2.1, 127.0.0.8")), "overload");
  EXPECT_EQ(FirstEvent(ConnectUnix("plain"), Forwarded("192.0.2.1")), "overload");
  EXPECT_EQ(FirstEvent(ConnectUnix("plain"), Forwarded("192.0.2.2")), "connected");
  EXPECT_EQ(FirstEvent(Connect(), Forwarded("192.0.2.2")), "overload");
  EXPECT_EQ(Refused("max_connections_per_ip"), 4u);
  EXPECT_TRUE(LogSays("limit=max-connections-per-ip allowed=1 address=192.0.2.1;"));
  // A trusted proxy that names nobody is not limited itself.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(FirstEvent(Connect(), kStreamRequest), "connected");
    EXPECT_EQ(FirstEvent(Connect(), Forwarded("unknown")), "connected");
  }
  kept_.clear();
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }));
  EXPECT_EQ(FirstEvent(Connect(), Forwarded("192.0.2.1")), "connected");
}

TEST_F(ProxyProtocolTest, AProxysConnectionMayServeSeveralClients) {
  StartBehindProxies({"--trusted-proxy", "127.0.0.1", "--max-connections-per-ip", "1"});
  HttpClient client = Connect();
  for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.1"}) {
    EXPECT_EQ(Must(client.Request("GET", "/health", kPatience, {}, {{"X-Forwarded-For", address}}))
                  .status,
              200);
  }
  EXPECT_EQ(FirstEvent(std::move(client), Forwarded("192.0.2.3")), "connected");
  EXPECT_EQ(FirstEvent(Connect(), Forwarded("192.0.2.3")), "overload");
  EXPECT_EQ(FirstEvent(Connect(), Forwarded("192.0.2.2")), "connected");
}

TEST_F(ProxyProtocolTest, Row060_ForwardedForOfWhoIsNotTrustedIsIgnored) {
  StartBehindProxies({"--trusted-proxy", "127.0.0.5", "--max-connections-per-ip", "1"});
  EXPECT_EQ(FirstEvent(Connect(), Forwarded("192.0.2.1")), "connected");
  EXPECT_EQ(FirstEvent(Connect(), Forwarded("192.0.2.2")), "overload");
  EXPECT_TRUE(LogSays("limit=max-connections-per-ip allowed=1 address=127.0.0.1;"));
  // Nor is it for a client that a PROXY header names.
  EXPECT_EQ(FirstEvent(ConnectUnix("proxied"), ProxyV2Ipv4() + Forwarded("192.0.2.3")),
            "connected");
  EXPECT_EQ(FirstEvent(ConnectUnix("proxied"), ProxyV2Ipv4() + Forwarded("192.0.2.4")), "overload");
}

TEST_F(ProxyProtocolTest, AProxyBehindAProxy) {
  StartBehindProxies({"--trusted-proxy", "10.0.0.0/8", "--max-connections-per-ip", "1"});
  const std::string header = Line("10.1.1.1");
  EXPECT_EQ(FirstEvent(ConnectUnix("proxied"), header + Forwarded("192.0.2.1")), "connected");
  EXPECT_EQ(FirstEvent(ConnectUnix("proxied"), header + Forwarded("192.0.2.1")), "overload");
  EXPECT_EQ(FirstEvent(ConnectUnix("proxied"), header + Forwarded("192.0.2.2, 10.1.1.2")),
            "connected");
}

TEST_F(ProxyProtocolTest, WhoFindsNoRoomIsToldBehindAProxyToo) {
  StartBehindProxies({"--max-connections", "1", "--shards", "1", "--max-connections-per-ip", "1"});
  EXPECT_EQ(FirstEvent(Line("192.0.2.1")), "connected");
  EXPECT_EQ(FirstEvent(Line("192.0.2.1")), "overload");
  EXPECT_EQ(FirstEvent(Line("192.0.2.2")), "overload");
  EXPECT_EQ(Refused("max_connections"), 2u);
  EXPECT_EQ(Refused("max_connections_per_ip"), 0u) << "they were turned away before";
  kept_.clear();
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }));
  EXPECT_EQ(FirstEvent(Line("192.0.2.2")), "connected");
}

}  // namespace
}  // namespace ringcast::test
