#include "load/completion_table.h"

#include <gtest/gtest.h>

#include <memory>

namespace ringcast {
namespace {

TEST(CompletionTable, TakesTheLastDeliveryOverAllWorkers) {
  const auto one = std::make_unique<CompletionTable>();
  const auto other = std::make_unique<CompletionTable>();
  one->Take(1, 100, 150);
  one->Take(1, 100, 140);
  one->Take(2, 200, 210);
  other->Take(1, 100, 190);
  other->Take(3, 300, 290);  // a clock never says so, but it must not wrap
  one->Merge(*other);
  Histogram<> taken;
  one->AddTo(taken);
  EXPECT_EQ(taken.Count(), 3u);
  EXPECT_EQ(taken.Max(), 90u);
  EXPECT_EQ(taken.Min(), 0u);
  EXPECT_EQ(taken.Sum(), 100);
}

TEST(CompletionTable, KeepsTheNewestEvents) {
  const auto table = std::make_unique<CompletionTable>();
  constexpr std::uint64_t kEvents = 3 * CompletionTable::kEvents;
  for (std::uint64_t seq = 1; seq <= kEvents; ++seq) table->Take(seq, 0, seq);
  table->Take(1, 0, 1'000'000);  // a straggler does not take the place of a newer one
  Histogram<> taken;
  table->AddTo(taken);
  EXPECT_EQ(taken.Count(), CompletionTable::kEvents);
  EXPECT_EQ(taken.Max(), kEvents);
  EXPECT_EQ(taken.Min(), kEvents - CompletionTable::kEvents + 1);
}

}  // namespace
}  // namespace ringcast
