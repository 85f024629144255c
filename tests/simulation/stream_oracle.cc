// What a subscriber makes of the bytes it gets: the response's head, the chunks, the events, and
// what they promise.
#include <algorithm>
#include <optional>

#include "simulation/subscriber.h"

namespace ringcast::simulation {
namespace {

// The value of a field of a flat JSON object, without its quotes; nothing for null or none.
std::optional<std::string> Field(std::string_view json, std::string_view name) {
  const std::string quoted = "\"" + std::string(name) + "\":";
  std::size_t at = json.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  at += quoted.size();
  if (json.substr(at, 4) == "null") return std::nullopt;
  if (at < json.size() && json[at] == '"') ++at;
  const std::size_t end = json.find_first_of("\",}", at);
  return std::string(json.substr(at, end - at));
}

std::optional<EventId> IdField(std::string_view json, std::string_view name) {
  const std::optional<std::string> text = Field(json, name);
  return text ? ParseEventId(*text) : std::nullopt;
}

}  // namespace

void Subscriber::Feed(std::string_view bytes) {
  if (!in_body_ && !TakeHead(bytes)) return;
  if (!stream_) return;
  if (!chunked_) return FeedStream(bytes);
  std::string text;
  chunks_.Feed(bytes, text);
  if (chunks_.state() == test::ChunkedDecoder::State::kBroken) {
    return Violation("broken chunks: " + chunks_.why());
  }
  FeedStream(text);
  if (chunks_.state() == test::ChunkedDecoder::State::kComplete && last_type_ != "end") {
    Violation("a last chunk, after which some clients do not come back");
  }
}

// True when the head is whole; `bytes` is what follows it then.
bool Subscriber::TakeHead(std::string_view& bytes) {
  const std::size_t before = head_.size();
  head_ += bytes;
  const std::size_t end = head_.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  bytes.remove_prefix(end + 4 - before);
  head_.resize(end + 4);
  in_body_ = true;
  chunked_ = head_.find("Transfer-Encoding: chunked\r\n") != std::string::npos;
  if (!head_.starts_with("HTTP/1.1 ")) Violation("no response: " + head_.substr(0, 60));
  if (!stream_) return true;
  // Too late with its request, it is told so.
  if (head_.starts_with("HTTP/1.1 408 ")) {
    stream_ = false;
  } else if (options_.may_be_sent_away && head_.starts_with("HTTP/1.1 204 ")) {
    stream_ = false;
    sent_away_ = true;
    Trace("is told that its channels have ended");
  } else if (!head_.starts_with("HTTP/1.1 200 ")) {
    Violation("a stream was refused: " + head_.substr(0, head_.find('\r')));
  } else if (chunked_ == options_.http10) {
    Violation("framing that its version does not have");
  }
  return true;
}

// Line by line, to see where comments stand.
void Subscriber::FeedStream(std::string_view text) {
  while (!text.empty() && !kernel_.violated()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::uint64_t comments = decoder_.comments();
    decoder_.Feed(text.substr(0, size));
    if (decoder_.comments() > comments && decoder_.MidBlock()) {
      return Violation("a comment in the middle of an event");
    }
    text.remove_prefix(size);
    while (std::optional<test::SseEvent> event = decoder_.Next()) OnEvent(*event);
  }
  if (decoder_.blocks_without_data() + decoder_.empty_blocks() + decoder_.unknown_fields() > 0) {
    Violation("a block that clients stumble over");
  }
}

void Subscriber::OnEvent(const test::SseEvent& event) {
  Trace(event.type + " " + event.id + " " + event.data.substr(0, 70));
  last_type_ = event.type;
  if (turned_away_) return Violation("an event after it was turned away");
  if (event.type == "overload") {
    if (connected_ || !event.retry) Violation("turned away in the middle, or for ever");
    turned_away_ = true;
    return;
  }
  if (event.type == "connected") return OnConnected(event);
  if (!connected_) return Violation("the first event is " + event.type);
  if (event.type == "gap") return OnGap(event);
  if (event.type == "drain" || event.type == "end") {
    if (event.has_id) Violation("an id on " + event.type);
    return;
  }
  OnPublished(event);
}

void Subscriber::OnConnected(const test::SseEvent& event) {
  const std::optional<EventId> id = ParseEventId(event.id);
  const std::string start = Field(event.data, "start").value_or("");
  if (connected_ || !id || !event.has_id) return Violation("a wrong start: " + event.data);
  connected_ = true;
  socket_->set_streams();
  newest_ = *id;
  for (const std::uint32_t channel : options_.channels) coverage_.push_back({channel, *id, false});
  bool right = false;
  switch (resume_) {
    case Resume::kFresh:
      right = start == "live";
      break;
    case Resume::kOwn:
      right = event.id == asked_id_ && (start == "resumed" || start == "gap");
      break;
    case Resume::kGarbage:
    case Resume::kFuture:
      right = start == "gap";
      break;
    case Resume::kEarlierRun:
      right = event.id == asked_id_ && start == "gap";
      break;
  }
  if (!right)
    Violation("asked with id '" + asked_id_ + "', it starts " + start + " from " + event.id);
  last_id_ = event.id;
}

void Subscriber::OnGap(const test::SseEvent& event) {
  const std::string name = Field(event.data, "channel").value_or("");
  const std::string reason = Field(event.data, "reason").value_or("");
  const std::optional<EventId> from = IdField(event.data, "from");
  const std::optional<EventId> to = IdField(event.data, "to");
  const auto covered = std::find_if(coverage_.begin(), coverage_.end(), [&](const Coverage& c) {
    return Ledger::ChannelName(c.channel) == name;
  });
  if (event.has_id || covered == coverage_.end()) return Violation("a wrong gap: " + event.data);
  if (reason == "slow") {
    // What lies before the gap was sent.
    if (from && !covered->unknown) {
      ledger_.Claim(covered->channel, covered->up_to, {from->ms, from->number + 1}, number_,
                    options_.part());
    }
    if (!to || *to < covered->up_to) return Violation("a gap of what it had: " + event.data);
    covered->up_to = *to;
    return;
  }
  if (had_event_) return Violation("the start's gap comes late: " + event.data);
  if (reason == "expired" && resume_ == Resume::kOwn && from && to && IdText(*from) == asked_id_) {
    covered->up_to = std::max(covered->up_to, *to);
  } else if (reason == "restart" && resume_ == Resume::kEarlierRun) {
    covered->unknown = true;
  } else if (reason != "unknown-id" ||
             (resume_ != Resume::kGarbage && resume_ != Resume::kFuture)) {
    Violation("a gap for no reason: " + event.data);
  }
}

void Subscriber::OnPublished(const test::SseEvent& event) {
  const std::optional<EventId> id = ParseEventId(event.id);
  const std::optional<EventKey> key = EventKey::Read(event.data);
  if (!id || !event.has_id) return Violation("an event without an id");
  if (!key) return Violation("a text that nobody published: " + event.data.substr(0, 60));
  if (options_.ticks && (!key->ticks() || event.type != "tick")) {
    return Violation("an event that its filter leaves out: " + event.type);
  }
  if (*id <= newest_) {
    return Violation(event.id + " comes after " + IdText(newest_) + ": doubled, or out of order");
  }
  newest_ = *id;
  had_event_ = true;
  last_id_ = event.id;
  bool asked_for = false;
  for (Coverage& covered : coverage_) {
    const bool own = covered.channel == key->channel;
    asked_for = asked_for || own;
    if (own && *id <= covered.up_to) return Violation(event.id + " was told to be lost");
    if (!covered.unknown)
      ledger_.Claim(covered.channel, covered.up_to, *id, number_, options_.part());
    if (own) covered.unknown = false;
    covered.up_to = std::max(covered.up_to, *id);
  }
  if (!asked_for) return Violation("an event of another channel: " + event.id);
  ledger_.Received(*key, *id);
}

}  // namespace ringcast::simulation
