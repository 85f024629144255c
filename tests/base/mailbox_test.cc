#include "base/mailbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace ringcast {
namespace {

TEST(Mailbox, IsEmptyUntilSomethingIsPostedAndAfterItIsAcknowledged) {
  Mailbox<int> mailbox;
  EXPECT_EQ(mailbox.Posted(), nullptr);
  EXPECT_TRUE(mailbox.Acknowledged());
  mailbox.Post(std::make_unique<const int>(7));
  ASSERT_NE(mailbox.Posted(), nullptr);
  EXPECT_EQ(*mailbox.Posted(), 7);
  EXPECT_FALSE(mailbox.Acknowledged());
  mailbox.Acknowledge();
  EXPECT_EQ(mailbox.Posted(), nullptr);
  EXPECT_TRUE(mailbox.Acknowledged());
}

TEST(Mailbox, AValueLivesUntilTheNextOneIsPosted) {
  const auto alive = std::make_shared<int>(1);
  {
    Mailbox<std::shared_ptr<int>> mailbox;
    mailbox.Post(std::make_unique<const std::shared_ptr<int>>(alive));
    mailbox.Acknowledge();
    EXPECT_EQ(alive.use_count(), 2);
    mailbox.Post(std::make_unique<const std::shared_ptr<int>>(nullptr));
    EXPECT_EQ(alive.use_count(), 1);
    mailbox.Acknowledge();
    mailbox.Post(std::make_unique<const std::shared_ptr<int>>(alive));
  }
  EXPECT_EQ(alive.use_count(), 1) << "one that nobody took up goes with the mailbox";
}

// Each value is a list that is only right as a whole: a reader that saw half of one, or one that
// was freed, would find another sum. A race detector sees the rest.
TEST(Mailbox, AReaderOnAnotherThreadSeesEachValueWholeAndInOrder) {
  constexpr int kValues = 20'000;
  Mailbox<std::vector<int>> mailbox;
  std::vector<int> seen;
  std::thread reader([&] {
    std::vector<int> in_force;
    while (static_cast<int>(seen.size()) < kValues) {
      const std::vector<int>* posted = mailbox.Posted();
      if (posted == nullptr) {
        std::this_thread::yield();
        continue;
      }
      in_force = *posted;
      seen.push_back(std::accumulate(in_force.begin(), in_force.end(), 0));
      mailbox.Acknowledge();
    }
  });
  for (int i = 0; i < kValues; ++i) {
    mailbox.Post(std::make_unique<const std::vector<int>>(1 + i % 16, i));
    while (!mailbox.Acknowledged()) std::this_thread::yield();
  }
  reader.join();
  for (int i = 0; i < kValues; ++i) ASSERT_EQ(seen[static_cast<std::size_t>(i)], i * (1 + i % 16));
}

}  // namespace
}  // namespace ringcast
