// BenchReport as JSON.
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "load/bench_report.h"

namespace ringcast {
namespace {

using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void Field(Writer& out, const char* key, std::uint64_t value) {
  out.Key(key);
  out.Uint64(value);
}
void Field(Writer& out, const char* key, double value) {
  out.Key(key);
  out.Double(value);
}
void Field(Writer& out, const char* key, bool value) {
  out.Key(key);
  out.Bool(value);
}
void Field(Writer& out, const char* key, std::string_view value) {
  out.Key(key);
  out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void Percentiles(Writer& out, const char* key, const Histogram<>& of_ns) {
  if (of_ns.Count() == 0) return;
  out.Key(key);
  out.StartObject();
  const auto percentile = [&](const char* name, double which) {
    Field(out, name, static_cast<double>(of_ns.ValueAtPercentile(which)) / 1e6);
  };
  percentile("p50", 50);
  percentile("p90", 90);
  percentile("p99", 99);
  percentile("p999", 99.9);
  // The older name of the same, which programs read.
  if (std::string_view(key) == "latency_ms") percentile("p99_9", 99.9);
  percentile("max", 100);
  Field(out, "mean", of_ns.Mean() / 1e6);
  out.EndObject();
}

void Deliveries(Writer& out, const BenchReport& report) {
  const auto deliveries = static_cast<double>(report.deliveries);
  Field(out, "published", report.published);
  Field(out, "publish_seconds", report.publish_seconds);
  Field(out, "deliveries", report.deliveries);
  Field(out, "deliveries_per_s", deliveries / report.seconds);
  Field(out, "received_bytes", report.received_bytes);
  if (report.server_cpu) {
    Field(out, "server_cpu_us_per_delivery", report.cpu_per_delivery());
  }
  Percentiles(out, "latency_ms", report.latency_ns);
  Percentiles(out, "completion_ms", report.completion_ns);
  if (report.completion_ns.Count() > 0) {
    Field(out, "completion_events", report.completion_ns.Count());
  }
}

void Quiet(Writer& out, const QuietReport& quiet) {
  Field(out, "quiet_seconds", quiet.seconds);
  Field(out, "quiet_comments", quiet.comments);
  if (!quiet.server_cpu) return;
  Field(out, "quiet_server_cpu_seconds", quiet.server_cpu->total());
  Field(out, "quiet_server_cpu_percent", quiet.server_cpu->total() * 100 / quiet.seconds);
}

void Replay(Writer& out, const ReplayReport& replay) {
  Field(out, "events", replay.events);
  Field(out, "missed", replay.missed);
  Field(out, "replay_seconds", replay.seconds);
  if (replay.live == 0) return;
  Field(out, "live", replay.live);
  Field(out, "live_deliveries", replay.live_deliveries);
}

void Reconnects(Writer& out, const ReconnectReport& made) {
  if (made.churn_rate > 0) {
    Field(out, "churn_rate", made.churn_rate);
  } else {
    Field(out, "storm_seconds", made.seconds);
  }
  Field(out, "reconnects", made.count);
  Field(out, "reconnects_per_s", static_cast<double>(made.count) / made.seconds);
  Percentiles(out, "reconnect_ms", made.first_byte_ns);
}

void Shift(Writer& out, const ShiftReport& shift) {
  Percentiles(out, "latency_before_ms", shift.before_ns);
  Percentiles(out, "latency_during_ms", shift.during_ns);
  if (shift.p99_ratio() > 0) Field(out, "latency_p99_ratio", shift.p99_ratio());
}

void Channels(Writer& out, const ChannelsReport& channels) {
  Field(out, "channels", std::uint64_t{channels.channels});
  Field(out, "channels_published", std::uint64_t{channels.published_to});
  Field(out, "zipf", channels.zipf);
}

void Slow(Writer& out, const SlowReport& slow) {
  Field(out, "slow_share", slow.share);
  Field(out, "slow_readers", slow.readers);
  Field(out, "slow_ended", slow.ended);
  Field(out, "slow_gaps_told", slow.gaps);
  Field(out, "slow_events_told_missing", slow.told);
  Field(out, "slow_deliveries", slow.deliveries);
}

}  // namespace

std::string Json(const BenchReport& report, bool allow_gaps) {
  rapidjson::StringBuffer buffer;
  Writer out(buffer);
  constexpr int kDecimals = 6;
  out.SetMaxDecimalPlaces(kDecimals);
  out.StartObject();
  Field(out, "scenario", Name(report.scenario));
  Field(out, "target", std::string_view(report.target));
  Field(out, "ok", report.ok(allow_gaps));
  Field(out, "connections", report.connected);
  Field(out, "connect_seconds", report.connect_seconds);
  Field(out, "connects_per_s", static_cast<double>(report.connected) / report.connect_seconds);
  Percentiles(out, "connect_ms", report.connect_ns);
  if (report.user_bytes) Field(out, "user_bytes_per_connection", *report.user_bytes);
  if (report.kernel_bytes) {
    Field(out, "kernel_bytes_per_connection", *report.kernel_bytes);
    Field(out, "kernel_slab_bytes_per_connection", report.slab_bytes);
    Field(out, "kernel_buffer_bytes_per_connection", report.buffer_bytes);
    Field(out, "kernel_other_bytes_per_connection", report.other_bytes);
  }
  Field(out, "payload_bytes", std::uint64_t{report.payload_bytes});
  Field(out, "rate", report.rate);
  Field(out, "seconds", report.seconds);
  if (report.server_cpu) {
    Field(out, "server_cpu_user_seconds", report.server_cpu->user_seconds);
    Field(out, "server_cpu_system_seconds", report.server_cpu->system_seconds);
  }
  if (report.quiet) Quiet(out, *report.quiet);
  if (report.deliveries > 0) Deliveries(out, report);
  if (report.replay) Replay(out, *report.replay);
  if (report.reconnects) Reconnects(out, *report.reconnects);
  if (report.shift) Shift(out, *report.shift);
  if (report.channels) Channels(out, *report.channels);
  if (report.slow) Slow(out, *report.slow);
  if (report.user_growth_bytes) Field(out, "user_growth_bytes", *report.user_growth_bytes);
  Field(out, "lost", report.faults.lost);
  Field(out, "duplicated", report.faults.duplicated);
  Field(out, "reordered", report.faults.reordered);
  Field(out, "foreign", report.faults.foreign);
  Field(out, "gaps_told", report.faults.gaps);
  Field(out, "events_told_missing", report.faults.told);
  Field(out, "streams_ended", report.ended);
  Field(out, "streams_truncated", report.truncated);
  Field(out, "tails_checked", report.tails_checked);
  Field(out, "workers", std::uint64_t{report.workers});
  Field(out, "worker_running", report.worker_running);
  Field(out, "worker_waiting", report.worker_waiting);
  Field(out, "generator_was_limit", report.generator_was_limit());
  out.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace ringcast
