#include "load/scout.h"

#include <charconv>
#include <utility>

#include "client/event_source.h"
#include "load/bench_event.h"
#include "uring/process.h"

namespace ringcast {

std::uint64_t BenchEventNumber(std::string_view data) {
  if (!data.starts_with(kBenchEventStart)) return 0;
  data.remove_prefix(kBenchEventStart.size());
  std::uint64_t seq = 0;
  const auto read = std::from_chars(data.data(), data.data() + data.size(), seq);
  data.remove_prefix(static_cast<std::size_t>(read.ptr - data.data()));
  return read.ec == std::errc() && data.starts_with(kBenchEventMiddle) ? seq : 0;
}

Result<std::unique_ptr<Scout>> Scout::Start(std::string_view url) {
  Result<StreamAddress> address = ParseStreamUrl(url);
  if (!address) return address.error();
  std::unique_ptr<Scout> scout(new Scout);
  EventSourceOptions options{.address = std::move(*address)};
  options.on_event = [self = scout.get()](const DecodedEvent& event) {
    const std::uint64_t seq = BenchEventNumber(event.data);
    if (seq == 0) return true;
    if (event.last_event_id.empty()) {
      self->nameless_.Add();
    } else {
      self->ids_.Put(seq, event.last_event_id);
    }
    return true;
  };
  options.on_status = [self = scout.get()](std::string_view status) {
    if (status == "connected") return self->connected_.Set(1);
    const std::lock_guard lock(self->mutex_);
    self->trouble_ = status;
  };
  options.stop = &scout->stop_;
  scout->thread_ = std::thread([source_options = std::move(options)]() mutable {
    NameThread("scout");
    EventSource(std::move(source_options)).Run();
  });
  return scout;
}

std::string Scout::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

Scout::~Scout() {
  stop_.store(true, std::memory_order_relaxed);  // the flag carries no data
  thread_.join();
}

}  // namespace ringcast
