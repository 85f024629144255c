#include "admin/figures_json.h"

#include <algorithm>
#include <chrono>

#include "admin/json_writer.h"
#include "base/version.h"

namespace ringcast {
namespace {

constexpr std::size_t kShownChannels = 20;

// Writes what happened between two moments.
class SecondWriter {
 public:
  SecondWriter(JsonWriter& out, const Figures& before, const Figures& now)
      : out_(out),
        before_(before),
        now_(now),
        seconds_(std::chrono::duration<double>(now.at - before.at).count()) {}

  void Connections() {
    Key(out_, "connections");
    out_.StartObject();
    Field(out_, "now", now_.Sum(&ShardFigures::connections));
    Field(out_, "streams", now_.Sum(&ShardFigures::streams));
    Field(out_, "capacity", now_.Sum(&ShardFigures::capacity));
    Field(out_, "accepted", now_.accepted);
    Real(out_, "accepted_rate", Rate(before_.accepted, now_.accepted, seconds_));
    out_.EndObject();
  }

  template <std::size_t kCount, class NameOf>
  void Counts(std::string_view key, std::string_view label,
              std::array<std::uint64_t, kCount> Figures::*member, NameOf&& name_of) {
    Key(out_, key);
    out_.StartArray();
    for (std::size_t i = 0; i < kCount; ++i) {
      out_.StartObject();
      Field(out_, label, std::string_view(name_of(i)));
      Total((now_.*member)[i], (before_.*member)[i]);
      out_.EndObject();
    }
    out_.EndArray();
  }

  void Events() {
    Key(out_, "events");
    out_.StartObject();
    Field(out_, "published", now_.published);
    Real(out_, "rate", Rate(before_.published, now_.published, seconds_));
    Field(out_, "refused", now_.events_refused);
    Field(out_, "publishers", now_.publishers);
    out_.EndObject();
    for (const auto& [key, member] : {std::pair{"deliveries", &ShardFigures::deliveries},
                                      {"sent_bytes", &ShardFigures::sent_bytes}}) {
      Key(out_, key);
      out_.StartObject();
      Total(now_.Sum(member), before_.Sum(member));
      out_.EndObject();
    }
    const LatencyBuckets second = Difference(before_.latency, now_.latency);
    Key(out_, "latency");
    out_.StartObject();
    std::uint64_t count = 0;
    for (const std::uint64_t bucket : second) count += bucket;
    Field(out_, "count", count);
    Real(out_, "p50_seconds", LatencyQuantile(second, 0.5));
    Real(out_, "p99_seconds", LatencyQuantile(second, 0.99));
    out_.EndObject();
    Key(out_, "streams");
    out_.StartObject();
    Real(out_, "heartbeats_rate", Rate(before_.heartbeats, now_.heartbeats, seconds_));
    Field(out_, "gaps", now_.gaps);
    Field(out_, "stalls", now_.stalls);
    out_.EndObject();
  }

  void Machine() {
    Key(out_, "memory");
    out_.StartObject();
    Field(out_, "resident_bytes", now_.process.resident_bytes);
    Field(out_, "log_bytes", now_.log_bytes);
    Field(out_, "history_memory_bytes", now_.history_memory_bytes);
    Field(out_, "directory_bytes", now_.directory_bytes);
    Field(out_, "shards_bytes", now_.Sum(&ShardFigures::memory_bytes));
    Field(out_, "tcp_bytes", now_.tcp_memory_bytes);
    out_.EndObject();
    Key(out_, "cpu");
    out_.StartObject();
    Real(out_, "process", Share(before_.process.cpu_seconds, now_.process.cpu_seconds));
    Real(out_, "sequencer", Share(before_.sequencer_cpu_seconds, now_.sequencer_cpu_seconds));
    out_.EndObject();
  }

  void Shards() {
    Key(out_, "shards");
    out_.StartArray();
    for (std::size_t i = 0; i < now_.shards.size(); ++i) {
      const ShardFigures& shard = now_.shards[i];
      const ShardFigures& earlier = before_.shards[i];
      out_.StartObject();
      Field(out_, "connections", shard.connections);
      Field(out_, "streams", shard.streams);
      Field(out_, "capacity", shard.capacity);
      Real(out_, "deliveries_rate", Rate(earlier.deliveries, shard.deliveries, seconds_));
      Real(out_, "sent_bytes_rate", Rate(earlier.sent_bytes, shard.sent_bytes, seconds_));
      Field(out_, "memory_bytes", shard.memory_bytes);
      Real(out_, "cpu", Share(earlier.cpu_seconds, shard.cpu_seconds));
      out_.EndObject();
    }
    out_.EndArray();
  }

 private:
  void Total(std::uint64_t now, std::uint64_t before) {
    Field(out_, "total", now);
    Real(out_, "rate", Rate(before, now, seconds_));
  }
  // Cores used. The kernel counts in ticks of some ms, so that a full core may come out a little
  // above 1.
  std::optional<double> Share(std::optional<double> before, std::optional<double> now) const {
    if (!before || !now || seconds_ <= 0) return std::nullopt;
    return std::max(0.0, *now - *before) / seconds_;
  }

  JsonWriter& out_;
  const Figures& before_;
  const Figures& now_;
  const double seconds_;
};

}  // namespace

std::string FiguresJson(const Figures& before, const Figures& now,
                        const ReportBox::Report& channels, const DaemonState& state) {
  JsonBuffer buffer;
  JsonWriter out(buffer);
  out.SetMaxDecimalPlaces(6);
  SecondWriter second(out, before, now);
  out.StartObject();
  Field(out, "time_ms", now.wall);
  Field(out, "version", Version());
  Field(out, "uptime_seconds", state.uptime_seconds);
  Field(out, "state", state.phase);
  second.Connections();
  second.Counts("closed", "reason", &Figures::closed,
                [](std::size_t i) { return Name(static_cast<CloseReason>(i)); });
  second.Counts("refused", "limit", &Figures::refused,
                [](std::size_t i) { return Name(static_cast<Limit>(i)); });
  second.Events();
  second.Machine();
  second.Shards();
  Key(out, "channels");
  out.StartObject();
  Field(out, "count", now.channels);
  Key(out, "top");
  out.StartArray();
  const std::size_t shown = std::min(channels.channels.size(), kShownChannels);
  for (std::size_t i = 0; i < shown; ++i) WriteChannel(out, channels.channels[i]);
  out.EndArray();
  out.EndObject();
  Field(out, "viewers", state.viewers);
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace ringcast
