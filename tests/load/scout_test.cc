#include "load/scout.h"

#include <gtest/gtest.h>

#include "load/bench_event.h"
#include "support/scripted_peer.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

using test::ScriptedPeer;

std::string Block(const std::string& id, std::uint64_t seq) {
  std::string data;
  WriteBenchEvent(data, seq, 1, kMinPayloadBytes);
  return (id.empty() ? "" : "id: " + id + "\n") + "data: " + data + "\n\n";
}

// True: it became so within ten seconds.
template <class Condition>
bool Eventually(Condition is_so) {
  for (int i = 0; i < 1000; ++i) {
    if (is_so()) return true;
    SleepUntil(MonotonicNow() + std::chrono::milliseconds(10));
  }
  return false;
}

std::unique_ptr<Scout> Send(std::uint16_t port) {
  Result<std::unique_ptr<Scout>> scout =
      Scout::Start("http://127.0.0.1:" + std::to_string(port) + "/x");
  return scout ? std::move(*scout) : nullptr;
}

constexpr const char* kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

TEST(Scout, LearnsTheIdOfEachEvent) {
  ScriptedPeer peer({kHead, "event: hello\ndata: x\nid: 0\n\n", Block("a", 1), Block("b", 2)},
                    ScriptedPeer::Ending::kWaitForPeer);
  const auto scout = Send(peer.port());
  ASSERT_TRUE(scout);
  ASSERT_TRUE(Eventually([&] { return scout->ids().size() == 2; }));
  EXPECT_TRUE(scout->connected());
  EXPECT_EQ(scout->ids().Find(1), "a");
  EXPECT_EQ(scout->ids().Find(2), "b");
  EXPECT_EQ(scout->nameless(), 0u);
}

TEST(Scout, NoticesThatEventsHaveNoId) {
  ScriptedPeer peer({kHead, Block("", 1)}, ScriptedPeer::Ending::kWaitForPeer);
  const auto scout = Send(peer.port());
  ASSERT_TRUE(scout);
  EXPECT_TRUE(Eventually([&] { return scout->nameless() == 1; }));
  EXPECT_EQ(scout->ids().size(), 0u);
}

TEST(Scout, SaysWhyThereIsNoStream) {
  ScriptedPeer peer({"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"},
                    ScriptedPeer::Ending::kClose);
  const auto scout = Send(peer.port());
  ASSERT_TRUE(scout);
  EXPECT_TRUE(Eventually([&] { return scout->trouble().find("503") != std::string::npos; }))
      << scout->trouble();
  EXPECT_FALSE(scout->connected());
  EXPECT_FALSE(Scout::Start("ftp://x"));
}

TEST(Scout, ReadsTheNumberOfAnEventOnly) {
  EXPECT_EQ(BenchEventNumber("{\"seq\":12,\"t_ns\":3,\"pad\":\"\"}"), 12u);
  for (const char* text : {"", "{}", "{\"seq\":", "{\"seq\":x,\"t_ns\":1", "{\"seq\":12}",
                           "{\"seq\":99999999999999999999,\"t_ns\":1"}) {
    EXPECT_EQ(BenchEventNumber(text), 0u) << text;
  }
}

}  // namespace
}  // namespace ringcast
