#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "hub/channel_directory.h"
#include "hub/simulated_shard.h"
#include "protocol/sse_encoder.h"

namespace ringcast {
namespace {

using test::SimulatedShard;

constexpr UnixMillis kStart = 1'700'000'000'000;
constexpr HashKey kKey{1, 2};

// Publishers, several shards with readers, and a directory between them, doing at random what a
// server does: no event is lost or doubled, and in the end nothing is left.
class Simulation {
 public:
  Simulation(std::uint64_t seed, HistoryLimits history, unsigned shards, std::size_t channels)
      : rng_(seed), history_(history), scheme_(kStart, rng_.Next()) {
    directory_ = std::make_unique<ChannelDirectory>(scheme_, kKey, history, shards, tick_);
    directory_->SetEndedLifetime(static_cast<std::uint32_t>(rng_.Below(60)));
    for (std::size_t i = 0; i < channels; ++i) names_.push_back("channel/" + std::to_string(i));
    for (unsigned i = 0; i < shards; ++i) {
      shards_.push_back(std::make_unique<SimulatedShard>(i, *directory_, scheme_, published_));
    }
  }

  void Run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) Step();
    Finish();
  }

  std::uint64_t frames_read() const {
    std::uint64_t frames = 0;
    for (const auto& shard : shards_) frames += shard->frames_read();
    return frames;
  }
  std::uint64_t gaps() const {
    std::uint64_t gaps = 0;
    for (const auto& shard : shards_) gaps += shard->gaps();
    return gaps;
  }
  std::uint64_t refused() const { return refused_; }
  std::uint64_t relieved() const { return relieved_; }
  std::uint64_t given_up() const { return directory_->given_up_events(); }

 private:
  SimulatedShard& AnyShard() { return *shards_[rng_.Below(shards_.size())]; }
  const std::string& AnyName() { return names_[rng_.Below(names_.size())]; }

  void Step() {
    const std::uint64_t what = rng_.Below(1000);
    if (what < 350) {
      Publish();
    } else if (what < 450) {
      Commit();
    } else if (what < 550) {
      AnyShard().DrainLane();
    } else if (what < 650) {
      AnyShard().TellOne();
      relieved_ += directory_->TakeRelieved() ? 1 : 0;
    } else if (what < 960) {
      UseShard(AnyShard());
    } else if (what < 980) {
      tick_ += static_cast<std::uint32_t>(rng_.Below(3));
      wall_ += rng_.Below(50) - 10;
      if (rng_.Below(4) != 0) directory_->Expire(tick_);
    } else if (what < 983) {
      Delete(AnyName());
    } else if (what < 986) {
      ChangeHistory();
    } else if (what < 989) {
      Create(AnyName());
    } else {
      CheckDescription(AnyName());
    }
  }

  // To narrower bounds, or back to those by which the rest is judged.
  void ChangeHistory() {
    HistoryLimits history = history_;
    if (rng_.Below(2) == 0) {
      history.events = static_cast<std::uint32_t>(rng_.Below(std::uint64_t{history.events} + 1));
      history.bytes = rng_.Below(history.bytes + 1);
      history.ticks = 1 + static_cast<std::uint32_t>(rng_.Below(std::min(history.ticks, 100u)));
    }
    directory_->SetHistory(history);
  }

  // Must be without effect, whatever is there.
  void LookAhead() {
    std::vector<std::string_view> names;
    while (names.size() < ChannelDirectory::kLookAhead && rng_.Below(8) != 0) {
      names.push_back(rng_.Below(8) == 0 ? std::string_view("unknown") : AnyName());
    }
    directory_->Prefetch(names);
  }

