// The floor: what pushing the same bytes through the same kernel path costs when there is no
// protocol, no channel, no history and no publisher. A server's figures are held against it,
// measured on the same machine in the same run; bench/README.md says how.
//
// It waits for --connections N, pushes, prints one line of JSON, and exits.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "clock.h"
#include "event_log.h"
#include "listener.h"
#include "options.h"
#include "pusher.h"

namespace bare {
namespace {

struct CpuSeconds {
  double user;
  double sys;
};

CpuSeconds ReadCpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

// The process's share of physical memory, in bytes (proc(5), smaps_rollup), without that of files:
// how many processes share a library's pages changes from moment to moment, and with it the share.
double ReadPss() {
  std::ifstream file("/proc/self/smaps_rollup");
  double bytes = 0;
  for (std::string word; file >> word;) {
    if (word != "Pss_Anon:" && word != "Pss_Shmem:") continue;
    double kilobytes = 0;
    if (file >> kilobytes) bytes += kilobytes * 1024;
  }
  return bytes;
}

void WaitForConnections(EventLog& log, const Options& options) {
  for (;;) {
    std::uint64_t connected = 0;
    for (unsigned i = 0; i < options.rings; ++i) {
      connected += log.progress(i).connected.load(std::memory_order_relaxed);  // a number alone
    }
    if (connected >= options.connections) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

const char* Name(Mode mode) {
  switch (mode) {
    case Mode::kEach:
      return "each";
    case Mode::kLog:
      return "log";
    case Mode::kReplay:
      return "replay";
    case Mode::kBeat:
      return "beat";
  }
  return "";
}

// Far enough ahead that all is built and every thread has noticed.
std::int64_t ChooseStart(const Options& options) {
  const std::int64_t building_ns =
      options.mode == Mode::kEach ? static_cast<std::int64_t>(options.events) * 2000 : 0;
  return NowNs() + 200'000'000 + building_ns;
}

Totals Sum(const std::vector<std::unique_ptr<Pusher>>& pushers) {
  Totals sum = pushers.front()->totals();
  for (std::size_t i = 1; i < pushers.size(); ++i) {
    const Totals& one = pushers[i]->totals();
    sum.bytes += one.bytes;
    sum.sends += one.sends;
    sum.short_sends += one.short_sends;
    sum.beats += one.beats;
    sum.lost_connections += one.lost_connections;
    sum.behind_at_end += one.behind_at_end;
    if (one.first_accept_ns != 0 &&
        (sum.first_accept_ns == 0 || one.first_accept_ns < sum.first_accept_ns)) {
      sum.first_accept_ns = one.first_accept_ns;
    }
    sum.last_accept_ns = std::max(sum.last_accept_ns, one.last_accept_ns);
    sum.end_ns = std::max(sum.end_ns, one.end_ns);
  }
  return sum;
}

int Run(const Options& options) {
  RequireFreePort(options.address, options.port);
  EventLog log(options);
  if (options.mode == Mode::kReplay) log.Prebuild(NowNs());
  std::vector<std::unique_ptr<Pusher>> pushers;
  for (unsigned i = 0; i < options.rings; ++i) {
    pushers.push_back(std::make_unique<Pusher>(options, log, i));
  }
  std::latch ready(options.rings);
  std::latch pushed(options.rings);
  std::latch measured(1);
  std::vector<std::thread> threads;
  for (const std::unique_ptr<Pusher>& pusher : pushers) {
    threads.emplace_back([&ready, &pushed, &measured, &pusher] {
      pusher->SetUp();
      ready.count_down();
      pusher->Push();
      pushed.count_down();
      measured.wait();
      pusher->End();
    });
  }
  ready.wait();
  const double pss_before = ReadPss();
  std::fprintf(stderr, "floor: %u rings on %s:%u wait for %u connections\n", options.rings,
               options.address.c_str(), unsigned{options.port}, options.connections);
  WaitForConnections(log, options);
  const double pss_per_connection = (ReadPss() - pss_before) / options.connections;

  const std::int64_t start_ns = ChooseStart(options);
  if (options.mode == Mode::kEach) log.Prebuild(start_ns);
  const CpuSeconds before = ReadCpu();
  log.Start(start_ns);
  pushed.wait();
  const CpuSeconds after = ReadCpu();
  const Totals totals = Sum(pushers);
  measured.count_down();
  for (std::thread& thread : threads) thread.join();

  const double seconds = static_cast<double>(totals.end_ns - start_ns) * 1e-9;
  const std::uint64_t whole_events =
      options.mode == Mode::kBeat ? totals.beats : totals.bytes / log.frame_bytes();
  const auto deliveries = static_cast<double>(whole_events);
  const double user = after.user - before.user;
  const double sys = after.sys - before.sys;
  const double accept_seconds =
      static_cast<double>(totals.last_accept_ns - totals.first_accept_ns) * 1e-9;
  std::printf(
      "{\"mode\":\"%s\",\"connections\":%u,\"rings\":%u,\"payload_bytes\":%zu,"
      "\"frame_bytes\":%zu,\"events\":%" PRIu64
      ",\"deliveries\":%.0f,\"seconds\":%.6f,"
      "\"cpu_user\":%.6f,\"cpu_sys\":%.6f,\"cpu_us_per_delivery\":%.4f,"
      "\"deliveries_per_s\":%.1f,\"sends\":%" PRIu64 ",\"short_sends\":%" PRIu64
      ",\"lost_connections\":%" PRIu64 ",\"behind_at_end\":%" PRIu64
      ",\"accept_seconds\":%.6f,\"pss_bytes_per_connection\":%.1f}\n",
      Name(options.mode), options.connections, options.rings, options.payload_bytes,
      log.frame_bytes(), log.head() / log.frame_bytes(), deliveries, seconds, user, sys,
      deliveries > 0 ? (user + sys) * 1e6 / deliveries : 0, deliveries / seconds, totals.sends,
      totals.short_sends, totals.lost_connections, totals.behind_at_end, accept_seconds,
      pss_per_connection);
  return 0;
}

}  // namespace
}  // namespace bare

int main(int argc, char** argv) { return bare::Run(bare::ParseOptions(argc, argv)); }
