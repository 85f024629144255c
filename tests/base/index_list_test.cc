#include "base/index_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <vector>

#include "base/rng.h"

namespace ringcast {
namespace {

struct Fixture {
  std::vector<ListLink> elements = std::vector<ListLink>(64);
  auto links() {
    return [this](std::uint32_t index) -> ListLink& { return elements[index]; };
  }
  // The list's indices, with every link checked on the way.
  std::vector<std::uint32_t> Walk(const IndexList& list) {
    std::vector<std::uint32_t> seen;
    std::uint32_t before = kNoIndex;
    for (std::uint32_t at = list.front(); at != kNoIndex; at = list.Next(links(), at)) {
      EXPECT_EQ(elements[at].prev, before);
      seen.push_back(before = at);
      if (seen.size() > elements.size()) break;
    }
    EXPECT_EQ(list.back(), before);
    EXPECT_EQ(list.empty(), seen.empty());
    return seen;
  }
};

using Indices = std::vector<std::uint32_t>;

TEST(IndexList, IsEightBytes) { EXPECT_EQ(sizeof(IndexList), 8u); }

TEST(IndexList, PushesAtBothEnds) {
  Fixture f;
  IndexList list;
  EXPECT_EQ(f.Walk(list), Indices());
  EXPECT_EQ(list.PopFront(f.links()), kNoIndex);
  list.PushBack(f.links(), 5);
  EXPECT_EQ(f.Walk(list), Indices({5}));
  list.PushBack(f.links(), 6);
  list.PushFront(f.links(), 4);
  EXPECT_EQ(f.Walk(list), Indices({4, 5, 6}));
  EXPECT_EQ(list.PopFront(f.links()), 4u);
  EXPECT_EQ(f.Walk(list), Indices({5, 6}));
}

TEST(IndexList, RemovesFromAnyPlace) {
  for (std::uint32_t removed = 0; removed < 4; ++removed) {
    Fixture f;
    IndexList list;
    Indices expected;
    for (std::uint32_t i = 0; i < 4; ++i) {
      list.PushBack(f.links(), i);
      if (i != removed) expected.push_back(i);
    }
    list.Remove(f.links(), removed);
    EXPECT_EQ(f.Walk(list), expected);
    EXPECT_EQ(f.elements[removed].prev, kNoIndex);
    EXPECT_EQ(f.elements[removed].next, kNoIndex);
  }
}

TEST(IndexList, AgreesWithAModelOfTwoLists) {
  const std::uint64_t seed = 77;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Rng rng(seed);
  Fixture f;
  IndexList lists[2];
  std::list<std::uint32_t> models[2];
  std::vector<int> on(f.elements.size(), -1);
  for (int step = 0; step < 20000; ++step) {
    const auto index = static_cast<std::uint32_t>(rng.Below(f.elements.size()));
    const int which = static_cast<int>(rng.Below(2));
    if (on[index] >= 0) {
      lists[on[index]].Remove(f.links(), index);
      models[on[index]].remove(index);
      on[index] = -1;
    } else if (rng.Below(8) == 0) {
      const std::uint32_t popped = lists[which].PopFront(f.links());
      ASSERT_EQ(popped, models[which].empty() ? kNoIndex : models[which].front());
      if (popped != kNoIndex) {
        models[which].pop_front();
        on[popped] = -1;
      }
    } else if (rng.Below(2) == 0) {
      lists[which].PushBack(f.links(), index);
      models[which].push_back(index);
      on[index] = which;
    } else {
      lists[which].PushFront(f.links(), index);
      models[which].push_front(index);
      on[index] = which;
    }
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(f.Walk(lists[i]), Indices(models[i].begin(), models[i].end())) << "step " << step;
    }
  }
}

TEST(IndexListDeathTest, RefusesToMixLists) {
  Fixture f;
  IndexList list;
  IndexList other;
  list.PushBack(f.links(), 1);
  list.PushBack(f.links(), 2);
  EXPECT_DEATH(list.PushBack(f.links(), 1), "one list at a time");
  EXPECT_DEATH(list.PushBack(f.links(), kNoIndex), "names no element");
  EXPECT_DEATH(other.Remove(f.links(), 1), "leaves the list that it is on");
  EXPECT_DEATH(list.Remove(f.links(), 3), "leaves the list that it is on");
}

TEST(IndexListDeathTest, RefusesAnElementTwiceThatIsAlone) {
  Fixture f;
  IndexList list;
  list.PushBack(f.links(), 1);
  EXPECT_DEATH(list.PushFront(f.links(), 1), "one list at a time");
}

}  // namespace
}  // namespace ringcast
