#include "top/figure_reader.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace ringcast {
namespace {

// Until the daemon says otherwise, and the longest wait for one that is down: someone looks on.
constexpr std::uint64_t kRetryMs = 1'000;
constexpr std::uint64_t kMaxBackoffMs = 2'000;

}  // namespace

FigureReader::FigureReader(StreamAddress address)
    : ready_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this, address = std::move(address)]() mutable { Run(std::move(address)); }) {}

FigureReader::~FigureReader() {
  stop_.store(true, std::memory_order_relaxed);
  thread_.join();
}

FigureReader::News FigureReader::Take() {
  std::uint64_t rings = 0;
  (void)!read(ready_.fd(), &rings, sizeof rings);  // nothing to read is nothing new
  const std::lock_guard lock(mutex_);
  News news = news_;
  news_.json.reset();
  return news;
}

void FigureReader::Run(StreamAddress address) {
  EventSource source({.address = std::move(address),
                      .retry_ms = kRetryMs,
                      .max_backoff_ms = kMaxBackoffMs,
                      .on_event =
                          [this](const DecodedEvent& event) {
                            if (event.type == "overload") {
                              Say("others look at the figures already; waiting for a place");
                            }
                            if (event.type != "figures") return true;
                            const std::lock_guard lock(mutex_);
                            news_.json = event.data;
                            news_.trouble.clear();
                            Ring();
                            return true;
                          },
                      .on_status =
                          [this](std::string_view status) {
                            if (status != "connected") Say(status);
                          },
                      .stop = &stop_});
  const EventSource::End end = source.Run();
  if (end == EventSource::End::kStopped) return;
  {
    const std::lock_guard lock(mutex_);
    news_.ended = true;
    news_.trouble = end == EventSource::End::kDone ? "the server has nothing more" : source.error();
  }
  Ring();
}

void FigureReader::Say(std::string_view status) {
  {
    const std::lock_guard lock(mutex_);
    news_.trouble = status;
  }
  Ring();
}

void FigureReader::Ring() const {
  const std::uint64_t one = 1;
  (void)!write(ready_.fd(), &one, sizeof one);  // fails only when it is rung already
}

}  // namespace ringcast
