#include "load/event_feed.h"

#include <cmath>
#include <string>

#include "load/bench_event.h"
#include "uring/clock.h"
#include "uring/process.h"

namespace ringcast {
namespace {

std::uint64_t NowNs() {
  return static_cast<std::uint64_t>(MonotonicNow().time_since_epoch().count());
}

}  // namespace

EventFeed::~EventFeed() {
  if (thread_.joinable()) thread_.join();
}

void EventFeed::Start(std::uint64_t start_ns) {
  thread_ = std::thread([this, start_ns] {
    NameThread("publisher");
    outcome_ = Run(start_ns);
    finished_.Set(1);
  });
}

Status EventFeed::Join() {
  thread_.join();
  return outcome_;
}

Status EventFeed::Run(std::uint64_t start_ns) {
  const bool open_loop = options_.rate > 0;
  const auto count = static_cast<std::uint64_t>(std::llround(options_.rate * options_.seconds));
  const auto end_ns = start_ns + static_cast<std::uint64_t>(options_.seconds * 1e9);
  std::string data;
  std::uint64_t now_ns = NowNs();
  for (std::uint64_t i = 0; open_loop ? i < count : now_ns < end_ns; ++i) {
    std::uint64_t due_ns = now_ns;
    if (open_loop) {
      due_ns = start_ns + static_cast<std::uint64_t>(static_cast<double>(i) * 1e9 / options_.rate);
      if (now_ns < due_ns) {
        // Nothing else is due: what was published so far is on its way before this thread sleeps.
        if (Status pushed = sink_->Push(); !pushed) return pushed;
        SleepUntil(MonoTime{Nanos{static_cast<std::int64_t>(due_ns)}});
      }
    }
    WriteBenchEvent(data, i + 1, static_cast<std::int64_t>(due_ns), options_.payload_bytes);
    if (Status published = sink_->Publish(data); !published) return published;
    published_.Add();
    now_ns = NowNs();
  }
  return sink_->Finish();
}

}  // namespace ringcast
