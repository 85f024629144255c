#include "sequencer/channel_census.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "hub/budget.h"
#include "sequencer/sequencer_fixture.h"

namespace ringcast::test {
namespace {

class ChannelCensusTest : public SequencerFixture {
 protected:
  // Asks while the sequencer goes round on this thread.
  bool Ask(ChannelCensus::Concerns concerns, std::vector<std::string>& names) {
    std::atomic<bool> answered{false};
    bool good = false;
    std::thread asker([&] {
      good = census.Ask(std::move(concerns), names, std::chrono::seconds(60));
      answered.store(true);
    });
    while (!answered.load()) sequencer->Tick(Millis(1));
    asker.join();
    std::sort(names.begin(), names.end());
    return good;
  }
};

TEST_F(ChannelCensusTest, NamesEveryChannelThatIsConcerned) {
  Start(1, 8192);
  // More than one part of the walk.
  const std::size_t many = budget::kReportSlice + 100;
  std::string lines = "{\"channel\":\"b\",\"data\":\"x\"}\n";
  for (std::size_t i = 0; i < many; ++i) {
    lines += R"({"channel":"a:)" + std::to_string(i) + R"(","data":"x"})" + "\n";
  }
  ASSERT_NE(Http(Post("/publish", lines)).find("200 OK"), std::string::npos);
  std::vector<std::string> names;
  ASSERT_TRUE(Ask([](std::string_view name) { return name.starts_with("a:"); }, names));
  EXPECT_EQ(names.size(), many);
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
  ASSERT_TRUE(Ask([](std::string_view name) { return name == "b"; }, names));
  EXPECT_EQ(names, std::vector<std::string>{"b"});
  ASSERT_TRUE(Ask([](std::string_view) { return false; }, names));
  EXPECT_TRUE(names.empty());
}

TEST_F(ChannelCensusTest, AQuestionThatNobodyAnswersIsWithdrawn) {
  ChannelCensus alone;
  std::vector<std::string> names;
  EXPECT_FALSE(alone.Ask([](std::string_view) { return true; }, names, Millis(1)));
  EXPECT_FALSE(alone.wanted());
  EXPECT_FALSE(alone.Begin()) << "nobody waits for it";
}

}  // namespace
}  // namespace ringcast::test
