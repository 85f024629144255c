// Rows 10, 61, 63, 74, 76, 78, 80, 100 and 106: garbage, and connections that are many, short, or
// in each other's way.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "integration/daemon_test.h"
#include "integration/request_text.h"
#include "support/sanitized.h"

namespace ringcast::test {
namespace {

class ConnectionTest : public DaemonTest {
 protected:
  std::size_t Descriptors() {
    const std::string path = "/proc/" + std::to_string(server().process().pid()) + "/fd";
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
  // CPU time the server has used so far.
  std::chrono::milliseconds CpuTime() {
    std::ifstream file("/proc/" + std::to_string(server().process().pid()) + "/stat");
    std::string text;
    std::getline(file, text);
    // The name, in parentheses, may hold anything; utime and stime are the 12th and 13th behind it.
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    long user = 0;
    long system = 0;
    fields >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
  }
  std::uint64_t Resident() { return Stats()["memory"]["resident_bytes"].Number(); }
};

// Neither the answer nor the log repeats what was sent.
TEST_F(ConnectionTest, Row061_NothingIsReflected) {
  Start({"--log-level", "debug"});
  for (const std::string& bytes :
       {std::string("GET /events/%3Cscript%3E\x1b[31m HTTP/1.1\r\nHost: h\r\n\r\n"),
        WithFields("Origin: https://evil\r\nUser-Agent: \x1b[31m\r\n"),
        WithFields("X-\x80: \xff\r\n"), Ask("/events/a%0d%0aSet-Cookie:x")}) {
    for (const bool publish : {false, true}) {
      HttpClient client = publish ? ConnectPublisher() : Connect();
      Must(client.Send(bytes, kPatience));
      const std::string answer = Must(client.ReadResponse(kPatience)).body;
      for (const char* part : {"script", "evil", "Set-Cookie", "\x1b", "\x80"}) {
        EXPECT_EQ(answer.find(part), std::string::npos) << answer;
      }
    }
  }
  for (const char byte : {'\x1b', '\x80', '\xff'}) {
    EXPECT_EQ(server().log().find(byte), std::string::npos);
  }
}

// Garbage of all kinds, as much as it takes: no line of the log for each, and the server stays.
TEST_F(ConnectionTest, Row010_RandomBytes) {
  Start({"--shards", "2"});
  std::uint32_t state = 12345;
  const auto next = [&state] { return state = state * 1664525 + 1013904223, state >> 16; };
  for (int i = 0; i < 400; ++i) {
    HttpClient client = i % 4 == 0 ? ConnectPublisher() : Connect();
    std::string bytes = i % 3 == 0 ? "GET /events/" : i % 3 == 1 ? "\xC5RCP\1" : "";
    for (std::uint32_t left = next() % 600; left > 0; --left) {
      bytes.push_back(static_cast<char>(next() % 256));
    }
    (void)client.Send(bytes, kPatience);
    if (i % 2 == 0) client.CloseWithReset();
  }
  Stream stream = Follow("/events/a");
  Publish("a", "still there");
  EXPECT_EQ(stream.Next().data, "still there");
  EXPECT_LT(server().log().size(), 4000u);
}

// More publishers than there are descriptors: no spinning, streams go on, and it resumes by itself.
TEST_F(ConnectionTest, Row074_WithoutDescriptorsItWaitsAndGoesOn) {
  ServerOptions options;
  options.args = {"--shards", "1", "--max-publishers", "4096", "--max-connections", "64"};
  options.max_files = 200;
  Start(options);
  Stream stream = Follow("/events/a");
  HttpClient publisher = ConnectPublisher();
  Must(publisher.Send(Post("Content-Length: 1\r\n\r\nx"), kPatience));
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  EXPECT_EQ(stream.Next().data, "x");

  std::vector<HttpClient> crowd;
  for (int i = 0; i < 300; ++i) crowd.push_back(ConnectPublisher());
  EXPECT_TRUE(Eventually([&] { return Descriptors() >= 198; })) << Descriptors();
  const auto before = CpuTime();
  std::this_thread::sleep_for(1s);
  const auto used = CpuTime() - before;
  EXPECT_LT(used, 300ms) << "it spins on accept";
  RecordProperty("cpu_ms_of_a_second", static_cast<int>(used.count()));

  Must(publisher.Send(Post("Content-Length: 1\r\n\r\ny"), kPatience));
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  EXPECT_EQ(stream.Next().data, "y");
  crowd.clear();
  const std::string id = Publish("a", "z");
  EXPECT_EQ(stream.Next().id, id);
  Stream newcomer = Follow("/events/a");
  EXPECT_TRUE(Eventually([&] { return Descriptors() < 100; }));
}

// Many more heads at the same moment than a shard has buffers to receive them into.
TEST_F(ConnectionTest, Row076_MoreRequestsAtOnceThanBuffersAreAllServed) {
  Start({"--shards", "1", "--header-timeout", "1m"});
  Stream witness = Follow("/events/a");
  constexpr int kRequests = 600;
  const std::string request = WithFields("X: " + std::string(6000, 'y') + "\r\n");
  server().process().Signal(SIGSTOP);  // so that all of them are there when it looks
  std::vector<HttpClient> clients;
  for (int i = 0; i < kRequests; ++i) clients.push_back(Send(request));
  server().process().Signal(SIGCONT);
  for (HttpClient& client : clients) {
    ASSERT_EQ(Must(client.ReadHead(kPatience)).status, 200);
    Must(client.ReadUntil("event: connected", kPatience));
  }
  const std::string id = Publish("a", "x");
  EXPECT_EQ(witness.Next().id, id);
  for (HttpClient& client : clients) {
    ASSERT_TRUE(client.ReadUntil("id: " + id + "\ndata: x\n\n", kPatience).ok());
  }
}

// Streams that come and go as fast as they can leave nothing behind.
TEST_F(ConnectionTest, Row080_ChurnLeavesNothingBehind) {
  Start({"--shards", "2"});
  Stream witness = Follow("/events/a");
  const auto churn = [&](int rounds) {
    for (int round = 0; round < rounds; ++round) {
      std::vector<HttpClient> clients;
      for (int i = 0; i < 100; ++i) clients.push_back(Send(Ask("/events/a")));
      for (int i = 0; i < 100; ++i) {
        // A third has had its stream, the others go before or while they get it.
        if (i % 3 == 0) {
          Must(clients[static_cast<std::size_t>(i)].ReadUntil("event: connected", kPatience));
        }
        if (i % 2 == 0) clients[static_cast<std::size_t>(i)].CloseWithReset();
      }
    }
    EXPECT_TRUE(Eventually([&] { return Connections() == 1; }));
  };
  churn(20);  // what it needs at all
  const std::uint64_t resident = Resident();
  const std::size_t descriptors = Descriptors();
  churn(60);
  EXPECT_LE(Resident(), resident + (4u << 20));
  EXPECT_LE(Descriptors(), descriptors + 2);
  const std::string id = Publish("a", "x");
  EXPECT_EQ(witness.Next().id, id);
  EXPECT_EQ(Streams(), 1u);
}

// Requests that never end need memory while they are open, and not after it.
TEST_F(ConnectionTest, Row063_ACrowdOfUnfinishedRequestsLeavesNoMemoryBehind) {
  Start({"--shards", "1", "--header-timeout", "1m"});
  const std::string unfinished = "GET /events/" + std::string(4000, 'a');
  const auto crowd = [&](std::size_t size) {
    std::vector<HttpClient> clients;
    while (clients.size() < size) clients.push_back(Send(unfinished));
    EXPECT_TRUE(Eventually([&] { return Connections() == size; }));
    return clients;
  };
  crowd(100);  // what it needs at all
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }));
  const std::uint64_t before = Resident();
  std::vector<HttpClient> clients = crowd(6000);
  const std::uint64_t during = Resident();
  clients.clear();
  EXPECT_TRUE(Eventually([&] { return Connections() == 0; }));
  RecordProperty("bytes_of_a_request", static_cast<int>((during - before) / 6000));
  if (kSanitized) return;
  EXPECT_GT(during, before + (16u << 20)) << "that was no crowd";
  EXPECT_TRUE(Eventually([&] { return Resident() < before + (4u << 20); }))
      << Resident() - before << " bytes more than before";
}

