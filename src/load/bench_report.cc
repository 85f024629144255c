#include "load/bench_report.h"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace ringcast {
namespace {

// Of its time that a worker spends running or waiting for a core when it is the limit.
constexpr double kNeverIdle = 0.95;

void Line(std::string& out, const char* name, const char* format, ...)
    __attribute__((format(printf, 3, 4)));
void Line(std::string& out, const char* name, const char* format, ...) {
  std::array<char, 400> text;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  std::array<char, 24> heading;
  std::snprintf(heading.data(), heading.size(), "  %-17s", name);
  out.append(heading.data()).append(text.data()).append("\n");
}

double Milliseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }
unsigned long long Number(std::uint64_t value) { return value; }  // as printf takes it

void Memory(std::string& out, const BenchReport& report) {
  if (report.user_bytes) {
    Line(out, "user memory", "%.0f B a connection (server, PSS growth)", *report.user_bytes);
  }
  if (report.kernel_bytes) {
    Line(out, "kernel memory",
         "%.0f B a connection, both ends (slab %.0f, socket buffers %.0f, other %.0f)",
         *report.kernel_bytes, report.slab_bytes, report.buffer_bytes, report.other_bytes);
  }
}

void Percentiles(std::string& out, const char* name, const Histogram<>& of_ns) {
  if (of_ns.Count() == 0) return;
  Line(out, name, "p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f ms",
       Milliseconds(of_ns.ValueAtPercentile(50)), Milliseconds(of_ns.ValueAtPercentile(90)),
       Milliseconds(of_ns.ValueAtPercentile(99)), Milliseconds(of_ns.ValueAtPercentile(99.9)),
       Milliseconds(of_ns.Max()));
}

void Quiet(std::string& out, const QuietReport& quiet) {
  if (quiet.server_cpu) {
    Line(out, "quiet", "%.2f s, %llu comment lines; server CPU %.2f%% of a core", quiet.seconds,
         Number(quiet.comments), quiet.server_cpu->total() * 100 / quiet.seconds);
  } else {
    Line(out, "quiet", "%.2f s, %llu comment lines", quiet.seconds, Number(quiet.comments));
  }
}

void Deliveries(std::string& out, const BenchReport& report) {
  if (report.published > 0) {
    Line(out, "published", "%llu events of %zu bytes in %.2f s", Number(report.published),
         report.payload_bytes, report.publish_seconds);
  }
  const auto deliveries = static_cast<double>(report.deliveries);
  Line(out, "deliveries", "%llu in %.2f s: %.0f/s, %.1f MB/s", Number(report.deliveries),
       report.seconds, deliveries / report.seconds,
       static_cast<double>(report.received_bytes) / 1e6 / report.seconds);
  if (report.server_cpu) {
    Line(out, "server CPU", "%.3f us a delivery (%.2f s user, %.2f s system)",
         report.cpu_per_delivery(), report.server_cpu->user_seconds,
         report.server_cpu->system_seconds);
  }
  Percentiles(out, "latency", report.latency_ns);
  Percentiles(out, "completion", report.completion_ns);
}

void Shift(std::string& out, const ShiftReport& shift) {
  Percentiles(out, "latency before", shift.before_ns);
  Percentiles(out, "latency during", shift.during_ns);
  if (shift.p99_ratio() > 0) Line(out, "p99 ratio", "%.2f", shift.p99_ratio());
}

// What only some scenarios find.
void Extras(std::string& out, const BenchReport& report) {
  if (report.replay) {
    Line(out, "replayed", "%llu events to each, the last after %.3f s; %llu live subscribers",
         Number(report.replay->missed), report.replay->seconds, Number(report.replay->live));
  }
  if (report.reconnects) {
    const ReconnectReport& made = *report.reconnects;
    Line(out, "made anew", "%llu connections in %.3f s: %.0f/s", Number(made.count), made.seconds,
         static_cast<double>(made.count) / made.seconds);
    Percentiles(out, "reconnect", made.first_byte_ns);
  }
  if (report.shift) Shift(out, *report.shift);
  if (report.channels) {
    Line(out, "channels", "%u, %u of them with events, zipf %.2f", report.channels->channels,
         report.channels->published_to, report.channels->zipf);
  }
  if (report.slow) {
    const SlowReport& slow = *report.slow;
    Line(out, "stopped reading",
         "%llu; %llu were ended by the server, %llu gaps told, %llu deliveries",
         Number(slow.readers), Number(slow.ended), Number(slow.gaps), Number(slow.deliveries));
  }
  if (report.user_growth_bytes) {
    Line(out, "memory growth", "%.0f KiB (server, while measured)",
         *report.user_growth_bytes / 1024);
  }
}

}  // namespace

double ShiftReport::p99_ratio() const {
  const auto before = static_cast<double>(before_ns.ValueAtPercentile(99));
  return before > 0 ? static_cast<double>(during_ns.ValueAtPercentile(99)) / before : 0;
}

bool BenchReport::generator_was_limit() const {
  return worker_running + worker_waiting >= kNeverIdle;
}

bool BenchReport::ok(bool allow_gaps) const {
  // A target that publishes by itself ends its streams when it is through.
  const bool cut =
      truncated > 0 || (published > 0 && ended > 0) || (scenario == Scenario::kHold && ended > 0);
  const bool silent = scenario != Scenario::kHold && deliveries == 0;
  return faults.None(allow_gaps) && !cut && !silent;
}

double BenchReport::cpu_per_delivery() const {
  const std::uint64_t count = cpu_deliveries > 0 ? cpu_deliveries : deliveries;
  return server_cpu->total() * 1e6 / static_cast<double>(count);
}

std::string Table(const BenchReport& report, bool allow_gaps) {
  std::string out(Name(report.scenario));
  out += "  " + report.target + "\n";
  Line(out, "connected", "%llu in %.2f s: %.0f/s to the first byte", Number(report.connected),
       report.connect_seconds, static_cast<double>(report.connected) / report.connect_seconds);
  Percentiles(out, "connect", report.connect_ns);
  Memory(out, report);
  if (report.quiet) Quiet(out, *report.quiet);
  if (report.deliveries > 0) {
    Deliveries(out, report);
  } else {
    Line(out, "held", "%.2f s", report.seconds);
    if (report.server_cpu) {
      Line(out, "server CPU", "%.2f%% of a core",
           report.server_cpu->total() * 100 / report.seconds);
    }
  }
  Extras(out, report);
  const SequenceFaults& faults = report.faults;
  Line(out, "checked", "%llu lost, %llu duplicated, %llu reordered, %llu foreign: %s%s",
       Number(faults.lost), Number(faults.duplicated), Number(faults.reordered),
       Number(faults.foreign), report.ok(allow_gaps) ? "ok" : "FAILED",
       report.tails_checked ? "" : " (the last events not: the target went on)");
  if (faults.gaps > 0) {
    Line(out, "gaps told", "%llu, of %llu events", Number(faults.gaps), Number(faults.told));
  }
  if (report.ended > 0) {
    Line(out, "streams ended", "%llu by the server, %llu within an event", Number(report.ended),
         Number(report.truncated));
  }
  Line(out, "generator", "%u workers; the busiest ran %.0f%% and waited for a core %.0f%%%s",
       report.workers, report.worker_running * 100, report.worker_waiting * 100,
       report.generator_was_limit() ? ": never idle, THE GENERATOR WAS A LIMIT" : "");
  return out;
}

}  // namespace ringcast
