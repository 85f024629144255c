#include "uring/ring.h"

#include <fcntl.h>
#include <liburing.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>
#include <string>
#include <thread>

#include "uring/peer_address.h"
#include "uring/ring_fixture.h"

namespace ringcast {
namespace {

using test::TcpClient;

class RingTest : public test::RingFixture {};

TEST_F(RingTest, AcceptsIntoSlotsOfItsOwnTable) {
  TcpClient first(port);
  TcpClient second(port);
  TcpClient third(port);
  std::set<std::uint32_t> slots = {AcceptOne(), AcceptOne(), AcceptOne()};
  EXPECT_EQ(slots.size(), 3u);
  EXPECT_LT(*slots.rbegin(), 64u);
  EXPECT_TRUE(accepting) << "it goes on";
}

TEST_F(RingTest, AcceptsPlainDescriptorsThatAProgramStartedLaterDoesNotGet) {
  TcpClient client(port);
  ring->AcceptPlain(File::Descriptor(listener.get()), 5);
  const Completion completion = WaitFor(5);
  ASSERT_GE(completion.result, 0);
  EXPECT_TRUE(completion.more());
  const UniqueFd accepted(completion.result);
  EXPECT_EQ(::fcntl(accepted.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  ASSERT_EQ(::write(accepted.get(), "hi", 2), 2);
  EXPECT_EQ(client.Read(2), "hi");
}

TEST_F(RingTest, AcceptTellsWhereAConnectionComesFromOnce) {
  PeerAddress peer;
  ring->AcceptOneDirect(File::Descriptor(listener.get()), &peer, 5);
  TcpClient client(port);
  TcpClient waits(port);
  const Completion completion = WaitFor(5);
  EXPECT_GE(completion.result, 0);
  EXPECT_FALSE(completion.more());
  EXPECT_EQ(peer.address().Text(), "127.0.0.1");
  EXPECT_TRUE(Quiet(5)) << "the second one waits";
}

TEST_F(RingTest, ReadablePollsFireForDataAndForTheEnd) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  ring->PollReadable(File::Slot(slot), 5);
  EXPECT_TRUE(Quiet(5));
  client.Send("x");
  EXPECT_GT(WaitFor(5).result, 0);
  std::array<char, 8> buffer;
  ring->Receive(File::Slot(slot), buffer, 6);
  EXPECT_EQ(WaitFor(6).result, 1);
  EXPECT_EQ(buffer[0], 'x');
  ring->PollReadable(File::Slot(slot), 7);
  EXPECT_TRUE(Quiet(7));
  client.ShutdownWrite();
  EXPECT_GT(WaitFor(7).result, 0);
  ring->Receive(File::Slot(slot), buffer, 8);
  EXPECT_EQ(WaitFor(8).result, 0) << "the end";
}

TEST_F(RingTest, WritablePollsFireWhenAFullSocketHasRoomAgain) {
  TcpClient client(port, 4096);
  const std::uint32_t slot = AcceptOne();
  ring->PollWritable(File::Slot(slot), 5);
  EXPECT_GT(WaitFor(5).result, 0) << "an empty one has room";
  const std::string block(100'000, 'x');
  std::size_t sent = 0;
  for (std::optional<Completion> full; !full || full->result != -EAGAIN; full = Take(6)) {
    if (full) sent += static_cast<std::size_t>(full->result) - block.size();
    ring->SendNow(File::Slot(slot), Bytes(block), 6);
    ring->Submit();
    sent += block.size();
    ASSERT_LT(sent, 100'000'000u);
  }
  ring->PollWritable(File::Slot(slot), 7);
  EXPECT_TRUE(Quiet(7));
  client.Read(sent - block.size());
  EXPECT_GT(WaitFor(7).result, 0);
}

TEST_F(RingTest, GivesOutTheLowestSlotsWhenToldTo) {
  TcpClient first(port);
  TcpClient second(port);
  TcpClient third(port);
  const std::uint32_t lowest = AcceptOne();
  const std::uint32_t middle = AcceptOne();
  const std::uint32_t highest = AcceptOne();
  for (const std::uint32_t slot : {lowest, middle}) {
    ring->Close(File::Slot(slot), 5);
    EXPECT_EQ(WaitFor(5).result, 0);
  }
  ring->UseLowestSlots();
  TcpClient fourth(port);
  EXPECT_EQ(AcceptOne(), lowest);
  TcpClient fifth(port);
  EXPECT_EQ(AcceptOne(), middle);
  TcpClient sixth(port);
  EXPECT_GT(AcceptOne(), highest);
}

TEST_F(RingTest, ShutdownEndsWhatIsArmedAndCloseFreesTheSlot) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  ring->PollReadable(File::Slot(slot), 5);
  EXPECT_TRUE(Quiet(5));
  ring->Shutdown(File::Slot(slot), 6);
  EXPECT_EQ(WaitFor(6).result, 0);
  EXPECT_GT(WaitFor(5).result, 0) << "the armed poll completes by itself";
  ring->Close(File::Slot(slot), 7);
  EXPECT_EQ(WaitFor(7).result, 0);
  EXPECT_EQ(client.Read(1), "");
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(client.error(), 0) << "a FIN, no reset";
  ring->SendNow(File::Slot(slot), Bytes("x"), 8);
  ring->Submit();
  EXPECT_EQ(WaitFor(8).result, -EBADF);
}

TEST_F(RingTest, ShutdownOfOurSideLetsThePeerGoOnSending) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  ring->SendNow(File::Slot(slot), Bytes("bye"), 5);
  ring->ShutdownWrite(File::Slot(slot), 6);
  EXPECT_EQ(WaitFor(6).result, 0);
  EXPECT_EQ(client.Read(10), "bye") << "FIN comes after what was sent";
  EXPECT_TRUE(client.ended());
  client.Send("more");
  std::array<char, 8> buffer;
  ring->Receive(File::Slot(slot), buffer, 7);
  EXPECT_EQ(WaitFor(7).result, 4);
}

TEST_F(RingTest, AbortDropsWhatIsQueuedAndResetsThePeer) {
  TcpClient client(port, 4096);
  const std::uint32_t slot = AcceptOne();
  const std::string all(8'000'000, 'x');
  ring->SendNow(File::Slot(slot), Bytes(all), 5);
  ring->Submit();
  const int queued = WaitFor(5).result;
  ring->PollReadable(File::Slot(slot), 6);
  ring->Abort(File::Slot(slot), 7);
  EXPECT_EQ(WaitFor(7).result, 0);
  WaitFor(6);
  ring->Close(File::Slot(slot), 8);
  EXPECT_EQ(WaitFor(8).result, 0);
  EXPECT_LT(client.Read(all.size()).size(), static_cast<std::size_t>(queued));
  EXPECT_EQ(client.error(), ECONNRESET);
}

TEST_F(RingTest, CancelEndsAnArmedOperation) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  ring->PollReadable(File::Slot(slot), 5);
  EXPECT_TRUE(Quiet(5));
  ring->Cancel(5, 6);
  EXPECT_EQ(WaitFor(5).result, -ECANCELED);
  EXPECT_GE(WaitFor(6).result, 0);
  ring->Cancel(5, 7);
  EXPECT_EQ(WaitFor(7).result, -ENOENT) << "it is gone";
}

TEST_F(RingTest, OpensAndConnectsFromASlot) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ring->OpenTcp(40, 5);
  EXPECT_EQ(WaitFor(5).result, 0);
  ring->Connect(File::Slot(40), &address, 6);
  const std::uint32_t accepted = AcceptOne();
  EXPECT_EQ(WaitFor(6).result, 0);
  ring->SendNow(File::Slot(40), Bytes("ping"), 7);
  std::array<char, 8> buffer;
  ring->Receive(File::Slot(accepted), buffer, 8);
  EXPECT_EQ(WaitFor(8).result, 4);
}

