// A sequencer on the test's own thread with a real publish socket. The test plays the shards: it
// holds the other ends of their lanes.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hub/channel_name_block.h"
#include "sequencer/publish_client.h"
#include "sequencer/sequencer.h"
#include "shard/scripted_ring.h"
#include "support/temp_dir.h"
#include "uring/listener.h"

namespace ringcast::test {

class SequencerFixture : public testing::Test {
 protected:
  struct Lanes {
    explicit Lanes(std::size_t entries) : down(entries), up(1024) {}
    SpscQueue<ToShard> down;
    SpscQueue<ToSequencer> up;
  };

  ~SequencerFixture() override {
    sequencer.reset();
    for (ChannelNameBlock* name : not_adopted_) ChannelNameBlock::Free(name);
  }

  // Change `options` first. `lane_entries`: of the lanes to the shards.
  void Start(unsigned shards, std::size_t lane_entries) {
    Result<UniqueFd> opened = OpenUnixListener(path, 0600);
    ASSERT_TRUE(opened.ok());
    listener = std::move(*opened);
    Result<std::unique_ptr<Ring>> made = Ring::Create({});
    ASSERT_TRUE(made.ok()) << made.error().message;
    ring = std::make_unique<ScriptedRing>(std::move(*made));
    options.listeners.push_back({.descriptor = listener.get(), .outlives = listener_outlives});
    options.scheme = IdScheme(1'700'000'000'000, 0xfeed);
    options.hash_key = {21, 22};
    std::vector<ShardPort> ports;
    for (unsigned i = 0; i < shards; ++i) {
      lanes.push_back(std::make_unique<Lanes>(lane_entries));
      ports.push_back({&lanes[i]->down, &lanes[i]->up, RingHandle{}, 0});
    }
    sequencer = std::make_unique<Sequencer<ScriptedRing>>(options, *ring, std::move(ports), stats,
                                                          reports, stop, settings, census);
    Tick();
  }

  bool Tick() {
    for (auto& lane : lanes) lane->down.FinishSleep();  // nobody sleeps, so nobody is rung
    return sequencer->Tick(Nanos(0));
  }
  void Ticks(int count) {
    for (int i = 0; i < count; ++i) Tick();
  }
  void TickUntil(const std::function<bool()>& so) {
    const MonoTime until = MonotonicNow() + std::chrono::seconds(10);
    while (!so()) {
      ASSERT_LT(MonotonicNow(), until) << "it never came to that";
      Tick();
    }
  }
  void Pass(Millis time) {
    for (Millis passed{0}; passed < time; passed += Millis(50)) {
      ring->Advance(Millis(50));
      Tick();
    }
  }

  // A message of a shard; the sequencer finds it in its next tick.
  void Tell(unsigned shard, const ToSequencer& message) {
    ASSERT_TRUE(lanes[shard]->up.TryPush(message));
  }
  // Everything in a shard's lane.
  std::vector<ToShard> Drain(unsigned shard) {
    std::vector<ToShard> messages;
    SpscQueue<ToShard>& down = lanes[shard]->down;
    while (const ToShard* message = down.Front()) {
      messages.push_back(*message);
      down.Pop();
    }
    down.Release();
    return messages;
  }
  // The shard follows the channel from now on; how it names it.
  ChannelHandle Follow(unsigned shard, const std::string& name) {
    ToSequencer interest;
    interest.kind = ToSequencer::Kind::kInterest;
    interest.ours = {next_index_++, 1};
    interest.count = 1;
    interest.name = ChannelNameBlock::Make(name);
    Tell(shard, interest);
    Tick();
    for (const ToShard& message : Drain(shard)) {
      if (message.kind != ToShard::Kind::kOpen) continue;
      if (message.name != interest.name) not_adopted_.push_back(interest.name);
      return message.sequencer_channel;
    }
    ADD_FAILURE() << "the channel was not opened";
    return {};
  }
  void Progress(unsigned shard, ChannelHandle channel, std::uint64_t position) {
    ToSequencer message;
    message.kind = ToSequencer::Kind::kProgress;
    message.channel = channel;
    message.held_from = message.flushed = position;
    Tell(shard, message);
  }

  std::unique_ptr<PublishClient> Binary() {
    auto client = std::make_unique<PublishClient>(path);
    client->Hello();
    client->Flush();
    return client;
  }
  // A publisher that waits, for the channel's subscribers are too far behind.
  std::unique_ptr<PublishClient> Flood(const std::string& channel) {
    constexpr std::size_t kFrames = 70;
    auto flood = Binary();
    for (std::size_t i = 0; i < kFrames; ++i) flood->Publish(channel, std::string(1000, 'x'));
    for (int i = 0; i < 20; ++i) {
      flood->Flush();
      Tick();
    }
    EXPECT_LT(flood->Answers().size(), kFrames);
    return flood;
  }
  // Sends one HTTP request and returns the whole answer.
  std::string Http(const std::string& request) {
    PublishClient client(path);
    client.Append(request);
    TickUntil([&] {
      client.Flush();
      client.Poll();
      return client.ended();
    });
    return client.text();
  }
  static std::string Post(const std::string& target, const std::string& body) {
    return "POST " + target + " HTTP/1.1\r\nHost: s\r\nConnection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string Ask(const std::string& method, const std::string& target) {
    return method + " " + target + " HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n";
  }

  TempDir directory;
  const std::string path = directory.File("publish");
  bool listener_outlives = false;  // somebody else holds it, too
  SequencerOptions options;
  UniqueFd listener;
  std::unique_ptr<ScriptedRing> ring;
  std::vector<std::unique_ptr<Lanes>> lanes;
  SequencerStats stats;
  ReportBox reports;
  StopFlags stop;
  Mailbox<SequencerSettings> settings;
  ChannelCensus census;
  std::unique_ptr<Sequencer<ScriptedRing>> sequencer;

 private:
  std::uint32_t next_index_ = 0;
  std::vector<ChannelNameBlock*> not_adopted_;
};

}  // namespace ringcast::test