  void Publish() {
    if (rng_.Below(4) == 0) LookAhead();
    const std::string& name = AnyName();
    const std::size_t bytes = rng_.Below(60) == 0 ? 20'000 : rng_.Next() >> (53 + rng_.Below(8));
    const std::string data = name + " " + std::to_string(++events_) + std::string(bytes, '.');
    const Event event{"", data};
    ChannelDirectory::Published published;
    const Sequence before = directory_->newest();
    const bool took = directory_->Publish(name, event, {wall_, tick_, 1}, published);
    // What was there before this event was within the slack; its own block may come on top.
    if (history_.memory != UINT64_MAX) {
      EXPECT_LE(directory_->log_bytes(),
                history_.memory + history_.memory_slack + SegmentPool::kLargestBlock);
    }
    if (!took) {
      ++refused_;
      EXPECT_EQ(directory_->newest(), before) << "nothing has happened";
      return;
    }
    const Sequence sequence = directory_->newest();
    ASSERT_GT(sequence, before);
    ASSERT_EQ(published.id, scheme_.ToId(sequence));
    const FrameSize size = MeasureFrame(published.id, event);
    std::string frame(size.frame, '\0');
    EncodeFrame(published.id, event, size, frame.data());
    published_[name].push_back({sequence, frame});
  }

  void Commit() {
    directory_->CollectChanges();
    for (auto& shard : shards_) shard->TakeOutbox(directory_->newest());
  }

  void UseShard(SimulatedShard& shard) {
    const std::string& name = AnyName();
    if (!shard.Follows(name)) {
      if (rng_.Below(3) != 0) return;
      std::optional<Sequence> seen;
      if (rng_.Below(2) == 0) seen = SomethingSeen(name);
      return shard.Open(name, seen);
    }
    if (!shard.IsOpen(name)) return;
    switch (rng_.Below(12)) {
      case 0:
        return shard.ChangeCount(name, static_cast<std::uint32_t>(1 + rng_.Below(5)));
      case 1:
        return shard.Leave(name);
      case 2:
      case 3:
      case 4:
        return shard.Progress(name);
      default:
        return shard.Read(name, rng_.Below(3) == 0 ? UINT64_MAX / 2 : rng_.Below(3000));
    }
  }

  // An id that a client of this channel may come back with.
  Sequence SomethingSeen(const std::string& name) {
    const auto& events = published_[name];
    if (events.empty() || rng_.Below(10) == 0) return rng_.Below(directory_->newest() + 1);
    const std::size_t back = std::min(events.size(), 1 + (rng_.Next() >> (60 - rng_.Below(6))));
    return events[events.size() - back].sequence;
  }

  void Delete(const std::string& name) {
    ChannelInfo info;
    const bool there = directory_->Describe(name, info) && info.standing == ChannelStanding::kLive;
    const std::uint32_t subscribers = there ? info.subscribers : 0;
    EXPECT_EQ(directory_->Delete(name), there);
    if (there && subscribers > 0) ++deleted_with_subscribers_;
    if (directory_->Describe(name, info)) {
      EXPECT_EQ(info.kept_events, 0u);
    }
  }

  void Create(const std::string& name) {
    ChannelInfo info;
    const bool there = directory_->Describe(name, info) && info.standing == ChannelStanding::kLive;
    EXPECT_EQ(directory_->Create(name, nullptr), !there);
    ASSERT_TRUE(directory_->Describe(name, info));
    EXPECT_TRUE(info.created);
    EXPECT_EQ(info.standing, ChannelStanding::kLive);
  }

  void CheckDescription(const std::string& name) {
    ChannelInfo info;
    if (!directory_->Describe(name, info)) return;
    ASSERT_EQ(info.name, name);
    ASSERT_LE(info.kept_events, std::max(history_.events, 0u));
    ASSERT_LE(info.kept_bytes, history_.bytes);
    const auto& events = published_[name];
    ASSERT_LE(info.kept_events, events.size());
    std::uint64_t bytes = 0;
    for (std::size_t i = events.size() - info.kept_events; i < events.size(); ++i) {
      bytes += events[i].frame.size();
    }
    ASSERT_EQ(info.kept_bytes, bytes);
    if (info.kept_events == 0) return;
    ASSERT_EQ(info.oldest_kept, scheme_.ToId(events[events.size() - info.kept_events].sequence));
    ASSERT_EQ(info.newest, scheme_.ToId(events.back().sequence));
  }

