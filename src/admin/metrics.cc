#include "admin/metrics.h"

#include <cstdio>
#include <string_view>

#include "access/token_fault.h"
#include "admin/figures.h"
#include "admin/prometheus_text.h"
#include "base/version.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

void Latency(PrometheusText& text, const ServerView& view) {
  constexpr std::string_view kName = "ringcast_publish_to_send_seconds";
  text.Head(kName, "histogram",
            "Time from taking an event from its publisher to handing it to the kernel for a live "
            "connection.");
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= kLatencyBoundsUs.size(); ++i) {
    total +=
        SumOverShards(view, [i](const ShardStats& s) -> const Counter& { return s.latency[i]; });
    char bound[32] = "+Inf";
    if (i < kLatencyBoundsUs.size()) {
      std::snprintf(bound, sizeof bound, "%g", static_cast<double>(kLatencyBoundsUs[i]) / 1e6);
    }
    text.Value(std::string(kName) + "_bucket", Label("le", bound), total);
  }
  const std::uint64_t sum_us =
      SumOverShards(view, [](const ShardStats& s) -> const Counter& { return s.latency_sum_us; });
  text.Real(std::string(kName) + "_sum", {}, static_cast<double>(sum_us) / 1e6);
  text.Value(std::string(kName) + "_count", {}, total);
}

// What each shard does: whether load is spread, and which thread is the busy one.
void Shards(PrometheusText& text, const ServerView& view, const Figures& figures) {
  auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                  std::uint64_t ShardFigures::*member) {
    text.Head(name, type, help);
    for (std::size_t i = 0; i < figures.shards.size(); ++i) {
      text.Value(name, Label("shard", std::to_string(i)), figures.shards[i].*member);
    }
  };
  each("ringcast_shard_capacity", "gauge",
       "Connections that the shard holds at most; beyond, they are turned away.",
       &ShardFigures::capacity);
  each("ringcast_shard_streams", "gauge", "Event streams of the shard now.",
       &ShardFigures::streams);
  each("ringcast_shard_deliveries_total", "counter",
       "Events the shard handed to the kernel, for each connection.", &ShardFigures::deliveries);
  each("ringcast_shard_sent_bytes_total", "counter", "Bytes the shard handed to the kernel.",
       &ShardFigures::sent_bytes);
  each("ringcast_shard_memory_bytes", "gauge",
       "Memory of the shard's connections and channels, without the logs.",
       &ShardFigures::memory_bytes);

  text.Head("ringcast_lane_depth", "gauge",
            "Messages that wait in a lane between the sequencer and a shard; a lane to a "
            "shard that stays full stops publishers.");
  for (std::size_t i = 0; i < view.lanes.size(); ++i) {
    const std::string shard = Label("shard", std::to_string(i)) + ",";
    text.Value("ringcast_lane_depth", shard + Label("direction", "to_shard"),
               view.lanes[i]->down.Depth());
    text.Value("ringcast_lane_depth", shard + Label("direction", "to_sequencer"),
               view.lanes[i]->up.Depth());
  }
  text.Head("ringcast_thread_cpu_seconds_total", "counter",
            "Processor time of a thread, user and system; one that grows by 1 a second is a full "
            "core.");
  for (std::size_t i = 0; i < figures.shards.size(); ++i) {
    if (!figures.shards[i].cpu_seconds) continue;
    text.Real("ringcast_thread_cpu_seconds_total", Label("thread", "shard-" + std::to_string(i)),
              *figures.shards[i].cpu_seconds);
  }
  if (figures.sequencer_cpu_seconds) {
    text.Real("ringcast_thread_cpu_seconds_total", Label("thread", "sequencer"),
              *figures.sequencer_cpu_seconds);
  }
}

// How the application that decides who may subscribe is doing.
void Access(PrometheusText& text, const GateStats& gate) {
  text.Head("ringcast_auth_requests_total", "counter",
            "Requests to the application that decides who may subscribe, by result.");
  for (std::size_t i = 0; i < kAuthResults; ++i) {
    text.Value("ringcast_auth_requests_total", Label("result", Name(static_cast<AuthResult>(i))),
               gate.requests[i].Get());
  }
  text.Counter("ringcast_auth_cached_total", "Subscriptions decided by an answer of before.",
               gate.cached.Get());
  text.Counter("ringcast_auth_joined_total",
               "Subscriptions that waited for the answer to an equal question.", gate.joined.Get());
  text.Gauge("ringcast_auth_waiting", "Questions that wait for their turn now.",
             gate.waiting.Get());
  text.Gauge("ringcast_auth_under_way", "Questions that the application is being asked now.",
             gate.under_way.Get());
  text.Gauge("ringcast_auth_failing", "Whether the last request had no sound answer in time.",
             gate.failing.Get());
}

