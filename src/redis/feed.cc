#include "redis/feed.h"

#include <ringcast/publish.h>

#include <utility>

#include "base/log_sink.h"
#include "redis/moment.h"

namespace ringcast {
namespace {

RedisRefusal RefusalOf(int nack) {
  switch (nack) {
    case RINGCAST_PUBLISH_NACK_CHANNEL:
      return RedisRefusal::kChannel;
    case RINGCAST_PUBLISH_NACK_TYPE:
      return RedisRefusal::kType;
    case RINGCAST_PUBLISH_NACK_DATA:
      return RedisRefusal::kData;
    case RINGCAST_PUBLISH_NACK_TOO_LARGE:
      return RedisRefusal::kTooLarge;
    default:
      return RedisRefusal::kServer;
  }
}

}  // namespace

RedisFeed::RedisFeed(const std::string& publish_socket, RedisSourceStats& stats)
    : stats_(stats),
      refused_log_(1, std::chrono::seconds(10)),
      trouble_log_(1, std::chrono::minutes(1)),
      // The window is the feed's own: here nothing may ever have to wait for it.
      publisher_({.socket_path = publish_socket,
                  .window_bytes = std::size_t{1} << 30,
                  .on_result = [this](const PublishResult& result) { OnResult(result); }}) {
  // Takes its place among the publishers before others have all; a failure is told with an event.
  (void)publisher_.Connect();
}

void RedisFeed::Give(RedisEventKind kind, const SourcedEvent& event,
                     std::function<void()> answered) {
  const std::size_t bytes = event.channels.size() * (event.data.size() + event.type.size());
  // Before anything is published: answers may come while it is.
  waiting_.push_back({kind, event.channels.size(), bytes, std::move(answered)});
  bytes_ += bytes;
  for (const std::string& channel : event.channels) {
    if (publisher_.Publish(channel, event.type, event.data) != 0) continue;
    // Larger than any server takes, which the rule has looked at.
    --waiting_.back().unanswered;
    Refuse(RedisRefusal::kTooLarge, channel);
  }
  Settle();
}

void RedisFeed::Mark(std::function<void()> answered) {
  waiting_.push_back({RedisEventKind::kStream, 0, 0, std::move(answered)});
  Settle();
}

void RedisFeed::Refuse(RedisRefusal refusal, std::string_view what) {
  stats_.refused[static_cast<std::size_t>(refusal)].Add();
  const LogAdmission admission = refused_log_.Admit(RedisNow());
  if (!admission.admitted) return;
  constexpr std::size_t kShown = 100;
  Log(LogLevel::kWarning, "redis event refused source=" + stats_.name() +
                              " reason=" + std::string(Name(refusal)) +
                              " of=" + std::string(what.substr(0, kShown)) + admission.Suffix());
}

void RedisFeed::Work(int wait_ms) {
  if (publisher_.Poll(wait_ms) || !trouble_log_.Admit(RedisNow()).admitted) return;
  Log(LogLevel::kWarning, "redis events wait for the publish socket source=" + stats_.name() + " " +
                              publisher_.error());
}

void RedisFeed::OnResult(const PublishResult& result) {
  Waiting& oldest = waiting_.front();
  --oldest.unanswered;
  if (result.accepted) {
    stats_.events[static_cast<std::size_t>(oldest.kind)].Add();
  } else {
    Refuse(RefusalOf(result.code), result.reason);
  }
  Settle();
}

void RedisFeed::Settle() {
  while (!waiting_.empty() && waiting_.front().unanswered == 0) {
    const Waiting settled = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= settled.bytes;
    if (settled.answered) settled.answered();
  }
}

}  // namespace ringcast
