// Sends that never wait: what is sent, what is told, and that the bytes are free when Submit()
// returns.
#include <sys/uio.h>

#include <array>
#include <string>

#include "uring/piece_arena.h"
#include "uring/ring_fixture.h"

namespace ringcast {
namespace {

using test::TcpClient;

constexpr std::uint64_t kSend = 77;

class RingSend : public test::RingFixture {
 protected:
  // Sends until the socket takes no more; returns the bytes it took, and checks what each send
  // told.
  std::size_t FillSocket(std::uint32_t slot, std::size_t each) {
    const std::string block(each, 'f');
    std::size_t total = 0;
    for (int i = 0; i < 10'000; ++i) {
      ring->SendNow(File::Slot(slot), Bytes(block), kSend);
      ring->Submit();
      const std::optional<Completion> completion = Take(kSend);
      if (!completion) {
        total += each;
        continue;
      }
      if (completion->result == -EAGAIN) return total;
      EXPECT_GT(completion->result, 0);
      EXPECT_LT(completion->result, static_cast<int>(each)) << "a whole send posts nothing";
      total += static_cast<std::size_t>(completion->result);
    }
    ADD_FAILURE() << "the socket never became full";
    return total;
  }
};

TEST_F(RingSend, AWholeSendPostsNothingAndArrives) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  ring->SendNow(File::Slot(slot), Bytes("hello"), kSend);
  ring->Submit();
  EXPECT_FALSE(Take(kSend).has_value());
  EXPECT_EQ(client.Read(5), "hello");
  EXPECT_TRUE(Quiet(kSend));
}

TEST_F(RingSend, TheBytesAreFreeWhenSubmitReturns) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  std::string sent;
  for (int i = 0; i < 20; ++i) {
    std::string buffer(500, static_cast<char>('a' + i));
    sent += buffer;
    ring->SendNow(File::Slot(slot), Bytes(buffer), kSend);
    ring->Submit();
    std::fill(buffer.begin(), buffer.end(), '!');
  }
  EXPECT_EQ(client.Read(sent.size()), sent);
}

TEST_F(RingSend, AFullSocketTellsHowFarItCameAndThenThatItIsFull) {
  TcpClient client(port, 4096);
  const std::uint32_t slot = AcceptOne();
  const std::size_t sent = FillSocket(slot, 10'000);
  EXPECT_GT(sent, 0u);
  // Full it stays, without anything waiting in the kernel.
  ring->SendNow(File::Slot(slot), Bytes("x"), kSend);
  ring->Submit();
  EXPECT_EQ(WaitFor(kSend).result, -EAGAIN);
  // Every byte that was counted arrives, and no other.
  EXPECT_EQ(client.Read(sent), std::string(sent, 'f'));
  ring->SendNow(File::Slot(slot), Bytes("end"), kSend);
  ring->Submit();
  EXPECT_FALSE(Take(kSend).has_value());
  EXPECT_EQ(client.Read(3), "end");
  EXPECT_EQ(client.ReadNow(), "");
}

TEST_F(RingSend, AShortSendTellsItsCountSoThatNoByteIsLost) {
  TcpClient client(port, 4096);
  const std::uint32_t slot = AcceptOne();
  const std::string all(8'000'000, 's');  // more than the largest socket buffer
  ring->SendNow(File::Slot(slot), Bytes(all), kSend);
  ring->Submit();
  const Completion completion = WaitFor(kSend);
  ASSERT_GT(completion.result, 0);
  ASSERT_LT(completion.result, static_cast<int>(all.size()));
  const auto count = static_cast<std::size_t>(completion.result);
  ring->Shutdown(File::Slot(slot), 2);
  ring->Submit();
  EXPECT_EQ(client.Read(all.size()).size(), count);
  EXPECT_EQ(client.error(), 0);
}

TEST_F(RingSend, PiecesGoOutInTheirOrder) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  PieceArena arena(4, 16);
  const std::array<std::string_view, 3> pieces = {"one ", "two ", "three"};
  ring->SendMessageNow(File::Slot(slot), arena.Add(pieces), kSend);
  ring->Submit();
  arena.Reset();
  EXPECT_FALSE(Take(kSend).has_value());
  EXPECT_EQ(client.Read(13), "one two three");
}

