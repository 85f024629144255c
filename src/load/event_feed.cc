#include "load/event_feed.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "load/bench_event.h"
#include "load/channel_names.h"
#include "uring/clock.h"
#include "uring/process.h"

namespace ringcast {
namespace {

// How late Stop() is noticed, in nanoseconds.
constexpr std::uint64_t kStopCheckNs = 50'000'000;

std::uint64_t NowNs() {
  return static_cast<std::uint64_t>(MonotonicNow().time_since_epoch().count());
}

// How many events it is to publish; 0: as many as it takes.
std::uint64_t Limit(const EventFeedOptions& options) {
  const auto in_time = static_cast<std::uint64_t>(std::llround(options.rate * options.seconds));
  if (in_time == 0 || options.count == 0) return std::max(in_time, options.count);
  return std::min(in_time, options.count);
}

}  // namespace

EventFeed::EventFeed(const EventFeedOptions& options, std::unique_ptr<EventSink> sink)
    : options_(options), sink_(std::move(sink)) {
  if (const std::uint64_t limit = Limit(options); limit > 0) last_.Set(options.first + limit - 1);
}

EventFeed::~EventFeed() {
  stop_.Set(1);
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
  if (thread_.joinable()) thread_.join();
  return outcome_;
}

Status EventFeed::Run(std::uint64_t start_ns) {
  const bool open_loop = options_.rate > 0;
  const bool timed = !open_loop && options_.seconds > 0;
  const auto end_ns = start_ns + static_cast<std::uint64_t>(options_.seconds * 1e9);
  if (Status slept = SleepTill(start_ns, options_.first); !slept) return slept;
  std::uint64_t now_ns = NowNs();
  for (std::uint64_t seq = options_.first; !timed || now_ns < end_ns; ++seq) {
    if (last_.Get() != 0 && seq > last_.Get()) break;
    std::uint64_t due_ns = now_ns;
    if (open_loop) {
      const auto passed = static_cast<double>(seq - options_.first) * 1e9 / options_.rate;
      due_ns = start_ns + static_cast<std::uint64_t>(passed);
      if (Status slept = SleepTill(due_ns, seq); !slept) return slept;
    }
    if (Status published = Publish(seq, due_ns); !published) return published;
    now_ns = NowNs();
  }
  return sink_->Finish();
}

Status EventFeed::SleepTill(std::uint64_t due_ns, std::uint64_t seq) {
  while (true) {
    if (stop_.Get() != 0 && (last_.Get() == 0 || last_.Get() > seq + 1)) last_.Set(seq + 1);
    const std::uint64_t now_ns = NowNs();
    if (now_ns >= due_ns) return Done{};
    // Nothing else is due: what was published so far is on its way before this thread sleeps.
    if (Status pushed = sink_->Push(); !pushed) return pushed;
    const std::uint64_t until_ns = std::min(due_ns, now_ns + kStopCheckNs);
    SleepUntil(MonoTime{Nanos{static_cast<std::int64_t>(until_ns)}});
  }
}

Status EventFeed::Publish(std::uint64_t seq, std::uint64_t due_ns) {
  ChannelTraffic::Event event{
      .channel = kNoChannel, .seq = seq, .subscribers = options_.subscribers};
  if (options_.traffic != nullptr) {
    event = options_.traffic->Next();
    channel_ = ChannelName(options_.channel_base, event.channel);
  }
  WriteBenchEvent(data_, event.seq, static_cast<std::int64_t>(due_ns), options_.payload_bytes,
                  event.channel);
  if (Status published = sink_->PublishTo(channel_, data_); !published) return published;
  published_.Add();
  due_.Add(event.subscribers);
  return Done{};
}

}  // namespace ringcast
