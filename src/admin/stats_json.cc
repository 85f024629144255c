#include "admin/stats_json.h"

#include "access/token_fault.h"
#include "admin/json_writer.h"
#include "admin/metrics.h"
#include "admin/process_figures.h"
#include "base/version.h"
#include "config/option_table.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

void Shards(JsonWriter& out, const ServerView& view) {
  Key(out, "shards");
  out.StartArray();
  for (const ShardPublic* shard : view.shards) {
    const ShardStats& stats = shard->stats;
    out.StartObject();
    Field(out, "connections", stats.connections.Get());
    Field(out, "capacity", shard->capacity.Get());
    Field(out, "streams", stats.streams.Get());
    Field(out, "accepted", stats.accepted.Get());
    Field(out, "passed_on", stats.passed_on.Get());
    Field(out, "channels", stats.channels.Get());
    Field(out, "deliveries", stats.deliveries.Get());
    Field(out, "sent_bytes", stats.sent_bytes.Get());
    Field(out, "stalls", stats.stalls.Get());
    Field(out, "memory_bytes", stats.memory_bytes.Get());
    out.EndObject();
  }
  out.EndArray();
}

void Access(JsonWriter& out, const GateStats& gate) {
  Key(out, "auth");
  out.StartObject();
  Field(out, "questions", gate.questions.Get());
  Key(out, "requests");
  out.StartObject();
  for (std::size_t i = 0; i < kAuthResults; ++i) {
    Field(out, Name(static_cast<AuthResult>(i)), gate.requests[i].Get());
  }
  out.EndObject();
  Field(out, "cached", gate.cached.Get());
  Field(out, "joined", gate.joined.Get());
  Field(out, "busy", gate.busy.Get());
  Field(out, "waiting", gate.waiting.Get());
  Field(out, "under_way", gate.under_way.Get());
  Field(out, "failing", gate.failing.Get());
  out.EndObject();
}

void Redis(JsonWriter& out, const ServerView& view) {
  Key(out, "redis");
  out.StartArray();
  for (const auto& source : view.redis->Stats()) {
    out.StartObject();
    Field(out, "name", source->name());
    Field(out, "up", source->up.Get());
    Field(out, "trouble", source->trouble());
    Field(out, "reconnects", source->reconnects.Get());
    Field(out, "streams", source->streams.Get());
    Field(out, "lag_entries", source->lag.Get());
    for (std::size_t i = 0; i < kRedisEventKinds; ++i) {
      Field(out, Name(static_cast<RedisEventKind>(i)), source->events[i].Get());
    }
    Key(out, "refused");
    out.StartObject();
    for (std::size_t i = 0; i < kRedisRefusals; ++i) {
      Field(out, Name(static_cast<RedisRefusal>(i)), source->refused[i].Get());
    }
    out.EndObject();
    out.EndObject();
  }
  out.EndArray();
}

// Those in force, each as a user would write it; lists separated by commas.
void Options(JsonWriter& out, const ServeOptions& options) {
  Key(out, "options");
  out.StartObject();
  for (const OptionSpec& spec : OptionTable()) Field(out, spec.name, spec.text(options));
  out.EndObject();
}

}  // namespace

std::string StatsJson(const ServerView& view, const ReportBox::Report& report) {
  JsonBuffer buffer;
  JsonWriter out(buffer);
  auto sum = [&view](Counter ShardStats::*member) {
    return SumOverShards(view,
                         [member](const ShardStats& s) -> const Counter& { return s.*member; });
  };
  const SequencerStats& sequencer = *view.sequencer;
  out.StartObject();
  Field(out, "version", Version());
  Field(
      out, "uptime_seconds",
      static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::seconds>(MonotonicNow() - view.started).count()));
  Field(out, "newest_id", report.newest_id);

  Key(out, "connections");
  out.StartObject();
  Field(out, "now", sum(&ShardStats::connections));
  Field(out, "streams", sum(&ShardStats::streams));
  Field(out, "accepted", sum(&ShardStats::accepted));
  Key(out, "closed");
  out.StartObject();
  for (std::size_t i = 0; i < kCloseReasons; ++i) {
    Field(out, Name(static_cast<CloseReason>(i)),
          SumOverShards(view, [i](const ShardStats& s) -> const Counter& { return s.closed[i]; }));
  }
  out.EndObject();
  out.EndObject();

  Key(out, "events");
  out.StartObject();
  Field(out, "published", sequencer.published.Get());
  Field(out, "refused", sequencer.refused.Get());
  Field(out, "repeated", sequencer.repeated.Get());
  Key(out, "by_type");
  out.StartObject();
  for (const auto& [type, count] : report.events_by_type) Field(out, type, count);
  out.EndObject();
  Field(out, "deliveries", sum(&ShardStats::deliveries));
  Field(out, "sent_bytes", sum(&ShardStats::sent_bytes));
  out.EndObject();

  Key(out, "refused_by_limit");
  out.StartObject();
  for (std::size_t i = 0; i < kLimits; ++i) {
    Field(out, Name(static_cast<Limit>(i)), OverLimit(view, i));
  }
  out.EndObject();

  Key(out, "refused_by_token");
  out.StartObject();
  for (std::size_t i = 0; i < kTokenFaults; ++i) {
    Field(out, Name(static_cast<TokenFault>(i)),
          SumOverShards(
              view, [i](const ShardStats& s) -> const Counter& { return s.tokens_refused[i]; }));
  }
  out.EndObject();

  Access(out, *view.gate);
  Field(out, "heartbeats", sum(&ShardStats::heartbeats));
  Field(out, "gaps", sum(&ShardStats::gaps));
  Field(out, "publishers", sequencer.publishers.Get());
  Field(out, "remote_publishers", sequencer.remote_publishers.Get());

  Key(out, "memory");
  out.StartObject();
  Field(out, "resident_bytes", ReadProcess().resident_bytes);
  Field(out, "log_bytes", sequencer.log_bytes.Get());
  Field(out, "history_memory_bytes", sequencer.history_memory.Get());
  Field(out, "history_dropped_events", sequencer.given_up_events.Get());
  Field(out, "directory_bytes", sequencer.memory_bytes.Get());
  Field(out, "shards_bytes", sum(&ShardStats::memory_bytes));
  out.EndObject();

  Field(out, "channel_count", report.channel_count);
  Field(out, "created_channels", sequencer.created_channels.Get());
  Key(out, "channels");
  out.StartArray();
  for (const ReportBox::Channel& channel : report.channels) WriteChannel(out, channel);
  out.EndArray();
  Shards(out, view);
  Redis(out, view);
  Options(out, view.options->Get());
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace ringcast