TEST_F(RingSend, PiecesForAFullSocketTellTheirCount) {
  TcpClient client(port, 4096);
  const std::uint32_t slot = AcceptOne();
  PieceArena arena(1, 2);
  const std::string all(4'000'000, 's');
  const std::array<std::string_view, 2> pieces = {all, all};
  ring->SendMessageNow(File::Slot(slot), arena.Add(pieces), kSend);
  ring->Submit();
  const Completion completion = WaitFor(kSend);
  EXPECT_GT(completion.result, 0);
  EXPECT_LT(completion.result, static_cast<int>(2 * all.size()));
  arena.Reset();
  ring->SendMessageNow(File::Slot(slot), arena.Add(pieces), kSend);
  ring->Submit();
  EXPECT_EQ(WaitFor(kSend).result, -EAGAIN);
}

TEST_F(RingSend, APeerThatHasGoneIsAnErrorNotASignal) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  ring->PollReadable(File::Slot(slot), 3);
  client.Reset();
  WaitFor(3);
  ring->SendNow(File::Slot(slot), Bytes("x"), kSend);
  ring->Submit();
  const int first = WaitFor(kSend).result;
  EXPECT_TRUE(first == -ECONNRESET || first == -EPIPE) << first;
  ring->SendNow(File::Slot(slot), Bytes("x"), kSend);
  ring->Submit();
  EXPECT_EQ(WaitFor(kSend).result, -EPIPE);
}

TEST_F(RingSend, SendAllWaitsForAReaderAndCompletesOnce) {
  TcpClient client(port, 4096);
  const std::uint32_t slot = AcceptOne();
  const std::string all(3'000'000, 'w');
  ring->SendAll(File::Slot(slot), Bytes(all), kSend);
  EXPECT_TRUE(Quiet(kSend));
  std::string got;
  while (got.size() < all.size() && client.WaitReadable()) {
    got += client.ReadNow();
    ring->Submit(/*run_deferred=*/true);
  }
  EXPECT_EQ(got.size(), all.size());
  EXPECT_EQ(WaitFor(kSend).result, static_cast<int>(all.size()));
  EXPECT_TRUE(Quiet(kSend));
}

// Preparing more than the queue holds submits the first ones on the way.
class RingSmall : public RingSend {
 protected:
  RingSmall() { ring = std::move(*Ring::Create({4, 16, 16})); }
};

TEST_F(RingSmall, AFullSubmissionQueueIsSubmittedFirst) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  std::string sent;
  std::array<std::string, 500> blocks;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    blocks[i] = std::to_string(i) + ",";
    sent += blocks[i];
    ring->SendNow(File::Slot(slot), Bytes(blocks[i]), kSend);
  }
  ring->Submit();
  EXPECT_EQ(client.Read(sent.size()), sent);
  EXPECT_FALSE(Take(kSend).has_value());
}

TEST_F(RingSmall, MoreCompletionsThanTheirQueueHoldsAreNotLost) {
  constexpr std::uint64_t kFirst = 1000;
  constexpr std::uint64_t kCount = 300;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    ring->SendNow(File::Slot(9), Bytes("x"), kFirst + i);  // an empty slot: each fails
  }
  ring->Submit();
  for (int i = 0; i < 100; ++i) {
    ReapAll();
    ring->Submit(/*run_deferred=*/true);
  }
  ASSERT_EQ(come.size(), kCount);
  for (std::uint64_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(come[i].tag, kFirst + i) << "in their order";
    EXPECT_EQ(come[i].result, -EBADF);
  }
}

// Who has submitted a send and reaped all there is knows that it went out whole.
TEST_F(RingSmall, WhatFoundTheQueueFullIsReapedWithTheRest) {
  constexpr std::int32_t kClosed = 15;  // of the table's 16 slots
  for (int i = 0; i < 40; ++i) ring->Close(File::Slot(kClosed), 1000);
  ring->SendNow(File::Slot(kClosed), Bytes("x"), kSend);
  ring->Submit();
  std::array<Completion, 64> all;
  ASSERT_EQ(ring->Reap(all), 41u);
  EXPECT_EQ(all[40].tag, kSend);
  EXPECT_EQ(all[40].result, -EBADF);
  EXPECT_GE(ring->overflows(), 1u);
}

}  // namespace
}  // namespace ringcast