TEST_F(RingTest, WaitingEndsWhenTheTimeIsOver) {
  const MonoTime before = ring->Now();
  ring->SubmitAndWait(1, Millis(30));
  EXPECT_GE(ring->Now() - before, Millis(30));
  ring->SubmitAndWait(1, Nanos(0));
}

TEST_F(RingTest, WaitsForAnyOfSeveralRings) {
  Result<std::unique_ptr<Ring>> other = Ring::Create({8, 32, 0});
  ASSERT_TRUE(other.ok());
  const std::array<RingHandle, 2> both = {ring->handle(), (*other)->handle()};
  const MonoTime before = ring->Now();
  WaitForAny(both, Millis(20));
  EXPECT_GE(ring->Now() - before, Millis(20));
  ring->SendNow(File::Slot(3), Bytes("x"), 5);
  ring->Submit();
  WaitForAny(both, std::chrono::seconds(100));
  EXPECT_EQ(WaitFor(5).result, -EBADF);
}

class RingNarrow : public test::RingFixture {
 protected:
  RingNarrow()
      : RingFixture({.submission_entries = 16, .completion_entries = 64, .direct_slots = 2}) {}
};

TEST_F(RingNarrow, AFullTableEndsTheAcceptAndIsTold) {
  TcpClient first(port);
  TcpClient second(port);
  AcceptOne();
  AcceptOne();
  TcpClient third(port);
  const Completion refused = WaitFor(kAccept);
  EXPECT_EQ(refused.result, -ENFILE);
  EXPECT_FALSE(refused.more());
  EXPECT_EQ(third.Read(1), "");
  EXPECT_TRUE(third.ended()) << "that client is gone";
}