// The sources of the configuration: whether they are there, and what came of them.
void Redis(PrometheusText& text, const ServerView& view) {
  const auto sources = view.redis->Stats();
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                        Counter RedisSourceStats::*member) {
    text.Head(name, type, help);
    for (const auto& source : sources) {
      text.Value(name, Label("source", source->name()), (*source.*member).Get());
    }
  };
  const auto each_of = [&](std::string_view name, std::string_view help, std::string_view key,
                           auto RedisSourceStats::*members, auto kind) {
    text.Head(name, "counter", help);
    for (const auto& source : sources) {
      const auto& counters = *source.*members;
      for (std::size_t i = 0; i < counters.size(); ++i) {
        text.Value(name,
                   Label("source", source->name()) + "," +
                       Label(key, Name(static_cast<decltype(kind)>(i))),
                   counters[i].Get());
      }
    }
  };
  each("ringcast_redis_up", "gauge",
       "Whether the source has all its connections to Redis: 1, or 0 while it is away.",
       &RedisSourceStats::up);
  each_of("ringcast_redis_events_total",
          "Events that the source published, by where they are from.", "kind",
          &RedisSourceStats::events, RedisEventKind{});
  each_of("ringcast_redis_refused_total",
          "Messages and entries of the source that became no event, by reason.", "reason",
          &RedisSourceStats::refused, RedisRefusal{});
  each("ringcast_redis_reconnects_total", "counter",
       "Connections to Redis that the source made anew.", &RedisSourceStats::reconnects);
  each("ringcast_redis_streams", "gauge", "Streams that the source reads.",
       &RedisSourceStats::streams);
  each("ringcast_redis_lag_entries", "gauge",
       "Entries of the source's streams that were not read when they were last counted.",
       &RedisSourceStats::lag);
}

// The metrics that every exporter has (Prometheus, "Standard and runtime collectors").
void Process(PrometheusText& text, const ServerView& view, const ProcessFigures& process) {
  constexpr double kMillisASecond = 1e3;
  text.Head("process_cpu_seconds_total", "counter",
            "User and system processor time of all threads.");
  text.Real("process_cpu_seconds_total", {}, process.cpu_seconds);
  text.Gauge("process_resident_memory_bytes", "Memory of the process in RAM.",
             process.resident_bytes);
  text.Gauge("process_virtual_memory_bytes", "Address space of the process.",
             process.virtual_bytes);
  text.Gauge("process_open_fds",
             "Open descriptors of the process; streams are held in the rings' tables instead.",
             process.open_files);
  text.Gauge("process_max_fds", "RLIMIT_NOFILE: also what the table of one ring may hold.",
             process.max_files);
  text.Head("process_start_time_seconds", "gauge",
            "When the daemon started, in seconds since the UNIX epoch.");
  text.Real("process_start_time_seconds", {},
            static_cast<double>(view.started_wall) / kMillisASecond);
}

}  // namespace

std::uint64_t OverLimit(const ServerView& view, std::size_t limit) {
  return view.sequencer->over_limit[limit].Get() +
         SumOverShards(
             view, [limit](const ShardStats& s) -> const Counter& { return s.over_limit[limit]; });
}

