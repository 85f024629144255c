#include "load/id_table.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(IdTable, GivesBackWhatItWasGiven) {
  IdTable ids;
  EXPECT_EQ(ids.Find(1), "");
  ids.Put(1, "a");
  ids.Put(7, "seven");
  EXPECT_EQ(ids.Find(1), "a");
  EXPECT_EQ(ids.Find(2), "");
  EXPECT_EQ(ids.Find(7), "seven");
  EXPECT_EQ(ids.Find(8), "");
  EXPECT_EQ(ids.size(), 2u);
}

TEST(IdTable, TheFirstIdStays) {
  IdTable ids;
  ids.Put(3, "first");
  ids.Put(3, "second");
  EXPECT_EQ(ids.Find(3), "first");
  EXPECT_EQ(ids.size(), 1u);
}

TEST(IdTable, ANumberThatNoRunReachesCostsNoMemory) {
  IdTable ids;
  ids.Put(UINT64_MAX, "x");
  ids.Put(IdTable::kMaxEvents + 1, "x");
  EXPECT_EQ(ids.size(), 0u);
}

}  // namespace
}  // namespace ringcast
