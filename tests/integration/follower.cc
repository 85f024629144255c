#include "integration/follower.h"

#include <utility>

#include "integration/must.h"

namespace ringcast::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

Follower::Follower(const FollowerOptions& options)
    : options_(options),
      target_("/events?x=1"),
      check_(options.channels),
      paused_(options.starts_paused) {
  for (const std::string& channel : options_.channels) target_ += "&channel=" + channel;
  Open();
  check_.Take(Must(client_->NextEvent(15s)));
  thread_ = std::thread([this] {
    try {
      Run();
    } catch (const std::exception& error) {
      trouble_ = error.what();
      faulty_.store(true);
    }
  });
}

Follower::~Follower() { FinishAt(0, 0s); }

void Follower::Open() {
  SseRequest request;
  request.target = target_;
  request.last_event_id = check_.last_id();
  request.minor_version = options_.minor_version;
  request.connect.receive_buffer_bytes = options_.receive_buffer_bytes;
  client_ = Must(SseClient::Open(options_.port, request, 15s));
}

void Follower::Run() {
  while (!stop_.load()) {
    if (paused_.load()) {
      std::this_thread::sleep_for(5ms);
      continue;
    }
    const Result<SseEvent> event = client_->NextEvent(50ms);
    if (event.ok()) {
      check_.Take(*event);
      next_.store(check_.next());
      if (!check_.fault().empty()) return faulty_.store(true);
      if (options_.pause_per_event.count() > 0 && !hurry_.load()) {
        std::this_thread::sleep_for(options_.pause_per_event);
      }
    } else if (client_->end() != StreamEnd::kOpen) {
      ends_.push_back(client_->end());
      if (client_->end() == StreamEnd::kBroken) throw std::runtime_error("the framing is broken");
      Open();
    }
  }
}

const SequenceCheck& Follower::FinishAt(std::uint64_t count, Deadline deadline) {
  hurry_.store(true);
  while (next_.load() < count && !faulty_.load() && !deadline.Passed()) {
    std::this_thread::sleep_for(5ms);
  }
  stop_.store(true);
  if (thread_.joinable()) thread_.join();
  return check_;
}

}  // namespace ringcast::test