std::string MetricsText(const ServerView& view) {
  PrometheusText text;
  const SequencerStats& sequencer = *view.sequencer;
  auto sum = [&view](Counter ShardStats::*member) {
    return SumOverShards(view,
                         [member](const ShardStats& s) -> const Counter& { return s.*member; });
  };
  text.Head("ringcast_build_info", "gauge", "Always 1; the version is in the label.");
  text.Value("ringcast_build_info", Label("version", Version()), 1);

  text.Head("ringcast_connections", "gauge", "Connections held now.");
  for (std::size_t i = 0; i < view.shards.size(); ++i) {
    text.Value("ringcast_connections", Label("shard", std::to_string(i)),
               view.shards[i]->stats.connections.Get());
  }
  text.Gauge("ringcast_streams", "Connections that are event streams now.",
             sum(&ShardStats::streams));
  text.Counter("ringcast_connections_accepted_total",
               "Connections accepted: over TCP those that have sent something, or nothing for a "
               "second.",
               sum(&ShardStats::accepted));
  text.Counter("ringcast_connections_passed_total", "Connections handed from one shard to another.",
               sum(&ShardStats::passed_on));
  text.Head("ringcast_connections_closed_total", "counter", "Connections closed, by reason.");
  for (std::size_t i = 0; i < kCloseReasons; ++i) {
    text.Value(
        "ringcast_connections_closed_total", Label("reason", Name(static_cast<CloseReason>(i))),
        SumOverShards(view, [i](const ShardStats& s) -> const Counter& { return s.closed[i]; }));
  }
  text.Head("ringcast_refused_total", "counter",
            "Connections, requests and events turned away, by the limit that they were over.");
  for (std::size_t i = 0; i < kLimits; ++i) {
    text.Value("ringcast_refused_total", Label("limit", Name(static_cast<Limit>(i))),
               OverLimit(view, i));
  }
  text.Head("ringcast_tokens_refused_total", "counter",
            "Requests refused for their token, or the want of one, by what was wrong.");
  for (std::size_t i = 0; i < kTokenFaults; ++i) {
    text.Value("ringcast_tokens_refused_total", Label("reason", Name(static_cast<TokenFault>(i))),
               SumOverShards(view, [i](const ShardStats& s) -> const Counter& {
                 return s.tokens_refused[i];
               }));
  }
  text.Gauge("ringcast_channels", "Channels with subscribers or history, or created.",
             sequencer.channels.Get());
  text.Gauge("ringcast_created_channels", "Channels that publishers have created, now.",
             sequencer.created_channels.Get());
  text.Counter("ringcast_channels_created_total", "Channels that publishers have created.",
               sequencer.channels_created.Get());
  text.Head("ringcast_channels_ended_total", "counter", "Channels that have ended, by reason.");
  for (std::size_t i = 0; i < kEndReasons; ++i) {
    text.Value("ringcast_channels_ended_total", Label("reason", Name(static_cast<EndReason>(i))),
               sequencer.channels_ended[i].Get());
  }
  text.Gauge("ringcast_log_bytes", "Memory of the channels' logs.", sequencer.log_bytes.Get());
  text.Gauge("ringcast_history_memory_bytes",
             "What ringcast_log_bytes may be before the oldest events are dropped; 0: no limit.",
             sequencer.history_memory.Get());
  text.Counter("ringcast_history_dropped_events_total",
               "Events dropped from histories before their time, to stay within that memory.",
               sequencer.given_up_events.Get());
  text.Gauge("ringcast_publishers", "Publisher connections now.", sequencer.publishers.Get());
  text.Gauge("ringcast_remote_publishers", "Of them, those on other hosts, over TCP.",
             sequencer.remote_publishers.Get());
  text.Counter("ringcast_publishers_refused_total", "Publisher connections refused.",
               sequencer.publishers_refused.Get());
  text.Head("ringcast_publish_denied_total", "counter",
            "Requests of publishers on other hosts, and lines of their batches, denied for want of "
            "a token that allows them, by reason.");
  for (std::size_t i = 0; i < kPublishDenials; ++i) {
    text.Value("ringcast_publish_denied_total",
               Label("reason", Name(static_cast<PublishDenial>(i))), sequencer.denied[i].Get());
  }
  text.Counter("ringcast_publish_blocked_total",
               "Times publishing had to wait for subscribers or for a lane.",
               sequencer.blocked.Get());
  text.Counter("ringcast_events_published_total", "Events ordered and stored.",
               sequencer.published.Get());
  text.Counter("ringcast_events_refused_total", "Events answered with a reason and not published.",
               sequencer.refused.Get());
  text.Counter("ringcast_events_repeated_total",
               "Events sent again under their idempotency key, answered and not published.",
               sequencer.repeated.Get());
  text.Gauge("ringcast_idempotency_keys", "Idempotency keys that are remembered.",
             sequencer.idempotency_keys.Get());
  text.Counter("ringcast_idempotency_keys_dropped_total",
               "Idempotency keys forgotten before their time, to bound their memory.",
               sequencer.idempotency_keys_dropped.Get());
  text.Counter("ringcast_published_bytes_total", "Bytes of data of published events.",
               sequencer.published_bytes.Get());
  text.Counter("ringcast_deliveries_total", "Events handed to the kernel, for each connection.",
               sum(&ShardStats::deliveries));
  text.Counter("ringcast_sent_bytes_total", "Bytes handed to the kernel.",
               sum(&ShardStats::sent_bytes));
  text.Counter("ringcast_heartbeats_total", "Heartbeats sent.", sum(&ShardStats::heartbeats));
  text.Counter("ringcast_gaps_total", "Gap events told.", sum(&ShardStats::gaps));
  text.Counter("ringcast_stalls_total", "Times a subscriber's socket was full.",
               sum(&ShardStats::stalls));
  text.Head("ringcast_replays_total", "counter", "Streams resumed, by result.");
  for (std::size_t i = 0; i < kReplayResults; ++i) {
    text.Value(
        "ringcast_replays_total", Label("result", Name(static_cast<ReplayResult>(i))),
        SumOverShards(view, [i](const ShardStats& s) -> const Counter& { return s.replays[i]; }));
  }
  Latency(text, view);
  text.Counter("ringcast_ring_overflows_total", "Overflows of a completion queue; nothing is lost.",
               sum(&ShardStats::ring_overflows));
  text.Counter("ringcast_log_lines_dropped_total",
               "Lines of the log that could not be written to standard error.",
               view.log_lines_dropped->Get());
  text.Head("ringcast_reloads_total", "counter", "Times the configuration was read again.");
  text.Value("ringcast_reloads_total", Label("result", "ok"), view.reloads->ok.Get());
  text.Value("ringcast_reloads_total", Label("result", "refused"), view.reloads->refused.Get());
  text.Gauge("ringcast_config_last_reload_successful",
             "Whether the configuration was right when it was read last.",
             view.reloads->last_was_ok.Get());
  text.Gauge("ringcast_config_last_reload_success_timestamp_seconds",
             "When a configuration was last put into force, in Unix time.",
             view.reloads->last_ok_unix_time.Get());
  Access(text, *view.gate);
  const Figures figures = ReadFigures(view, MonotonicNow(), WallClockNow());
  Shards(text, view, figures);
  Redis(text, view);
  Process(text, view, figures.process);
  return text.Take();
}

}  // namespace ringcast
