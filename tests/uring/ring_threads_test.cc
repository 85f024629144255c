// What goes from one thread's ring to another's.
#include <atomic>
#include <latch>
#include <string>
#include <thread>

#include "uring/ring_fixture.h"

namespace ringcast {
namespace {

using test::TcpClient;

// A ring on a thread of its own, which keeps it: it may only be used by the thread that made it.
class OtherRing {
 public:
  // `work` runs on the other thread, with its ring.
  template <class Work>
  OtherRing(RingOptions options, Work work)
      : thread_([this, options, work] {
          Result<std::unique_ptr<Ring>> ring = Ring::Create(options);
          EXPECT_TRUE(ring.ok());
          handle_ = (*ring)->handle();
          made_.count_down();
          work(**ring);
          done_.wait();  // its descriptor stays valid until nobody names it any more
        }) {
    made_.wait();
  }
  ~OtherRing() {
    done_.count_down();
    thread_.join();
  }

  RingHandle handle() const { return handle_; }

 private:
  std::latch made_{1};
  std::latch done_{1};
  RingHandle handle_;
  std::thread thread_;
};

// The next completion, within ten seconds.
Completion Next(Ring& ring) {
  std::array<Completion, 1> one;
  for (int i = 0; i < 100; ++i) {
    if (ring.Reap(one) == 1) return one[0];
    ring.SubmitAndWait(1, Millis(100));
  }
  ADD_FAILURE() << "nothing came";
  return {};
}

class RingThreads : public test::RingFixture {};

TEST_F(RingThreads, ADoorbellWakesTheOtherRingWithItsTag) {
  std::atomic<std::uint64_t> got{0};
  std::latch woken(1);
  OtherRing other({8, 32, 0}, [&](Ring& theirs) {
    got = Next(theirs).tag;
    woken.count_down();
  });
  ring->Wake(other.handle(), 0x1234567890abcdef, 5);
  ring->Submit();
  woken.wait();
  EXPECT_EQ(got.load(), 0x1234567890abcdefu);
  EXPECT_TRUE(Quiet(5)) << "ours comes only when it failed";
}

TEST_F(RingThreads, ADoorbellThatCannotRingTellsUs) {
  ring->Wake(RingHandle{listener.get()}, 1, 5);
  ring->Submit();
  EXPECT_LT(WaitFor(5).result, 0);
}

TEST_F(RingThreads, ManyDoorbellsAllArrive) {
  constexpr std::uint64_t kRings = 500;
  std::atomic<std::uint64_t> sum{0};
  std::latch all(1);
  OtherRing other({8, 64, 0}, [&](Ring& theirs) {
    for (std::uint64_t i = 0; i < kRings; ++i) sum += Next(theirs).tag;
    all.count_down();
  });
  for (std::uint64_t i = 1; i <= kRings; ++i) {
    ring->Wake(other.handle(), i, 5);
    ring->Submit();
  }
  all.wait();
  EXPECT_EQ(sum.load(), kRings * (kRings + 1) / 2);
}

TEST_F(RingThreads, AConnectionIsPassedOnAndLivesOnThere) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  std::latch closed_here(1);
  OtherRing other({8, 32, 4}, [&](Ring& theirs) {
    const Completion passed = Next(theirs);
    EXPECT_EQ(passed.tag, 99u);
    ASSERT_GE(passed.result, 0);
    ASSERT_LT(passed.result, 4);
    closed_here.wait();
    theirs.SendNow(File::Slot(static_cast<std::uint32_t>(passed.result)), Bytes("from there"), 1);
    theirs.Submit();
  });
  ring->PassOn(slot, other.handle(), 99, 5);
  EXPECT_GE(WaitFor(5).result, 0);
  ring->Close(File::Slot(slot), 6);
  EXPECT_EQ(WaitFor(6).result, 0);
  closed_here.count_down();
  EXPECT_EQ(client.Read(10), "from there");
}

TEST_F(RingThreads, WhatTheOtherTableHasNoRoomForStaysHere) {
  TcpClient client(port);
  const std::uint32_t slot = AcceptOne();
  OtherRing other({8, 32, 0}, [](Ring&) {});
  ring->PassOn(slot, other.handle(), 99, 5);
  EXPECT_LT(WaitFor(5).result, 0);
  ring->SendNow(File::Slot(slot), Bytes("still here"), 6);
  ring->Submit();
  EXPECT_EQ(client.Read(10), "still here");
}

}  // namespace
}  // namespace ringcast