TEST(RingCreate, ATableBeyondTheDescriptorLimitIsRefusedWithTheReason) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_cur > 1'000'000) GTEST_SKIP() << "this limit is larger than any table";
  const Result<std::unique_ptr<Ring>> ring =
      Ring::Create({8, 32, static_cast<unsigned>(limit.rlim_cur) + 1});
  ASSERT_FALSE(ring.ok());
  EXPECT_NE(ring.error().message.find("RLIMIT_NOFILE"), std::string::npos) << ring.error().message;
}

TEST(RingCreate, ARingOfAServerRefusesWhatAServerDoesNotDo) {
  Result<std::unique_ptr<Ring>> made = Ring::Create({8, 32, 8, /*server_only=*/true});
  ASSERT_TRUE(made.ok()) << made.error().message;
  Ring& ring = **made;
  const auto result_of = [&ring](std::uint64_t tag) {
    std::array<Completion, 8> completions;
    for (int i = 0; i < 100; ++i) {
      const std::size_t count = ring.Reap(completions);
      for (std::size_t at = 0; at < count; ++at) {
        if (completions[at].tag == tag) return completions[at].result;
      }
      ring.SubmitAndWait(1, Millis(100));
    }
    return 0;
  };
  ring.OpenTcp(0, 1);
  EXPECT_EQ(result_of(1), -EACCES) << "a socket of its own";

  io_uring_sqe* entry = io_uring_get_sqe(ring.raw());
  io_uring_prep_openat(entry, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
  entry->user_data = 2;
  EXPECT_EQ(result_of(2), -EACCES) << "a file";

  char byte = 0;
  entry = io_uring_get_sqe(ring.raw());
  io_uring_prep_recv(entry, 0, &byte, 1, 0);
  entry->flags = IOSQE_IO_LINK;
  entry->user_data = 3;
  EXPECT_EQ(result_of(3), -EACCES) << "a chain of operations";

  EXPECT_FALSE(ring.Install(0, 0).ok()) << "a descriptor from outside";
  EXPECT_TRUE(ring.AddBuffers(4, 64).ok());
}

TEST(RingCreate, WithoutADescriptorLeftItSaysWhatToRaise) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = ::dup(0);
  ASSERT_GE(lowest_free, 0);
  ::close(lowest_free);
  const rlimit none{static_cast<rlim_t>(lowest_free), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const Result<std::unique_ptr<Ring>> ring = Ring::Create({8, 32, 0});
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_FALSE(ring.ok());
  EXPECT_NE(ring.error().message.find("LimitNOFILE"), std::string::npos) << ring.error().message;
}

}  // namespace
}  // namespace ringcast
