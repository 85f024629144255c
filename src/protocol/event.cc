#include "protocol/event.h"

#include "protocol/utf8.h"

namespace ringcast {
namespace {

// C0 (NUL, CR and LF among them), DEL, and C1, which UTF-8 writes as C2 80 to C2 9F.
bool HasControl(std::string_view utf8) {
  unsigned char before = 0;
  for (const char signed_byte : utf8) {
    const auto byte = static_cast<unsigned char>(signed_byte);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (before == 0xC2 && byte >= 0x80 && byte <= 0x9F) return true;
    before = byte;
  }
  return false;
}

}  // namespace

EventError ValidateEvent(const Event& event, std::size_t max_data) {
  if (event.type.size() > kMaxEventTypeSize) return EventError::kTypeTooLong;
  if (!IsValidUtf8(event.type)) return EventError::kTypeNotUtf8;
  if (HasControl(event.type)) return EventError::kTypeHasControl;
  if (event.data.size() > max_data) return EventError::kDataTooLarge;
  if (!IsValidUtf8(event.data)) return EventError::kDataNotUtf8;
  return EventError::kNone;
}

std::string_view Describe(EventError error) {
  switch (error) {
    case EventError::kNone:
      return {};
    case EventError::kTypeHasControl:
      return "the event type has a control character";
    case EventError::kTypeNotUtf8:
      return "the event type is not valid UTF-8";
    case EventError::kTypeTooLong:
      return "the event type is longer than 255 bytes";
    case EventError::kDataNotUtf8:
      return "the data is not valid UTF-8";
    case EventError::kDataTooLarge:
      return "the data is larger than the limit";
  }
  return "the event is not valid";
}

}  // namespace ringcast
