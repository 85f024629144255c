#include "uring/tag.h"

#include <gtest/gtest.h>

#include <set>

#include "base/rng.h"

namespace ringcast {
namespace {

TEST(Tag, ComesBackAsItWentOut) {
  Rng rng(5);
  for (int i = 0; i < 10'000; ++i) {
    const Tag tag{static_cast<std::uint8_t>(rng.Next()),
                  static_cast<std::uint32_t>(rng.Next()) & kGenerationMask,
                  static_cast<std::uint32_t>(rng.Next())};
    const Tag back = Tag::Unpack(tag.Pack());
    EXPECT_EQ(back.operation, tag.operation);
    EXPECT_EQ(back.generation, tag.generation);
    EXPECT_EQ(back.index, tag.index);
  }
}

TEST(Tag, OnlyTheLowBitsOfTheGenerationTravel) {
  EXPECT_EQ(Tag::Unpack(Tag{1, 0xff'ffff'ff, 2}.Pack()).generation, 0xff'ffffu);
  EXPECT_EQ(Tag::Unpack(Tag{1, 0x1'00'0005, 2}.Pack()).generation, 5u);
  EXPECT_EQ(Tag::Unpack(Tag{1, 0xffff'ffff, 2}.Pack()).operation, 1) << "nothing spills over";
}

TEST(Tag, PartsDoNotOverlap) {
  const std::set<std::uint64_t> tags = {Tag{1, 0, 0}.Pack(), Tag{0, 1, 0}.Pack(),
                                        Tag{0, 0, 1}.Pack(), Tag{0, 0, 0}.Pack()};
  EXPECT_EQ(tags.size(), 4u);
  EXPECT_EQ((Tag{0xff, 0, 0}.Pack() & Tag{0, 0xffffff, 0}.Pack()), 0u);
  EXPECT_EQ((Tag{0xff, 0xffffff, 0xffffffff}.Pack()), ~std::uint64_t{0});
}

}  // namespace
}  // namespace ringcast
