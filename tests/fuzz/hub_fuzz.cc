// The hub between publishers and shards, driven by byte-coded actions: publish, subscribe, resume
// with any id, read in pieces, stall, fall behind, let go, expire, create, delete. After each step
// what every client has read is what was published, or a gap was told; the history keeps what it
// must and no more; in the end nothing is left.
//
// Input: a byte that chooses the history and, by its highest bit, that the server stops in the
// middle of it all; then actions of four bytes: what, and three arguments.
#include <cstddef>
#include <cstdint>

#include "fuzz/fuzz_input.h"
#include "fuzz/hub_shard.h"
#include "fuzz/hub_world.h"

namespace ringcast {
namespace {

using test::HubShard;
using test::HubWorld;

// What is published more often than anything else is done, so that there is something to lose.
void Act(HubWorld& world, std::uint8_t what, std::uint8_t a, std::uint8_t b, std::uint8_t c) {
  HubShard& shard = world.shard(a);
  const std::size_t stream = shard.streams() > 0 ? b % shard.streams() : 0;
  switch (what % 16) {
    case 0:
    case 1:
    case 2:
      return world.Publish(HubWorld::Name(a), b, c);
    case 3:
      return world.Subscribe(shard, b, (a & 2) != 0, c);
    case 4:
      return world.Commit();
    case 5:
      return shard.DrainLane();
    case 6:
      return world.Tell(shard, 1 + c % 4);
    case 7:
    case 8:
      if (shard.streams() > 0) shard.Send(stream, c * 7u, 1u + (a >> 4), c * 5u);
      return;
    case 9:
      if (shard.streams() > 0) world.ReadAll(shard, stream);
      return;
    case 10:
      if (shard.streams() > 0) world.Close(shard, stream);
      return;
    case 11:
      return shard.Release(HubWorld::Name(b), c * 20u);
    case 12:
      return world.PassTime(a % 8, b, c % 64, (c & 64) != 0);
    case 13:
      return world.Delete(HubWorld::Name(a));
    case 14:
      return (c & 3) == 3 ? world.Create(HubWorld::Name(a), b)
                          : world.CheckHistory(HubWorld::Name(a));
    default:
      return world.Settle();
  }
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  const std::uint8_t choice = input.Byte();
  ringcast::test::HubWorld world(choice & 0x7f);
  // A longer story tells nothing that a shorter one does not.
  constexpr int kMaxActions = 1000;
  for (int actions = 0; !input.empty() && actions < kMaxActions; ++actions) {
    const std::uint8_t what = input.Byte();
    const std::uint8_t a = input.Byte();
    const std::uint8_t b = input.Byte();
    const std::uint8_t c = input.Byte();
    ringcast::Act(world, what, a, b, c);
  }
  if ((choice & 0x80) != 0) {
    world.Stop();
  } else {
    world.Finish();
  }
  return 0;
}
