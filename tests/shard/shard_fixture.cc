#include "shard/shard_fixture.h"

#include "protocol/event_id.h"

namespace ringcast::test {

void ShardFixture::Start(std::uint64_t connections_per_address) {
  // Accepted at once: the test decides when a client says something.
  Result<UniqueFd> opened = unix_path.empty()
                                ? OpenTcpListener({.host = "127.0.0.1", .defer_accept = Millis(0)})
                                : OpenUnixListener(unix_path, 0600);
  ASSERT_TRUE(opened.ok());
  listener = std::move(*opened);
  if (unix_path.empty()) port = BoundPort(listener);
  Result<std::unique_ptr<Ring>> made =
      Ring::Create({.submission_entries = 256, .completion_entries = 4096, .direct_slots = slots});
  ASSERT_TRUE(made.ok()) << made.error().message;
  ASSERT_TRUE((*made)->AddBuffers(16, 2048).ok());
  ring = std::make_unique<ScriptedRing>(std::move(*made));
  start_ = ring->Now();
  options.direct_slots = slots;
  if (options.capacity == 0) options.capacity = 900;
  options.listeners = {{listener.get(), unix_path.empty()}};
  options.scheme = IdScheme(kStart, 0xbeef);
  options.hash_key = {11, 12};
  options.seed = 1;
  public_.ring = ring->handle();
  lanes = std::make_unique<ShardLanes>(lane_entries);
  options.address_limits.connections = connections_per_address;
  addresses = std::make_unique<AddressLimits>(options.address_limits);
  directory = std::make_unique<ChannelDirectory>(options.scheme, options.hash_key, history, 1u,
                                                 DirectoryTick());
  shard = std::make_unique<Shard<ScriptedRing>>(options, *ring, *lanes,
                                                std::vector<ShardPublic*>{&public_}, RingHandle{},
                                                0, control, *addresses);
  Tick();
}

std::uint32_t ShardFixture::DirectoryTick() const {
  return 1 + static_cast<std::uint32_t>((ring->Now() - start_) / Millis(50));
}

void ShardFixture::Tick() {
  lanes->up.FinishSleep();  // nobody sleeps here, so nobody is rung
  running = shard->Tick(Nanos(0));
  Exchange();
}

void ShardFixture::Exchange() {
  bool any = false;
  while (const ToSequencer* message = lanes->up.Front()) {
    directory->Receive(0, *message);
    lanes->up.Pop();
    any = true;
  }
  if (any) lanes->up.Release();
  directory->Expire(DirectoryTick());
  directory->CollectChanges();
  const std::vector<ToShard>& outbox = directory->outbox(0);
  if (lane_held_ || lanes->down.FreeSlots(outbox.size()) < outbox.size()) return;
  for (const ToShard& message : outbox) lanes->down.Stage(message);
  lanes->down.Commit();
  directory->ClearOutbox(0);
}

void ShardFixture::TickUntil(const std::function<bool()>& so) {
  const MonoTime until = MonotonicNow() + std::chrono::seconds(10);
  while (!so()) {
    ASSERT_LT(MonotonicNow(), until) << "it never came to that";
    Tick();
  }
}

void ShardFixture::Settle() {
  addresses->Change(options.address_limits);
  settings().Post(std::make_unique<const ShardSettings>(options));
  TickUntil([this] { return settings().Acknowledged(); });
}

void ShardFixture::Pass(Millis time) {
  for (Millis passed{0}; passed < time; passed += Millis(50)) {
    ring->Advance(Millis(50));
    Tick();
  }
}

EventId ShardFixture::Publish(const std::string& channel, const std::string& data,
                              const std::string& type) {
  ChannelDirectory::Published published;
  const auto taken = [&] {
    const std::int64_t now_ns = ring->Now().time_since_epoch().count();
    return directory->Publish(channel, {type, data}, {ring->WallNow(), DirectoryTick(), now_ns},
                              published);
  };
  bool done = taken();
  for (Millis waited{0}; !done && waited < Millis(10'000); waited += Millis(50)) {
    Pass(Millis(50));
    done = taken();
  }
  EXPECT_TRUE(done) << "subscribers of " << channel << " are too far behind";
  return published.id;
}

std::string ShardFixture::IdText(EventId id) const {
  char text[kMaxEventIdSize];
  return {text, FormatEventId(id, text)};
}

std::unique_ptr<StreamClient> ShardFixture::Connect() {
  const std::uint64_t before = stats().accepted.Get();
  auto client = std::make_unique<StreamClient>(port);
  TickUntil([&] { return stats().accepted.Get() > before; });
  return client;
}

std::unique_ptr<StreamClient> ShardFixture::Subscribe(const std::string& target,
                                                      const std::string& fields,
                                                      const std::string& version) {
  std::unique_ptr<StreamClient> client = Connect();
  client->Get(target, fields, version);
  TickUntil([&] {
    client->Poll();
    return !client->OfType("connected").empty() || client->ended();
  });
  return client;
}

void ShardFixture::WaitForMessages(StreamClient& client, std::size_t count) {
  TickUntil([&] {
    client.Poll();
    return client.Messages().size() >= count || client.ended();
  });
}

void ShardFixture::WaitForEnd(StreamClient& client) {
  TickUntil([&] {
    client.Poll();
    return client.ended();
  });
}

}  // namespace ringcast::test
