#include "sequencer/doorbell_pacer.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringcast {
namespace {

using std::chrono::microseconds;

// Two shards, each with a lane of which only the length matters.
class DoorbellPacerTest : public testing::Test {
 protected:
  static constexpr Nanos kRest = microseconds(500);

  // The shards that are rung at this time, in microseconds.
  std::vector<unsigned> RungAt(std::int64_t time) {
    std::vector<unsigned> rung;
    pacer_.RingDue(
        At(time), [this](unsigned i) { return entries_[i]; },
        [&](unsigned i) { rung.push_back(i); });
    return rung;
  }
  static MonoTime At(std::int64_t time) {
    return MonoTime(std::chrono::hours(1) + microseconds(time));
  }

  std::vector<std::size_t> entries_{1, 1};
  DoorbellPacer pacer_{2, kRest};
};

using Numbers = std::vector<unsigned>;

TEST_F(DoorbellPacerTest, AShardThatWasQuietIsRungAtOnce) {
  pacer_.Want(1);
  EXPECT_EQ(RungAt(0), Numbers{1});
  EXPECT_EQ(pacer_.next(), MonoTime::max());
}

TEST_F(DoorbellPacerTest, RestsBetweenTwoRings) {
  pacer_.Want(0);
  EXPECT_EQ(RungAt(0), Numbers{0});
  pacer_.Want(0);
  EXPECT_EQ(RungAt(100), Numbers{});
  EXPECT_EQ(pacer_.next(), At(500));
  EXPECT_EQ(RungAt(499), Numbers{});
  EXPECT_EQ(RungAt(500), Numbers{0});
  EXPECT_EQ(RungAt(2000), Numbers{}) << "rung once for each time that it is wanted";
}

TEST_F(DoorbellPacerTest, EachShardRestsByItself) {
  pacer_.Want(0);
  EXPECT_EQ(RungAt(0), Numbers{0});
  pacer_.Want(1);
  pacer_.Want(0);
  EXPECT_EQ(RungAt(400), Numbers{1});
  EXPECT_EQ(pacer_.next(), At(500));
}

TEST_F(DoorbellPacerTest, MuchIsWorthAWakeUpAtAnyTime) {
  pacer_.Want(0);
  EXPECT_EQ(RungAt(0), Numbers{0});
  pacer_.Want(0);
  entries_[0] = DoorbellPacer::kEnough - 1;
  EXPECT_EQ(RungAt(10), Numbers{});
  entries_[0] = DoorbellPacer::kEnough;
  EXPECT_EQ(RungAt(10), Numbers{0});
}

TEST_F(DoorbellPacerTest, AShardThatWokeByItselfIsNotRung) {
  pacer_.Want(0);
  EXPECT_EQ(RungAt(0), Numbers{0});
  pacer_.Want(0);
  entries_[0] = 0;
  EXPECT_EQ(RungAt(100), Numbers{});
  EXPECT_EQ(pacer_.next(), MonoTime::max());
  entries_[0] = 1;
  pacer_.Want(0);
  EXPECT_EQ(RungAt(600), Numbers{0});
}

TEST_F(DoorbellPacerTest, WithoutARestEachIsRungAtOnce) {
  DoorbellPacer pacer(1, Nanos(0));
  int rung = 0;
  for (int i = 0; i < 3; ++i) {
    pacer.Want(0);
    pacer.RingDue(
        At(0), [](unsigned) { return 1; }, [&](unsigned) { ++rung; });
  }
  EXPECT_EQ(rung, 3);
}

TEST(DoorbellPacer, RestsOnlyWhereShardsShareCores) {
  EXPECT_EQ(DoorbellPacer::RestFor(2, 2), Nanos(0));
  EXPECT_EQ(DoorbellPacer::RestFor(1, 64), Nanos(0));
  EXPECT_EQ(DoorbellPacer::RestFor(6, 2), Nanos(microseconds(400)));
  EXPECT_EQ(DoorbellPacer::RestFor(1000, 2), Nanos(Millis(5)));
}

}  // namespace
}  // namespace ringcast
