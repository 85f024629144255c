#include "admin/metrics.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string_view>

#include "base/version.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

class Text {
 public:
  void Head(std::string_view name, std::string_view type, std::string_view help) {
    (((((out_ += "# HELP ") += name) += ' ') += help) += "\n# TYPE ") += name;
    ((out_ += ' ') += type) += '\n';
  }
  void Value(std::string_view name, std::string_view labels, std::uint64_t value) {
    out_ += name;
    if (!labels.empty()) ((out_ += '{') += labels) += '}';
    ((out_ += ' ') += std::to_string(value)) += '\n';
  }
  void Real(std::string_view name, std::string_view labels, double value) {
    char number[32];
    std::snprintf(number, sizeof number, "%.6f", value);
    out_ += name;
    if (!labels.empty()) ((out_ += '{') += labels) += '}';
    ((out_ += ' ') += number) += '\n';
  }
  void Counter(std::string_view name, std::string_view help, std::uint64_t value) {
    Head(name, "counter", help);
    Value(name, {}, value);
  }
  void Gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    Head(name, "gauge", help);
    Value(name, {}, value);
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string Label(std::string_view key, std::string_view value) {
  return std::string(key) + "=\"" + std::string(value) + "\"";
}

void Latency(Text& text, const ServerView& view) {
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

}  // namespace

std::uint64_t OverLimit(const ServerView& view, std::size_t limit) {
  return view.sequencer->over_limit[limit].Get() +
         SumOverShards(
             view, [limit](const ShardStats& s) -> const Counter& { return s.over_limit[limit]; });
}

std::uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string MetricsText(const ServerView& view) {
  Text text;
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
  text.Counter("ringcast_connections_accepted_total", "Connections accepted.",
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
  text.Gauge("ringcast_channels", "Channels with subscribers or history.",
             sequencer.channels.Get());
  text.Gauge("ringcast_log_bytes", "Memory of the channels' logs.", sequencer.log_bytes.Get());
  text.Gauge("ringcast_history_memory_bytes",
             "What ringcast_log_bytes may be before the oldest events are dropped; 0: no limit.",
             sequencer.history_memory.Get());
  text.Counter("ringcast_history_dropped_events_total",
               "Events dropped from histories before their time, to stay within that memory.",
               sequencer.given_up_events.Get());
  text.Gauge("ringcast_publishers", "Publisher connections now.", sequencer.publishers.Get());
  text.Counter("ringcast_publishers_refused_total", "Publisher connections refused.",
               sequencer.publishers_refused.Get());
  text.Counter("ringcast_publish_blocked_total",
               "Times publishing had to wait for subscribers or for a lane.",
               sequencer.blocked.Get());
  text.Counter("ringcast_events_published_total", "Events ordered and stored.",
               sequencer.published.Get());
  text.Counter("ringcast_events_refused_total", "Events answered with a reason and not published.",
               sequencer.refused.Get());
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
  text.Head("ringcast_reloads_total", "counter", "Times the configuration was read again.");
  text.Value("ringcast_reloads_total", Label("result", "ok"), view.reloads->ok.Get());
  text.Value("ringcast_reloads_total", Label("result", "refused"), view.reloads->refused.Get());
  text.Gauge("ringcast_config_last_reload_successful",
             "Whether the configuration was right when it was read last.",
             view.reloads->last_was_ok.Get());
  text.Gauge("ringcast_config_last_reload_success_timestamp_seconds",
             "When a configuration was last put into force, in Unix time.",
             view.reloads->last_ok_unix_time.Get());
  text.Gauge("process_resident_memory_bytes", "Resident memory of the process.", ResidentBytes());
  return text.Take();
}

}  // namespace ringcast
