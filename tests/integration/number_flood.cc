#include "integration/number_flood.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace ringcast::test {

NumberFlood::NumberFlood(FloodOptions options)
    : options_(std::move(options)), thread_([this] { outcome_ = Run(); }) {}

NumberFlood::~NumberFlood() { (void)Stop(); }

Status NumberFlood::Stop() {
  stop_.store(true);
  if (thread_.joinable()) thread_.join();
  return outcome_;
}

Status NumberFlood::Run() {
  constexpr std::chrono::seconds kAnswerWithin{30};
  Result<RawPublisher> publisher = RawPublisher::Connect(options_.publish_socket);
  if (!publisher) return publisher.error();
  std::uint64_t sent = 0;
  for (;;) {
    const bool more = !stop_.load() && sent < options_.count;
    if (!more && ids_.size() == sent) return Done{};
    if (more && sent - ids_.size() < options_.window) {
      std::string frames;
      const std::uint64_t end = std::min(sent + options_.batch, options_.count);
      for (; sent < end; ++sent) {
        std::string data = std::to_string(sent) + " ";
        data.resize(std::max(data.size(), options_.data_bytes), '.');
        frames +=
            RawPublisher::Frame(sent, options_.channels[sent % options_.channels.size()], "", data);
      }
      const Status written = publisher->Send(frames, kAnswerWithin);
      if (!written) return written;
      if (options_.pause_per_batch.count() > 0) {
        std::this_thread::sleep_for(options_.pause_per_batch);
      }
      continue;
    }
    const Result<RawPublisher::Answer> answer = publisher->Next(kAnswerWithin);
    if (!answer) return answer.error();
    if (answer->kind != RawPublisher::kAck) return Error{"refused: " + answer->text};
    if (answer->request != ids_.size()) return Error{"an ack out of its turn"};
    ids_.insert(ids_.end(), answer->ids.begin(), answer->ids.end());
    published_.store(ids_.size());
  }
}

std::uint64_t NumberOf(std::string_view data) {
  std::uint64_t number = 0;
  const auto end = std::from_chars(data.data(), data.data() + data.size(), number);
  if (end.ec != std::errc()) throw std::runtime_error("no number: " + std::string(data));
  return number;
}

}  // namespace ringcast::test
