// Rows 65 to 68: readers that stop, that take a byte now and then, that end one side, that are
// reset within an event, and that are gone without a word. Each is freed in its time, and nothing
// of it stays.
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "hostile/network_namespace.h"
#include "integration/daemon_test.h"
#include "integration/follower.h"
#include "integration/number_flood.h"
#include "integration/request_text.h"
#include "support/sanitized.h"

namespace ringcast::test {
namespace {

class DeadPeerTest : public DaemonTest {
 protected:
  SseRequest Narrow(const std::string& target = "/events/a") {
    SseRequest request;
    request.target = target;
    request.connect.receive_buffer_bytes = 4096;
    return request;
  }
  std::uint64_t Resident() { return Stats()["memory"]["resident_bytes"].Number(); }
  // One that reads all the time, to see that nobody else is in its way.
  FollowerOptions Healthy() { return {.port = server().port(), .channels = {"a"}}; }
  FloodOptions Flood() {
    FloodOptions options;
    options.publish_socket = server().publish_socket();
    options.channels = {"a"};
    options.data_bytes = 1000;
    options.pause_per_batch = std::chrono::milliseconds(2);
    return options;
  }
  static void ExpectAll(Follower& follower, NumberFlood& flood) {
    const SequenceCheck& check = follower.FinishAt(flood.ids().size(), 30s);
    EXPECT_EQ(follower.trouble(), "");
    EXPECT_EQ(check.Verify(flood.ids()), "");
    EXPECT_TRUE(follower.ends().empty());
  }
};

TEST_F(DeadPeerTest, Row065_ReadersThatStopOrTakeAByteNowAndThenAreCut) {
  Start({"--stall-timeout", "1s", "--heartbeat", "200ms", "--shards", "2"});
  Follower healthy(Healthy());
  constexpr std::size_t kEach = 40;
  std::vector<Stream> dead;
  for (std::size_t i = 0; i < 2 * kEach; ++i) {
    dead.push_back(Follow(Narrow(i % 2 == 0 ? "/events/a" : "/events?channel=a&channel=b")));
  }
  const std::uint64_t before = Resident();
  NumberFlood flood(Flood());
  // The second half takes a byte five times a second, which makes no room worth speaking of.
  const bool cut = Eventually(
      [&] {
        for (std::size_t i = kEach; i < dead.size(); ++i) {
          char byte = 0;
          (void)::recv(dead[i].client.connection().fd(), &byte, 1, MSG_DONTWAIT);
        }
        std::this_thread::sleep_for(200ms);
        return Closed("stalled") == 2 * kEach;
      },
      60s);
  EXPECT_TRUE(cut) << Closed("stalled") << " of " << 2 * kEach;
  EXPECT_LT(Resident(), before + (16u << 20)) << "what they did not read was kept for each";
  ASSERT_TRUE(flood.Stop().ok());
  for (Stream& stream : dead) {
    HttpClient& connection = stream.client.connection();
    EXPECT_TRUE(connection.WaitForEnd(kPatience));
    EXPECT_EQ(connection.peer_end(), PeerEnd::kReset);
  }
  ExpectAll(healthy, flood);
  EXPECT_TRUE(Eventually([&] { return Connections() == 1; }));
}

TEST_F(DeadPeerTest, Row066And067_HalfClosedAndResetWithinAnEventAreFreed) {
  Start({"--heartbeat", "off", "--shards", "2"});
  Stream healthy = Follow("/events/b");
  const std::string large(1 << 20, 'x');
  for (int round = 0; round < 3; ++round) {
    std::vector<Stream> dead;
    for (int i = 0; i < 40; ++i) {
      dead.push_back(Follow(Narrow(i % 4 < 2 ? "/events/a" : "/events?channel=a&channel=c")));
    }
    Publish("a", large);  // none of them has room for it
    for (std::size_t i = 0; i < dead.size(); ++i) {
      EXPECT_FALSE(Must(dead[i].client.connection().ReadSome(kPatience)).empty());
      if (i % 2 == 0) {
        dead[i].client.connection().HalfClose();
      } else {
        dead[i].client.connection().CloseWithReset();
      }
    }
    EXPECT_TRUE(Eventually([&] { return Connections() == 1; })) << Connections() << " are left";
    const std::string id = Publish("b", "x");
    EXPECT_EQ(healthy.Next().id, id);
  }
  EXPECT_EQ(Closed("client"), 120u);
}

// A cable that is pulled: no FIN and no reset, ever. Heartbeats find it, since nobody acknowledges
// them.
TEST_F(DeadPeerTest, Row068_PeersThatAreGoneWithoutAWordAreFound) {
  Result<std::unique_ptr<NetworkNamespace>> network = NetworkNamespace::Create();
  if (!network) GTEST_SKIP() << network.error().message;
  const PortLease port;
  Start({"--listen", (*network)->here() + ":" + std::to_string(port.port()), "--heartbeat", "300ms",
         "--stall-timeout", "500ms", "--shards", "2"});
  Stream healthy = Follow("/events/a");
  const std::uint64_t before = Resident();
  std::vector<int> sockets;
  constexpr std::size_t kGone = 60;
  for (std::size_t i = 0; i < kGone; ++i) {
    sockets.push_back(Must((*network)->Connect(port.port())));
    const std::string request = Ask(i % 2 == 0 ? "/events/a" : "/events/quiet");
    ASSERT_EQ(::send(sockets.back(), request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
  }
  EXPECT_TRUE(Eventually([&] { return Streams() == kGone + 1; }));
  std::this_thread::sleep_for(2s);
  EXPECT_EQ(Streams(), kGone + 1) << "those that are there and quiet must stay";

  Must((*network)->PullCable());
  const std::string id = Publish("a", "x");
  EXPECT_EQ(healthy.Next().id, id);
  EXPECT_TRUE(Eventually([&] { return Connections() == 1; }, 30s)) << Connections();
  if (!test::kSanitized) {
    EXPECT_LT(Resident(), before + (8u << 20));
  }
  Publish("a", "y");
  EXPECT_EQ(healthy.Next().data, "y");
  for (const int fd : sockets) ::close(fd);
}

}  // namespace
}  // namespace ringcast::test
