#include "load/narrow_socket.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <array>
#include <memory>

#include "support/scripted_peer.h"

namespace ringcast {
namespace {

using test::ScriptedPeer;

TEST(NarrowSocket, TakesTheSlotAndConnects) {
  Result<std::unique_ptr<Ring>> ring = Ring::Create({.direct_slots = 2});
  ASSERT_TRUE(ring) << ring.error().message;
  const Status opened = OpenNarrowSocket(**ring, 1, 4096);
  ASSERT_TRUE(opened) << opened.error().message;

  ScriptedPeer peer({std::string(1 << 20, 'x')}, ScriptedPeer::Ending::kClose);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(peer.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (*ring)->Connect(File::Slot(1), &address, 7);
  (*ring)->SubmitAndWait(1, std::chrono::seconds(10));
  std::array<Completion, 4> completions;
  ASSERT_EQ((*ring)->Reap(completions), 1u);
  EXPECT_EQ(completions[0].tag, 7u);
  EXPECT_EQ(completions[0].result, 0);
  (*ring)->Abort(File::Slot(1), 8);
  (*ring)->Submit();
}

TEST(NarrowSocket, SaysThatThereIsNoSuchSlot) {
  Result<std::unique_ptr<Ring>> ring = Ring::Create({.direct_slots = 2});
  ASSERT_TRUE(ring) << ring.error().message;
  EXPECT_FALSE(OpenNarrowSocket(**ring, 2, 4096));
}

}  // namespace
}  // namespace ringcast