// Row 78: a slot that is used again at once is never sent what was meant for the one before.
TEST_F(ConnectionTest, Row078_SlotsThatAreUsedAgainGetOnlyTheirOwnEvents) {
  Start({"--shards", "1"});
  for (int round = 0; round < 60; ++round) {
    const std::string channel = "c" + std::to_string(round);
    std::vector<Stream> streams;
    for (int i = 0; i < 20; ++i) streams.push_back(Follow("/events/" + channel));
    const std::string before = "c" + std::to_string(round - 1);
    if (round > 0) Publish(before, "for those that have gone");
    const std::string id = Publish(channel, channel);
    for (Stream& stream : streams) {
      const SseEvent event = stream.Next();
      ASSERT_EQ(event.id, id);
      ASSERT_EQ(event.data, channel);
    }
    for (std::size_t i = 0; i < streams.size(); i += 2) {
      streams[i].client.connection().CloseWithReset();
    }
  }
}

// An id of another channel is a place in the one order of all events, and brings nothing of it.
TEST_F(ConnectionTest, Row100_IdOfAnotherChannelBringsNothingOfIt) {
  Start();
  Publish("mine", "1");
  const std::string foreign = Publish("theirs", "secret 1");
  Publish("theirs", "secret 2");
  Publish("mine", "2");
  Stream stream = Follow("/events/mine", foreign);
  EXPECT_EQ(stream.start(), "resumed");
  EXPECT_EQ(stream.Next().data, "2") << "what came after it, on its own channel";
  Publish("theirs", "secret 3");
  Publish("mine", "3");
  EXPECT_EQ(stream.Next().data, "3");
}

