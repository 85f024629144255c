#include "uring/buffer_ring.h"

#include <string>
#include <vector>

#include "uring/ring_fixture.h"

namespace ringcast {
namespace {

using test::TcpClient;

class BufferRingTest : public test::RingFixture {
 protected:
  std::string Text(const Completion& completion) const {
    const std::span<const char> bytes = ring->BufferBytes(completion);
    return {bytes.data(), bytes.size()};
  }
};

TEST_F(BufferRingTest, ReceivesIntoABufferOfTheRingsOwn) {
  ASSERT_TRUE(ring->AddBuffers(4, 16).ok());
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  ring->ReceiveProvided(File::Slot(slot), 5);
  EXPECT_TRUE(Quiet(5));
  client.Send("hello");
  const Completion completion = WaitFor(5);
  ASSERT_EQ(completion.result, 5);
  ASSERT_TRUE(completion.has_buffer());
  EXPECT_EQ(Text(completion), "hello");
  ring->RecycleBuffer(completion);
}

TEST_F(BufferRingTest, TakesAtMostABufferAtATime) {
  ASSERT_TRUE(ring->AddBuffers(2, 8).ok());
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  client.Send("0123456789ab");
  std::string got;
  while (got.size() < 12) {
    ring->ReceiveProvided(File::Slot(slot), 5);
    const Completion completion = WaitFor(5);
    ASSERT_GT(completion.result, 0);
    ASSERT_LE(completion.result, 8);
    got += Text(completion);
    ring->RecycleBuffer(completion);
  }
  EXPECT_EQ(got, "0123456789ab");
}

TEST_F(BufferRingTest, WithoutABufferLeftNothingIsLostAndRecyclingHelps) {
  ASSERT_TRUE(ring->AddBuffers(2, 8).ok());
  std::vector<TcpClient> clients;
  std::vector<std::uint32_t> slots;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(port);
    slots.push_back(AcceptOne());
    clients.back().Send(std::to_string(i));
  }
  std::vector<Completion> held;
  for (int i = 0; i < 2; ++i) {
    ring->ReceiveProvided(File::Slot(slots[static_cast<std::size_t>(i)]), 5);
    held.push_back(WaitFor(5));
    ASSERT_EQ(held.back().result, 1);
  }
  EXPECT_NE(held[0].buffer(), held[1].buffer());
  ring->ReceiveProvided(File::Slot(slots[2]), 6);
  const Completion none = WaitFor(6);
  EXPECT_EQ(none.result, -ENOBUFS);
  EXPECT_FALSE(none.has_buffer());
  EXPECT_EQ(Text(held[0]), "0");
  ring->RecycleBuffer(held[0]);
  ring->ReceiveProvided(File::Slot(slots[2]), 7);
  const Completion again = WaitFor(7);
  ASSERT_EQ(again.result, 1);
  EXPECT_EQ(Text(again), "2");
  EXPECT_EQ(Text(held[1]), "1") << "what is held is not written to";
}

TEST_F(BufferRingTest, TheEndOfAConnectionTakesNoBuffer) {
  ASSERT_TRUE(ring->AddBuffers(1, 8).ok());
  for (int i = 0; i < 5; ++i) {
    TcpClient client(port);
    const std::uint32_t slot = AcceptOne();
    client.Close();
    ring->ReceiveProvided(File::Slot(slot), 5);
    const Completion end = WaitFor(5);
    EXPECT_EQ(end.result, 0);
    EXPECT_FALSE(end.has_buffer());
  }
}

TEST_F(BufferRingTest, BuffersGoRoundForEver) {
  ASSERT_TRUE(ring->AddBuffers(4, 8).ok());
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  for (int i = 0; i < 200; ++i) {
    const std::string text = std::to_string(i);
    client.Send(text);
    ring->ReceiveProvided(File::Slot(slot), 5);
    const Completion completion = WaitFor(5);
    ASSERT_EQ(Text(completion), text);
    ring->RecycleBuffer(completion);
  }
}

TEST_F(BufferRingTest, ManyReceivesFromOneOperation) {
  ASSERT_TRUE(ring->AddBuffers(4, 8).ok());
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  ring->ReceiveMany(File::Slot(slot), 5);
  for (int i = 0; i < 20; ++i) {
    client.Send("x");
    const Completion completion = WaitFor(5);
    ASSERT_EQ(completion.result, 1);
    ASSERT_TRUE(completion.more());
    ring->RecycleBuffer(completion);
  }
  client.ShutdownWrite();
  const Completion end = WaitFor(5);
  EXPECT_EQ(end.result, 0);
  EXPECT_FALSE(end.more());
}

TEST_F(BufferRingTest, SaysWhatItTakes) {
  Result<std::unique_ptr<BufferRing>> buffers = BufferRing::Create(*ring, 3, 16, 512);
  ASSERT_TRUE(buffers.ok());
  EXPECT_EQ((*buffers)->group(), 3);
  EXPECT_EQ((*buffers)->bytes(), 16u * 512u);
  const Result<std::unique_ptr<BufferRing>> second = BufferRing::Create(*ring, 3, 16, 512);
  EXPECT_FALSE(second.ok()) << "a group has one ring of buffers";
}

}  // namespace
}  // namespace ringcast
