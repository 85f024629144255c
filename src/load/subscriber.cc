#include "load/subscriber.h"

namespace ringcast {

bool Subscriber::Take(std::string_view bytes, std::uint64_t now_ns, const ExpectedEvents& expected,
                      Tally& tally) {
  tally.bytes.Add(bytes.size());
  if (phase_ == Phase::kHead && !TakeHead(bytes, now_ns, tally)) return false;
  if (phase_ != Phase::kLive) return phase_ == Phase::kHead;
  if (TakeBody(bytes, now_ns, expected, tally)) return true;
  phase_ = Phase::kOver;
  tally.ended.Add();
  return false;
}

bool Subscriber::TakeHead(std::string_view& bytes, std::uint64_t now_ns, Tally& tally) {
  const HeadScanner::Result result = head_.Next(bytes);
  if (result == HeadScanner::Result::kNeedMore) return true;
  const bool done = result == HeadScanner::Result::kDone;
  if (done && head_.status() == 200 && head_.event_stream()) {
    phase_ = Phase::kLive;
    tally.live.Add();
    tally.last_live_ns.Set(now_ns);
    return true;
  }
  if (done && head_.status() != 200) {
    if (tally.first_status == 0) tally.first_status = head_.status();
  } else {
    tally.not_a_stream = true;
  }
  phase_ = Phase::kOver;
  tally.failed.Add();
  return false;
}

// False: the body is over.
bool Subscriber::TakeBody(std::string_view bytes, std::uint64_t now_ns,
                          const ExpectedEvents& expected, Tally& tally) {
  if (!head_.chunked()) {
    TakeEvents(bytes, now_ns, expected, tally);
    return true;
  }
  while (true) {
    const ChunkedDecoder::Step step = chunks_.Next(bytes);
    bytes.remove_prefix(step.consumed);
    switch (step.status) {
      case ChunkedDecoder::Status::kNeedMore:
        return true;
      case ChunkedDecoder::Status::kData:
        TakeEvents(step.data, now_ns, expected, tally);
        break;
      case ChunkedDecoder::Status::kEnd:
        if (events_.InEvent()) ++tally.truncated;
        return false;
      case ChunkedDecoder::Status::kBroken:
        ++tally.truncated;
        return false;
    }
  }
}

void Subscriber::TakeEvents(std::string_view bytes, std::uint64_t now_ns,
                            const ExpectedEvents& expected, Tally& tally) {
  std::uint64_t deliveries = 0;
  while (true) {
    const ScannedEvent event = events_.Next(bytes);
    switch (event.kind) {
      case ScannedEvent::Kind::kNone:
        if (deliveries == 0) return;
        tally.deliveries.Add(deliveries);
        tally.last_event_ns = now_ns;
        if (tally.first_event_ns.Get() == 0) tally.first_event_ns.Set(now_ns);
        return;
      case ScannedEvent::Kind::kBench:
        if (TakeEvent(event, now_ns, expected, tally)) ++deliveries;
        break;
      case ScannedEvent::Kind::kComment:
        tally.comments.Add();
        break;
      case ScannedEvent::Kind::kGap:
        sequence_.TakeGap(tally.faults);
        break;
      case ScannedEvent::Kind::kControl:
        break;
      case ScannedEvent::Kind::kForeign:
        ++tally.faults.foreign;
        break;
    }
  }
}

bool Subscriber::TakeEvent(const ScannedEvent& event, std::uint64_t now_ns,
                           const ExpectedEvents& expected, Tally& tally) {
  const bool has_size = expected.payload_bytes == 0 || event.size == expected.payload_bytes;
  if (event.seq == 0 || !has_size || event.channel != expected.channel) {
    ++tally.faults.foreign;
    return false;
  }
  if (sequence_.due() == 0) tally.begun.Add();
  if (!sequence_.Take(event.seq, tally.faults)) return false;
  const auto t_ns = static_cast<std::uint64_t>(event.t_ns);
  tally.latency().Record(now_ns > t_ns ? now_ns - t_ns : 0);
  if (tally.tracks_completion) tally.completions.Take(event.seq, t_ns, now_ns);
  if (event.seq == expected.mark) {
    tally.marked.Add();
    tally.last_marked_ns.Set(now_ns);
  }
  return true;
}

void Subscriber::End(int error, Tally& tally) {
  if (phase_ == Phase::kHead) {
    tally.failed.Add();
    if (tally.first_errno == 0) tally.first_errno = error;
  } else if (phase_ == Phase::kLive) {
    tally.ended.Add();
    if (events_.InEvent()) ++tally.truncated;
  }
  phase_ = Phase::kOver;
}

void Subscriber::Leave(Tally& tally) {
  tally.left.Add();
  phase_ = Phase::kOver;
}

void Subscriber::StartAgain(bool resumes) {
  const SequenceCheck sequence = sequence_;
  *this = Subscriber();
  if (resumes) sequence_ = sequence;
}

}  // namespace ringcast