// Many ask for all of a long history; a live stream is served between them, not after them.
TEST_F(ConnectionTest, Row106_LiveStreamsAreServedWhileManyReplay) {
  Start({"--shards", "1", "--stall-timeout", "1m"});
  std::string first;
  constexpr int kEvents = 200;
  for (int i = 0; i < kEvents; ++i) {
    const std::string id = Publish("long", std::to_string(i) + std::string(4000, '.'));
    if (i == 0) first = id;
  }
  Stream live = Follow("/events/live");
  constexpr int kReplays = 400;
  std::vector<Stream> replays;
  std::atomic<int> complete{0};
  std::vector<HttpClient> clients;
  for (int i = 0; i < kReplays; ++i) {
    clients.push_back(
        Send("GET /events/long HTTP/1.1\r\nHost: h\r\nLast-Event-ID: " + first + "\r\n\r\n"));
  }
  std::thread reader([&] {
    for (HttpClient& client : clients) {
      if (!client.ReadUntil("data: " + std::to_string(kEvents - 1) + "...", 60s).ok()) return;
      complete.fetch_add(1);
    }
  });
  int before_the_last = 0;
  for (int i = 0; i < 20; ++i) {
    const std::string id = Publish("live", std::to_string(i));
    EXPECT_EQ(live.Next().id, id);
    if (complete.load() < kReplays) ++before_the_last;
  }
  reader.join();
  EXPECT_EQ(complete.load(), kReplays) << "somebody did not get all of it";
  EXPECT_GT(before_the_last, 0) << "the live stream had to wait for all of them";
}

}  // namespace
}  // namespace ringcast::test
