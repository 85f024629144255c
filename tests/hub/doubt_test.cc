// What clients are told who come back to channels that may have missed something nobody here saw.
#include <gtest/gtest.h>

#include "hub/channel_directory.h"
#include "hub/channel_name_block.h"

namespace ringcast {
namespace {

constexpr UnixMillis kStart = 1'700'000'000'000;

class DoubtTest : public testing::Test {
 protected:
  // What the directory says of a channel to a shard that opens it.
  Sequence ForgottenOf(const std::string& name) {
    ToSequencer message;
    message.kind = ToSequencer::Kind::kInterest;
    message.ours = {next_index_++, 1};
    message.count = 1;
    message.name = ChannelNameBlock::Make(name);
    directory_.Receive(0, message);
    directory_.CollectChanges();
    Sequence forgotten = 0;
    for (const ToShard& told : directory_.outbox(0)) {
      if (told.kind == ToShard::Kind::kState) forgotten = told.forgotten;
      // A name that was not taken stays with who offered it.
      if (told.kind == ToShard::Kind::kOpen && told.name != message.name) {
        ChannelNameBlock::Free(message.name);
      }
    }
    directory_.ClearOutbox(0);
    return forgotten;
  }
  Sequence Publish(const std::string& name) {
    ChannelDirectory::Published published;
    EXPECT_TRUE(directory_.Publish(name, {"", "x"}, moment_, published));
    directory_.CollectChanges();
    directory_.ClearOutbox(0);
    return directory_.newest();
  }

  const ChannelDirectory::Moment moment_{kStart, 1, 1};
  ChannelDirectory directory_{IdScheme(kStart, 0x777), HashKey{3, 4},
                              HistoryLimits{.events = 3, .ticks = 100}, 1, 1};
  std::uint32_t next_index_ = 1;
};

// A client's id is placed before what was forgotten when it is lower, so it must be lower.
TEST_F(DoubtTest, WhoComesToAChannelThatWasNotThereIsTold) {
  const Sequence before = Publish("elsewhere");
  directory_.BeginDoubt([](std::string_view) { return true; });
  directory_.EndDoubt(moment_);
  EXPECT_GT(ForgottenOf("gone"), before) << "also the newest id there was is before it";
  const Sequence after = Publish("elsewhere");
  EXPECT_LT(ForgottenOf("gone too"), after) << "what comes later is not in doubt";
}

TEST_F(DoubtTest, SoIsWhoComesWhileItIsFoundOutWhichAreThere) {
  Publish("elsewhere");
  directory_.BeginDoubt([](std::string_view name) { return name.starts_with("user:"); });
  const Sequence newest = directory_.newest();
  EXPECT_GT(ForgottenOf("user:1"), newest);
  EXPECT_EQ(ForgottenOf("other"), 0u);
  // An event of a channel that comes into being with it lies behind the doubt.
  const Sequence event = Publish("user:2");
  EXPECT_LT(ForgottenOf("user:2"), event);
  EXPECT_GT(ForgottenOf("user:3"), event);
  directory_.EndDoubt(moment_);
  const Sequence end = directory_.newest();
  EXPECT_LE(ForgottenOf("user:4"), end);
}

TEST_F(DoubtTest, AChannelThatIsThereIsLeftAlone) {
  Publish("kept");
  directory_.BeginDoubt([](std::string_view) { return true; });
  directory_.EndDoubt(moment_);
  EXPECT_EQ(ForgottenOf("kept"), 0u) << "it is told by an event of its own";
}

}  // namespace
}  // namespace ringcast
