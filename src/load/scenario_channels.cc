// channels: many channels, the subscribers spread evenly over them, the events not: those go to
// channels drawn by Zipf's law, at a rate or as fast as back-pressure lets them pass. Numbers count
// on each channel, and an event that came to the wrong one is foreign.
#include <memory>

#include "load/channel_names.h"
#include "load/channel_traffic.h"
#include "load/scenarios.h"

namespace ringcast {
namespace {

// Bytes on the way when the publisher is not paced: enough to keep every thread of a server busy,
// and few enough that latencies are not those of a long queue.
constexpr std::size_t kWindow = std::size_t{1} << 20;

// What the names of channels begin with.
std::string NameBase(const BenchContext& bench) {
  if (!bench.options.channel.empty()) return bench.options.channel;
  const std::string& channel = bench.target.channel;
  return channel.empty() || HasChannelPlace(channel) ? "bench" : channel;
}

}  // namespace

Status RunChannels(BenchContext& bench) {
  const BenchOptions& options = bench.options;
  BenchReport& report = bench.report;
  if (Status found = FindAddresses(bench, options.connections); !found) return found;
  const std::string base = NameBase(bench);
  const ChannelPath path(bench.target.path, base);
  ChannelTraffic traffic(options.channels, options.zipf, options.connections);
  EventFeedOptions feeding = UsualFeed(bench);
  feeding.traffic = &traffic;
  feeding.channel_base = base;
  auto opened = OpenFeed(bench, feeding, options.rate > 0 ? 0 : kWindow);
  if (!opened) return opened.error();
  SwarmOptions subscribing = UsualSwarm(bench, options.connections);
  subscribing.behaviour.path = &path;
  subscribing.behaviour.channels = options.channels;
  auto made = MakeSwarm(bench, subscribing);
  if (!made) return made.error();
  Swarm& swarm = **made;
  if (Status connected = ConnectAndWeigh(bench, swarm); !connected) return connected;

  const CostMeter meter(bench, {&swarm});
  const std::uint64_t start_ns = StartFeed(**opened);
  const Status drained = Drain(bench, **opened, swarm, start_ns);
  meter.Stop(report);
  Conclude(bench, swarm, start_ns);
  if (!drained) return drained;
  swarm.ForEachSubscriber([&](std::uint64_t number, Subscriber& subscriber) {
    const auto channel = static_cast<std::uint32_t>(number % options.channels);
    subscriber.sequence().Finish(1, traffic.last(channel) + 1, report.faults);
  });
  report.rate = options.rate;
  report.channels = ChannelsReport{
      .channels = options.channels, .published_to = traffic.used(), .zipf = options.zipf};
  return Done{};
}

}  // namespace ringcast
