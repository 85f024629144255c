// Floods above a limit: those who were there before notice nothing, those within their own limit
// are served, and everything is over when the flood is.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

class RefusedFloodTest : public DaemonTest {
 protected:
  static constexpr std::string_view kRequest = "GET /events/demo HTTP/1.1\r\nHost: h\r\n\r\n";

  HttpClient ConnectFrom(const std::string& source) {
    return Must(HttpClient::ConnectTcp(server().port(), kPatience, From(source).connect));
  }
};

TEST_F(RefusedFloodTest, OldStreamsGetEveryEventWhileNewcomersAreTurnedAway) {
  Start({"--max-connections", "50", "--shards", "1"});
  std::vector<Stream> old;
  for (int i = 0; i < 50; ++i) old.push_back(Follow("/events/demo"));
  std::atomic<bool> over{false};
  std::atomic<int> answered{0};
  const double cpu_before = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  std::thread flood([&] {
    while (!over.load()) {
      Result<HttpClient> client = HttpClient::ConnectTcp(server().port(), kPatience);
      if (!client.ok() || !client->Send(kRequest, kPatience).ok()) continue;
      const Result<std::string> all = client->ReadAll(kPatience);
      if (all.ok() && all->find("event: overload") != std::string::npos) ++answered;
    }
  });
  constexpr int kEvents = 150;
  for (int n = 0; n < kEvents; ++n) {
    const std::string id = Publish("demo", std::to_string(n));
    for (Stream& stream : old) ASSERT_EQ(stream.Next().id, id);
    std::this_thread::sleep_for(20ms);
  }
  over.store(true);
  flood.join();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double cpu = CpuSeconds() - cpu_before;
  EXPECT_GT(answered.load(), 100);
  EXPECT_EQ(Refused("max_connections"), static_cast<std::uint64_t>(answered.load()));
  EXPECT_TRUE(Eventually([&] { return Connections() == 50; }));
  EXPECT_EQ(Closed("overload"), static_cast<std::uint64_t>(answered.load()));
  RecordProperty("turned_away", answered.load());
  std::printf("%d turned away in %.1f s with %.2f s of processor time, %d deliveries included\n",
              answered.load(), seconds, cpu, kEvents * 50);
}

// Silent connections, far more than the table has slots beyond those served.
TEST_F(RefusedFloodTest, AnAddressOverItsShareTakesNoPlaceFromOthers) {
  Start({"--max-connections", "40", "--max-connections-per-ip", "10", "--shards", "1"});
  std::vector<HttpClient> silent;
  for (int i = 0; i < 1500; ++i) silent.push_back(ConnectFrom("127.0.0.2"));
  EXPECT_TRUE(Eventually([&] { return Refused("max_connections_per_ip") >= 1490; }));
  // Its ten have places; all others are free, for whoever has none yet.
  std::vector<Stream> streams;
  for (int i = 0; i < 30; ++i) {
    SseRequest request;
    request.target = "/events/demo";
    request.connect.source = "127.0.0." + std::to_string(3 + i / 10);
    streams.push_back(Follow(request));
  }
  const std::string id = Publish("demo", "x");
  for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, id);
  // Those that were turned away do not keep their slots for long.
  EXPECT_TRUE(Eventually([&] { return Connections() <= 40; }));
}

TEST_F(RefusedFloodTest, WhoIsTurnedAwayCannotStayWithOtherRequests) {
  Start({"--max-connections", "1", "--shards", "1"});
  Stream first = Follow("/events/demo");
  HttpClient second = Send("GET /health HTTP/1.1\r\nHost: h\r\n\r\n");
  const HttpResponse answer = Must(second.ReadResponse(kPatience));
  EXPECT_EQ(answer.status, 200) << "full is not broken";
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(second.WaitForEnd(kPatience));
}

}  // namespace
}  // namespace ringcast::test
