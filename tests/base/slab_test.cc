#include "base/slab.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "base/rng.h"

namespace ringcast {
namespace {

TEST(Slab, HandsOutRisingIndicesThenTheLastGivenBack) {
  Slab<int, 4> slab;
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(slab.Allocate(), i);
  EXPECT_EQ(slab.capacity(), 8u);
  slab.Free(1);
  slab.Free(4);
  EXPECT_EQ(slab.size(), 4u);
  EXPECT_EQ(slab.Allocate(), 4u);
  EXPECT_EQ(slab.Allocate(), 1u);
  EXPECT_EQ(slab.Allocate(), 6u);
}

TEST(Slab, ResetsTheElementOfASlotTakenAgain) {
  struct Record {
    int value = 42;
  };
  Slab<Record, 4> slab;
  const std::uint32_t index = slab.Allocate();
  EXPECT_EQ(slab[index].value, 42);
  slab[index].value = 1;
  slab.Free(index);
  slab[index].value = 2;  // a write that came too late
  ASSERT_EQ(slab.Allocate(), index);
  EXPECT_EQ(slab[index].value, 42);
}

TEST(Slab, ReleasesWhatAnElementOwnsWhenItIsGivenBack) {
  Slab<std::shared_ptr<int>, 4> slab;
  auto owned = std::make_shared<int>(1);
  const std::uint32_t index = slab.Allocate();
  slab[index] = owned;
  EXPECT_EQ(owned.use_count(), 2);
  slab.Free(index);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Slab, ReserveMakesMemoryOnce) {
  Slab<std::uint64_t, 8> slab;
  slab.Reserve(20);
  EXPECT_EQ(slab.capacity(), 24u);
  EXPECT_EQ(slab.size(), 0u);
  const std::size_t bytes = slab.bytes();
  EXPECT_GE(bytes, 24 * (sizeof(std::uint64_t) + sizeof(std::uint32_t)));
  for (int i = 0; i < 24; ++i) slab.Allocate();
  EXPECT_EQ(slab.bytes(), bytes);
  slab.Allocate();
  EXPECT_GT(slab.bytes(), bytes);
}

TEST(Slab, KnowsWhichSlotsAreInUse) {
  Slab<int, 4> slab;
  EXPECT_FALSE(slab.in_use(0));
  slab.Allocate();
  slab.Allocate();
  slab.Free(0);
  EXPECT_FALSE(slab.in_use(0));
  EXPECT_TRUE(slab.in_use(1));
  EXPECT_FALSE(slab.in_use(2));
  EXPECT_FALSE(slab.in_use(kNoIndex));
}

TEST(Slab, AgreesWithAModel) {
  const std::uint64_t seed = 20260701;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Rng rng(seed);
  Slab<std::uint64_t, 16> slab;
  std::map<std::uint32_t, std::uint64_t> model;
  std::vector<std::uint32_t> taken;
  std::size_t most = 0;
  for (int step = 0; step < 50000; ++step) {
    if (taken.empty() || rng.Below(100) < (step / 5000 % 2 == 0 ? 60u : 40u)) {
      const std::uint32_t index = slab.Allocate();
      ASSERT_EQ(slab[index], 0u);
      ASSERT_TRUE(model.emplace(index, slab[index] = rng.Next() | 1).second);
      taken.push_back(index);
      most = std::max(most, taken.size());
    } else {
      std::swap(taken[rng.Below(taken.size())], taken.back());
      const std::uint32_t index = taken.back();
      ASSERT_EQ(slab[index], model.at(index));
      slab.Free(index);
      model.erase(index);
      taken.pop_back();
    }
    ASSERT_EQ(slab.size(), model.size());
  }
  EXPECT_EQ(slab.capacity(), (most + 15) / 16 * 16) << "indices stay dense";
}

TEST(SlabDeathTest, RefusesToTakeBackWhatIsNotOut) {
  Slab<int, 4> slab;
  slab.Allocate();
  slab.Allocate();
  slab.Free(0);
  EXPECT_DEATH(slab.Free(0), "given back once");
  EXPECT_DEATH(slab.Free(2), "given back once");
  EXPECT_DEATH(slab.Free(kNoIndex), "given back once");
}

}  // namespace
}  // namespace ringcast
