// Records of requests under way: made when they are needed, reused, and freed once a crowd is over.
#include "shard/handshake.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace ringcast {
namespace {

constexpr std::size_t kSpare = 4;

std::vector<std::uint32_t> TakeSome(HandshakePool& pool, std::size_t count) {
  std::vector<std::uint32_t> taken;
  while (taken.size() < count) taken.push_back(pool.Take());
  return taken;
}

void ReturnAll(HandshakePool& pool, std::vector<std::uint32_t>& taken) {
  for (const std::uint32_t index : taken) pool.Return(index);
  taken.clear();
}

TEST(HandshakePool, ARecordIsReusedAsNew) {
  HandshakePool pool{RequestLimits{}};
  const std::uint32_t index = pool.Take();
  Handshake& record = pool[index];
  record.parser.Feed("GET /events/a HTTP/1.1\r\n");
  record.pending = "more";
  record.match.variables.emplace_back("id", "7");
  record.expires = 1;
  record.after = AfterResponse::kClose;
  pool.Return(index);
  ASSERT_EQ(pool.Take(), index);
  EXPECT_EQ(&pool[index], &record);
  EXPECT_FALSE(record.parser.started());
  EXPECT_TRUE(record.pending.empty());
  EXPECT_TRUE(record.match.variables.empty());
  EXPECT_EQ(record.expires, 0);
  EXPECT_EQ(record.after, AfterResponse::kReadOn);
  EXPECT_EQ(pool.made(), 1u);
}

TEST(HandshakePool, WhatACrowdHasLeftIsFreedWhenItIsOver) {
  HandshakePool pool{RequestLimits{}};
  std::vector<std::uint32_t> crowd = TakeSome(pool, 100);
  pool.Review(kSpare);
  ReturnAll(pool, crowd);
  EXPECT_FALSE(pool.HasExcess()) << "it was there a moment ago";
  EXPECT_EQ(pool.FreeSome(1000), 0u);
  pool.Review(kSpare);
  EXPECT_FALSE(pool.HasExcess()) << "it was there since the review before";
  pool.Review(kSpare);
  EXPECT_TRUE(pool.HasExcess());
  EXPECT_EQ(pool.FreeSome(10), 10u);
  EXPECT_EQ(pool.made(), 90u);
  EXPECT_EQ(pool.FreeSome(1000), 90u - kSpare);
  EXPECT_FALSE(pool.HasExcess());
  EXPECT_EQ(pool.made(), kSpare);
}

TEST(HandshakePool, WhoIsStillThereAndWhoComesNewAreLeftAlone) {
  HandshakePool pool{RequestLimits{}};
  std::vector<std::uint32_t> crowd = TakeSome(pool, 50);
  std::vector<std::uint32_t> slow = TakeSome(pool, 50);
  for (const std::uint32_t index : slow) pool[index].pending = std::to_string(index);
  ReturnAll(pool, crowd);
  pool.Review(kSpare);
  pool.Review(kSpare);
  EXPECT_EQ(pool.FreeSome(1000), 50u);
  EXPECT_EQ(pool.made(), 50u);
  // A crowd that grows is not freed while it does.
  crowd = TakeSome(pool, 30);
  ReturnAll(pool, crowd);
  EXPECT_FALSE(pool.HasExcess());
  crowd = TakeSome(pool, 30);
  std::set<std::uint32_t> all(slow.begin(), slow.end());
  all.insert(crowd.begin(), crowd.end());
  EXPECT_EQ(all.size(), 80u) << "no record is given out twice";
  for (const std::uint32_t index : slow) EXPECT_EQ(pool[index].pending, std::to_string(index));
  for (const std::uint32_t index : crowd) EXPECT_TRUE(pool[index].pending.empty());
  EXPECT_EQ(pool.taken(), 80u);
  EXPECT_EQ(pool.made(), 80u);
}

}  // namespace
}  // namespace ringcast
