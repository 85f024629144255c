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

void Latency(Writer& out, const Histogram<>& latency) {
  out.Key("latency_ms");
  out.StartObject();
  const auto percentile = [&](const char* key, double which) {
    Field(out, key, static_cast<double>(latency.ValueAtPercentile(which)) / 1e6);
  };
  percentile("p50", 50);
  percentile("p90", 90);
  percentile("p99", 99);
  percentile("p99_9", 99.9);
  percentile("max", 100);
  Field(out, "mean", latency.Mean() / 1e6);
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
    Field(out, "server_cpu_us_per_delivery", report.server_cpu->total() * 1e6 / deliveries);
  }
  Latency(out, report.latency_ns);
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
  if (report.deliveries > 0) Deliveries(out, report);
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