  // Every message arrives, every reader reads on, then all leave and what is kept is deleted.
  void Finish() {
    for (int round = 0; round < 3; ++round) {
      for (auto& shard : shards_) {
        while (shard->TellOne()) {
        }
      }
      Commit();
      for (auto& shard : shards_) {
        shard->DrainLane();
        for (const std::string& name : shard->Following()) {
          ASSERT_TRUE(shard->IsOpen(name));
          shard->Read(name, UINT64_MAX / 2);
          ASSERT_TRUE(shard->AtHead(name));
          shard->Progress(name);
        }
      }
    }
    for (const std::string& name : names_) {
      ChannelInfo info;
      std::uint32_t subscribers = 0;
      for (const auto& shard : shards_) {
        if (shard->Follows(name)) subscribers += shard->CountOf(name);
      }
      if (directory_->Describe(name, info)) {
        EXPECT_EQ(info.subscribers, subscribers);
      } else {
        EXPECT_EQ(subscribers, 0u);
      }
    }
    std::size_t ended = 0;
    for (auto& shard : shards_) ended += shard->TakeEnded().size();
    if (deleted_with_subscribers_ == 0) {
      EXPECT_EQ(ended, 0u);
    }
    for (auto& shard : shards_) {
      for (const std::string& name : shard->Following()) shard->Leave(name);
      while (shard->TellOne()) {
      }
    }
    for (const std::string& name : names_) directory_->Delete(name);
    EXPECT_EQ(directory_->channel_count(), 0u);
    EXPECT_EQ(directory_->log_bytes(), 0u);
    EXPECT_EQ(directory_->NextExpiry(), UINT32_MAX) << "no timer is left";
  }

  Rng rng_;
  const HistoryLimits history_;
  const IdScheme scheme_;
  std::uint32_t tick_ = 1;
  UnixMillis wall_ = kStart;
  std::uint64_t events_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t relieved_ = 0;
  std::size_t deleted_with_subscribers_ = 0;
  std::vector<std::string> names_;
  test::PublishedEvents published_;
  std::unique_ptr<ChannelDirectory> directory_;
  std::vector<std::unique_ptr<SimulatedShard>> shards_;
};

struct Setting {
  const char* name;
  HistoryLimits history;
  unsigned shards;
  std::size_t channels;
};

void PrintTo(const Setting& setting, std::ostream* out) { *out << setting.name; }

class ChannelDirectoryModel : public testing::TestWithParam<Setting> {};

INSTANTIATE_TEST_SUITE_P(
    Histories, ChannelDirectoryModel,
    testing::Values(Setting{"None", {.events = 0}, 3, 6}, Setting{"FewEvents", {.events = 5}, 3, 6},
                    Setting{"FewBytes", {.bytes = 3000}, 2, 3},
                    Setting{"Short", {.ticks = 20}, 3, 6},
                    Setting{"Long", {.events = 1000, .ticks = 10'000}, 3, 4},
                    Setting{"OneChannel", {.events = 50, .ticks = 200}, 4, 1},
                    Setting{"LittleMemory", {.memory = 200'000, .memory_slack = 200'000}, 3, 6},
                    Setting{"NoMemory", {.memory = 0, .memory_slack = 2'000'000}, 2, 5},
                    Setting{"OneShard", {.events = 50, .bytes = 10'000, .ticks = 50}, 1, 20}),
    [](const auto& setting) { return setting.param.name; });

TEST_P(ChannelDirectoryModel, LosesNothingDoublesNothingAndForgetsWhatNobodyNeeds) {
  std::uint64_t frames = 0;
  std::uint64_t gaps = 0;
  std::uint64_t refused = 0;
  std::uint64_t relieved = 0;
  std::uint64_t given_up = 0;
  for (std::uint64_t seed = 1; seed <= 12 && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Simulation simulation(seed, GetParam().history, GetParam().shards, GetParam().channels);
    simulation.Run(6000);
    frames += simulation.frames_read();
    gaps += simulation.gaps();
    refused += simulation.refused();
    relieved += simulation.relieved();
    given_up += simulation.given_up();
  }
  // The simulation has done what it is there for.
  EXPECT_GT(frames, 10'000u);
  EXPECT_GT(gaps, 0u);
  const bool little_memory = GetParam().history.memory != UINT64_MAX;
  EXPECT_EQ(given_up > 0, little_memory);
  if (GetParam().channels <= 4 || little_memory) {
    EXPECT_GT(refused, 0u);
    EXPECT_GT(relieved, 0u);
  }
}

}  // namespace
}  // namespace ringcast
