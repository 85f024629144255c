#include "client/unanswered_frames.h"

#include <algorithm>
#include <cstring>

#include "protocol/publish_codec.h"

namespace ringcast {

std::uint64_t UnansweredFrames::Push(std::string_view channel, const Event& event,
                                     std::string_view key) {
  const std::uint64_t request = next_request_++;
  AppendPublish(bytes_, request, channel, event, key);
  return request;
}

bool UnansweredFrames::Pop(std::uint64_t request) {
  if (count() == 0 || request != first_request_) return false;
  if (sent_ < answered_ + RINGCAST_PUBLISH_HEADER_SIZE) return false;
  std::uint32_t length;
  std::memcpy(&length, bytes_.data() + answered_, sizeof length);
  answered_ += sizeof length + length;
  ++first_request_;
  return true;
}

void UnansweredFrames::Restart() {
  sent_ = answered_;
  Compact();
}

void UnansweredFrames::Compact() {
  const std::size_t done = std::min(answered_, sent_);
  // Half of the buffer at least, so that a byte is moved once on average.
  if (done < bytes_.size() - done) return;
  bytes_.erase(0, done);
  answered_ -= done;
  sent_ -= done;
}

}  // namespace ringcast
