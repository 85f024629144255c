#include "simulation/binary_publisher.h"

#include "protocol/publish_answers.h"
#include "protocol/publish_codec.h"

namespace ringcast::simulation {

void BinaryPublisher::Greet() {
  AppendClientHello(outgoing_);
  greeted_ = false;
  first_request_ = next_request_ = kernel_.Between(1, 1000);
}

void BinaryPublisher::Request() {
  constexpr std::size_t kMostUnanswered = 64;
  if (unanswered_.size() >= kMostUnanswered) return;
  const std::uint64_t frames = calm_ ? 1 : kernel_.Between(1, 16);
  for (std::uint64_t i = 0; i < frames; ++i) {
    Unanswered frame{next_request_++, std::nullopt};
    if (!calm_ && kernel_.Chance(2)) {
      AppendPublish(outgoing_, frame.request, "no//channel", {"", "x"});
    } else {
      frame.key = NextEvent();
      const std::string text = frame.key->Text();
      AppendPublish(outgoing_, frame.request, Ledger::ChannelName(frame.key->channel),
                    {frame.key->ticks()   ? "tick"
                     : kernel_.Chance(50) ? ""
                                          : "tock",
                     text});
    }
    unanswered_.push_back(frame);
  }
}

void BinaryPublisher::Rubbish() {
  // The first frame sets the sequence.
  if (next_request_ == first_request_ || kernel_.Chance(50)) {
    outgoing_ += std::string(kernel_.Between(16, 400), '\xff');
  } else {
    AppendPublish(outgoing_, next_request_ + 7, "room/0", {"", "out of sequence"});
  }
}

void BinaryPublisher::TakeAnswers(std::string& bytes) {
  if (!greeted_) {
    if (bytes.size() < RINGCAST_PUBLISH_SERVER_HELLO_SIZE) return;
    if (!ReadServerHello(bytes)) return Violation("a wrong hello");
    bytes.erase(0, RINGCAST_PUBLISH_SERVER_HELLO_SIZE);
    greeted_ = true;
  }
  for (;;) {
    const AnswerDecoder::Step step = AnswerDecoder().Next(bytes);
    switch (step.status) {
      case AnswerDecoder::Status::kNeedMore:
        return;
      case AnswerDecoder::Status::kAck:
        for (std::size_t i = 0; i < step.count; ++i) TakeAck(step.request + i, step.id(i));
        break;
      case AnswerDecoder::Status::kNack:
        TakeNack(step.request, step.text);
        break;
      case AnswerDecoder::Status::kError:
        if (!spoiled_) Violation("an error for no reason: " + std::string(step.text));
        break;
      case AnswerDecoder::Status::kBroken:
        return Violation("no answer of the protocol");
    }
    bytes.erase(0, step.consumed);
  }
}

void BinaryPublisher::TakeAck(std::uint64_t request, EventId id) {
  if (unanswered_.empty() || unanswered_.front().request != request || !unanswered_.front().key) {
    return Violation("request " + std::to_string(request) + " is acknowledged out of turn");
  }
  const EventKey key = *unanswered_.front().key;
  unanswered_.pop_front();
  Acknowledged(key, id);
}

void BinaryPublisher::TakeNack(std::uint64_t request, std::string_view text) {
  if (unanswered_.empty() || unanswered_.front().request != request || unanswered_.front().key) {
    return Violation("request " + std::to_string(request) + " is refused: " + std::string(text));
  }
  unanswered_.pop_front();
}

void BinaryPublisher::OnEnd() { unanswered_.clear(); }

}  // namespace ringcast::simulation
