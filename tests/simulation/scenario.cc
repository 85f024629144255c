#include "simulation/scenario.h"

namespace ringcast::simulation {
namespace {

template <class T, std::size_t kCount>
T OneOf(Kernel& kernel, const T (&values)[kCount]) {
  return values[kernel.rng().Below(kCount)];
}

}  // namespace

Scenario Scenario::Draw(Kernel& kernel) {
  Scenario s;
  s.intensity = OneOf(kernel, {0u, 1u, 1u, 2u, 3u});
  s.shards = OneOf(kernel, {1u, 1u, 2u, 3u});
  s.subscribers = static_cast<unsigned>(kernel.Between(1, 24));
  // With room for all, or just so.
  s.capacity = static_cast<std::uint32_t>(kernel.Chance(70) ? s.subscribers + 8
                                                            : s.subscribers / s.shards + 1);
  s.spare_slots = OneOf(kernel, {2u, 8u, 64u});
  s.backlog = OneOf(kernel, {2u, 8u, 4096u});
  s.submission_entries = OneOf<std::size_t>(kernel, {4, 32, 1024});
  s.completion_entries = OneOf<std::size_t>(kernel, {8, 64, 8192});
  s.head_buffers = OneOf<std::uint16_t>(kernel, {1, 4, 64});
  s.unix_listener = kernel.Chance(15);

  s.addresses = static_cast<unsigned>(kernel.Between(1, 4));
  if (kernel.Chance(50)) {
    // With room for all who come from one, or just so.
    s.connections_per_address =
        (s.subscribers + s.addresses - 1) / s.addresses + (kernel.Chance(50) ? 0 : 3);
  }
  if (kernel.Chance(25)) s.connection_rate_per_address = OneOf(kernel, {2u, 10u, 50u});

  s.history.events = OneOf(kernel, {0u, 3u, 50u, 1000u});
  s.history.bytes = OneOf<std::uint64_t>(kernel, {2'000, 100'000, 1'048'576});
  s.history.ticks = OneOf(kernel, {10u, 40u, 200u});
  s.heartbeat = OneOf(kernel, {Millis(0), Millis(500), Millis(2000)});
  s.idle_timeout = OneOf(kernel, {Millis(0), Millis(2000), Millis(3'600'000)});
  s.max_lifetime = OneOf(kernel, {Millis(0), Millis(0), Millis(3000)});
  s.stall_timeout = OneOf(kernel, {Millis(500), Millis(2000), Millis(5000)});
  s.header_timeout = OneOf(kernel, {Millis(500), Millis(3000)});
  s.drains = kernel.Chance(30);
  s.asks = kernel.Chance(30);

  s.channels = OneOf(kernel, {1u, 3u, 8u});
  s.binary_publishers = static_cast<unsigned>(kernel.Between(0, 3));
  s.http_publishers = static_cast<unsigned>(kernel.Between(s.binary_publishers == 0 ? 1 : 0, 2));
  s.deletes = kernel.Chance(30);
  if (s.deletes) s.ended_ttl = OneOf(kernel, {Millis(0), Millis(500), Millis(3'600'000)});
  // Many small ones, or few that fill segments, sockets and backlogs.
  if (kernel.Chance(75)) {
    s.events = kernel.Between(20, 600);
    s.most_bytes = OneOf<std::size_t>(kernel, {20, 200, 2000});
  } else {
    s.events = kernel.Between(20, 120);
    s.most_bytes = OneOf<std::size_t>(kernel, {10'000, 60'000, 150'000});
  }
  s.pause = std::chrono::microseconds(OneOf(kernel, {50, 2000, 50'000}));
  s.busy = Millis(kernel.Between(1000, 12'000));
  return s;
}

std::string Scenario::Describe() const {
  auto ms = [](Millis time) { return std::to_string(time.count()) + " ms"; };
  return "intensity " + std::to_string(intensity) + ", shards " + std::to_string(shards) +
         ", capacity " + std::to_string(capacity) + " + " + std::to_string(spare_slots) +
         ", backlog " + std::to_string(backlog) + ", queues " + std::to_string(submission_entries) +
         "/" + std::to_string(completion_entries) + ", buffers " + std::to_string(head_buffers) +
         (unix_listener ? ", unix listener" : "") + ", addresses " + std::to_string(addresses) +
         " of up to " + std::to_string(connections_per_address) + " connections and " +
         std::to_string(connection_rate_per_address) + " a second\nhistory " +
         std::to_string(history.events) + " events, " + std::to_string(history.bytes) + " bytes, " +
         std::to_string(history.ticks) + " ticks; heartbeat " + ms(heartbeat) + ", idle " +
         ms(idle_timeout) + ", lifetime " + ms(max_lifetime) + ", stall " + ms(stall_timeout) +
         ", header " + ms(header_timeout) + (drains ? ", drains" : "") + (asks ? ", asks" : "") +
         "\nchannels " + std::to_string(channels) + ", subscribers " + std::to_string(subscribers) +
         ", publishers " + std::to_string(binary_publishers) + " binary and " +
         std::to_string(http_publishers) + " HTTP with " + std::to_string(events) +
         " events of up to " + std::to_string(most_bytes) + " bytes, " +
         (deletes ? "deleting, ends remembered for " + ms(ended_ttl) + ", " : "") + "busy for " +
         ms(busy);
}

}  // namespace ringcast::simulation
